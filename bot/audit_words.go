package bot

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"hardenbot/actions"
)

// message shows the entries, and first of all whether they can be believed.
func (e excerpt) message() message {
	head := "*The audit trail has no entry yet.*"
	if e.state.Seq > 0 {
		head = fmt.Sprintf("*The audit trail is whole.* Its head is entry %d, %s", e.state.Seq, code(e.state.Hash, 70))
	}
	if e.state.Damage != "" {
		head = fmt.Sprintf("*The audit trail is not as it was written*: %s. The last good entry is %d, %s", words(e.state.Damage, 500), e.state.Seq, code(e.state.Hash, 70))
	}
	whose := "of this channel's scans, plans, runs and waivers"
	if e.all {
		whose = "of all channels"
	}
	shown := number(len(e.entries), "entry", "entries")
	if e.more {
		shown = "The newest " + shown
	}
	head += fmt.Sprintf("\n%s %s", shown, whose)
	if !e.since.IsZero() {
		head += " since " + onAt(e.since)
	}
	if e.more {
		head += fmt.Sprintf("; there are older ones (%d were looked at): `hardenbot audit list` prints them", e.looked)
	}
	return sheet{head: head + ".", lists: []titled{{"The newest first", mapped(e.entries, auditLine)}}}.message()
}

// auditLine is one entry, shortened: what, about what, by whom, and the details.
func auditLine(e actions.Entry) string {
	line := fmt.Sprintf("%d %s *%s* %s", e.Seq, onAt(e.At), words(e.Action, 60), words(e.Subject, 60))
	if e.Host != "" {
		line += " on " + words(e.Host, 64)
	}
	line = strings.TrimSpace(line) + " by " + whoActs(e.Actor)
	var details []string
	for _, key := range slices.SortedFunc(maps.Keys(e.Detail), whyFirst) {
		if e.Detail[key] != "" && key != "channel" {
			details = append(details, words(key, 30)+": "+words(e.Detail[key], 70))
		}
	}
	if len(details) > 0 {
		line += " – " + strings.Join(details[:min(4, len(details))], "; ")
	}
	return line
}

// whyFirst orders the keys of details.
func whyFirst(a, b string) int {
	switch {
	case a == "why":
		return -1
	case b == "why":
		return 1
	}
	return strings.Compare(a, b)
}

// whoActs names the person without calling them.
func whoActs(p actions.Person) string {
	if p.Name != "" && p.Name != p.ID {
		return words(p.Name, 40) + " (" + words(p.ID, 40) + ")"
	}
	return words(p.ID, 40)
}
