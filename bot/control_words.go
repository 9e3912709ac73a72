package bot

import (
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// halted tells that no change is begun any more, and lets it be lifted.
func halted(hold actions.Hold) message {
	text := fmt.Sprintf("%s stopped all changes at %s%s. Hosts that are being changed are finished first; no other is begun, anywhere, until an approver lets changes begin again.",
		mention(hold.Who.ID), at(hold.At), because(hold.Why))
	return message{Text: text, Blocks: []slack.Block{section("*■ " + text + "*"), slack.NewActionBlock("halted", startButton(hold))}}
}

func startButton(hold actions.Hold) *slack.ButtonBlockElement {
	start := slack.NewButtonBlockElement(actionStart, haltName(hold), plainText("Let changes begin again"))
	start.AccessibilityLabel = "Let changes begin again"
	return start
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + words(why, 300)
}

// abortButton ends a run that goes on.
func abortButton(run actions.Run) slack.Block { return slack.NewActionBlock("going", abortPress(run)) }

func abortPress(run actions.Run) *slack.ButtonBlockElement {
	abort := slack.NewButtonBlockElement(actionAbort, run.ID, plainText("Abort…"))
	abort.AccessibilityLabel = "Abort run " + run.ID
	abort.WithConfirm(slack.NewConfirmationBlockObject(
		plainText("Abort run "+run.ID+"?"),
		plainText("The hosts at hand are finished, and no other is begun. An approver can go on with it later."),
		plainText("Abort"), plainText("Go on")))
	return abort
}

// nextSteps are what can be done about a run that has ended.
func nextSteps(plan actions.Plan, run actions.Run) []slack.Block {
	if run.State == actions.RunGoing || plan.RunID != run.ID {
		return nil
	}
	var buttons []slack.BlockElement
	add := func(action, value, label, spoken string, confirm *slack.ConfirmationBlockObject) {
		b := slack.NewButtonBlockElement(action, value, plainText(cut(label, 75)))
		b.AccessibilityLabel = cut(spoken, 75)
		b.Confirm = confirm
		buttons = append(buttons, b)
	}
	if slices.ContainsFunc(run.Hosts, func(h actions.HostRun) bool { return h.State == actions.Untouched }) {
		add(actionResume, run.ID, "Resume", "Go on with the hosts that run "+run.ID+" did not come to", sure("Go on with run "+run.ID+"?",
			"The hosts that it did not come to are changed under the same approval, after their guards were asked again.", "Resume"))
	}
	tries := 0
	for _, h := range run.Hosts {
		if h.State.Good() || h.State == actions.Untouched || !h.State.Ended() || tries == 3 {
			continue
		}
		tries++
		add(fmt.Sprintf("%s_%d", actionRetry, tries), h.Host, "Try "+plain(h.Host, 30)+" again", "Try "+plain(h.Host, 40)+" again",
			sure("Try "+plain(h.Host, 40)+" again?", "It is changed under the same approval, after its guards were asked again.", "Try again"))
	}
	if plan.Undoable(run) {
		add(actionUndo, run.ID, "Undo…", "Plan to undo run "+run.ID, nil)
	}
	if len(buttons) == 0 {
		return nil
	}
	return []slack.Block{slack.NewActionBlock("ended", buttons...)}
}

func sure(title, text, yes string) *slack.ConfirmationBlockObject {
	return slack.NewConfirmationBlockObject(plainText(cut(title, 100)), plainText(text), plainText(yes), plainText("Cancel"))
}

// troubles tells which hosts still need somebody.
func troubles(t []actions.Trouble) message {
	texts := mapped(t, func(t actions.Trouble) string {
		return fmt.Sprintf("*%s* %s: %s (run %s, %s)", words(t.Host.Host, 80), standing[t.Host.State], words(t.Host.Why, 300), t.Run.ID, onAt(t.Host.Since))
	})
	head := fmt.Sprintf("%s %s still %s somebody.", callers(t[0].Plan), count(len(t), "host"), needs(len(t)))
	care := slack.NewButtonBlockElement(actionCare, t[0].Run.ID, plainText("I take care of it"))
	care.AccessibilityLabel = "I take care of the hosts of run " + t[0].Run.ID
	return fit(maxBlockBytes, func(room int) message {
		blocks := append([]slack.Block{section(head)}, list("*What is the matter*", texts, room)...)
		return message{Text: fallback(head + "\n" + take(texts, "\n", 2000)), Blocks: append(blocks, slack.NewActionBlock("trouble", careButton(t[0].Run.ID)))}
	})
}

func careButton(runID string) *slack.ButtonBlockElement {
	care := slack.NewButtonBlockElement(actionCare, runID, plainText("I take care of it"))
	care.AccessibilityLabel = "I take care of the hosts of run " + runID
	return care
}

func needs(n int) string {
	if n == 1 {
		return "needs"
	}
	return "need"
}

// latest lists runs, the newest first.
func latest(runs []actions.Run, plans map[string]actions.Plan, hold *actions.Hold) message {
	lines := mapped(runs, func(run actions.Run) string {
		return fmt.Sprintf("• %s %s: %s", run.ID, words(plans[run.Plan].Title, 100), standsNow(run))
	})
	head := "The latest runs of this channel"
	if len(runs) == 0 {
		head = "There are no runs of this channel yet"
	}
	var blocks []slack.Block
	if hold != nil {
		head = fmt.Sprintf("All changes are stopped by %s since %s%s. %s", mention(hold.Who.ID), onAt(hold.At), because(hold.Why), head)
	}
	blocks = append(blocks, section("*"+head+"*"))
	if len(lines) > 0 {
		blocks = append(blocks, section(take(lines, "\n", maxSection)))
	}
	return message{Text: fallback(strings.TrimSpace(head + "\n" + take(lines, "\n", 2000))), Blocks: blocks}
}

func standsNow(run actions.Run) string {
	if run.State != actions.RunGoing {
		return ended(run)
	}
	good, bad, open := run.Counts()
	return fmt.Sprintf("goes on since %s, %d done, %d not, %d to go", onAt(run.Started), good, bad, open)
}
