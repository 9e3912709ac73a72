package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// details opens a window with the whole of a finding.
func (b *Bot) details(ctx context.Context, c click) error {
	if err := b.cfg.Policy.MayScan(c.Person); err != nil {
		return err
	}
	group, err := b.shownGroup(ctx, c.Channel, c.TS, c.Value)
	if err != nil {
		return err
	}
	now := b.cfg.Now()
	waivers, err := actions.AllWaivers(ctx, b.cfg.Ledger, now, func(w actions.Waiver) bool {
		return w.Standing(now) == actions.WaiverApproved && concerns(w, group)
	})
	if err != nil {
		return err
	}
	return b.openWindow(ctx, c.asker, detailsView(group, b.cfg.Catalogue, waivers))
}

// concerns reports whether the waiver is about the group on one of its hosts.
func concerns(w actions.Waiver, g actions.Group) bool {
	return slices.ContainsFunc(g.Members, func(f actions.Finding) bool { return w.Accepts(f) && slices.Contains(w.Hosts, f.Host) })
}

// viewDetails is the callback id of the window. Nothing is sent from it.
const viewDetails = "details"

// What a view may hold: Slack takes 100 blocks and 250 kB.
const (
	maxViewBlocks = 100
	maxViewBytes  = 200_000
)

// detailsView shows all that a scan has found out about a group: why it
// matters, what was seen on which host, and what can be done.
func detailsView(g actions.Group, catalogue []actions.Remedy, waivers []actions.Waiver) slack.ModalViewRequest {
	remedy, _ := actions.Find(catalogue, g.Remedy)
	lines := []string{fmt.Sprintf("*%s*\n%s · %s", words(g.Title, 300), g.Layer, code(g.Remedy, 70))}
	if g.Subject != "" {
		lines[0] += " · " + code(g.Subject, 200)
	}
	if remedy.Why != "" {
		lines = append(lines, "*Why it matters*\n"+words(remedy.Why, 1000))
	}
	lines = append(lines, "*What can be done*\n"+whatCanBeDone(remedy))
	if len(remedy.References) > 0 {
		lines = append(lines, "*References*\n"+take(mapped(remedy.References, reference), ", ", 2000))
	}
	if len(waivers) > 0 {
		lines = append(lines, "*Waived by now*\n"+take(mapped(waivers, func(w actions.Waiver) string { return waivedUntil(w, g) }), "\n", 2000))
	}
	blocks := make([]slack.Block, len(lines))
	for i, line := range lines {
		blocks[i] = section(line)
	}
	blocks = within(blocks, append([]string{"*What was seen*"}, observations(g)...), maxViewBlocks*2/3, maxViewBytes*2/3)
	blocks = within(blocks, append([]string{"*Ids*, for `/harden fix`"}, mapped(g.Members, func(f actions.Finding) string {
		return code(f.ID, 20) + " " + words(f.Host, 64)
	})...), maxViewBlocks, maxViewBytes)
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: viewDetails,
		Title: plainText("Finding " + plain(g.Members[0].ID, 16)), Close: plainText("Close"),
		Blocks: slack.Blocks{BlockSet: blocks},
	}
}

func whatCanBeDone(remedy actions.Remedy) string {
	switch {
	case remedy.Plan != nil:
		return "*Fix…* reads the hosts afresh and shows a plan: the exact commands, what has to hold before, and how it is undone. Nothing is changed before a second engineer approves."
	case remedy.ReportOnly != "":
		return "There is no automatic fix: " + words(remedy.ReportOnly, 1000)
	}
	return "There is no automatic fix."
}

// waivedUntil names those of the waiver's hosts that the reader sees: it may be
// another channel's, and others of its hosts nobody's business here.
func waivedUntil(w actions.Waiver, g actions.Group) string {
	here := slices.DeleteFunc(g.Hosts(), func(host string) bool { return !slices.Contains(w.Hosts, host) })
	return fmt.Sprintf("• %s until %s on %s; %s answers for it: %s", w.ID, on(w.Until), names(here, 8), mention(w.Owner.ID), words(w.Reason, 300))
}

// observations are what was seen, those with the same evidence together, each
// with its hosts.
func observations(g actions.Group) []string {
	seen, who := fold(g.Members,
		func(f actions.Finding) string {
			return strings.Join(mapped(f.Evidence, func(e string) string { return "• " + words(e, 600) }), "\n")
		},
		func(f actions.Finding) string { return f.Host })
	var lines []string
	for i, text := range seen {
		lines = append(lines, "*"+names(who[i], 20)+"*")
		lines = append(lines, strings.Split(text, "\n")...)
	}
	return lines
}

// within adds the lines in as few sections as they take, while there is room
// for them in so many blocks and bytes, and says how many lines are left out.
func within(blocks []slack.Block, lines []string, most, bytes int) []slack.Block {
	used := size(blocks...)
	for len(lines) > 0 {
		n := fitting(lines)
		next := section(strings.Join(lines[:n], "\n"))
		if used += size(next); len(blocks) >= most-1 || used > bytes {
			return append(blocks, footnote(fmt.Sprintf("… and %s more, which do not fit in here. Scan fewer hosts at a time to see them.", count(len(lines), "line"))))
		}
		blocks, lines = append(blocks, next), lines[n:]
	}
	return blocks
}

// fitting is how many of the lines one section takes, at least 1.
func fitting(lines []string) int {
	length := 0
	for i, line := range lines {
		if length += utf8.RuneCountInString(line) + 1; length > maxSection && i > 0 {
			return i
		}
	}
	return len(lines)
}
