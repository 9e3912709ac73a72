package workspace

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// object is a decoded JSON object. Stored objects are replaced, never changed.
type object = map[string]any

// state is what the workspace remembers. Workspace.mu guards it.
type state struct {
	channels []*channel
	triggers map[string]*trigger
	hooks    map[string]*hook // response URLs by their secret
	modals   map[string][]*view
	homes    map[string]*view
	files    map[string]*file // by upload secret and by ID
	groups   []UserGroup
	lastTS   int64 // µs since 1970
	serial   int
	revision int64         // rises at every change
	offset   time.Duration // added by Advance
}

type channel struct {
	Channel
	messages []*message        // in order of their ts, deleted and ephemeral ones too
	read     map[string]string // by user ID: the ts up to which they have read
}

type message struct {
	ts       string
	channel  *channel
	user     string // the author; the app's bot user for the app
	botID    string // set for what the app wrote
	text     string
	blocks   []any
	threadTS string
	onlyFor  string // the one person who sees it, if it is ephemeral
	deleted  bool
	edits    []Edit
	react    []reaction
	files    []*file
	metadata json.RawMessage
	revision int64 // of the workspace, when people last saw it change
}

type reaction struct{ name, user string }

type trigger struct {
	user      string
	at        time.Time
	exchanged bool
}

func newState(cfg Config) state {
	s := state{
		triggers: map[string]*trigger{},
		hooks:    map[string]*hook{},
		modals:   map[string][]*view{},
		homes:    map[string]*view{},
		files:    map[string]*file{},
		revision: 1, // 0 is before everything
	}
	for _, g := range cfg.UserGroups {
		g.Members = slices.Clone(g.Members)
		s.groups = append(s.groups, g)
	}
	for _, c := range cfg.Channels {
		c.Members = slices.Clone(c.Members)
		s.channels = append(s.channels, newChannel(c))
	}
	return s
}

func newChannel(c Channel) *channel { return &channel{Channel: c, read: map[string]string{}} }

// The functions below need w.mu.

func (w *Workspace) now() time.Time { return w.cfg.Now().Add(w.offset) }

// nextTS returns a message timestamp, unique and rising: seconds.microseconds.
func (w *Workspace) nextTS() string {
	w.lastTS = max(w.lastTS+1, w.now().UnixMicro())
	return fmt.Sprintf("%d.%06d", w.lastTS/1e6, w.lastTS%1e6)
}

func (w *Workspace) nextID(prefix string) string {
	w.serial++
	return fmt.Sprintf("%s%08d", prefix, w.serial)
}

func newSecret() string { return rand.Text() }

func (w *Workspace) channel(id string) *channel {
	i := slices.IndexFunc(w.channels, func(c *channel) bool { return c.ID == id })
	if i < 0 {
		return nil
	}
	return w.channels[i]
}

// direct returns the direct message between the app and a person; it makes it if
// there is none.
func (w *Workspace) direct(user string) *channel {
	for _, c := range w.channels {
		if c.IM && c.has(user) {
			return c
		}
	}
	c := newChannel(Channel{
		ID: w.nextID("D"), Name: "directmessage", IM: true,
		Members: []string{w.cfg.App.BotUserID, user},
	})
	w.channels = append(w.channels, c)
	return c
}

// find returns a message that is still there, or nil.
func (c *channel) find(ts string) *message {
	for _, m := range c.messages {
		if m.ts == ts && !m.deleted {
			return m
		}
	}
	return nil
}

// newTrigger returns a trigger_id for a person; see views.open for its life.
func (w *Workspace) newTrigger(user string) string {
	id := w.nextID("") + "." + newSecret()
	w.triggers[id] = &trigger{user: user, at: w.now()}
	return id
}

// Advance moves the workspace's clock forward, so that triggers and response
// URLs expire and rates recover without waiting. Ack windows are not affected.
func (w *Workspace) Advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.offset += d
	w.notify()
}
