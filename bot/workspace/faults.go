package workspace

import (
	"net/http"
	"slices"
	"time"
)

// faults is what a test has told the workspace to do wrong. Workspace.mu guards it.
type faults struct {
	down    outage
	revoked struct{ bot, app bool }
	pending []*fault
}

type outage int

const (
	outageNone        outage = iota
	outageUnavailable        // HTTP 503
	outageRefused            // the connection is cut without an answer
)

// fault happens to the next left calls of the named methods, or of any method.
type fault struct {
	methods []string
	left    int
	status  int       // answer with this status; nothing is done
	refusal *apiError // answer with this error; nothing is done
	lose    bool      // do the work and cut the answer
}

// Down makes everything answer 503 and cuts all sockets, or brings it back.
func (w *Workspace) Down(down bool) { w.setOutage(down, outageUnavailable) }

// Refuse cuts every connection without an answer, and all sockets, or brings the
// workspace back.
func (w *Workspace) Refuse(refuse bool) { w.setOutage(refuse, outageRefused) }

func (w *Workspace) setOutage(on bool, kind outage) {
	w.mu.Lock()
	w.down = outageNone
	if on {
		w.down = kind
	}
	w.notify()
	w.mu.Unlock()
	if on {
		w.DropSockets()
	}
}

func (w *Workspace) outage() outage {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.down
}

// Revoke has Slack refuse the bot token, the app token, or both from now on, or
// take them again. Sockets that are open stay open.
func (w *Workspace) Revoke(bot, app bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.revoked.bot, w.revoked.app = bot, app
}

// RateLimitNext answers the next n calls of the methods, or of any method if
// none is named, with 429 and Retry-After. The wait is rounded up to seconds.
func (w *Workspace) RateLimitNext(n int, retryAfter time.Duration, methods ...string) {
	w.addFault(&fault{methods: methods, left: n, refusal: &apiError{code: "ratelimited", retryAfter: max(retryAfter, time.Second)}})
}

// FailNext answers the next n calls with an error code, such as internal_error,
// and does nothing of what they ask.
func (w *Workspace) FailNext(n int, code string, methods ...string) {
	w.addFault(&fault{methods: methods, left: n, refusal: &apiError{code: code}})
}

// BreakNext answers the next n calls with HTTP 500 and does nothing of what they ask.
func (w *Workspace) BreakNext(n int, methods ...string) {
	w.addFault(&fault{methods: methods, left: n, status: http.StatusInternalServerError})
}

// LoseAnswers carries out the next n calls and cuts the connection instead of
// answering.
func (w *Workspace) LoseAnswers(n int, methods ...string) {
	w.addFault(&fault{methods: methods, left: n, lose: true})
}

func (w *Workspace) addFault(f *fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pending = append(w.pending, f)
}

// takeFault returns the fault for this call, or none.
func (w *Workspace) takeFault(method string) fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.pending {
		if f.left > 0 && (len(f.methods) == 0 || slices.Contains(f.methods, method)) {
			f.left--
			return *f
		}
	}
	return fault{}
}

// answer gives the fault's refusal, or else the real answer.
func (f fault) answer(real func() (object, error)) (object, error) {
	if f.refusal != nil {
		return nil, f.refusal
	}
	return real()
}
