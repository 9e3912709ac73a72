package workspace

import (
	"slices"
	"strconv"
	"strings"
)

// seen finds a channel that the app may look at, and asks for its family's scope.
func (c *call) seen(right string) (*channel, error) {
	id, err := c.need("channel")
	if err != nil {
		return nil, err
	}
	ch := c.channel(id)
	if ch == nil || (ch.family() != "channels" && !ch.has(c.cfg.App.BotUserID)) {
		return nil, refuse("channel_not_found")
	}
	return ch, c.requireScope(ch.family() + ":" + right)
}

func conversationInfo(c *call) (object, error) {
	ch, err := c.seen("read")
	if err != nil {
		return nil, err
	}
	return object{"channel": c.wireChannel(ch)}, nil
}

func conversationMembers(c *call) (object, error) {
	ch, err := c.seen("read")
	if err != nil {
		return nil, err
	}
	page, next, err := paged(c, ch.Members)
	return object{"members": page, "response_metadata": object{"next_cursor": next}}, err
}

func listConversations(c *call) (object, error) {
	types := c.str("types")
	if types == "" {
		types = "public_channel"
	}
	families := map[string]string{"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}
	var wanted []string
	for t := range strings.SplitSeq(types, ",") {
		family, ok := families[strings.TrimSpace(t)]
		if !ok {
			return nil, refuse("invalid_types")
		}
		if err := c.requireScope(family + ":read"); err != nil {
			return nil, err
		}
		wanted = append(wanted, family)
	}
	var found []object
	for _, ch := range c.channels {
		visible := ch.family() == "channels" || ch.has(c.cfg.App.BotUserID)
		if visible && slices.Contains(wanted, ch.family()) {
			found = append(found, c.wireChannel(ch))
		}
	}
	page, next, err := paged(c, found)
	return object{"channels": page, "response_metadata": object{"next_cursor": next}}, err
}

func history(c *call) (object, error) {
	ch, err := c.seen("history")
	if err != nil {
		return nil, err
	}
	if !ch.has(c.cfg.App.BotUserID) {
		return nil, refuse("not_in_channel")
	}
	var found []object
	for _, m := range slices.Backward(ch.messages) { // newest first
		if m.public() && m.threadTS == "" && c.inWindow(m.ts) {
			found = append(found, c.wire(m))
		}
	}
	return c.messagePage(found)
}

func replies(c *call) (object, error) {
	ch, err := c.seen("history")
	if err != nil {
		return nil, err
	}
	ts, err := c.need("ts")
	if err != nil {
		return nil, err
	}
	root, err := ch.thread(ts)
	if err != nil {
		return nil, refuse("thread_not_found")
	}
	var found []object
	for _, m := range ch.messages {
		if m.public() && (m.ts == root || (m.threadTS == root && c.inWindow(m.ts))) {
			found = append(found, c.wire(m))
		}
	}
	return c.messagePage(found)
}

func (m *message) public() bool { return !m.deleted && m.onlyFor == "" }

// inWindow keeps to oldest and latest. All timestamps have the same width, so
// that text order is time order.
func (c *call) inWindow(ts string) bool {
	oldest, latest := c.str("oldest"), c.str("latest")
	if c.flag("inclusive") && (ts == oldest || ts == latest) {
		return true
	}
	return (oldest == "" || oldest == "0" || ts > oldest) && (latest == "" || ts < latest)
}

func (c *call) messagePage(found []object) (object, error) {
	page, next, err := paged(c, found)
	return object{"messages": page, "has_more": next != "", "response_metadata": object{"next_cursor": next}}, err
}

// openConversation opens the direct message with one person.
func openConversation(c *call) (object, error) {
	id, err := c.need("users")
	if err != nil {
		return nil, err
	}
	if _, ok := c.user(id); !ok || id == c.cfg.App.BotUserID {
		return nil, refuse("user_not_found")
	}
	return object{"channel": c.wireChannel(c.direct(id))}, nil
}

func (w *Workspace) wireChannel(ch *channel) object {
	o := object{
		"id": ch.ID, "is_channel": !ch.Private && !ch.IM, "is_group": ch.Private, "is_im": ch.IM,
		"is_private": ch.Private || ch.IM, "is_member": ch.has(w.cfg.App.BotUserID), "num_members": len(ch.Members),
	}
	if ch.IM {
		o["user"] = ch.Members[1]
		return o
	}
	o["name"], o["name_normalized"] = ch.Name, ch.Name
	return o
}

// paged cuts out the page that cursor and limit ask for. The cursor is an offset.
func paged[T any](c *call, all []T) (page []T, next string, err error) {
	limit, err := c.limit()
	if err != nil {
		return nil, "", err
	}
	from := 0
	if s := c.str("cursor"); s != "" {
		if from, err = strconv.Atoi(s); err != nil || from < 0 || from > len(all) {
			return nil, "", refuse("invalid_cursor")
		}
	}
	to := min(from+limit, len(all))
	if to < len(all) {
		next = strconv.Itoa(to)
	}
	return append([]T{}, all[from:to]...), next, nil // [] rather than null in JSON
}
