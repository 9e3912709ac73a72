package bot

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

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
		run, err := b.cfg.Rollout.Execute(ctx, plan.RunID)
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
	}, live(run))
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
	b.post(ctx, l, outcome(plan, run))
	l.Name = runName(run.ID)
	b.post(ctx, l, live(run))
	b.refresh(ctx, plan)
}

// live is the run's message while it goes on: a line for each host, those
// with the same to say together.
func live(run actions.Run) message {
	good, bad, open := run.Counts()
	head := fmt.Sprintf("Run %s: %d of %d done", run.ID, good, len(run.Hosts))
	if bad > 0 {
		head += fmt.Sprintf(", %d not", bad)
	}
	if open > 0 {
		head += fmt.Sprintf(", %d to go", open)
	}
	head += "."
	texts, who := fold(run.Hosts, hostLine, func(h actions.HostRun) string { return h.Host })
	return fit(maxBlockBytes, func(room int) message {
		blocks := list("*"+head+"*", withHosts(texts, who), room)
		if run.State == actions.RunGoing {
			blocks = append(blocks, abortButton(run))
		}
		return message{Text: head, Blocks: blocks}
	})
}

// ended is a run's end in one line.
func ended(run actions.Run) string {
	good, _, _ := run.Counts()
	switch {
	case run.State == actions.RunDone:
		return fmt.Sprintf("✓ Done on %d of %d hosts, %s.", good, len(run.Hosts), clock(run.Finished))
	case asPlanned(run):
		return fmt.Sprintf("✓ Done on %d of %d hosts, %s, although %s.", good, len(run.Hosts), clock(run.Finished), strings.TrimRight(words(run.Why, 300), "."))
	}
	return fmt.Sprintf("✗ Stopped at %s, done on %d of %d hosts: %s.", clock(run.Finished), good, len(run.Hosts), strings.TrimRight(words(run.Why, 300), "."))
}

// asPlanned reports whether every host is as the plan wanted it. A run that
// was stopped may be so: recovery finds the last host finished.
func asPlanned(run actions.Run) bool {
	good, bad, open := run.Counts()
	return good > 0 && bad+open == 0
}

// outcome is the run's end, host by host. If it did not go as planned, those
// who asked for it and approved it are called.
func outcome(plan actions.Plan, run actions.Run) message {
	head := ended(run)
	if run.State != actions.RunDone && !asPlanned(run) {
		head = callers(plan) + " " + head
	}
	texts, who := fold(run.Hosts, func(h actions.HostRun) string {
		if h.Why != "" {
			return standing[h.State] + ": " + words(h.Why, 500)
		}
		return standing[h.State]
	}, func(h actions.HostRun) string { return h.Host })
	lines := worstFirst(withHosts(texts, who))
	return fit(maxBlockBytes, func(room int) message {
		blocks := append([]slack.Block{section(head)}, list("*"+words(plan.Title, 150)+"*", lines, room)...)
		return message{Text: cut(head, maxFallback), Blocks: append(blocks, nextSteps(plan, run)...)}
	})
}

// worstFirst puts the failures where they are never folded away.
func worstFirst(lines []string) []string {
	var first, rest []string
	for _, l := range lines {
		if strings.Contains(l, "* ✗") {
			first = append(first, l)
		} else {
			rest = append(rest, l)
		}
	}
	return append(first, rest...)
}

// callers mentions the requester and the approvers.
func callers(plan actions.Plan) string {
	people := []string{mention(plan.Requester.ID)}
	for _, d := range plan.Decided {
		if d.Yes {
			people = append(people, mention(d.Who.ID))
		}
	}
	return strings.Join(people, " ")
}

// broken is what people read when a run's journal could not be written.
func broken(plan actions.Plan, run actions.Run) message {
	return say("%s ✗ Run %s broke off: its journal could not be written, so nothing more was begun. The log of hardenbot says why.%s "+
		"Look at the hosts; hardenbot brings the run to a safe end as soon as it can write again.", callers(plan), plan.RunID, outside(run))
}

// outside names the hosts that were to leave rotation and are not known to be
// back.
func outside(run actions.Run) string {
	var hosts []string
	for _, h := range run.Hosts {
		if len(h.Seats) > 0 && !h.Back {
			hosts = append(hosts, h.Host)
		}
	}
	if len(hosts) == 0 {
		return ""
	}
	return " Perhaps out of rotation, so that nothing sends traffic there: *" + names(hosts, 8) + "*."
}

// clock is a time of day for people in several time zones.
func clock(t time.Time) string { return t.UTC().Format("15:04 UTC") }

// day is the same with the date.
func day(t time.Time) string { return t.UTC().Format("15:04 UTC, 2 Jan") }
