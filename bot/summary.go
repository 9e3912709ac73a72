package bot

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// sorted is a scan's findings by what is to be done about them.
type sorted struct {
	open      []actions.Group
	unchecked []actions.Group // questions that could not be answered
	waived    []actions.Group // accepted for a time
}

func split(groups []actions.Group) (all sorted) {
	for _, g := range groups {
		switch g.Status {
		case actions.Open:
			all.open = append(all.open, g)
		case actions.Waived:
			all.waived = append(all.waived, g)
		default:
			all.unchecked = append(all.unchecked, g)
		}
	}
	return all
}

// overview is the summary and all that could not be seen. It leaves most of
// the first message to the findings.
func overview(scan actions.Scan, all sorted) message {
	text := summary(scan, all)
	doubts := mapped(scan.Doubts, func(d string) string { return "• " + words(d, 400) })
	unseen, questions, waived := incomplete(scan), notChecked(all.unchecked), accepted(all.waived)
	return fit(maxBlockBytes/3, func(room int) message {
		blocks := []slack.Block{section("*" + headline(scan) + "*\n" + text)}
		blocks = append(blocks, list("*What this scan may miss*", doubts, room)...)
		blocks = append(blocks, list("*Not seen in full*", unseen, room)...)
		blocks = append(blocks, list("*Could not be checked* – this does not mean that it is sound", questions, room)...)
		blocks = append(blocks, list("*Waived* – still there, and accepted for a time", waived, room)...)
		return message{Text: fallback(headline(scan) + ": " + text), Blocks: blocks}
	})
}

// summary is the result in one line.
func summary(scan actions.Scan, all sorted) string {
	parts := []string{count(len(scan.Hosts), "host")}
	if len(scan.Doubts) > 0 {
		parts = append(parts, "perhaps not everything")
	}
	if n := scan.Incomplete(); n > 0 {
		parts = append(parts, fmt.Sprintf("%d of them not seen in full", n))
	}
	if len(all.open) == 0 {
		parts = append(parts, nothing(scan, all))
	} else {
		parts = append(parts, count(len(all.open), "finding")+" ("+byLayer(all.open)+")")
	}
	if n := len(all.waived); n > 0 {
		parts = append(parts, fmt.Sprintf("%d waived", n))
	}
	if n := len(all.unchecked); n > 0 {
		parts = append(parts, count(n, "question")+" could not be checked")
	}
	return strings.Join(parts, ", ") + "."
}

// nothing words that there are no findings. What was not seen is not sound.
func nothing(scan actions.Scan, all sorted) string {
	unseen := 0
	for _, h := range scan.Hosts {
		if h.Status == actions.Unreachable || h.Status == actions.NotScanned {
			unseen++
		}
	}
	switch {
	case unseen == len(scan.Hosts):
		return "nothing was seen"
	case scan.Incomplete()+len(scan.Doubts) > 0:
		return "nothing to mend in what was seen"
	case len(all.waived) > 0:
		return "nothing to mend but what is waived"
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

// accepted tells what is waived, on which hosts, until when, and who answers
// for it.
func accepted(groups []actions.Group) []string {
	var lines []string
	for _, g := range groups {
		texts, who := fold(g.Members,
			func(f actions.Finding) string {
				if f.Waiver == nil {
					return words(g.Title, 150)
				}
				return fmt.Sprintf("%s – until %s, %s answers for it (%s)", words(g.Title, 150), on(f.Waiver.Until), mention(f.Waiver.Owner.ID), words(f.Waiver.ID, 40))
			},
			func(f actions.Finding) string { return f.Host })
		lines = append(lines, withHosts(texts, who)...)
	}
	return lines
}
