package bot

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// Action IDs of the buttons, and the callback ID of the modal.
const (
	actionFix     = "fix"
	actionApprove = "approve"
	actionDeny    = "deny"
	actionAbort   = "abort"
	actionResume  = "resume"
	actionRetry   = "retry" // and its number in the message
	actionUndo    = "undo"
	actionCare    = "care"
	actionStart   = "start"
	viewDeny      = "deny_reason"
)

// maxPages bounds the messages that one scan's findings take.
const maxPages = 8

// scanning is the message while a scan goes on.
func scanning(pattern string, at actions.ScanProgress) message {
	text := fmt.Sprintf("Scanning %s (%s)…", code(pattern, 200), count(at.Total, "host"))
	if at.Done > 0 {
		text += fmt.Sprintf(" %d of %d read", at.Done, at.Total)
	}
	if at.Failed > 0 {
		text += fmt.Sprintf(", %d could not be reached", at.Failed)
	}
	return message{Text: text}
}

// findings shows a scan's result: the first message, and those that hang under
// it where one does not take it all.
func findings(scan actions.Scan, catalogue []actions.Remedy) []message {
	groups := actions.Grouped(scan.Findings)
	open, unchecked := split(groups)
	pages := []message{overview(scan, open, unchecked)}
	for i, g := range open {
		block := finding(i+1, g, catalogue)
		last := &pages[len(pages)-1]
		if fits(append(last.Blocks[:len(last.Blocks):len(last.Blocks)], block, more(len(open)))) {
			last.Blocks = append(last.Blocks, block)
			continue
		}
		last.Blocks = append(last.Blocks, more(len(open)-i))
		if len(pages) == maxPages {
			last.Blocks[len(last.Blocks)-1] = tooMany(len(open) - i)
			return pages
		}
		pages = append(pages, message{
			Text:   fmt.Sprintf("More findings of the scan of %s", code(scan.Pattern, 200)),
			Blocks: []slack.Block{block},
		})
	}
	return pages
}

func more(n int) slack.Block {
	return footnote(fmt.Sprintf("%s more in the thread.", count(n, "finding")))
}

func tooMany(n int) slack.Block {
	return footnote(fmt.Sprintf("%s more are not shown here. Mend these first, or scan fewer hosts at a time.", count(n, "finding")))
}

func split(groups []actions.Group) (open, unchecked []actions.Group) {
	for _, g := range groups {
		if g.Status == actions.Open {
			open = append(open, g)
		} else {
			unchecked = append(unchecked, g)
		}
	}
	return open, unchecked
}

// overview is the summary and all that could not be seen. It leaves most of
// the first message to the findings.
func overview(scan actions.Scan, open, unchecked []actions.Group) message {
	text := summary(scan, open, unchecked)
	doubts := mapped(scan.Doubts, func(d string) string { return "• " + words(d, 400) })
	unseen, questions := incomplete(scan), notChecked(unchecked)
	return fit(maxBlockBytes/3, func(room int) message {
		blocks := []slack.Block{section("*Scan of " + code(scan.Pattern, 200) + "*\n" + text)}
		blocks = append(blocks, list("*What this scan may miss*", doubts, room)...)
		blocks = append(blocks, list("*Not seen in full*", unseen, room)...)
		blocks = append(blocks, list("*Could not be checked* – this does not mean that it is sound", questions, room)...)
		return message{Text: cut("Scan of "+code(scan.Pattern, 200)+": "+text, maxFallback), Blocks: blocks}
	})
}

// summary is the result in one line.
func summary(scan actions.Scan, open, unchecked []actions.Group) string {
	parts := []string{count(len(scan.Hosts), "host")}
	if len(scan.Doubts) > 0 {
		parts = append(parts, "perhaps not everything")
	}
	if n := scan.Incomplete(); n > 0 {
		parts = append(parts, fmt.Sprintf("%d of them not seen in full", n))
	}
	if len(open) == 0 {
		parts = append(parts, nothing(scan))
	} else {
		parts = append(parts, count(len(open), "finding")+" ("+byLayer(open)+")")
	}
	if len(unchecked) > 0 {
		parts = append(parts, count(len(unchecked), "question")+" could not be checked")
	}
	return strings.Join(parts, ", ") + "."
}

// nothing words that there are no findings. What was not seen is not sound.
func nothing(scan actions.Scan) string {
	unseen := 0
	for _, h := range scan.Hosts {
		if h.Status == actions.Unreachable {
			unseen++
		}
	}
	switch {
	case unseen == len(scan.Hosts):
		return "nothing was seen"
	case scan.Incomplete()+len(scan.Doubts) > 0:
		return "nothing to mend in what was seen"
	}
	return "nothing found to mend"
}

func byLayer(groups []actions.Group) string {
	n := map[actions.Layer]int{}
	for _, g := range groups {
		n[g.Layer]++
	}
	var parts []string
	for _, layer := range actions.Layers {
		if n[layer] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[layer], layer))
		}
	}
	return strings.Join(parts, ", ")
}

// incomplete lists the hosts that were not read in full, those with the same
// reason together.
func incomplete(scan actions.Scan) []string {
	var hosts []actions.HostScan
	for _, h := range scan.Hosts {
		if h.Status != actions.Scanned {
			hosts = append(hosts, h)
		}
	}
	reasons, who := fold(hosts,
		func(h actions.HostScan) string { return string(h.Status) + ": " + words(h.Error, 300) },
		func(h actions.HostScan) string { return h.Name })
	return withHosts(reasons, who)
}

func notChecked(groups []actions.Group) []string {
	var lines []string
	for _, g := range groups {
		reasons, who := fold(g.Members,
			func(f actions.Finding) string {
				return words(g.Title, 150) + ": " + words(strings.Join(f.Evidence, "; "), 300)
			},
			func(f actions.Finding) string { return f.Host })
		lines = append(lines, withHosts(reasons, who)...)
	}
	return lines
}

func withHosts(texts []string, who [][]string) []string {
	lines := make([]string, len(texts))
	for i, text := range texts {
		lines[i] = "• *" + names(who[i], 8) + "* " + text
	}
	return lines
}

// finding shows one group: what, why, what was seen, where, and the button.
func finding(place int, g actions.Group, catalogue []actions.Remedy) slack.Block {
	remedy, _ := actions.Find(catalogue, g.Remedy) // without one there is no why and no button
	var b strings.Builder
	fmt.Fprintf(&b, "*%d. %s* · %s\n", place, words(g.Title, 150), g.Layer)
	if remedy.Why != "" {
		b.WriteString(words(remedy.Why, 300) + "\n")
	}
	b.WriteString(evidence(g, 3))
	fmt.Fprintf(&b, "On %s: %s", count(len(g.Members), "host"), names(g.Hosts(), 8))
	if remedy.Plan == nil && remedy.ReportOnly != "" {
		b.WriteString("\nNo automatic fix: " + words(remedy.ReportOnly, 300))
	}
	block := slack.NewSectionBlock(mrkdwn(b.String()), nil, nil)
	block.BlockID = g.Members[0].ID
	if remedy.Plan != nil {
		block.Accessory = slack.NewAccessory(fixButton(g))
	}
	return block
}

func fixButton(g actions.Group) *slack.ButtonBlockElement {
	button := slack.NewButtonBlockElement(actionFix, g.Members[0].ID, plainText("Fix…"))
	button.AccessibilityLabel = cut("Fix: "+plain(g.Title, 60), 75)
	return button
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
