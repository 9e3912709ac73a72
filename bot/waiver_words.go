package bot

import (
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// waiverMessage shows a waiver as it stands, with the buttons while it waits.
// missing is how many approvals it still needs.
func waiverMessage(w actions.Waiver, missing int, now time.Time) message {
	title, came := waiverTitle(w, now), waiverOutcome(w, missing, now)
	text := fmt.Sprintf("%s – on %s, until %s. Asked for by %s; %s answers for it. Why: %s",
		words(title, 200), names(w.Hosts, 8), on(w.Until), mention(w.Requester.ID), mention(w.Owner.ID), words(w.Reason, actions.MaxReason))
	hosts := mapped(w.Hosts, func(h string) string { return words(h, 64) })
	var foot []slack.Block
	if len(came) > 0 {
		foot = append(foot, section(take(came, "\n", maxSection)))
	}
	if w.Standing(now) == actions.WaiverWaiting {
		foot = append(foot, waiverButtons(w))
	}
	foot = append(foot, footnote(fmt.Sprintf("Waiver %s · digest %s · asked for %s · what is waived stays visible as waived, and so does what comes to it until then, unless it is more urgent", w.ID, short(w.Digest), onAt(w.Created))))
	return fit(maxBlockBytes, func(room int) message {
		blocks := []slack.Block{
			header(title), waiverFacts(w),
			section(fmt.Sprintf("*%s*\n%s", count(len(hosts), "host"), take(hosts, ", ", room))),
			section("*Why*\n" + words(w.Reason, actions.MaxReason)),
		}
		return message{Text: cut(strings.Join(append([]string{text}, came...), "\n"), maxFallback), Blocks: append(blocks, foot...)}
	})
}

func waiverTitle(w actions.Waiver, now time.Time) string {
	titles := map[actions.WaiverState]string{
		actions.WaiverWaiting: "Waive? ", actions.WaiverApproved: "Waived: ", actions.WaiverDenied: "Not waived: ",
		actions.WaiverWithdrawn: "Withdrawn: ", actions.WaiverLapsed: "Not decided in time: ", actions.WaiverEnded: "No longer waived: ",
	}
	return titles[w.Standing(now)] + w.Title
}

func waiverFacts(w actions.Waiver) slack.Block {
	field := func(name, value string) *slack.TextBlockObject { return mrkdwn("*" + name + "*\n" + value) }
	return slack.NewSectionBlock(nil, []*slack.TextBlockObject{
		field("Requester", mention(w.Requester.ID)), field("Owner", mention(w.Owner.ID)),
		field("Until", on(w.Until)), field("Covers", covers(w)),
	}, nil)
}

func covers(w actions.Waiver) string {
	switch {
	case w.Whole:
		return "all that " + words(w.Remedy, 80) + " finds there, now and later"
	case w.Subject != "":
		return words(w.Remedy, 80) + ", " + words(w.Subject, 150)
	}
	return words(w.Remedy, 80)
}

// waiverOutcome tells who decided, and what came of it.
func waiverOutcome(w actions.Waiver, missing int, now time.Time) []string {
	var lines []string
	for _, d := range w.Decided {
		if d.Yes {
			lines = append(lines, fmt.Sprintf("✓ Approved by %s, %s.", mention(d.Who.ID), onAt(d.At)))
		} else {
			lines = append(lines, fmt.Sprintf("✗ Denied by %s, %s: %s", mention(d.Who.ID), onAt(d.At), words(d.Reason, maxReason)))
		}
	}
	switch state := w.Standing(now); {
	case state == actions.WaiverWaiting && w.Approvals > 1:
		lines = append(lines, fmt.Sprintf("It needs %s more.", count(missing, "approval")))
	case state == actions.WaiverWithdrawn:
		lines = append(lines, fmt.Sprintf("✗ Withdrawn by its requester, %s.", onAt(w.EndedAt)))
	case state == actions.WaiverLapsed:
		lines = append(lines, fmt.Sprintf("✗ Nobody decided by %s. Press Waive… again to ask anew.", onAt(w.Expires)))
	case state == actions.WaiverEnded && w.EndedBy != nil:
		lines = append(lines, fmt.Sprintf("✗ Ended early by %s, %s.", mention(w.EndedBy.ID), onAt(w.EndedAt)))
	case state == actions.WaiverEnded:
		lines = append(lines, fmt.Sprintf("✗ It ended %s: its time was up.", onAt(w.Until)))
	}
	return lines
}

// waiverButtons are Approve, after a dialog that names what it means, Deny, and
// Withdraw for the requester.
func waiverButtons(w actions.Waiver) slack.Block {
	hosts := strings.Join(mapped(w.Hosts[:min(3, len(w.Hosts))], func(h string) string { return plain(h, 50) }), ", ")
	if more := len(w.Hosts) - 3; more > 0 {
		hosts += fmt.Sprintf(" and %d more", more)
	}
	approve := waiverButton(w, actionWaiveApprove, "Approve").WithStyle(slack.StylePrimary)
	what := "It is accepted"
	if w.Whole {
		what = "All that " + plain(w.Remedy, 40) + " finds, now and later, is accepted"
	}
	approve.WithConfirm(sure("Approve waiver "+w.ID+"?", cut(fmt.Sprintf("%s until %s on %s: %s.",
		what, w.Until.UTC().Format("2 January 2006"), count(len(w.Hosts), "host"), hosts), maxConfirm), "Approve"))
	withdraw := waiverButton(w, actionWaiveWithdraw, "Withdraw")
	withdraw.WithConfirm(sure("Withdraw waiver "+w.ID+"?", "Nobody can approve it then. Only whoever asked for it can do this.", "Withdraw"))
	return slack.NewActionBlock("waiver", approve, waiverButton(w, actionWaiveDeny, "Deny…"), withdraw)
}

func endButton(w actions.Waiver) *slack.ButtonBlockElement {
	button := waiverButton(w, actionWaiveEnd, "End…")
	button.WithConfirm(sure("End waiver "+w.ID+"?", "What it covers counts as open again from the next scan on. Its owner and approvers can do this.", "End it"))
	return button
}

func waiverButton(w actions.Waiver, action, label string) *slack.ButtonBlockElement {
	button := slack.NewButtonBlockElement(action, w.ID, plainText(label))
	button.AccessibilityLabel = cut(strings.TrimSuffix(label, "…")+" waiver "+w.ID+": "+plain(w.Title, 60), 75)
	return button
}

func denyWaiverView(w actions.Waiver, channel, ts string) slack.ModalViewRequest {
	input := slack.NewPlainTextInputBlockElement(plainText("Why is it not accepted, or what has to be different?"), reasonID)
	input.Multiline, input.MinLength, input.MaxLength = true, actions.MinReason, maxReason
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: viewWaiveDeny, PrivateMetadata: channel + "/" + ts,
		Title: plainText("Deny " + cut(w.ID, 18)), Submit: plainText("Deny"), Close: plainText("Cancel"),
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			section("*" + words(w.Title, 150) + "* on " + names(w.Hosts, 5)),
			slack.NewInputBlock(reasonID, plainText("Reason"), nil, input),
		}},
	}
}
