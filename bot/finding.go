package bot

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// finding shows one group: what, why, what was seen, where, who else says so,
// and what can be done about it. most is how many different observations.
func finding(place int, g actions.Group, catalogue []actions.Remedy, most int) []slack.Block {
	remedy, _ := actions.Find(catalogue, g.Remedy) // without one there is no why and no fix
	var b strings.Builder
	fmt.Fprintf(&b, "*%d. %s* · %s\n", place, words(g.Title, 150), g.Layer)
	if remedy.Why != "" {
		b.WriteString(words(remedy.Why, 300) + "\n")
	}
	b.WriteString(evidence(g, most))
	fmt.Fprintf(&b, "On %s: %s", count(len(g.Members), "host"), names(g.Hosts(), 8))
	if remedy.Plan == nil && remedy.ReportOnly != "" {
		b.WriteString("\nNo automatic fix: " + words(remedy.ReportOnly, 300))
	}
	if len(remedy.References) > 0 {
		b.WriteString("\nSee " + strings.Join(mapped(remedy.References, reference), ", "))
	}
	return []slack.Block{section(b.String()), slack.NewActionBlock(g.Members[0].ID, choices(g, remedy)...)}
}

// choices are the finding's buttons. Each has the id of the group's first
// finding, and says to screen readers what it is about.
func choices(g actions.Group, remedy actions.Remedy) []slack.BlockElement {
	button := func(action, label string) slack.BlockElement {
		b := slack.NewButtonBlockElement(action, g.Members[0].ID, plainText(label))
		b.AccessibilityLabel = cut(strings.TrimSuffix(label, "…")+": "+plain(g.Title, 60), 75)
		return b
	}
	var all []slack.BlockElement
	if remedy.Plan != nil {
		all = append(all, button(actionFix, "Fix…"))
	}
	return append(all, button(actionDetails, "Details"), button(actionWaive, "Waive…"))
}

// inLine is the finding for those who cannot see the blocks.
func inLine(place int, g actions.Group) string {
	return fmt.Sprintf("%d. %s (%s, %s)", place, words(g.Title, 150), g.Layer, count(len(g.Members), "host"))
}

// evidence shows the first few different things that were seen.
func evidence(g actions.Group, most int) string {
	seen, who := fold(g.Members,
		func(f actions.Finding) string { return strings.Join(f.Evidence, "; ") },
		func(f actions.Finding) string { return f.Host })
	var b strings.Builder
	for i, text := range seen {
		if i == most {
			fmt.Fprintf(&b, "… and %d more like these\n", len(seen)-i)
			break
		}
		where := ""
		if len(seen) > 1 {
			where = names(who[i], 1) + ": "
		}
		b.WriteString("• " + where + words(cmp.Or(text, "no detail"), 250) + "\n")
	}
	return b.String()
}

// groupOf returns the group that the finding belongs to.
func groupOf(scan actions.Scan, findingID string) (actions.Group, bool) {
	for _, g := range actions.Grouped(scan.Findings) {
		for _, f := range g.Members {
			if f.ID == findingID {
				return g, true
			}
		}
	}
	return actions.Group{}, false
}
