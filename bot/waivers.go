package bot

import (
	"context"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// listWaivers answers with the waivers of the channel that hold or wait.
func (b *Bot) listWaivers(ctx context.Context, who asker) error {
	if err := b.cfg.Policy.MayScan(who.Person); err != nil {
		return err
	}
	now := b.cfg.Now()
	all, err := actions.AllWaivers(ctx, b.cfg.Ledger, now, func(w actions.Waiver) bool {
		state := w.Standing(now)
		return w.Channel == who.Channel && (state == actions.WaiverWaiting || state == actions.WaiverApproved)
	})
	if err != nil {
		return err
	}
	b.tell(ctx, who, waiverList(all))
	return nil
}

// explainWaive tells how a waiver is asked for.
func (b *Bot) explainWaive(ctx context.Context, who asker, pattern string) error {
	if pattern == "" {
		pattern = "web-*"
	}
	b.tell(ctx, who, say("Scan first, for example %s, and press *Waive…* under the finding. A second engineer has to approve. `/harden waivers` lists what is waived.",
		code("/harden scan "+pattern, 200)))
	return nil
}

// announceWaivers tells of waivers that end soon, and of those that have
// ended. A letter has the same name each time: if hardenbot ends before Told,
// what was said is said again in the same message.
func (b *Bot) announceWaivers(ctx context.Context) {
	due, err := b.waivers().Ending(ctx)
	if err != nil {
		b.log.Error("waivers that end could not be looked for", "err", err)
		return
	}
	for _, w := range due {
		switch w.Standing(b.cfg.Now()) {
		case actions.WaiverApproved:
			b.post(ctx, waiverNotice(w, "ending"), waiverEnding(w))
		case actions.WaiverEnded:
			b.tellOver(ctx, w)
		}
		if w, err = b.waivers().Told(ctx, w); err != nil {
			b.log.Error("it could not be taken down that a waiver ends", "waiver", w.ID, "err", err)
			continue
		}
		if w.Standing(b.cfg.Now()) != actions.WaiverApproved {
			b.showWaiver(ctx, w)
		}
	}
}

// tellOver says that a waiver has ended, and takes the button away from what
// was said before.
func (b *Bot) tellOver(ctx context.Context, w actions.Waiver) {
	b.post(ctx, waiverNotice(w, "over"), waiverOver(w))
	if w.Warned {
		b.post(ctx, waiverNotice(w, "ending"), say("Waiver %s for %s has ended.", w.ID, words(w.Title, 150)))
	}
}

func waiverNotice(w actions.Waiver, of string) letter {
	return letter{Channel: w.Channel, Name: "waiver-" + of + "/" + w.ID}
}

// waiverEnding says that a waiver ends soon.
func waiverEnding(w actions.Waiver) message {
	text := fmt.Sprintf("%s: waiver %s ends on %s. %s on %s then counts as open again. Have it mended by then, or ask for a new waiver with Waive… under the finding.",
		mention(w.Owner.ID), w.ID, on(w.Until), words(w.Title, 150), names(w.Hosts, 8))
	block := slack.NewSectionBlock(mrkdwn(text), nil, slack.NewAccessory(endButton(w)))
	return message{Text: text, Blocks: []slack.Block{block, footnote("Why it was accepted: " + words(w.Reason, actions.MaxReason))}}
}

// waiverOver says that a waiver has ended.
func waiverOver(w actions.Waiver) message {
	how := "its time is up"
	if w.EndedBy != nil {
		how = mention(w.EndedBy.ID) + " has ended it"
	}
	return say("%s: waiver %s no longer holds, %s. %s on %s counts as open again from the next scan on.",
		mention(w.Owner.ID), w.ID, how, words(w.Title, 150), names(w.Hosts, 8))
}

// waiverList shows waivers, the most urgent first: as many as there is room for.
func waiverList(all []actions.Waiver) message {
	head := "Waivers of this channel"
	if len(all) == 0 {
		head = "There are no waivers in this channel. Waive… under a finding asks for one"
	}
	lines := mapped(all, waiverLine)
	shown := message{Text: cut(strings.TrimSpace(head+".\n"+take(lines, "\n", 2000)), maxFallback), Blocks: []slack.Block{section("*" + head + "*")}}
	for i, w := range all {
		block := slack.NewSectionBlock(mrkdwn(lines[i]), nil, nil)
		if w.State == actions.WaiverApproved {
			block.Accessory = slack.NewAccessory(endButton(w))
		}
		rest := footnote(fmt.Sprintf("%s more: `hardenbot waivers` lists all.", count(len(all)-i, "waiver")))
		if !fits(append(shown.Blocks[:len(shown.Blocks):len(shown.Blocks)], block, rest)) {
			shown.Blocks = append(shown.Blocks, rest)
			break
		}
		shown.Blocks = append(shown.Blocks, block)
	}
	return shown
}

func waiverLine(w actions.Waiver) string {
	state := "waived until " + on(w.Until)
	if w.State == actions.WaiverWaiting {
		state = "waits for approval, until " + on(w.Until)
	}
	return fmt.Sprintf("*%s* on %s\n%s · %s answers for it · %s · %s\nWhy: %s",
		words(w.Title, 150), names(w.Hosts, 8), state, mention(w.Owner.ID), covers(w), w.ID, words(w.Reason, 300))
}
