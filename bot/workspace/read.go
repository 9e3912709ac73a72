package workspace

import (
	"context"
	"fmt"
	"strings"
)

// Messages returns what everybody in a channel sees, in order, thread replies
// included. Ephemeral and deleted messages are not among them.
func (w *Workspace) Messages(channelID string) []Message {
	return w.collect(channelID, (*message).public)
}

// Thread returns a message and its replies, in order.
func (w *Workspace) Thread(channelID, ts string) []Message {
	return w.collect(channelID, func(m *message) bool { return m.public() && (m.ts == ts || m.threadTS == ts) })
}

// Message returns one message as it stands now, deleted and ephemeral ones too.
func (w *Workspace) Message(channelID, ts string) (Message, bool) {
	found := w.collect(channelID, func(m *message) bool { return m.ts == ts })
	if len(found) == 0 {
		return Message{}, false
	}
	return found[0], true
}

func (w *Workspace) collect(channelID string, keep func(*message) bool) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []Message
	if ch := w.channel(channelID); ch != nil {
		for _, m := range ch.messages {
			if keep(m) {
				out = append(out, w.read(m))
			}
		}
	}
	return out
}

// Ephemerals returns what only this person sees, over all channels, in the order
// of the channels and of time.
func (w *Workspace) Ephemerals(userID string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []Message
	for _, ch := range w.channels {
		for _, m := range ch.messages {
			if m.onlyFor == userID && !m.deleted {
				out = append(out, w.read(m))
			}
		}
	}
	return out
}

// Views returns a person's open modals, the topmost last.
func (w *Workspace) Views(userID string) []View {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []View
	for _, v := range w.modals[userID] {
		out = append(out, w.readView(v))
	}
	return out
}

// HomeView returns a person's home tab, if the app has published one.
func (w *Workspace) HomeView(userID string) (View, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := w.homes[userID]
	if v == nil {
		return View{}, false
	}
	return w.readView(v), true
}

// Wait returns when done is true. It asks at once and after every change of the
// workspace; done may use all of the workspace's reading methods.
func (w *Workspace) Wait(ctx context.Context, done func() bool) error {
	for {
		w.mu.Lock()
		changed := w.changed
		w.mu.Unlock()
		if done() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// WaitMessage returns the first message in a channel that matches. The error lists
// what was there instead.
func (w *Workspace) WaitMessage(ctx context.Context, channelID string, match func(Message) bool) (Message, error) {
	return w.waitIn(ctx, match, "channel "+channelID, func() []Message { return w.Messages(channelID) })
}

// WaitEphemeral returns the first message for this person alone that matches.
func (w *Workspace) WaitEphemeral(ctx context.Context, userID string, match func(Message) bool) (Message, error) {
	return w.waitIn(ctx, match, "ephemerals of "+userID, func() []Message { return w.Ephemerals(userID) })
}

func (w *Workspace) waitIn(ctx context.Context, match func(Message) bool, where string, list func() []Message) (Message, error) {
	var found Message
	err := w.Wait(ctx, func() bool {
		for _, m := range list() {
			if match(m) {
				found = m
				return true
			}
		}
		return false
	})
	if err == nil {
		return found, nil
	}
	var texts []string
	for _, m := range list() {
		texts = append(texts, m.Text())
	}
	return Message{}, fmt.Errorf("no message matched in %s, which has %q: %w", where, texts, err)
}

// WaitView returns a person's topmost modal once one is open that matches.
func (w *Workspace) WaitView(ctx context.Context, userID string, match func(View) bool) (View, error) {
	var found View
	err := w.Wait(ctx, func() bool {
		open := w.Views(userID)
		if len(open) == 0 || !match(open[len(open)-1]) {
			return false
		}
		found = open[len(open)-1]
		return true
	})
	if err != nil {
		return View{}, fmt.Errorf("no modal of %s matched: %w", userID, err)
	}
	return found, nil
}

// WaitConnected returns when at least n sockets take envelopes.
func (w *Workspace) WaitConnected(ctx context.Context, n int) error {
	if err := w.Wait(ctx, func() bool { return w.Sockets() >= n }); err != nil {
		return fmt.Errorf("%d of %d sockets: %w", w.Sockets(), n, err)
	}
	return nil
}

// Containing matches a message whose visible text has all the parts.
func Containing(parts ...string) func(Message) bool {
	return func(m Message) bool {
		text := m.Text()
		for _, p := range parts {
			if !strings.Contains(text, p) {
				return false
			}
		}
		return true
	}
}
