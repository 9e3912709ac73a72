package bot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"hardenbot/actions"
)

// onHomeClick does what was pressed in a Home tab. There is no channel and no
// message: what came of it stands on top of the tab.
func (b *Bot) onHomeClick(ctx context.Context, c click) {
	if handle := b.homeHandlers()[c.Action]; handle != nil {
		b.answer(ctx, c.asker, "home "+c.Action, handle(ctx, c))
	}
	b.tabs.open(c.Person)
}

// homeHandlers is what each button of a Home tab does. Nothing can be approved
// there: an approval is bound to what the plan's message has shown.
func (b *Bot) homeHandlers() map[string]func(context.Context, click) error {
	return map[string]func(context.Context, click) error{
		actionOpen:     func(context.Context, click) error { return nil }, // Slack follows the link
		actionWithdraw: func(ctx context.Context, c click) error { return b.takeBack(ctx, c.Person, c.Value) },
		actionAbort: b.inChannel(func(ctx context.Context, who asker, run string) error {
			return b.abort(ctx, who, run, "")
		}),
		actionCare: b.inChannel(b.care),
		actionHalt: b.haltFromHome,
		actionStart: func(ctx context.Context, c click) error {
			hold, err := b.cfg.Approver.Stopped(ctx)
			if err == nil && hold != nil {
				c.Channel = hold.Channel
			}
			if err != nil {
				return err
			}
			return b.lift(ctx, c.asker, c.Value)
		},
	}
}

// inChannel does something about a run that the person sees, in the channel of
// its plan.
func (b *Bot) inChannel(do func(ctx context.Context, who asker, run string) error) func(context.Context, click) error {
	return func(ctx context.Context, c click) error {
		run, err := actions.Load[actions.Run](ctx, b.cfg.Ledger, actions.KindRun, c.Value)
		if err == nil {
			var plan actions.Plan
			plan, err = actions.Load[actions.Plan](ctx, b.cfg.Ledger, actions.KindPlan, run.Plan)
			c.Channel = plan.Channel
			page := home{MayLift: b.cfg.Policy.MayApprove(c.Person) == nil}
			if err == nil && !page.sees(c.Person, plan.Requester) {
				return errStale
			}
		}
		if errors.Is(err, actions.ErrNotFound) {
			return errStale
		}
		if err != nil {
			return fmt.Errorf("read run %s: %w", c.Value, err)
		}
		return do(ctx, c.asker, run.ID)
	}
}

// haltFromHome stops all changes, and tells it where a run goes on, or else in
// the first channel of the policy.
func (b *Bot) haltFromHome(ctx context.Context, c click) error {
	page := home{MayLift: true} // wherever it goes on
	if err := b.gatherRuns(ctx, &page, c.Person, &linker{Bot: b, ctx: ctx, asked: maxLinks}); err != nil {
		return err
	}
	channels := slices.Sorted(maps.Keys(b.cfg.Policy.Channels))
	for _, r := range page.Runs {
		channels = append([]string{r.It.Plan.Channel}, channels...)
	}
	if len(channels) == 0 {
		return sayable{errors.New("there is no channel to tell it in; use /harden stop")}
	}
	hold, err := b.cfg.Approver.Stop(ctx, c.Person, channels[0], "")
	if err != nil {
		return err
	}
	b.post(ctx, letter{Channel: hold.Channel, Name: haltName(hold)}, halted(hold))
	return nil
}
