package workspace

import (
	"encoding/json"
	"slices"
	"time"
)

// Message is a message as it stood when it was read. It does not change.
type Message struct {
	Channel   string
	TS        string
	ThreadTS  string // the root's ts, if the message is in a thread
	User      string // the author's ID; the app's bot user ID for the app
	OnlyFor   string // the one person who sees it, if it is ephemeral
	RawText   string // the text argument, the fallback that notifications show
	Blocks    json.RawMessage
	Reactions []Reaction
	Files     []File
	Edits     []Edit // one for each update, oldest first
	Deleted   bool

	blocks []any
	names  names
}

// Edit is what a message said before an update, and when it was updated.
type Edit struct {
	At      time.Time
	RawText string
	Blocks  json.RawMessage
}

// Reaction is an emoji that people put to a message.
type Reaction struct {
	Name  string   // of the emoji, without colons
	Users []string // their IDs, in the order in which they came
}

// File is an uploaded file.
type File struct {
	ID, Name, Title string
	Content         []byte
}

// Text is everything a person can read in the message: the text and what the
// blocks show, one line for each piece, with mentions, links and escapes resolved.
func (m Message) Text() string { return visibleText(m.RawText, m.blocks, m.names) }

// Buttons returns the action IDs of the message's interactive elements, in order.
func (m Message) Buttons() []string { return actionIDs(m.blocks) }

// read copies a message for the outside. It needs w.mu.
func (w *Workspace) read(m *message) Message {
	out := Message{
		Channel: m.channel.ID, TS: m.ts, ThreadTS: m.threadTS, User: m.user, OnlyFor: m.onlyFor,
		RawText: m.text, Blocks: marshal(m.blocks), Edits: slices.Clone(m.edits), Deleted: m.deleted,
		Reactions: m.reactions(), blocks: m.blocks, names: w.names,
	}
	for _, f := range m.files {
		out.Files = append(out.Files, f.File)
	}
	return out
}

// wire is the message as Slack sends it to clients.
func (w *Workspace) wire(m *message) object {
	o := object{"type": "message", "user": m.user, "text": m.text, "ts": m.ts, "team": w.cfg.Team.ID}
	if m.botID != "" {
		o["bot_id"], o["app_id"] = m.botID, w.cfg.App.ID
	}
	if len(m.blocks) > 0 {
		o["blocks"] = m.blocks
	}
	if m.threadTS != "" {
		o["thread_ts"] = m.threadTS
	}
	if n := len(m.edits); n > 0 {
		o["edited"] = object{"user": m.user, "ts": slackTime(m.edits[n-1].At)}
	}
	if len(m.react) > 0 {
		o["reactions"] = m.wireReactions()
	}
	if len(m.metadata) > 0 {
		o["metadata"] = m.metadata
	}
	if len(m.files) > 0 {
		o["files"] = wireFiles(m.files)
	}
	return o
}

// edit replaces what the message says and keeps what it said.
func (m *message) edit(at time.Time, text string, blocks []any) {
	m.edits = append(m.edits, Edit{At: at, RawText: m.text, Blocks: marshal(m.blocks)})
	m.text, m.blocks = text, blocks
}

// marshal encodes what came from JSON, which cannot fail.
func marshal(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
