package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// The message shortcut "Scan hosts named here": whoever reads of hosts in a
// message has them scanned without typing their names.

// Callback IDs of the shortcut, as in the app's manifest, and of its view.
const (
	ShortcutScan = "scan_named"
	viewScan     = "scan_named"
)

const (
	chosenID = "hosts" // of the view's block and of its menu
	maxNamed = 40      // hosts on offer
	maxRead  = 200_000 // bytes of a message that are looked through

	// What they are joined to has to be read as one pattern (package inventory).
	maxJoined = 900 // bytes
)

// onShortcut offers to scan the hosts that a message names.
func (b *Bot) onShortcut(ctx context.Context, person actions.Person, ic slack.InteractionCallback) {
	if ic.CallbackID != ShortcutScan || !b.once(ctx, "shortcut/"+ic.TriggerID) {
		return
	}
	from := asker{Channel: ic.Channel.ID, Person: person, ResponseURL: ic.ResponseURL, Team: ic.User.TeamID, Trigger: ic.TriggerID}
	if b.admitted(ctx, from, "scan named hosts") {
		b.answer(ctx, from, "scan named hosts", b.offer(ctx, from, ic.Message))
	}
}

func (b *Bot) offer(ctx context.Context, from asker, m slack.Message) error {
	if err := b.cfg.Policy.MayScan(from.Person); err != nil {
		return err
	}
	hosts, err := b.cfg.Policy.Reach(ctx, b.cfg.Inventory, from.Channel)
	if err != nil {
		return err
	}
	named := namedIn(textOf(m), hostNames(hosts))
	if len(named) == 0 {
		return sayable{errors.New("this message names no host that this channel may target, as a whole word and in full")}
	}
	on := onOffer(named)
	if len(on) == 0 {
		return sayable{errors.New("the names of these hosts are too long to choose from; scan them by /harden scan")}
	}
	if _, err := b.client.api.OpenViewContext(ctx, from.Trigger, choice(on, len(named), from)); err != nil {
		b.log.Warn("the window to choose hosts could not be opened", "channel", from.Channel, "err", safe(err))
		return sayable{errors.New("the window to choose hosts could not be opened; use the shortcut again")}
	}
	return nil
}

func hostNames(hosts []actions.Host) []string {
	return mapped(hosts, func(h actions.Host) string { return h.Name })
}

// namedIn returns which of the names stand in the text as whole words, in the
// order in which they are known.
func namedIn(text string, known []string) []string {
	if len(text) > maxRead {
		text = text[:maxRead]
	}
	words := map[string]bool{}
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !inName(r) }) {
		words[w] = true
		words[strings.Trim(w, ".-")] = true // the end of a sentence, or a dash
	}
	var named []string
	for _, name := range known {
		if words[name] {
			named = append(named, name)
		}
	}
	return named
}

// inName reports whether a character next to a name would make it another one.
func inName(r rune) bool {
	return r == '.' || r == '-' || r == '_' || r == utf8.RuneError || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// textOf is what a message says: its text, and what its blocks and attachments
// say beyond it.
func textOf(m slack.Message) string {
	parts := []string{m.Text}
	for _, v := range []any{m.Blocks.BlockSet, m.Attachments} {
		raw, err := json.Marshal(v)
		var tree any
		if err == nil && json.Unmarshal(raw, &tree) == nil {
			parts = append(parts, texts(tree)...)
		}
	}
	return strings.Join(parts, "\n")
}

// readable are the properties of blocks and attachments that hold words to read.
var readable = []string{"text", "url", "title", "pretext", "fallback", "value"}

func texts(tree any) (found []string) {
	switch v := tree.(type) {
	case []any:
		for _, item := range v {
			found = append(found, texts(item)...)
		}
	case map[string]any:
		for key, item := range v {
			if s, is := item.(string); is && slices.Contains(readable, key) {
				found = append(found, s)
			}
			found = append(found, texts(item)...)
		}
	}
	return found
}

// offered is what the view keeps of the message that it was opened on.
type offered struct {
	Channel     string `json:"channel"`
	ResponseURL string `json:"response_url"`
}

// choice asks which of the hosts on offer to scan, all of which are chosen at
// first. named is how many hosts the message names.
func choice(on []string, named int, from asker) slack.ModalViewRequest {
	options := make([]*slack.OptionBlockObject, len(on))
	for i, name := range on {
		options[i] = slack.NewOptionBlockObject(name, plainText(plain(name, 75)), nil)
	}
	menu := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeStatic, plainText("Hosts"), chosenID, options...)
	menu.InitialOptions = options
	text := fmt.Sprintf("The message names %s that this channel may target.", count(named, "host"))
	if len(on) < named {
		text += fmt.Sprintf(" %d of them are on offer here; scan the others by /harden scan.", len(on))
	}
	kept, err := json.Marshal(offered{from.Channel, from.ResponseURL})
	if err != nil {
		panic("bot: two strings without JSON form: " + err.Error())
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: viewScan, PrivateMetadata: string(kept),
		Title: plainText("Scan hosts"), Submit: plainText("Scan"), Close: plainText("Cancel"),
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			section(text),
			slack.NewInputBlock(chosenID, plainText("Hosts to scan"), nil, menu),
		}},
	}
}

// onOffer is as many of the names as one scan takes, and as a menu shows. A
// longer name than a menu takes has to be typed.
func onOffer(named []string) []string {
	const maxValue = 150
	var on []string
	room := maxJoined
	for _, name := range named {
		if room -= len(name) + 1; room < 0 || len(on) == maxNamed {
			break
		}
		if len(name) <= maxValue {
			on = append(on, name)
		}
	}
	return on
}

// scanChosen scans what was chosen, as the command does. What may be scanned is
// asked anew.
func (b *Bot) scanChosen(ctx context.Context, who actions.Person, view slack.View) {
	var kept offered
	if err := json.Unmarshal([]byte(view.PrivateMetadata), &kept); err != nil {
		b.log.Warn("a view to choose hosts could not be read", "user", who.ID, "err", err)
		return
	}
	from := asker{Channel: kept.Channel, ResponseURL: kept.ResponseURL, Person: who}
	chosen := chosenIn(view)
	if len(chosen) == 0 {
		b.answer(ctx, from, "scan", sayable{errors.New("choose at least one host to scan")})
		return
	}
	b.answer(ctx, from, "scan", b.scan(ctx, from, strings.Join(chosen, ",")))
}

// chosenIn returns the hosts chosen in the view. Slack hands over options of the
// menu; anything else is looked at by scan.
func chosenIn(view slack.View) []string {
	if view.State == nil {
		return nil
	}
	return mapped(view.State.Values[chosenID][chosenID].SelectedOptions, func(o slack.OptionBlockObject) string { return o.Value })
}
