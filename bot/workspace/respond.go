package workspace

import (
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// hook is a response URL: it lets the app answer one command or click.
type hook struct {
	channel  *channel
	user     string
	original *message // what replace_original means; the first answer, for a command
	uses     int
	expires  time.Time
}

// response is a message that answers a command or a click.
type response struct {
	Text            string          `json:"text"`
	Blocks          json.RawMessage `json:"blocks"`
	ResponseType    string          `json:"response_type"`
	ReplaceOriginal bool            `json:"replace_original"`
	DeleteOriginal  bool            `json:"delete_original"`
	ThreadTS        string          `json:"thread_ts"`
}

// newHook returns a response URL: five uses within 30 minutes. It needs w.mu.
func (w *Workspace) newHook(h *hook) string {
	secret := newSecret()
	h.expires = w.now().Add(responseURLLife)
	w.hooks[secret] = h
	return w.cfg.URL + "/response/" + secret
}

func (w *Workspace) serveResponseURL(rw http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(rw, req.Body, maxBody))
	if err != nil {
		http.Error(rw, "request_too_large", http.StatusBadRequest)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.hooks[req.PathValue("secret")]
	if status, code := w.spend(h); code != "" {
		writeJSON(rw, status, object{"ok": false, "error": code})
		return
	}
	var r response
	if err := json.Unmarshal(body, &r); err != nil {
		http.Error(rw, "invalid_payload", http.StatusBadRequest)
		return
	}
	if err := w.respond(h, r); err != nil {
		e := asAPIError(err)
		writeJSON(rw, http.StatusBadRequest, object{"ok": false, "error": e.code, "response_metadata": object{"messages": e.messages}})
		return
	}
	writeJSON(rw, http.StatusOK, object{"ok": true})
}

// spend takes one use of the response URL, or says why there is none.
func (w *Workspace) spend(h *hook) (status int, code string) {
	switch {
	case h == nil:
		return http.StatusNotFound, "invalid_url"
	case w.now().After(h.expires):
		return http.StatusNotFound, "expired_url"
	case h.uses >= responseURLUses:
		return http.StatusNotFound, "used_url"
	}
	h.uses++
	return 0, ""
}

// respond posts, replaces or deletes. It needs w.mu. The app need not be in the
// channel.
func (w *Workspace) respond(h *hook, r response) error {
	if r.DeleteOriginal {
		return w.deleteOriginal(h)
	}
	say, err := w.readParts(r.Text, nullToNil(r.Blocks))
	if err != nil {
		return err
	}
	if say.empty() {
		return refuse("no_text")
	}
	if r.ReplaceOriginal && h.original != nil {
		return w.replaceOriginal(h, say)
	}
	m := &message{channel: h.channel, user: w.cfg.App.BotUserID, botID: w.cfg.App.BotID, text: say.text, blocks: say.blocks}
	switch r.ResponseType {
	case "", "ephemeral":
		m.onlyFor = h.user
	case "in_channel":
	default:
		return refuse("invalid_response_type")
	}
	if m.threadTS, err = h.channel.thread(r.ThreadTS); err != nil {
		return err
	}
	w.add(m)
	if h.original == nil {
		h.original = m
	}
	if m.onlyFor == "" {
		w.emitMessage(m)
	}
	return nil
}

func (w *Workspace) replaceOriginal(h *hook, say content) error {
	if h.original.deleted {
		return refuse("message_not_found")
	}
	h.original.edit(w.now(), say.text, say.blocks)
	w.touch(h.original)
	if h.original.onlyFor == "" {
		w.emitChanged(h.original)
	}
	return nil
}

func (w *Workspace) deleteOriginal(h *hook) error {
	if h.original == nil || h.original.deleted {
		return refuse("message_not_found")
	}
	h.original.deleted = true
	w.touch(h.original)
	if h.original.onlyFor == "" {
		w.emitDeleted(h.original)
	}
	return nil
}

// nullToNil makes an absent list of JSON's null; clients send it for no blocks.
func nullToNil(raw json.RawMessage) json.RawMessage {
	if string(raw) == "null" {
		return nil
	}
	return raw
}
