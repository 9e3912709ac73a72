package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"hardenbot/actions"
)

// scanTable writes what people read, grouped as the bot's message is: findings
// that are one question across hosts stand together. Everything that hosts
// told is escaped.
func scanTable(w io.Writer, scan actions.Scan) error {
	var b strings.Builder
	groups := actions.Grouped(scan.Findings)
	n := map[actions.Status]int{}
	for _, g := range groups {
		n[g.Status]++
	}
	b.WriteString(indented("", scanSummary(scan, n)))
	writeIncomplete(&b, scan)
	writeGroups(&b, "", groups, actions.Open)
	writeGroups(&b, "\nCould not be checked; this does not mean that it is sound:\n", groups, actions.NotChecked)
	writeGroups(&b, "\nWaived; this is so, and was accepted for a time:\n", groups, actions.Waived)
	_, err := io.WriteString(w, b.String())
	return err
}

// scanSummary is the scan in a sentence. n counts its groups.
func scanSummary(scan actions.Scan, n map[actions.Status]int) string {
	text := fmt.Sprintf("Scan %s of %s: %s", scan.ID, printable(scan.Pattern, 200), count(len(scan.Hosts), "host"))
	if n := scan.Incomplete(); n > 0 {
		text += fmt.Sprintf(", %d of them not seen in full", n)
	}
	switch {
	case n[actions.Open] > 0:
		text += ", " + count(n[actions.Open], "finding")
	case unseen(scan):
		text += ", nothing was seen"
	case scan.Incomplete() > 0:
		text += ", nothing to mend in what was seen"
	case n[actions.Waived] > 0:
		text += ", nothing to mend but what is waived"
	default:
		text += ", nothing to mend"
	}
	if unchecked := n[actions.NotChecked]; unchecked > 0 {
		text += fmt.Sprintf(", %s could not be checked", count(unchecked, "question"))
	}
	if waived := n[actions.Waived]; waived > 0 {
		text += fmt.Sprintf(", %s waived", count(waived, "finding"))
	}
	return text + "."
}

// unseen reports whether no host told anything.
func unseen(scan actions.Scan) bool {
	return !slices.ContainsFunc(scan.Hosts, func(h actions.HostScan) bool { return h.Status != actions.Unreachable })
}

func writeIncomplete(b *strings.Builder, scan actions.Scan) {
	if scan.Incomplete() == 0 {
		return
	}
	b.WriteString("\nNot seen in full:\n")
	for _, h := range scan.Hosts {
		if h.Status != actions.Scanned {
			b.WriteString(indented("    ", fmt.Sprintf("%s %s: %s", h.Name, h.Status, printable(h.Error, 500))))
		}
	}
}

func writeGroups(b *strings.Builder, heading string, groups []actions.Group, status actions.Status) {
	for _, g := range groups {
		if g.Status != status {
			continue
		}
		b.WriteString(heading)
		heading = ""
		first := fmt.Sprintf("%3d. ", g.Members[0].Priority)
		b.WriteString("\n" + indented(first, fmt.Sprintf("%s  [%s, %s]", printable(g.Title, 200), g.Layer, g.Remedy)))
		writeEvidence(b, g)
		writeWaivers(b, g)
	}
}

// writeWaivers names those by which the group's findings are waived.
func writeWaivers(b *strings.Builder, g actions.Group) {
	var seen []string
	for _, f := range g.Members {
		if w := f.Waiver; w != nil && !slices.Contains(seen, w.ID) {
			seen = append(seen, w.ID)
			b.WriteString(indented("     ", fmt.Sprintf("waived until %s, owned by %s (%s)", minute(w.Until), person(w.Owner), w.ID)))
		}
	}
}

// writeEvidence writes each different evidence once, with the hosts it was
// seen on.
func writeEvidence(b *strings.Builder, g actions.Group) {
	var seen []string
	who := map[string][]string{}
	for _, f := range g.Members {
		text := strings.Join(f.Evidence, "; ")
		if !slices.Contains(seen, text) {
			seen = append(seen, text)
		}
		who[text] = append(who[text], f.Host)
	}
	for _, text := range seen {
		b.WriteString(indented("     ", some(who[text], 8)+": "+printable(text, 400)))
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
