package workspace

import (
	"fmt"
	"slices"
	"time"
)

// Call is one Web API call as it was answered.
type Call struct {
	Method string
	Args   map[string]string // without the token
	Scopes []string          // the scopes that the call needed
	Error  string            // Slack's error code; empty if ok
	At     time.Time         // the workspace's clock
}

// Attempt is one try to hand something to the app.
type Attempt struct {
	Delivery
	Retry   int           // 0 for the first try
	Reason  string        // why it was sent again; empty for the first try
	Failure string        // operation_timeout, dispatch_failed, …; empty if acknowledged
	Took    time.Duration // real time until the acknowledgement or the failure
}

// journal is the record that tests read. Workspace.mu guards it.
type journal struct {
	calls    []Call
	attempts []Attempt
	problems []string
}

// Calls returns every Web API call so far, unknown methods included.
func (w *Workspace) Calls() []Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.calls)
}

// Attempts returns every delivery to the app so far, in the order they ended.
func (w *Workspace) Attempts() []Attempt {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.attempts)
}

// Problems lists what the app did wrong and Slack drops without telling it: late,
// repeated or oversized acknowledgements, payloads where none is read, responses
// that cannot be shown. A sound app leaves it empty.
func (w *Workspace) Problems() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.problems)
}

// problem records what Slack would drop in silence. It needs w.mu.
func (w *Workspace) problem(format string, args ...any) {
	w.problems = append(w.problems, fmt.Sprintf(format, args...))
	w.log.Warn("the app did what Slack drops", "problem", fmt.Sprintf(format, args...))
	w.notify()
}
