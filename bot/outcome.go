package bot

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// ended is a run's end in one line.
func ended(run actions.Run) string {
	good, _, _ := run.Counts()
	switch {
	case run.State == actions.RunDone:
		return fmt.Sprintf("✓ Done on %d of %d hosts, %s.", good, len(run.Hosts), at(run.Finished))
	case asPlanned(run):
		return fmt.Sprintf("✓ Done on %d of %d hosts, %s, although %s.", good, len(run.Hosts), at(run.Finished), strings.TrimRight(words(run.Why, 300), "."))
	}
	return fmt.Sprintf("✗ Stopped at %s, done on %d of %d hosts: %s.", at(run.Finished), good, len(run.Hosts), strings.TrimRight(words(run.Why, 300), "."))
}

// asPlanned reports whether every host is as the plan wanted it. A run that
// was stopped may be so: recovery finds the last host finished.
func asPlanned(run actions.Run) bool {
	good, bad, open := run.Counts()
	return good > 0 && bad+open == 0
}

// outcome is the run's end, host by host: what became of each, the last lines of
// what failed, and what was so before and is so after it. If it did not go as
// planned, those who asked for it and approved it are called. found is what was
// seen before.
func outcome(plan actions.Plan, run actions.Run, found []actions.Finding) message {
	head := ended(run)
	if run.State != actions.RunDone && !asPlanned(run) {
		head = callers(plan) + " " + head
	}
	lines, changed := worstFirst(fates(run)), beforeAfter(plan, run, found)
	return fit(maxBlockBytes, func(room int) message {
		blocks := append([]slack.Block{section(head)}, list("*"+words(plan.Title, 150)+"*", lines, room)...)
		blocks = append(blocks, printed(run, room)...)
		blocks = append(blocks, list("*Before and after*", changed, room/2)...)
		text := head + "\n" + take(append(lines, changed...), "\n", 2000)
		return message{Text: fallback(text), Blocks: append(blocks, nextSteps(plan, run)...)}
	})
}

// fates is what became of each host, those with the same to say together.
func fates(run actions.Run) []string {
	texts, who := fold(run.Hosts, func(h actions.HostRun) string {
		if h.Why != "" {
			return standing[h.State] + ": " + words(h.Why, 500)
		}
		return standing[h.State]
	}, func(h actions.HostRun) string { return h.Host })
	return withHosts(texts, who)
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
