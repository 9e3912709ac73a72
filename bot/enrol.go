package bot

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// enrol opens the window in which an approver sets up a second factor. Nobody
// else sees what stands in it.
func (b *Bot) enrol(ctx context.Context, who asker) error {
	if err := b.cfg.Policy.MayApprove(who.Person); err != nil {
		return refused("only approvers need a second factor: " + err.Error())
	}
	if who.Trigger == "" {
		return b.openWindow(ctx, who, slack.ModalViewRequest{})
	}
	offer, err := b.cfg.SecondFactor.Offer(ctx, who.Person)
	if err != nil {
		return fmt.Errorf("offer a second factor: %w", err)
	}
	return b.openWindow(ctx, who, enrolView(offer, who.Channel))
}

func enrolView(offer actions.FactorOffer, channel string) slack.ModalViewRequest {
	blocks := []slack.Block{
		section("*1.* Add this key to an authenticator app. It is shown here only, and only now."),
		section("Key, by time, six digits:\n" + code(inFours(offer.Secret), 80) + "\nor as an address:\n" + code(offer.URI, 300)),
		section("*2.* Type the code that the app shows then."),
		codeInput(codeID, "First code", "The six digits that your authenticator shows for this new key"),
	}
	if offer.Again {
		blocks = append(blocks,
			codeInput(currentID, "Code of the key until now", "You have a second factor already; a code of it is needed to replace it"),
			footnote("Is it lost? Whoever runs hardenbot can take it away: hardenbot step-up reset."))
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: viewEnrol, PrivateMetadata: channel,
		Title: plainText("Your second factor"), Submit: plainText("Enrol"), Close: plainText("Cancel"),
		Blocks: slack.Blocks{BlockSet: blocks},
	}
}

// inFours writes a key as people copy it.
func inFours(key string) string {
	var parts []string
	for len(key) > 4 {
		parts, key = append(parts, key[:4]), key[4:]
	}
	return strings.Join(append(parts, key), " ")
}

// takeEnrolment puts the key into force, or tells in the window what is not right.
// It is the one check that changes something, and asks again who is an approver.
func (b *Bot) takeEnrolment(ctx context.Context, who actions.Person, view slack.View) map[string]string {
	if err := b.cfg.Policy.MayApprove(who); err != nil {
		return b.wrongCode(codeID, who, err)
	}
	again, err := b.cfg.SecondFactor.Enrolled(ctx, who)
	if err != nil {
		return b.wrongCode(codeID, who, err)
	}
	current := typedIn(view, currentID)
	if again {
		if !slices.ContainsFunc(view.Blocks.BlockSet, func(block slack.Block) bool { return block.ID() == currentID }) {
			return map[string]string{codeID: "This window is out of date; close it, and type /harden enrol again."}
		}
		if err := b.cfg.SecondFactor.Check(ctx, who, current); err != nil {
			return b.wrongCode(currentID, who, err)
		}
	}
	return b.wrongCode(codeID, who, b.cfg.SecondFactor.Enrol(ctx, who, typedIn(view, codeID), current))
}

// enrolled tells the person that the second factor is in force, and a channel of
// the policy: whoever has taken over somebody's Slack account before they enrolled
// cannot do so unseen.
func (b *Bot) enrolled(ctx context.Context, who actions.Person, view slack.View) {
	told := slices.Sorted(maps.Keys(b.cfg.Policy.Channels))
	if slices.Contains(told, view.PrivateMetadata) {
		told = []string{view.PrivateMetadata}
	}
	for _, channel := range told[:min(1, len(told))] {
		b.post(ctx, letter{Channel: channel}, say("%s has set up a second factor, and confirms risky plans with its codes from now on. "+
			"%s: if that was not you, have it taken away by whoever runs hardenbot (`hardenbot step-up reset`).", mention(who.ID), mention(who.ID)))
	}
	b.tell(ctx, asker{Channel: view.PrivateMetadata, Person: who},
		say("Your second factor is in force. I ask for its code where policy wants one. The first code cannot be used again; wait for the next one."))
}
