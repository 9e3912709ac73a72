package bot

import (
	"context"
	"errors"

	"hardenbot/actions"
)

// explainInterruptions mends what an earlier process left in Slack: messages
// that promise more, runs whose end was not told, and buttons on plans that
// were decided. A letter that still waits is newer than what was posted.
func (b *Bot) explainInterruptions(ctx context.Context) error {
	left := b.outbox.waiting(func(l letter) bool { return l.Name != "" })
	waits := map[string]bool{}
	for _, l := range left {
		waits[l.Name] = true
	}
	records, err := b.allPosted(ctx, func(p posted) bool { return !waits[p.Name] })
	if err != nil {
		return err
	}
	for _, p := range records {
		left = append(left, letter{Channel: p.Channel, Name: p.Name, About: p.About})
	}
	for _, l := range left {
		if err := b.mend(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// mend replaces one message by what is so now.
func (b *Bot) mend(ctx context.Context, l letter) error {
	switch {
	case l.About.Digest != "" && l.About.Waiver != "":
		return b.mendWaiver(ctx, l.About.Waiver)
	case l.About.Digest != "":
		return b.mendPlan(ctx, l.About.Plan)
	case l.About.Unfinished == "":
		return nil
	case l.About.Run != "":
		return b.mendRun(ctx, l.About.Run)
	}
	text := l.About.Unfinished
	l.About.Unfinished = ""
	b.post(ctx, l, message{Text: text})
	return nil
}

func (b *Bot) mendPlan(ctx context.Context, id string) error {
	plan, err := actions.Load[actions.Plan](ctx, b.cfg.Ledger, actions.KindPlan, id)
	if errors.Is(err, actions.ErrNotFound) || err == nil && plan.State == actions.PlanWaiting {
		return nil
	}
	if err != nil {
		return err
	}
	b.refresh(ctx, plan)
	return nil
}

// mendRun reports a run that ended untold. One that still goes on by the
// ledger is reported when it has been recovered.
func (b *Bot) mendRun(ctx context.Context, id string) error {
	run, err := actions.Load[actions.Run](ctx, b.cfg.Ledger, actions.KindRun, id)
	if errors.Is(err, actions.ErrNotFound) || err == nil && run.State == actions.RunGoing {
		return nil
	}
	if err != nil {
		return err
	}
	b.report(ctx, run)
	return nil
}
