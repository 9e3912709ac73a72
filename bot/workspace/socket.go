package workspace

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// transport is the app's Socket Mode connections. Workspace.mu guards it.
type transport struct {
	tickets map[string]time.Time // unused tickets and when they were given
	sockets []*socket            // in the order they take turns
	waiting map[string]*waiting  // envelopes without an acknowledgement
	late    map[string]bool      // envelopes that were given up or acknowledged
}

type socket struct {
	conn     *websocket.Conn
	writing  sync.Mutex
	draining bool // told to reconnect; gets nothing new
	gone     chan struct{}
}

// waiting is an envelope that somebody waits for.
type waiting struct {
	socket  *socket
	takes   bool                 // whether a payload is read
	payload chan json.RawMessage // has room for one
}

func newTransport() transport {
	return transport{tickets: map[string]time.Time{}, waiting: map[string]*waiting{}, late: map[string]bool{}}
}

const (
	pingEvery    = 10 * time.Second
	writeTimeout = 5 * time.Second
)

func openConnection(c *call) (object, error) {
	ticket := newSecret()
	c.tickets[ticket] = c.now()
	address := "ws" + strings.TrimPrefix(c.cfg.URL, "http") // https becomes wss
	return object{"url": address + "/link/?" + url.Values{"ticket": {ticket}, "app_id": {c.cfg.App.ID}}.Encode()}, nil
}

// serveSocket takes a ticket, once, and then reads acknowledgements until the end.
func (w *Workspace) serveSocket(rw http.ResponseWriter, req *http.Request) {
	if !w.takeTicket(req.URL.Query().Get("ticket")) {
		http.Error(rw, "invalid ticket", http.StatusForbidden)
		return
	}
	// The ticket is the authentication. Clients send Slack's own origin.
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := up.Upgrade(rw, req, nil)
	if err != nil {
		return // Upgrade has answered
	}
	s := &socket{conn: conn, gone: make(chan struct{})}
	defer w.leave(s)
	if !w.join(s) {
		return
	}
	w.readAcks(s)
}

func (w *Workspace) takeTicket(ticket string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	given, ok := w.tickets[ticket]
	delete(w.tickets, ticket)
	return ok && w.now().Sub(given) <= ticketLife
}

// join lets the socket take its turns. Whoever writes to it waits for the hello.
func (w *Workspace) join(s *socket) bool {
	s.writing.Lock()
	defer s.writing.Unlock()
	n := w.enlist(s)
	if n > maxSockets {
		_ = s.send(disconnect("too_many_websockets")) // it is cut anyway
	}
	if n == 0 || n > maxSockets {
		return false
	}
	return s.send(object{
		"type": "hello", "num_connections": n, "connection_info": object{"app_id": w.cfg.App.ID},
		"debug_info": object{"host": "workspace", "build_number": 1, "approximate_connection_time": 18060},
	}) == nil
}

// enlist adds the socket and returns how many there are then. It adds none beyond
// the most, and none at all while the workspace is away; that gives zero.
func (w *Workspace) enlist(s *socket) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || w.down != outageNone {
		return 0
	}
	n := len(w.sockets) + 1
	if n > maxSockets {
		return n
	}
	w.sockets = append(w.sockets, s)
	w.background(s.ping)
	w.notify()
	return n
}

// leave forgets the socket; whoever waits for it learns at once.
func (w *Workspace) leave(s *socket) {
	_ = s.conn.Close()
	close(s.gone)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sockets = slices.DeleteFunc(w.sockets, func(x *socket) bool { return x == s })
	w.notify()
}

func (s *socket) write(v object) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.send(v)
}

// send needs s.writing.
func (s *socket) send(v object) error {
	_ = s.conn.SetWriteDeadline(time.Now().Add(writeTimeout)) // fails only if the write fails too
	return s.conn.WriteJSON(v)
}

// ping keeps the client sure that the connection lives.
func (s *socket) ping() {
	ticker := time.NewTicker(pingEvery)
	defer ticker.Stop()
	for {
		if s.conn.WriteControl(websocket.PingMessage, []byte("ping"), time.Now().Add(writeTimeout)) != nil {
			return
		}
		select {
		case <-ticker.C:
		case <-s.gone:
			return
		}
	}
}

// sendEnvelope gives d to one socket and waits for its acknowledgement.
func (w *Workspace) sendEnvelope(ctx context.Context, d Delivery, retry int, reason string) (json.RawMessage, error) {
	takes := d.Kind == KindCommand || acceptsPayload(d)
	id, wait := w.enqueue(takes)
	if wait == nil {
		return nil, ErrDispatch
	}
	defer w.giveUp(id)
	envelope := object{"envelope_id": id, "type": d.Kind, "payload": d.Payload, "accepts_response_payload": takes}
	if d.Kind == KindEvent {
		envelope["retry_attempt"], envelope["retry_reason"] = retry, reason
	}
	if err := wait.socket.write(envelope); err != nil {
		return nil, ErrDispatch
	}
	select {
	case payload := <-wait.payload:
		return payload, nil
	case <-wait.socket.gone:
		return nil, ErrDispatch
	case <-ctx.Done():
		return nil, failure(ctx)
	}
}

// acceptsPayload is true for submissions, whose answer may say what comes next.
func acceptsPayload(d Delivery) bool {
	var p struct{ Type string }
	return json.Unmarshal(d.Payload, &p) == nil && (p.Type == "view_submission" || p.Type == "block_suggestion")
}

// enqueue picks the socket whose turn it is.
func (w *Workspace) enqueue(takes bool) (string, *waiting) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.sockets, func(s *socket) bool { return !s.draining })
	if i < 0 {
		return "", nil
	}
	s := w.sockets[i]
	w.sockets = append(slices.Delete(w.sockets, i, i+1), s)
	id := w.nextID("envelope-")
	w.waiting[id] = &waiting{socket: s, takes: takes, payload: make(chan json.RawMessage, 1)}
	return id, w.waiting[id]
}

// giveUp ends the wait for an envelope, however it went.
func (w *Workspace) giveUp(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.waiting, id)
	w.late[id] = true
}
