package page

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"hardenbot/bot/workspace"
)

const (
	pace     = 25 * time.Millisecond // gathers changes that come at once into one event
	comeBack = time.Second           // after which a browser that lost the stream asks again
)

// stream sends the person's screen, and then what changes, until the browser
// leaves or the workspace ends. A browser that comes back to the same process
// gets what it missed.
func (s *server) stream(rw http.ResponseWriter, req *http.Request, p workspace.Person) {
	rw.Header().Set("Content-Type", "text/event-stream")
	rw.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(rw)
	_ = out.SetWriteDeadline(time.Time{}) // a server without deadlines needs none lifted
	if req.URL.Query().Get("token") != s.token {
		fmt.Fprint(rw, "event: reload\ndata: {}\n\n") // the page is of an earlier process
		return
	}
	since, err := strconv.ParseInt(req.Header.Get("Last-Event-ID"), 10, 64)
	if err != nil || since < 0 {
		since = 0
	}
	fmt.Fprintf(rw, "retry: %d\n\n", comeBack.Milliseconds())
	dm := p.DM() // exists from now on
	var last []byte
	for {
		screen := p.Screen(since)
		shown := newScreen(screen, dm, since == 0)
		rest, err := json.Marshal(shown.rest)
		if err != nil {
			return // of our own types; cannot be
		}
		if len(shown.Messages) > 0 || !bytes.Equal(rest, last) {
			if err := send(rw, screen.Revision, shown); err != nil || out.Flush() != nil {
				return
			}
		}
		since, last = screen.Revision, rest
		if _, err := p.WaitScreen(req.Context(), since); err != nil || !pause(req.Context(), pace) {
			return
		}
	}
}

func send(rw http.ResponseWriter, id int64, shown screen) error {
	data, err := json.Marshal(shown) // JSON has no line breaks
	if err == nil {
		_, err = fmt.Fprintf(rw, "event: screen\nid: %d\ndata: %s\n\n", id, data)
	}
	return err
}

// pause is false if the context ended first.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
