package bot

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// request shows a plan as it stands: what it does, and the buttons while it
// waits. run is its run's end, if it has come to one.
func request(plan actions.Plan, run *actions.Run) message {
	lists := []struct {
		title string
		items []string
		share int // of the room: 1 is all of it, 2 half
	}{
		{"*In place of plan " + plan.Instead + ", because this has changed since*", mapped(plan.Drift, func(d string) string { return "• " + words(d, 300) }), 2},
		{"*Please note*", same(plan, notes), 2},
		{"*What changes*", same(plan, steps), 1},
		{"*Order and batches*", order(plan), 2},
		{"*Also affected, because of what they share with these hosts* – each in full above the exact commands", mapped(plan.Others, func(o string) string { return "• " + words(o, 150) }), 2},
		{"*How it is undone*", same(plan, undos), 2},
		{"*Guards*", same(plan, answers), 2},
		{"*Not included*", exclusions(plan), 2},
	}
	head := []slack.Block{header(title(plan)), planFacts(plan)}
	foot := append(append(diff(plan), commands(plan)...), decided(plan, run)...)
	if plan.State == actions.PlanWaiting {
		foot = append(foot, buttons(plan))
	}
	foot = append(foot, footnote(fmt.Sprintf("Plan %s · digest %s · asked for %s", plan.ID, short(plan.Digest), onAt(plan.Created))))
	text := inShort(plan, run)
	return fit(maxBlockBytes, func(room int) message {
		blocks := slices.Clone(head)
		for _, l := range lists {
			blocks = append(blocks, list(l.title, l.items, room/l.share)...)
		}
		return message{Text: text, Blocks: append(blocks, foot...)}
	})
}

// announce holds the plan's place while its commands are being posted.
func announce(plan actions.Plan, pieces int) message {
	return say("*%s*\nThe exact commands follow in the thread (%s). Then this can be approved.",
		words(title(plan), maxHeader), count(pieces, "message"))
}

// refusal says why no host can be changed, and how to mend that.
func refusal(plan actions.Plan) message {
	text := fmt.Sprintf("There is no plan for %s: no host can be changed now.", words(plan.Title, 150))
	why := exclusions(plan)
	return fit(maxBlockBytes, func(room int) message {
		blocks := append([]slack.Block{section(text)}, list("*Why, and what to do*", why, room)...)
		return message{Text: fallback(text + "\n" + take(why, "\n", 2000)), Blocks: blocks}
	})
}

func title(plan actions.Plan) string {
	switch plan.State {
	case actions.PlanWaiting:
		return "Approve? " + plan.Title
	case actions.PlanApproved:
		return "Approved: " + plan.Title
	case actions.PlanDenied:
		return "Denied: " + plan.Title
	case actions.PlanWithdrawn:
		return "Withdrawn: " + plan.Title
	case actions.PlanExpired:
		return "Expired: " + plan.Title
	}
	return plan.Title
}

// inShort is the whole decision in words: what it is, what came of it, and what
// it does.
func inShort(plan actions.Plan, run *actions.Run) string {
	text := fmt.Sprintf("%s – on %s, asked for by %s. Risk: %s.",
		words(title(plan), 200), names(plan.HostNames(), 5), mention(plan.Requester.ID), risk(plan))
	if len(plan.Others) > 0 {
		text += " Also affected: " + names(plan.Others, 5) + "."
	}
	lines := append([]string{text}, decisions(plan, run)...)
	if plan.State == actions.PlanWaiting {
		lines = append(lines, "Until "+onAt(plan.Expires)+" it can be approved.")
	}
	for _, part := range []struct {
		title string
		items []string
	}{{"What changes:", same(plan, steps)}, {"Guards:", same(plan, answers)}, {"How it is undone:", same(plan, undos)}} {
		if len(part.items) > 0 {
			lines = append(lines, part.title, take(part.items, "\n", 500))
		}
	}
	return fallback(strings.Join(lines, "\n"))
}

func planFacts(plan actions.Plan) slack.Block {
	field := func(name, value string) *slack.TextBlockObject { return mrkdwn("*" + name + "*\n" + value) }
	facts := []*slack.TextBlockObject{
		field("Requester", mention(plan.Requester.ID)),
		field("Hosts", fmt.Sprintf("%d, %s: %s", len(plan.Hosts), pace(plan), names(plan.HostNames(), 10))),
		field("Risk", risk(plan)),
		field("Also affected", alsoAffected(plan)),
		field("Approvals", approvals(plan)),
	}
	if plan.State == actions.PlanWaiting {
		facts = append(facts, field("Expires", onAt(plan.Expires)))
	}
	return slack.NewSectionBlock(nil, facts, nil)
}

// alsoAffected is how far the change reaches beyond its hosts.
func alsoAffected(plan actions.Plan) string {
	if len(plan.Others) == 0 {
		return "nobody else that is known"
	}
	return count(len(plan.Others), "other")
}

// approvals is how many there are of how many that it takes.
func approvals(plan actions.Plan) string {
	return fmt.Sprintf("%d of %d", yes(plan.Decided), max(1, plan.Approvals))
}

// pace tells how many hosts are at work at a time.
func pace(plan actions.Plan) string {
	sizes := plan.Rollout.Batches(len(plan.Hosts))
	most, alone := slices.Max(append(sizes, 1)), 0
	for alone < len(sizes) && sizes[alone] == 1 {
		alone++
	}
	switch {
	case most == 1:
		return "one at a time"
	case alone == 0:
		return fmt.Sprintf("%d at a time", most)
	case alone == 1:
		return fmt.Sprintf("the first alone, then %d at a time", most)
	}
	return fmt.Sprintf("the first %s alone, then %d at a time", count(alone, "host"), most)
}

// commands shows the exact commands, or where they stand.
func commands(plan actions.Plan) []slack.Block {
	text := scriptText(plan)
	if quoted(text) > maxInline {
		return []slack.Block{footnote("The exact commands are in the thread.")}
	}
	return []slack.Block{section("*The exact commands*" + howRun(plan)), literal(text)}
}

// howRun tells how the commands run: on the host with functions that are not in
// the plan but in its digest, or as calls of an API.
func howRun(plan actions.Plan) string {
	onHost := func(h actions.HostPlan) bool {
		return slices.ContainsFunc(h.Change.Steps, func(s actions.Step) bool { return s.Call == nil })
	}
	if !slices.ContainsFunc(plan.Hosts, onHost) {
		return " – calls of the AWS API, written as the commands that make them"
	}
	return fmt.Sprintf(" – run as root by sh; `keep`, `put`, `restore` and the like are functions of hardenbot's prelude (%s)", code(short(plan.Prelude), 20))
}

// buttons are Approve, after a dialog that names what it means, Deny, and for
// the requester Withdraw.
func buttons(plan actions.Plan) slack.Block {
	approve := slack.NewButtonBlockElement(actionApprove, plan.ID, plainText(approval(plan))).WithStyle(slack.StylePrimary)
	approve.AccessibilityLabel = cut("Approve plan "+plan.ID+" for "+count(len(plan.Hosts), "host"), 75)
	approve.WithConfirm(slack.NewConfirmationBlockObject(
		plainText("Approve plan "+plan.ID+"?"),
		plainText(meaning(plan)),
		plainText(cut(approval(plan), maxConfirmButton)), plainText("Cancel")))
	deny := slack.NewButtonBlockElement(actionDeny, plan.ID, plainText("Deny…"))
	deny.AccessibilityLabel = cut("Deny plan "+plan.ID, 75)
	return slack.NewActionBlock("decide", approve, deny, withdrawButton(plan))
}

// approval is what the button says: whoever approves consents to what happens
// to others, too.
func approval(plan actions.Plan) string {
	if len(plan.Others) == 0 {
		return "Approve"
	}
	return "Approve, also for " + count(len(plan.Others), "other")
}

// meaning is the dialog's text: the risk first, and as many of the others as
// there is room for, so that nothing is cut away but counted.
func meaning(plan actions.Plan) string {
	text := fmt.Sprintf("Risk: %s. This changes %s, %s.", risk(plan), count(len(plan.Hosts), "host"), pace(plan))
	for most := min(3, len(plan.Others)); most > 0; most-- {
		if whole := text + " " + consent(plan.Others, most); utf8.RuneCountInString(whole) <= maxConfirm {
			return whole
		}
	}
	return cut(text, maxConfirm)
}

// consent names at most so many of the others.
func consent(others []string, most int) string {
	text := "You consent for others, too: " + strings.Join(mapped(others[:most], func(o string) string { return plain(o, 45) }), ", ")
	if more := len(others) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text + "."
}

// decided tells who decided, and what came of it.
func decided(plan actions.Plan, run *actions.Run) []slack.Block {
	lines := decisions(plan, run)
	if len(lines) == 0 {
		return nil
	}
	return []slack.Block{section(take(lines, "\n", maxSection))}
}

func decisions(plan actions.Plan, run *actions.Run) []string {
	var lines []string
	for _, d := range plan.Decided {
		switch {
		case d.Lapsed:
			lines = append(lines, fmt.Sprintf("– Approved by %s, %s: this counts no more, by the policy of today.", mention(d.Who.ID), at(d.At)))
		case d.Yes:
			lines = append(lines, fmt.Sprintf("✓ Approved by %s, %s.", mention(d.Who.ID), at(d.At)))
		case plan.State == actions.PlanWithdrawn:
			lines = append(lines, fmt.Sprintf("✗ Withdrawn by %s, %s. Nothing was changed.", mention(d.Who.ID), at(d.At)))
		default:
			lines = append(lines, fmt.Sprintf("✗ Denied by %s, %s: %s", mention(d.Who.ID), at(d.At), words(d.Reason, maxReason)))
		}
	}
	switch left := plan.Approvals - yes(plan.Decided); {
	case plan.State == actions.PlanExpired:
		lines = append(lines, fmt.Sprintf("Expired at %s. Press Fix… again for a new plan.", at(plan.Expires)))
	case plan.State == actions.PlanWaiting && plan.Approvals > 1:
		lines = append(lines, fmt.Sprintf("Approvals: %s. It needs %s more.", approvals(plan), count(left, "approval")))
	}
	if run != nil {
		lines = append(lines, ended(*run))
	}
	return lines
}

func short(digest string) string { return digest[:min(12, len(digest))] }

// maxInline is the most, in bytes of JSON, that the commands take in the
// plan's own message.
const maxInline = 2500
