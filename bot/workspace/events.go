package workspace

import (
	"maps"
	"strings"
)

// The events below reach the app only for channels that it is in. Like Slack,
// the workspace also tells the app of what the app itself wrote. All need w.mu.

// emitMessage tells of a new message, and of a mention if it has one.
func (w *Workspace) emitMessage(m *message) {
	event := w.wire(m)
	w.emitInChannel(m.channel, event)
	mention := "<@" + w.cfg.App.BotUserID
	mentioned := strings.Contains(m.text, mention+">") || strings.Contains(m.text, mention+"|")
	if mentioned && m.botID == "" && m.channel.has(w.cfg.App.BotUserID) && !m.channel.IM {
		event := w.wire(m)
		event["type"] = "app_mention"
		w.emit("app_mention", "app_mentions:read", w.located(m.channel, event))
	}
}

func (w *Workspace) emitChanged(m *message) {
	w.emitInChannel(m.channel, object{
		"type": "message", "subtype": "message_changed", "hidden": true, "ts": w.nextTS(), "message": w.wire(m),
	})
}

func (w *Workspace) emitDeleted(m *message) {
	w.emitInChannel(m.channel, object{
		"type": "message", "subtype": "message_deleted", "hidden": true, "ts": w.nextTS(), "deleted_ts": m.ts,
	})
}

// emitInChannel sends a message event: message.channels, message.groups or message.im.
func (w *Workspace) emitInChannel(ch *channel, event object) {
	if !ch.has(w.cfg.App.BotUserID) {
		return
	}
	family := ch.family()
	event = w.located(ch, event)
	event["channel_type"] = map[string]string{"channels": "channel", "groups": "group", "im": "im"}[family]
	w.emit("message."+family, family+":history", event)
}

// located adds the channel and the event's own time.
func (w *Workspace) located(ch *channel, event object) object {
	event = maps.Clone(event)
	event["channel"], event["event_ts"] = ch.ID, event["ts"]
	return event
}
