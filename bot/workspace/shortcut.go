package workspace

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ErrUnknownShortcut says that the app has no such message shortcut.
var ErrUnknownShortcut = errors.New("no app has this message shortcut")

// Shortcut picks one of the app's message shortcuts from a message's menu. Slack
// offers them on messages that everybody in the channel sees.
func (p Person) Shortcut(ctx context.Context, on Message, callbackID string) (Ack, error) {
	payload, err := p.prepareShortcut(on, callbackID)
	if err != nil {
		return Ack{}, fmt.Errorf("shortcut %s: %w", callbackID, err)
	}
	return p.interact(ctx, payload)
}

// prepareShortcut makes the message_action payload. Source: Slack's reference of
// interaction payloads, "Shortcut payloads".
func (p Person) prepareShortcut(on Message, callbackID string) (object, error) {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Contains(w.cfg.Shortcuts, callbackID) || !w.hasScope("commands") {
		return nil, ErrUnknownShortcut
	}
	ch := w.channel(on.Channel)
	if ch == nil || !ch.has(p.user.ID) {
		return nil, ErrNotVisible
	}
	m := ch.find(on.TS)
	switch {
	case m == nil:
		return nil, ErrGone
	case m.onlyFor != "":
		return nil, ErrNoElement
	}
	payload := p.payload("message_action")
	maps.Copy(payload, object{
		"callback_id": callbackID, "action_ts": w.nextTS(), "message_ts": m.ts, "message": w.wire(m),
		"channel":      object{"id": ch.ID, "name": ch.Name},
		"response_url": w.newHook(&hook{channel: ch, user: p.user.ID}),
	})
	return payload, nil
}
