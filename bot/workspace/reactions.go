package workspace

import (
	"fmt"
	"regexp"
	"slices"
)

// reacted finds the message that a reaction is for.
func (c *call) reacted() (*message, reaction, error) {
	name, err := c.need("name")
	if err != nil {
		return nil, reaction{}, err
	}
	ch := c.channel(c.str("channel"))
	if ch == nil {
		return nil, reaction{}, refuse("channel_not_found")
	}
	if !ch.has(c.cfg.App.BotUserID) {
		return nil, reaction{}, refuse("not_in_channel")
	}
	m := ch.find(c.str("timestamp"))
	if m == nil || m.onlyFor != "" {
		return nil, reaction{}, refuse("message_not_found")
	}
	return m, reaction{name: name, user: c.cfg.App.BotUserID}, nil
}

func addReaction(c *call) (object, error) {
	m, r, err := c.reacted()
	if err != nil {
		return nil, err
	}
	return nil, c.react(m, r)
}

func removeReaction(c *call) (object, error) {
	m, r, err := c.reacted()
	if err != nil {
		return nil, err
	}
	return nil, c.unreact(m, r)
}

var emojiName = regexp.MustCompile(`^[a-z0-9_+'-]{1,100}$`)

// react needs w.mu.
func (w *Workspace) react(m *message, r reaction) error {
	switch {
	case !emojiName.MatchString(r.name):
		return refuse("invalid_name")
	case slices.Contains(m.react, r):
		return refuse("already_reacted")
	}
	m.react = append(m.react, r)
	w.touch(m)
	w.emitReaction("reaction_added", m, r)
	return nil
}

// unreact needs w.mu.
func (w *Workspace) unreact(m *message, r reaction) error {
	i := slices.Index(m.react, r)
	if i < 0 {
		return refuse("no_reaction")
	}
	m.react = slices.Delete(m.react, i, i+1)
	w.touch(m)
	w.emitReaction("reaction_removed", m, r)
	return nil
}

// emitReaction tells the app of a reaction where it is a member.
func (w *Workspace) emitReaction(kind string, m *message, r reaction) {
	if !m.channel.has(w.cfg.App.BotUserID) {
		return
	}
	w.emit(kind, "reactions:read", object{
		"type": kind, "user": r.user, "reaction": r.name, "item_user": m.user, "event_ts": w.nextTS(),
		"item": object{"type": "message", "channel": m.channel.ID, "ts": m.ts},
	})
}

// React puts an emoji to a message as the person, or takes it away. The name is
// without colons.
func (p Person) React(channelID, ts, name string, on bool) error {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	ch := w.channel(channelID)
	if ch == nil || !ch.has(p.user.ID) {
		return fmt.Errorf("channel %s: %w", channelID, ErrNotVisible)
	}
	m := ch.find(ts)
	if m == nil || m.onlyFor != "" {
		return fmt.Errorf("react to %s: %w", ts, ErrGone)
	}
	r := reaction{name: name, user: p.user.ID}
	if on {
		return w.react(m, r)
	}
	return w.unreact(m, r)
}

// reactions gathers who put which emoji, in the order of the first of each.
func (m *message) reactions() []Reaction {
	var all []Reaction
	for _, r := range m.react {
		i := slices.IndexFunc(all, func(x Reaction) bool { return x.Name == r.name })
		if i < 0 {
			i, all = len(all), append(all, Reaction{Name: r.name})
		}
		all[i].Users = append(all[i].Users, r.user)
	}
	return all
}

func (m *message) wireReactions() []object {
	var out []object
	for _, r := range m.reactions() {
		out = append(out, object{"name": r.Name, "users": r.Users, "count": len(r.Users)})
	}
	return out
}
