package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"hardenbot/actions"
)

// click is a press on a button of a message that hardenbot posted.
type click struct {
	asker
	TS     string // of the message
	Action string
	Value  string
}

// fix makes a plan for the finding whose button was pressed.
func (b *Bot) fix(ctx context.Context, c click) error {
	at, err := b.postedAt(ctx, c.Channel, c.TS)
	if err != nil {
		return err
	}
	req, title, err := b.planRequest(ctx, c, at)
	if err != nil {
		return err
	}
	return b.prepare(ctx, preparation{
		key: req.Scan + " " + req.Remedy + " " + req.Subject, thread: rootName(at.Name), channel: c.Channel,
		title: title, hosts: len(req.Hosts), again: "Press Fix… again.",
	}, func(ctx context.Context) (actions.Plan, error) { return b.cfg.Planner.Plan(ctx, req) })
}

// preparation is a plan that is being made.
type preparation struct {
	key     string // one at a time for it
	channel string
	thread  string // name of the message that it is told under
	title   string
	hosts   int
	again   string // what to do when hardenbot is restarted meanwhile
}

// prepare makes a plan and shows it.
func (b *Bot) prepare(ctx context.Context, p preparation, plan func(context.Context) (actions.Plan, error)) error {
	free, done := b.only(p.key)
	if !free {
		return sayable{errors.New("a plan for this is being prepared already; it will be shown in this channel")}
	}
	defer done()
	note := letter{Channel: p.channel, Name: "preparing/" + actions.NewID("M"), Thread: p.thread}
	waiting := note
	waiting.About.Unfinished = "The plan for " + words(p.title, 150) + " was not finished: hardenbot was restarted. " + p.again
	b.post(ctx, waiting, say("Preparing the plan for %s on %s…", words(p.title, 150), count(p.hosts, "host")))
	made, err := plan(ctx)
	if ctx.Err() != nil {
		return nil // the next start says so
	}
	if err != nil {
		text, expected := sentence(err)
		b.post(ctx, note, say("There is no plan for %s. %s", words(p.title, 150), text))
		if !expected {
			b.log.Error("a plan failed", "of", p.key, "err", safe(err))
		}
		return nil
	}
	b.present(ctx, note, made)
	return nil
}

// rootName is the name of the message that starts the thread of a message.
func rootName(name string) string {
	parts := strings.SplitN(name, "/", 3)
	return strings.Join(parts[:min(2, len(parts))], "/")
}

// planRequest reads again what the button stood for, and whether it may be
// asked for here and now.
func (b *Bot) planRequest(ctx context.Context, c click, at posted) (actions.PlanRequest, string, error) {
	none := actions.PlanRequest{}
	if err := b.cfg.Policy.MayRequest(c.Person); err != nil {
		return none, "", err
	}
	scan, err := actions.Load[actions.Scan](ctx, b.cfg.Ledger, actions.KindScan, at.Scan)
	if errors.Is(err, actions.ErrNotFound) {
		return none, "", errStale
	}
	if err != nil {
		return none, "", fmt.Errorf("read scan %s: %w", at.Scan, err)
	}
	group, ok := groupOf(scan, c.Value)
	if !ok || scan.Channel != c.Channel || group.Status != actions.Open {
		return none, "", errStale
	}
	hosts, err := b.targets(ctx, c.Channel, group.Hosts())
	return actions.PlanRequest{
		Remedy: group.Remedy, Subject: group.Subject, Hosts: hosts,
		Requester: c.Person, Channel: c.Channel, Scan: scan.ID,
	}, group.Title, err
}

// targets returns the hosts by their names, if the channel may target every
// one of them now.
func (b *Bot) targets(ctx context.Context, channel string, names []string) ([]actions.Host, error) {
	hosts, err := actions.SelectNames(ctx, b.cfg.Inventory, names)
	if err != nil {
		return nil, sayable{err}
	}
	if err := b.cfg.Policy.Allows(ctx, b.cfg.Inventory, channel, hosts); err != nil {
		return nil, sayable{err}
	}
	return hosts, nil
}

// present shows the plan: as a request for approval, or why there is nothing
// to approve.
func (b *Bot) present(ctx context.Context, note letter, plan actions.Plan) {
	if plan.State == actions.PlanRefused {
		b.post(ctx, note, refusal(plan))
		return
	}
	pieces := script(plan)
	if len(pieces) == 0 {
		b.post(ctx, b.planLetter(plan), request(plan, nil))
	} else {
		b.presentLong(ctx, plan, pieces)
	}
	b.post(ctx, note, say("Plan %s for %s waits in this channel for approval.", plan.ID, words(plan.Title, 150)))
}

// presentLong posts a plan whose commands take messages of their own. The
// buttons come last, and only if Slack took every piece: nobody can approve
// before all commands are there to read.
func (b *Bot) presentLong(ctx context.Context, plan actions.Plan, pieces []message) {
	l := b.planLetter(plan)
	b.post(ctx, letter{Channel: l.Channel, Name: l.Name, About: About{Plan: plan.ID}}, announce(plan, len(pieces)))
	for i, piece := range pieces {
		b.post(ctx, letter{
			Channel: l.Channel, Name: pieceName(l.Name, i), Thread: l.Name, About: About{Whole: true},
			Otherwise: piece.Text + " could not be shown.",
		}, piece)
	}
	l.Last = true
	b.post(ctx, l, request(plan, nil))
}

// planLetter is the letter in which a plan is shown. With it goes the digest
// that a decision is bound to, while there is one to make.
func (b *Bot) planLetter(plan actions.Plan) letter {
	l := letter{Channel: plan.Channel, Name: planName(plan.ID), About: About{Plan: plan.ID}}
	if plan.State == actions.PlanWaiting {
		l.About.Digest, l.Pieces, l.Otherwise = plan.Digest, len(script(plan)), unreadable(plan).Text
	}
	return l
}

// unreadable is said of a plan whose commands Slack does not show.
func unreadable(plan actions.Plan) message {
	return say("*%s*\nPlan %s cannot be approved, because Slack did not take all of its exact commands, so nobody can read them here. "+
		"The log of hardenbot says why. When that is mended, press Fix… again.", words(plan.Title, maxHeader), plan.ID)
}

func planName(planID string) string { return "plan/" + planID }

// only lets one at a time do what the key names.
func (b *Bot) only(key string) (free bool, done func()) {
	_, taken := b.busy.LoadOrStore(key, true)
	return !taken, func() { b.busy.Delete(key) }
}
