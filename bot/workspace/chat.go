package workspace

import (
	"encoding/json"
	"unicode/utf8"
)

// content is what a call wants to say.
type content struct {
	text      string
	blocks    []any
	hasText   bool
	hasBlocks bool
	truncated bool
}

// readContent checks text and blocks by Slack's limits.
func (c *call) readContent() (content, error) {
	out, err := c.readParts(c.str("text"), c.json("blocks"))
	if err != nil {
		return content{}, err
	}
	_, out.hasText = c.args["text"]
	if c.json("attachments") != nil {
		return content{}, refuse("invalid_attachments", "[ERROR] this workspace knows no attachments; use blocks")
	}
	if utf8.RuneCount(marshal(out.blocks)) > maxBlocksJSON {
		return content{}, refuse("msg_blocks_too_long")
	}
	return out, nil
}

func (w *Workspace) readParts(text string, rawBlocks json.RawMessage) (content, error) {
	out := content{text: text}
	if runes := []rune(out.text); len(runes) > maxText {
		out.text, out.truncated = string(runes[:maxText]), true
	}
	if rawBlocks == nil {
		return out, nil
	}
	out.hasBlocks = true
	blocks, err := w.checkBlocks(rawBlocks, inMessage)
	out.blocks = blocks
	return out, err
}

func (x content) empty() bool { return x.text == "" && len(x.blocks) == 0 }

// target finds the channel to write to. A user ID stands for the direct message.
func (c *call) target() (*channel, error) {
	id, err := c.need("channel")
	if err != nil {
		return nil, err
	}
	if _, ok := c.user(id); ok && id != c.cfg.App.BotUserID {
		return c.direct(id), nil
	}
	return c.writable(id)
}

// writable refuses a channel that the app is not in. It does not resolve names
// such as #general: a name can be taken over, an ID cannot.
func (c *call) writable(id string) (*channel, error) {
	ch := c.channel(id)
	switch {
	case ch == nil:
		return nil, refuse("channel_not_found")
	case ch.has(c.cfg.App.BotUserID):
		return ch, nil
	case ch.Private || ch.IM:
		return nil, refuse("channel_not_found")
	case c.method == "chat.postMessage" && c.hasScope("chat:write.public"):
		return ch, c.requireScope("chat:write.public")
	}
	return nil, refuse("not_in_channel")
}

func postMessage(c *call) (object, error) {
	if c.str("username") != "" || c.str("icon_url") != "" || c.str("icon_emoji") != "" {
		if err := c.requireScope("chat:write.customize"); err != nil {
			return nil, err
		}
	}
	ch, err := c.target()
	if err != nil {
		return nil, err
	}
	say, err := c.readContent()
	if err != nil {
		return nil, err
	}
	if say.empty() {
		return nil, refuse("no_text")
	}
	thread, err := ch.thread(c.str("thread_ts"))
	if err != nil {
		return nil, err
	}
	metadata := c.json("metadata")
	if metadata != nil && !json.Valid(metadata) {
		return nil, refuse("invalid_metadata_format")
	}
	m := c.add(&message{channel: ch, user: c.cfg.App.BotUserID, botID: c.cfg.App.BotID, text: say.text,
		blocks: say.blocks, threadTS: thread, metadata: metadata})
	c.emitMessage(m)
	return say.warn(object{"channel": ch.ID, "ts": m.ts, "message": c.wire(m)}), nil
}

// thread returns the root's ts for a reply. Slack hangs a reply to a reply on the
// root. A ts that does not exist is refused here, so that no reply gets lost.
func (ch *channel) thread(ts string) (string, error) {
	if ts == "" {
		return "", nil
	}
	m := ch.find(ts)
	switch {
	case m == nil:
		return "", refuse("thread_not_found")
	case m.onlyFor != "":
		return "", refuse("cannot_reply_to_message")
	case m.threadTS != "":
		return m.threadTS, nil
	}
	return ts, nil
}

// add puts a new message into its channel.
func (w *Workspace) add(m *message) *message {
	m.ts = w.nextTS()
	m.channel.messages = append(m.channel.messages, m)
	w.touch(m)
	return m
}

// warn adds Slack's warning if the text was cut at 40,000 characters.
func (x content) warn(answer object) object {
	if x.truncated {
		answer["warning"] = "message_truncated"
		answer["response_metadata"] = object{"warnings": []string{"message_truncated"}}
	}
	return answer
}

func postEphemeral(c *call) (object, error) {
	id, err := c.need("channel")
	if err != nil {
		return nil, err
	}
	ch, err := c.writable(id)
	if err != nil {
		return nil, err
	}
	user, err := c.need("user")
	if err != nil {
		return nil, err
	}
	if !ch.has(user) {
		return nil, refuse("user_not_in_channel")
	}
	say, err := c.readContent()
	if err != nil {
		return nil, err
	}
	if say.empty() {
		return nil, refuse("no_text")
	}
	thread, err := ch.thread(c.str("thread_ts"))
	if err != nil {
		return nil, err
	}
	m := c.add(&message{channel: ch, user: c.cfg.App.BotUserID, botID: c.cfg.App.BotID, text: say.text,
		blocks: say.blocks, threadTS: thread, onlyFor: user})
	return say.warn(object{"message_ts": m.ts}), nil
}
