package bot

import (
	"context"
	"fmt"
	"slices"

	"hardenbot/actions"
)

// maxRuns is how many runs are listed.
const maxRuns = 15

// runs answers with the latest runs of the channel.
func (b *Bot) runs(ctx context.Context, who asker) error {
	if err := b.cfg.Policy.MayScan(who.Person); err != nil {
		return err
	}
	hold, err := b.cfg.Approver.Stopped(ctx)
	if err != nil {
		return err
	}
	var of []actions.Run
	plans := map[string]actions.Plan{}
	err = b.cfg.Ledger.View(ctx, func(tx actions.Reader) error {
		all, err := actions.All[actions.Run](tx, actions.KindRun)
		slices.SortFunc(all, func(x, y actions.Run) int { return y.Started.Compare(x.Started) })
		for _, run := range all {
			var plan actions.Plan
			if err := tx.Get(actions.KindPlan, run.Plan, &plan); err != nil {
				return err
			}
			if plan.Channel == who.Channel && len(of) < maxRuns {
				of, plans[plan.ID] = append(of, run), plan
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("list the runs: %w", err)
	}
	b.tell(ctx, who, latest(of, plans, hold))
	return nil
}

// remind reports hosts that need somebody again and again, until somebody takes
// care of them or a later run does.
func (b *Bot) remind(ctx context.Context) {
	<-b.recovered
	for sleep(ctx, b.revisits) {
		all, err := b.cfg.Approver.Troubles(ctx)
		if err != nil {
			b.log.Error("hosts that need somebody could not be looked for", "err", err)
			continue
		}
		byRun := map[string][]actions.Trouble{}
		for _, t := range all {
			byRun[t.Run.ID] = append(byRun[t.Run.ID], t)
		}
		for id, some := range byRun {
			b.remindOf(ctx, id, some)
		}
	}
}

// remindOf reports a run's hosts once in each period since it ended.
func (b *Bot) remindOf(ctx context.Context, run string, some []actions.Trouble) {
	period := int(b.cfg.Now().Sub(some[0].Run.Finished) / b.cfg.Remind)
	if period < 1 || some[0].Plan.Channel == "" || !b.once(ctx, fmt.Sprintf("remind/%s/%d", run, period)) {
		return
	}
	b.post(ctx, letter{
		Channel: some[0].Plan.Channel, Name: fmt.Sprintf("remind/%s/%d", run, period), About: About{Run: run},
	}, troubles(some))
}
