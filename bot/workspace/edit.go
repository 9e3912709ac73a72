package workspace

import (
	"fmt"
	"time"
	"unicode/utf8"
)

// own finds a message of the app that can still be changed.
func (c *call) own(refusal string) (*message, error) {
	id, err := c.need("channel")
	if err != nil {
		return nil, err
	}
	ch := c.channel(id)
	if ch == nil {
		return nil, refuse("channel_not_found")
	}
	ts, err := c.need("ts")
	if err != nil {
		return nil, err
	}
	m := ch.find(ts)
	switch {
	case m == nil || m.onlyFor != "": // ephemeral messages cannot be reached by ts
		return nil, refuse("message_not_found")
	case m.user != c.cfg.App.BotUserID:
		return nil, refuse(refusal)
	}
	return m, nil
}

// updateMessage keeps the blocks if none are given; an empty list removes them.
func updateMessage(c *call) (object, error) {
	m, err := c.own("cant_update_message")
	if err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(c.str("text")) > maxUpdateText {
		return nil, refuse("msg_too_long")
	}
	say, err := c.readContent()
	if err != nil {
		return nil, err
	}
	if !say.hasBlocks {
		say.blocks = m.blocks
	}
	if say.empty() || (!say.hasText && !say.hasBlocks) {
		return nil, refuse("no_text")
	}
	m.edit(c.now(), say.text, say.blocks)
	c.touch(m)
	c.emitChanged(m)
	return object{"channel": m.channel.ID, "ts": m.ts, "text": m.text, "message": c.wire(m)}, nil
}

func deleteMessage(c *call) (object, error) {
	m, err := c.own("cant_delete_message")
	if err != nil {
		return nil, err
	}
	m.deleted = true
	c.touch(m)
	c.emitDeleted(m)
	return object{"channel": m.channel.ID, "ts": m.ts}, nil
}

func permalink(c *call) (object, error) {
	ch := c.channel(c.str("channel"))
	if ch == nil {
		return nil, refuse("channel_not_found")
	}
	m := ch.find(c.str("message_ts"))
	if m == nil || m.onlyFor != "" {
		return nil, refuse("message_not_found")
	}
	return object{"channel": ch.ID, "permalink": c.link(m)}, nil
}

// link is the address of a message: /archives/CHANNEL/pSECONDSMICROS.
func (w *Workspace) link(m *message) string {
	var sec, micro int64
	fmt.Sscanf(m.ts, "%d.%d", &sec, &micro) // we made the ts ourselves
	return fmt.Sprintf("%s/archives/%s/p%d%06d", w.cfg.URL, m.channel.ID, sec, micro)
}

func slackTime(t time.Time) string {
	micros := t.UnixMicro()
	return fmt.Sprintf("%d.%06d", micros/1e6, micros%1e6)
}
