package bot

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"hardenbot/actions"
)

// maxRows is how many hosts have a row of their own. Of more, those with the
// same to say are told together.
const maxRows = 25

// live is the run's message while it goes on: how far it is as a whole, and a
// row for each host.
func live(run actions.Run, now time.Time) message {
	good, bad, open := run.Counts()
	head := fmt.Sprintf("Run %s: %d of %d done", run.ID, good, len(run.Hosts))
	if bad > 0 {
		head += fmt.Sprintf(", %d not", bad)
	}
	if open > 0 {
		head += fmt.Sprintf(", %d to go", open)
	}
	head += ", " + elapsed(until(run, now).Sub(run.Started)) + "."
	rows := rows(run, now)
	text := fallback(head + "\n" + bars.ReplaceAllString(take(rows, "\n", 2000), ""))
	return fit(maxBlockBytes, func(room int) message {
		blocks := list(fmt.Sprintf("*%s*\n%s %d%% done", head, bar(good, len(run.Hosts)), 100*good/max(1, len(run.Hosts))), rows, room)
		if run.State == actions.RunGoing {
			blocks = append(blocks, abortButton(run))
		}
		return message{Text: text, Blocks: blocks}
	})
}

// until is the moment up to which the run has taken time.
func until(run actions.Run, now time.Time) time.Time {
	if run.State == actions.RunGoing {
		return now
	}
	return run.Finished
}

// rows are the run's hosts: those at work first, because a long list is cut at
// its end.
func rows(run actions.Run, now time.Time) []string {
	busy := func(h actions.HostRun) bool { return h.Doing != "" }
	hosts := slices.Clone(run.Hosts)
	each := len(hosts) <= maxRows
	if !each {
		slices.SortStableFunc(hosts, func(a, b actions.HostRun) int { return rank(a) - rank(b) })
	}
	texts, who := fold(hosts, func(h actions.HostRun) string {
		text := stateOf(h)
		if each || busy(h) {
			text = progressOf(h) + text + timeOf(h, now)
		}
		return text
	}, func(h actions.HostRun) string { return h.Host })
	return withHosts(texts, who)
}

// rank is a host's place in a list that may be cut: at work, failed, done, and
// what waits.
func rank(h actions.HostRun) int {
	switch {
	case h.Doing != "":
		return 0
	case h.State.Ended() && !h.State.Good() && h.State != actions.Untouched:
		return 1
	case h.State.Good():
		return 2
	}
	return 3
}

// stages are the steps of a host's way, in order, for its bar.
var stages = []actions.HostState{
	actions.Probed, actions.Guarded, actions.Drained, actions.Prepared, actions.Armed, actions.Applied, actions.Proven,
	actions.Disarmed, actions.Verified, actions.Healthy, actions.Rejoined, actions.Soaked,
}

// progressOf is how far a host at work is on its way, as a bar. What it does
// stands beside it in words.
func progressOf(h actions.HostRun) string {
	if h.Doing == "" {
		return ""
	}
	return bar(slices.Index(stages, h.State)+1, len(stages)) + " "
}

// timeOf is how long a host's turn takes, or took.
func timeOf(h actions.HostRun, now time.Time) string {
	switch {
	case h.Began.IsZero():
		return ""
	case h.State.Ended():
		now = h.Since
	}
	return ", " + elapsed(now.Sub(h.Began))
}

// bars are left out where somebody is read to: what they show is said in words.
var bars = regexp.MustCompile(`[▰▱]{10} `)

// bar draws done of all as ten signs, a full one only for a whole tenth.
func bar(done, all int) string {
	full := 10 * done / max(1, all)
	return strings.Repeat("▰", full) + strings.Repeat("▱", 10-full)
}
