package bot

import (
	"context"
	"errors"

	"hardenbot/actions"
)

// Executor carries out approved runs; actions.Roller is one.
type Executor interface {
	// Execute carries out the run and returns it as it ended.
	Execute(ctx context.Context, runID string) (actions.Run, error)
	// Recover brings runs that an earlier process left to a safe end. It is
	// called once, before any Execute.
	Recover(ctx context.Context) ([]actions.Run, error)
	// TakeUp brings a run that broke off to a safe end, and returns it as it
	// ended.
	TakeUp(ctx context.Context, runID string) (actions.Run, error)
	// Revisit looks again at hosts that runs have lost, and returns those that
	// are there again.
	Revisit(ctx context.Context) ([]actions.Return, error)
}

// execute carries out the plan's run in the background.
func (b *Bot) execute(plan actions.Plan) {
	b.work.start(func(ctx context.Context) {
		select {
		case <-b.recovered:
		case <-ctx.Done(): // Execute then marks the run as stopped
		}
		stop := b.keepLive(plan.RunID)
		run, err := b.cfg.Rollout.Execute(ctx, plan.RunID)
		stop()
		if err != nil {
			b.log.Error("a run broke off", "run", plan.RunID, "plan", plan.ID, "err", err)
			b.post(ctx, letter{Channel: plan.Channel, Name: "broken/" + plan.RunID, Thread: planName(plan.ID)}, broken(plan, run))
			b.takeUp(ctx, plan.RunID)
			return
		}
		b.report(ctx, run)
		b.anew(ctx, plan, run)
	})
}

// Watch takes a run after each of its transitions and shows it in the plan's
// thread. The outbox keeps the edits apart and sends only the newest.
func (b *Bot) Watch(run actions.Run) {
	channel := b.channelOf(run)
	if channel == "" || run.State != actions.RunGoing {
		return // report tells the end
	}
	b.post(context.Background(), letter{
		Channel: channel, Name: runName(run.ID), Thread: planName(run.Plan),
		About: About{Run: run.ID, Unfinished: "Run " + run.ID + " was interrupted: hardenbot was restarted."},
	}, live(run, b.cfg.Now()))
}

// keepLive shows the run again and again while it goes on, so that its times do
// not stand still while a host takes long. stop ends that, and waits for it.
func (b *Bot) keepLive(runID string) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for sleep(ctx, b.pulse) {
			run, err := actions.Load[actions.Run](ctx, b.cfg.Ledger, actions.KindRun, runID)
			if err == nil {
				b.Watch(run)
			}
		}
	}()
	return func() { cancel(); <-ended }
}

func runName(runID string) string { return "run/" + runID }

// channelOf is where the run's plan was asked for; empty if not in Slack.
func (b *Bot) channelOf(run actions.Run) string {
	if known, ok := b.channels.Load(run.Plan); ok {
		return known.(string)
	}
	plan, err := actions.Load[actions.Plan](context.Background(), b.cfg.Ledger, actions.KindPlan, run.Plan)
	if err != nil {
		b.log.Error("the plan of a run could not be read", "run", run.ID, "err", err)
		return ""
	}
	b.channels.Store(run.Plan, plan.Channel)
	return plan.Channel
}

// report tells how a run ended: in the thread, and in the plan's message. It
// may be called again for the same run; then it edits what it said.
func (b *Bot) report(ctx context.Context, run actions.Run) {
	ctx = context.WithoutCancel(ctx)
	plan, err := actions.Load[actions.Plan](ctx, b.cfg.Ledger, actions.KindPlan, run.Plan)
	if err != nil {
		b.log.Error("the plan of a run could not be read", "run", run.ID, "err", err)
		return
	}
	b.channels.Delete(plan.ID)
	if plan.Channel == "" {
		return
	}
	l := letter{Channel: plan.Channel, Thread: planName(plan.ID), About: About{Run: run.ID}}
	l.Name = "outcome/" + run.ID
	b.post(ctx, l, outcome(plan, run, b.seenBefore(ctx, plan)))
	l.Name = runName(run.ID)
	b.post(ctx, l, live(run, b.cfg.Now()))
	b.refresh(ctx, plan)
}

// seenBefore returns what the plan's scan had seen of what it mends. A scan that
// is not kept any more tells nothing.
func (b *Bot) seenBefore(ctx context.Context, plan actions.Plan) []actions.Finding {
	scan, err := actions.Load[actions.Scan](ctx, b.cfg.Ledger, actions.KindScan, plan.Scan)
	if err != nil && !errors.Is(err, actions.ErrNotFound) {
		b.log.Error("the scan of a plan could not be read", "plan", plan.ID, "err", err)
	}
	return mended(scan, plan)
}
