package bot

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// mended returns the scan's findings that the plan is for.
func mended(scan actions.Scan, plan actions.Plan) []actions.Finding {
	return slices.DeleteFunc(slices.Clone(scan.Findings), func(f actions.Finding) bool {
		return f.Remedy != plan.Remedy || f.Subject != plan.Subject || f.Status == actions.NotChecked
	})
}

// beforeAfter tells what was seen before a run, and what after it, of each host
// that is as the plan wanted it.
func beforeAfter(plan actions.Plan, run actions.Run, found []actions.Finding) []string {
	seen := map[string]string{}
	for _, f := range found {
		seen[f.Host] = strings.Join(f.Evidence, "; ")
	}
	var good []actions.HostRun
	for _, h := range run.Hosts {
		if h.State.Good() {
			good = append(good, h)
		}
	}
	texts, who := fold(good,
		func(h actions.HostRun) string {
			return "before: " + was(plan, seen[h.Host]) + " → after: " + is(plan, h)
		},
		func(h actions.HostRun) string { return h.Host })
	return withHosts(texts, who)
}

// was is what stood there before the run. evidence may be unknown.
func was(plan actions.Plan, evidence string) string {
	if plan.Undoes != "" {
		return "as run " + words(plan.Undoes, 40) + " had changed it"
	}
	return words(cmp.Or(evidence, plan.Title), 300)
}

// is is what was seen when the host was read again.
func is(plan actions.Plan, h actions.HostRun) string {
	switch {
	case plan.Undoes != "":
		return "as it was before that run"
	case h.State == actions.AlreadySound:
		return "not found any more, before anything was changed"
	}
	return "not found any more when the host was read again"
}

// maxPrinted is how many failed steps are shown with what they printed.
const maxPrinted = 3

// printed shows the last lines of what failed steps have printed, as they are.
func printed(run actions.Run, room int) []slack.Block {
	var blocks []slack.Block
	for _, h := range run.Hosts {
		for n, s := range h.Steps {
			if s.Tail == "" || len(blocks) == 2*maxPrinted {
				continue
			}
			title := fmt.Sprintf("The last lines of step %d on *%s*, exit status %d: %s", n+1, names([]string{h.Host}, 1), s.Exit, words(s.Says, 150))
			blocks = append(blocks, section(title), literal(lastOf(exact(s.Tail), max(80, room/2))))
		}
	}
	return blocks
}

// lastOf returns the end of text, of at most so many characters. What is cut off
// before it is noted.
func lastOf(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return "… (cut)\n" + string(runes[len(runes)-most+8:])
}
