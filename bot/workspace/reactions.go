package workspace

import "slices"

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
	if slices.Contains(m.react, r) {
		return nil, refuse("already_reacted")
	}
	m.react = append(m.react, r)
	return nil, nil
}

func removeReaction(c *call) (object, error) {
	m, r, err := c.reacted()
	if err != nil {
		return nil, err
	}
	i := slices.Index(m.react, r)
	if i < 0 {
		return nil, refuse("no_reaction")
	}
	m.react = slices.Delete(m.react, i, i+1)
	return nil, nil
}

func (m *message) wireReactions() []object {
	var out []object
	for _, r := range m.react {
		out = append(out, object{"name": r.name, "users": []string{r.user}, "count": 1})
	}
	return out
}
