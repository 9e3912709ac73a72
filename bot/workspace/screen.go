package workspace

import (
	"context"
	"errors"
	"slices"
)

// ErrClosed says that the workspace has ended.
var ErrClosed = errors.New("the workspace is closed")

// Screen is what one person's client shows, or what has changed of it. Lists of
// messages hold changes only; all else is told in full.
type Screen struct {
	Revision int64             // give it to the next call
	Channels []Channel         // that the person is in
	Read     map[string]string // by channel ID: the ts up to which the person has read
	Unread   map[string]int    // by user ID: how many messages each of the team has not read
	Messages []Message         // new, changed and deleted ones, by channel and ts
	Modals   []View            // open ones, the topmost last
	Home     *View             // nil until the app has published one
}

// Screen returns what changed on the person's screen after a revision. Revision 0
// gives all of it, without what was deleted.
func (p Person) Screen(since int64) Screen {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	s := Screen{Revision: w.revision, Read: map[string]string{}, Unread: w.unread()}
	for _, ch := range w.channels {
		if !ch.has(p.user.ID) {
			continue
		}
		s.Channels = append(s.Channels, ch.Channel)
		s.Read[ch.ID] = ch.read[p.user.ID]
		for _, m := range ch.messages {
			if m.revision > since && m.visibleTo(p.user.ID) && (since > 0 || !m.deleted) {
				s.Messages = append(s.Messages, w.read(m))
			}
		}
	}
	for _, v := range w.modals[p.user.ID] {
		s.Modals = append(s.Modals, w.readView(v))
	}
	if v := w.homes[p.user.ID]; v != nil {
		home := w.readView(v)
		s.Home = &home
	}
	return s
}

// WaitScreen waits until anything in the workspace changed after a revision, and
// returns the screen then. The error is the context's, or ErrClosed.
func (p Person) WaitScreen(ctx context.Context, since int64) (Screen, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(p.w.ctx, func() { cancel(ErrClosed) })
	defer stop()
	err := p.w.Wait(ctx, func() bool {
		p.w.mu.Lock()
		defer p.w.mu.Unlock()
		return p.w.revision > since
	})
	if err != nil {
		return Screen{}, context.Cause(ctx)
	}
	return p.Screen(since), nil
}

// MarkRead says that the person has read a channel up to a message. It never
// makes read messages unread.
func (p Person) MarkRead(channelID, ts string) error {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	ch := w.channel(channelID)
	if ch == nil || !ch.has(p.user.ID) {
		return ErrNotVisible
	}
	if ts > ch.read[p.user.ID] {
		ch.read[p.user.ID] = ts
		w.notify()
	}
	return nil
}

func (m *message) visibleTo(user string) bool { return m.onlyFor == "" || m.onlyFor == user }

// unread counts for each person the messages of others that they have not read.
// Replies in threads do not count. It needs w.mu.
func (w *Workspace) unread() map[string]int {
	counts := map[string]int{}
	for _, u := range w.cfg.Users {
		for _, ch := range w.channels {
			if ch.has(u.ID) {
				counts[u.ID] += ch.unread(u.ID)
			}
		}
	}
	return counts
}

func (ch *channel) unread(user string) int {
	n := 0
	for _, m := range slices.Backward(ch.messages) {
		if m.ts <= ch.read[user] {
			break
		}
		if !m.deleted && m.threadTS == "" && m.user != user && m.visibleTo(user) {
			n++
		}
	}
	return n
}
