package workspace

import (
	"encoding/json"
	"time"
)

// readAcks reads what the app sends on a socket until the connection ends.
func (w *Workspace) readAcks(s *socket) {
	s.conn.SetReadLimit(maxBody)
	for {
		_, data, err := s.conn.ReadMessage()
		if err != nil {
			return
		}
		w.mu.Lock()
		w.takeAck(data)
		w.mu.Unlock()
	}
}

// takeAck hands an acknowledgement to whoever waits for it. It needs w.mu.
func (w *Workspace) takeAck(data []byte) {
	var ack struct {
		EnvelopeID string          `json:"envelope_id"`
		Payload    json.RawMessage `json:"payload"`
	}
	if err := json.Unmarshal(data, &ack); err != nil || ack.EnvelopeID == "" {
		w.problem("a socket message that is no acknowledgement")
		return
	}
	wait := w.waiting[ack.EnvelopeID]
	switch {
	case wait == nil && w.late[ack.EnvelopeID]:
		w.problem("%s was acknowledged late or twice", ack.EnvelopeID)
		return
	case wait == nil:
		w.problem("an acknowledgement for the unknown envelope %q", ack.EnvelopeID)
		return
	case len(data) >= maxAck:
		w.problem("the acknowledgement of %s has %d bytes; Slack drops it from %d on", ack.EnvelopeID, len(data), maxAck)
		return
	}
	payload := nullToNil(ack.Payload)
	if payload != nil && !wait.takes && string(payload) != "{}" {
		w.problem("%s was acknowledged with a payload, which nobody reads", ack.EnvelopeID)
		payload = nil
	}
	delete(w.waiting, ack.EnvelopeID)
	w.late[ack.EnvelopeID] = true
	wait.payload <- payload
}

func disconnect(reason string) object {
	return object{"type": "disconnect", "reason": reason, "debug_info": object{"host": "workspace"}}
}

// disconnectGrace is how long a socket stays open after it was told to reconnect.
const disconnectGrace = time.Second

// DisconnectSockets tells every socket to reconnect, gives it nothing new, and
// closes it a second later. The reason is warning, refresh_requested or
// link_disabled.
func (w *Workspace) DisconnectSockets(reason string) {
	w.disconnect(reason, maxSockets)
}

// DisconnectSocket does so to the socket whose turn it is, and leaves the others.
func (w *Workspace) DisconnectSocket(reason string) { w.disconnect(reason, 1) }

func (w *Workspace) disconnect(reason string, most int) {
	for _, s := range w.drain(most) {
		_ = s.write(disconnect(reason)) // a socket that is gone needs no telling
		w.mu.Lock()
		w.background(func() {
			select {
			case <-time.After(disconnectGrace):
			case <-s.gone:
			case <-w.ctx.Done():
			}
			_ = s.conn.Close()
		})
		w.mu.Unlock()
	}
}

// drain gives the first so many sockets nothing new.
func (w *Workspace) drain(most int) []*socket {
	w.mu.Lock()
	defer w.mu.Unlock()
	var told []*socket
	for _, s := range w.sockets {
		if s.draining || len(told) == most {
			continue
		}
		s.draining = true
		told = append(told, s)
	}
	w.notify()
	return told
}

// DropSockets cuts every socket without a word, as a broken network does.
func (w *Workspace) DropSockets() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.sockets {
		_ = s.conn.Close()
	}
	w.sockets = nil
	w.notify()
}

// Sockets returns how many Socket Mode connections take envelopes.
func (w *Workspace) Sockets() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, s := range w.sockets {
		if !s.draining {
			n++
		}
	}
	return n
}
