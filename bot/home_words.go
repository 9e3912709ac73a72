package bot

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// Action IDs of buttons that stand in Home tabs alone.
const (
	actionOpen = "open" // a link: Slack follows it by itself
	actionHalt = "halt"
)

// How long the lists of a Home tab get, so that all of them together stay below
// Slack's 100 blocks.
const (
	maxDecide = 10 // one block each
	maxAlike  = 8  // two blocks each, at most
	maxShort  = 5  // one block each
)

// homeView shows the page. shown is what it says, but for the time of day: two
// pages that say the same need not be published both.
func homeView(page home) (blocks []slack.Block, shown string) {
	if page.Note != "" {
		blocks = append(blocks, section("*"+page.Note+"*"))
	}
	if page.Refused != nil {
		blocks = append(blocks, welcome(page.Refused)...)
	} else {
		blocks = append(blocks, homeBlocks(page)...)
	}
	shown = asJSON(blocks)
	return append(blocks, footnote("As of "+onAt(page.Now)+". It is kept up to date for half an hour after you have opened it.")), shown
}

// welcome is for people who may not do anything yet.
func welcome(refused error) []slack.Block {
	why, _ := sentence(refused)
	return []slack.Block{
		header("hardenbot"),
		section("I look at servers, show what should be hardened, most urgent first, and harden them one at a time, after a second engineer has approved."),
		section("What I know of the servers is for those who work on them. To you I say: " + why + "."),
	}
}

func homeBlocks(page home) []slack.Block {
	var blocks []slack.Block
	if page.Hold != nil {
		blocks = append(blocks, holdBlocks(*page.Hold, page.MayLift)...)
	}
	decide := len(page.Decide) + len(page.Accept)
	blocks = append(blocks, header("What waits for you"))
	if decide == 0 {
		blocks = append(blocks, section("Nothing waits for you."))
	}
	blocks = append(blocks, some(page.Decide, maxDecide, planItem)...)
	blocks = append(blocks, some(page.Accept, maxShort, waiverWaits)...)
	for _, part := range []struct {
		title  string
		blocks []slack.Block
	}{
		{"What you have asked for", some(page.Own, maxAlike, ownItem)},
		{"Runs that go on", some(page.Runs, maxAlike, runItem)},
		{"Hosts that need somebody", some(page.Troubles, maxAlike, troubleItem)},
		{"Open findings", postureBlocks(page)},
		{"Waivers that end soon", some(page.Ending, maxShort, waiverEnds)},
	} {
		if len(part.blocks) > 0 {
			blocks = append(append(blocks, header(part.title)), part.blocks...)
		}
	}
	if page.Hold == nil {
		blocks = append(blocks, slack.NewActionBlock("stop", stopButton()))
	}
	return blocks
}

// some shows the first of a list, and says how many more there are.
func some[T any](all []entry[T], most int, item func(entry[T]) []slack.Block) []slack.Block {
	var blocks []slack.Block
	for _, one := range all[:min(most, len(all))] {
		blocks = append(blocks, item(one)...)
	}
	if more := len(all) - most; more > 0 {
		blocks = append(blocks, footnote(fmt.Sprintf("… and %d more.", more)))
	}
	return blocks
}

func holdBlocks(hold actions.Hold, mayLift bool) []slack.Block {
	text := fmt.Sprintf("*■ All changes are stopped* by %s since %s%s. An approver can let them begin again.", mention(hold.Who.ID), onAt(hold.At), because(hold.Why))
	blocks := []slack.Block{section(text)}
	if mayLift {
		blocks = append(blocks, slack.NewActionBlock("halted", startButton(hold)))
	}
	return blocks
}

// planItem is a plan that waits for the reader. To decide on it, its message has
// to be read: that is what the approval is bound to.
func planItem(p entry[actions.Plan]) []slack.Block {
	return []slack.Block{withLink(planLine(p.It), p.Link, "plan "+p.It.ID)}
}

func planLine(plan actions.Plan) string {
	text := fmt.Sprintf("*%s* on %s, asked for by %s in %s, until %s.\nRisk: %s.",
		words(plan.Title, 150), names(plan.HostNames(), 5), mention(plan.Requester.ID), inSlack(plan.Channel), onAt(plan.Expires), risk(plan))
	if plan.Approvals > 1 {
		text += fmt.Sprintf(" %d of %d approvals are in.", yes(plan.Decided), plan.Approvals)
	}
	return text
}

func ownItem(p entry[actions.Plan]) []slack.Block {
	return []slack.Block{section(planLine(p.It)), pressable(p.Link, "plan "+p.It.ID, withdrawButton(p.It))}
}

func runItem(r entry[actions.Trouble]) []slack.Block {
	text := fmt.Sprintf("*%s* in %s: run %s %s.", words(r.It.Plan.Title, 150), inSlack(r.It.Plan.Channel), r.It.Run.ID, standsNow(r.It.Run))
	return []slack.Block{section(text), pressable(r.Link, "run "+r.It.Run.ID, abortPress(r.It.Run))}
}

func troubleItem(t entry[actions.Trouble]) []slack.Block {
	text := fmt.Sprintf("*%s* in %s: %s %s (run %s, %s)", names([]string{t.It.Host.Host}, 1), inSlack(t.It.Plan.Channel),
		standing[t.It.Host.State], words(t.It.Host.Why, 300), t.It.Run.ID, onAt(t.It.Host.Since))
	return []slack.Block{section(text), pressable(t.Link, "run "+t.It.Run.ID, careButton(t.It.Run.ID))}
}

func waiverWaits(w entry[actions.Waiver]) []slack.Block {
	text := fmt.Sprintf("*Waive? %s* on %s, asked for by %s in %s: %s",
		words(w.It.Title, 150), names(w.It.Hosts, 5), mention(w.It.Requester.ID), inSlack(w.It.Channel), words(w.It.Reason, 300))
	return []slack.Block{withLink(text, w.Link, "waiver "+w.It.ID)}
}

func waiverEnds(w entry[actions.Waiver]) []slack.Block {
	text := fmt.Sprintf("*%s* on %s, until %s; %s answers for it.", words(w.It.Title, 150), names(w.It.Hosts, 5), on(w.It.Until), mention(w.It.Owner.ID))
	return []slack.Block{withLink(text, w.Link, "waiver "+w.It.ID)}
}

// postureBlocks shows how the hosts stand. What is not known is said, and counts
// as neither good nor bad.
func postureBlocks(page home) []slack.Block {
	p := page.Posture
	never, away, partly := len(p.Of(actions.NotScanned)), len(p.Of(actions.Unreachable)), len(p.Of(actions.Partial))
	switch {
	case page.Unlisted:
		return []slack.Block{section("The hosts could not be listed now. The log of hardenbot says why.")}
	case len(p.Hosts) == 0:
		return []slack.Block{section("No channel may target any host that there is.")}
	case never == len(p.Hosts):
		return []slack.Block{section(fmt.Sprintf("None of %s was scanned yet, so nothing is known of them. `/harden scan` in a channel looks at them.", count(never, "host")))}
	}
	lines := mapped(actions.Layers, func(l actions.Layer) string { return layerLine(l, p.Layer(l), page.Trend) })
	var unseen []string
	for _, part := range []struct {
		n    int
		says string
	}{{never, "never scanned"}, {away, "could not be reached"}, {partly, "seen in part only"}} {
		if part.n > 0 {
			unseen = append(unseen, fmt.Sprintf("%d %s", part.n, part.says))
		}
	}
	text := fmt.Sprintf("On %s, by the newest scan of each, without what runs have mended since:\n%s", count(len(p.Hosts), "host"), strings.Join(lines, "\n"))
	if len(unseen) > 0 {
		text += "\nNot known, which does not mean that it is sound: " + strings.Join(unseen, ", ") + "."
	}
	return []slack.Block{section(text), footnote(compared(page))}
}

func layerLine(l actions.Layer, t actions.Tally, trend actions.Trend) string {
	line := fmt.Sprintf("• *%s*: %d open", l, t.Open)
	if trend.Hosts > 0 {
		line += ", " + moved(trend.Now[l].Open-trend.Then[l].Open)
	}
	if t.NotChecked > 0 {
		line += fmt.Sprintf("; %d could not be checked", t.NotChecked)
	}
	if t.Waived > 0 {
		line += fmt.Sprintf("; %d waived", t.Waived)
	}
	return line
}

// moved words a change.
func moved(by int) string {
	switch {
	case by < 0:
		return fmt.Sprintf("▼ %d fewer than a week ago", -by)
	case by > 0:
		return fmt.Sprintf("▲ %d more than a week ago", by)
	}
	return "as many as a week ago"
}

// compared says what the trend is about.
func compared(page home) string {
	switch n := page.Trend.Hosts; n {
	case 0:
		return "There is nothing to compare with: none of these hosts was seen a week ago, or none is now."
	case len(page.Posture.Hosts):
		return "Compared with the newest scan of each host that was a week old or older."
	default:
		return fmt.Sprintf("Compared over %s: those that were seen a week ago or before, and are seen now.", count(n, "host"))
	}
}

// withLink shows text, and leads to a message where there is one.
func withLink(text, address, what string) slack.Block {
	block := slack.NewSectionBlock(mrkdwn(text), nil, nil)
	if address != "" {
		block.Accessory = slack.NewAccessory(openButton(address, what))
	}
	return block
}

// pressable is a button, and before it the one that leads to the message.
func pressable(address, what string, button *slack.ButtonBlockElement) slack.Block {
	if address == "" {
		return slack.NewActionBlock("", button)
	}
	return slack.NewActionBlock("", openButton(address, what), button)
}

func openButton(address, what string) *slack.ButtonBlockElement {
	button := slack.NewButtonBlockElement(actionOpen, "", plainText("Open in channel")).WithURL(address)
	button.AccessibilityLabel = cut("Open the message of "+what, 75)
	return button
}

func stopButton() *slack.ButtonBlockElement {
	button := slack.NewButtonBlockElement(actionHalt, "all", plainText("Stop all changes…")).WithStyle(slack.StyleDanger)
	button.AccessibilityLabel = "Stop all changes, everywhere"
	button.Confirm = sure("Stop all changes, everywhere?", "Hosts that are being changed are finished first; no other is begun until an approver lets changes begin again.", "Stop")
	return button
}

var channelID = regexp.MustCompile(`^[CG][A-Z0-9]{1,30}$`)

// inSlack names a channel so that Slack leads there.
func inSlack(channel string) string {
	if channelID.MatchString(channel) {
		return "<#" + channel + ">"
	}
	return words(channel, 80)
}

// yes counts the approvals that count.
func yes(decided []actions.Decision) int {
	n := 0
	for _, d := range decided {
		if d.Yes && !d.Lapsed {
			n++
		}
	}
	return n
}
