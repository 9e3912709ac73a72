package bot

import (
	"context"
	"errors"
	"fmt"

	"hardenbot/actions"
)

// What people do about runs that are there already, by command or by button.
// Who may is decided in package actions.

// halt keeps every change from being begun.
func (b *Bot) halt(ctx context.Context, who asker, why string) error {
	hold, err := b.cfg.Approver.Stop(ctx, who.Person, who.Channel, why)
	if err != nil {
		return err
	}
	notice := halted(hold)
	b.tell(ctx, who, message{Text: notice.Text}) // also where the bot cannot post
	b.post(ctx, letter{Channel: hold.Channel, Name: haltName(hold)}, notice)
	return nil
}

// haltName names the message of one stop, and is the value of its button.
func haltName(hold actions.Hold) string { return "halt/" + hold.At.Format("20060102150405.000000") }

// lift lets changes begin again.
// The button of a stop is no word on a later one.
func (b *Bot) lift(ctx context.Context, who asker, only string) error {
	hold, err := b.cfg.Approver.Stopped(ctx)
	if err != nil {
		return err
	}
	if only != "" && (hold == nil || haltName(*hold) != only) {
		return sayable{outdated{errors.New("this stop was lifted before; /harden runs tells whether changes are stopped now")}}
	}
	if err := b.cfg.Approver.Lift(ctx, who.Person); errors.Is(err, actions.ErrNotFound) {
		return sayable{err}
	} else if err != nil {
		return err
	}
	notice := say("%s lets changes begin again. Runs that were stopped can be gone on with: /harden runs lists them.", mention(who.Person.ID))
	if hold != nil && hold.Channel != "" {
		b.post(ctx, letter{Channel: hold.Channel, Name: haltName(*hold)}, notice)
	}
	if hold == nil || hold.Channel != who.Channel {
		b.post(ctx, letter{Channel: who.Channel, ResponseURL: who.ResponseURL}, notice)
	}
	return nil
}

// runOf returns a run of this channel and its plan.
func (b *Bot) runOf(ctx context.Context, channel, id string) (actions.Run, actions.Plan, error) {
	run, err := actions.Load[actions.Run](ctx, b.cfg.Ledger, actions.KindRun, id)
	var plan actions.Plan
	if err == nil {
		plan, err = actions.Load[actions.Plan](ctx, b.cfg.Ledger, actions.KindPlan, run.Plan)
	}
	if errors.Is(err, actions.ErrNotFound) || err == nil && plan.Channel != channel {
		return run, plan, sayable{fmt.Errorf("there is no run %s in this channel; /harden runs lists those that there are", id)}
	}
	return run, plan, err
}

// abort ends a run after the hosts at hand.
func (b *Bot) abort(ctx context.Context, who asker, id, why string) error {
	run, plan, err := b.runOf(ctx, who.Channel, id)
	if err != nil {
		return err
	}
	if err := b.cfg.Approver.Abort(ctx, who.Person, run.ID, why); err != nil {
		return err
	}
	b.post(ctx, letter{Channel: plan.Channel, Thread: planName(plan.ID)},
		say("%s aborts run %s%s: the hosts at hand are finished, and no other is begun.", mention(who.Person.ID), run.ID, because(why)))
	return nil
}

// resume goes on with a stopped run: with the hosts that it did not come to, or
// with those that are named.
func (b *Bot) resume(ctx context.Context, who asker, id string, hosts []string) error {
	run, plan, err := b.runOf(ctx, who.Channel, id)
	if err != nil {
		return err
	}
	targets, err := b.targets(ctx, plan.Channel, plan.HostNames())
	if err := errors.Join(err, plan.StillAt(targets)); err != nil {
		return err
	}
	on := actions.Continue{Run: run.ID, Hosts: hosts, Who: who.Person, SteppedUp: who.SteppedUp}
	if needsCode(b.cfg.Approver.MayResume(ctx, on), who) {
		return b.askCode(ctx, who, word{Do: actionResume, Channel: plan.Channel, Run: run.ID, Hosts: hosts},
			fmt.Sprintf("To go on with run %s of plan %s (%s).", run.ID, plan.ID, words(plan.Title, 150)))
	}
	plan, next, err := b.cfg.Approver.Resume(ctx, on)
	if err != nil {
		return audited{err}
	}
	b.report(ctx, run) // which has no buttons any more
	b.post(ctx, letter{Channel: plan.Channel, Thread: planName(plan.ID)},
		say("%s goes on with run %s, as run %s: %s.", mention(who.Person.ID), run.ID, next.ID, names(waiting(next), 10)))
	b.execute(plan)
	return nil
}

func waiting(run actions.Run) []string {
	var hosts []string
	for _, h := range run.Hosts {
		if !h.State.Ended() {
			hosts = append(hosts, h.Host)
		}
	}
	return hosts
}

// undo plans to put back what a run has changed.
func (b *Bot) undo(ctx context.Context, who asker, id string) error {
	if err := b.cfg.Policy.MayRequest(who.Person); err != nil {
		return err
	}
	run, plan, err := b.runOf(ctx, who.Channel, id)
	if err != nil {
		return err
	}
	targets, err := b.targets(ctx, plan.Channel, plan.HostNames())
	if err := errors.Join(err, plan.StillAt(targets)); err != nil {
		return err
	}
	return b.prepare(ctx, preparation{
		key: "undo " + id, thread: planName(plan.ID), channel: plan.Channel,
		title: "Undo: " + plan.Title, hosts: len(plan.Hosts), again: "Press Undo… again.",
	}, func(ctx context.Context) (actions.Plan, error) {
		return b.cfg.Planner.Undo(ctx, actions.UndoRequest{Run: run.ID, Requester: who.Person, Channel: plan.Channel})
	})
}

// anew asks for approval anew where a run was stopped because a host had
// changed since its plan was made.
func (b *Bot) anew(ctx context.Context, plan actions.Plan, run actions.Run) {
	req, hosts, ok := plan.Anew(run)
	if !ok {
		return
	}
	targets, err := b.targets(ctx, plan.Channel, hosts)
	if err == nil {
		req.Hosts = targets
		err = b.prepare(ctx, preparation{
			key: "anew " + run.ID, thread: planName(plan.ID), channel: plan.Channel,
			title: plan.Title, hosts: len(hosts), again: "Scan again, and press Fix….",
		}, func(ctx context.Context) (actions.Plan, error) { return b.cfg.Planner.Plan(ctx, req) })
	}
	if err != nil {
		text, _ := sentence(err)
		b.post(ctx, letter{Channel: plan.Channel, Thread: planName(plan.ID)}, say("No new plan could be made in place of plan %s. %s", plan.ID, text))
	}
}

// care records that somebody takes care of a run's hosts.
func (b *Bot) care(ctx context.Context, who asker, id string) error {
	_, plan, err := b.runOf(ctx, who.Channel, id)
	if err != nil {
		return err
	}
	hosts, err := b.cfg.Approver.TakeCare(ctx, who.Person, id)
	if err != nil {
		return err
	}
	b.post(ctx, letter{Channel: plan.Channel, Thread: planName(plan.ID)},
		say("%s takes care of %s, so that it is not reported again.", mention(who.Person.ID), names(hosts, 8)))
	return nil
}

// pressed is a press on a button of a message about a run: the run is that of
// the message.
func (b *Bot) pressed(do func(ctx context.Context, c click, run string) error) func(context.Context, click) error {
	return func(ctx context.Context, c click) error {
		at, err := b.postedAt(ctx, c.Channel, c.TS)
		if err != nil {
			return err
		}
		if at.Run == "" {
			return errStale
		}
		return do(ctx, c, at.Run)
	}
}
