package bot

import (
	"context"

	"hardenbot/actions"
)

// What an earlier process or a full disk left in the middle, and hosts that runs
// have lost.

// takeUp brings a run that broke off to a safe end, as soon as that can be
// written down.
func (b *Bot) takeUp(ctx context.Context, runID string) {
	for sleep(ctx, b.revisits) {
		run, err := b.cfg.Rollout.TakeUp(ctx, runID)
		if err == nil {
			b.report(ctx, run)
			return
		}
		b.log.Error("a run that broke off could not be taken up", "run", runID, "err", err)
	}
}

// recoverRuns ends what an earlier process left, and reports it.
func (b *Bot) recoverRuns(ctx context.Context) {
	defer close(b.recovered)
	runs, err := b.cfg.Rollout.Recover(ctx)
	if err != nil {
		b.log.Error("runs could not be recovered", "err", err)
		b.tryAgain(ctx)
	}
	for _, run := range runs {
		b.report(ctx, run)
	}
}

// tryAgain takes up each run that goes on by the ledger, while none is executed.
func (b *Bot) tryAgain(ctx context.Context) {
	err := b.cfg.Ledger.View(ctx, func(tx actions.Reader) error {
		runs, err := actions.All[actions.Run](tx, actions.KindRun)
		for _, run := range runs {
			if run.State == actions.RunGoing {
				b.work.start(func(ctx context.Context) { b.takeUp(ctx, run.ID) })
			}
		}
		return err
	})
	if err != nil {
		b.log.Error("runs that could not be recovered could not be read", "err", err)
	}
}

// revisit tells when hosts that runs have lost are there again.
func (b *Bot) revisit(ctx context.Context) {
	<-b.recovered
	for sleep(ctx, b.revisits) {
		back, err := b.cfg.Rollout.Revisit(ctx)
		if err != nil && ctx.Err() == nil {
			b.log.Error("lost hosts could not be looked at", "err", err)
		}
		for _, r := range back {
			b.welcome(ctx, r)
		}
	}
}

// welcome tells those who asked for a run and approved it what became of a
// host that was lost in it.
func (b *Bot) welcome(ctx context.Context, r actions.Return) {
	b.report(ctx, r.Run)
	plan, err := actions.Load[actions.Plan](ctx, b.cfg.Ledger, actions.KindPlan, r.Run.Plan)
	if err != nil {
		b.log.Error("the plan of a run could not be read", "run", r.Run.ID, "err", err)
		return
	}
	h := r.Run.Host(r.Host)
	b.post(ctx, letter{
		Channel: plan.Channel, Name: "back/" + r.Run.ID + "/" + r.Host, Thread: planName(plan.ID), About: About{Run: r.Run.ID},
	}, say("%s *%s* %s: %s", callers(plan), words(r.Host, 80), standing[h.State], words(h.Why, 300)))
}
