package workspace

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// Kind says what is handed to the app. The values are Socket Mode's envelope types.
type Kind string

// The three kinds that an app receives.
const (
	KindCommand     Kind = "slash_commands"
	KindInteraction Kind = "interactive"
	KindEvent       Kind = "events_api"
)

// Delivery is something handed to the app. A test may change the payload and
// [Workspace.Deliver] it, to see what the app makes of a forgery or a repetition.
type Delivery struct {
	Kind    Kind
	Payload json.RawMessage
}

// Ack is the app's answer within the ack window.
type Ack struct {
	Sent   Delivery          // what was acknowledged
	Body   json.RawMessage   // the payload of the acknowledgement; nil if it had none
	Errors map[string]string // by block ID, where a submission was sent back
}

// What a person is told when the app does not answer. Slack shows these words.
var (
	ErrTimeout  = errors.New("operation_timeout") // not acknowledged within the ack window
	ErrDispatch = errors.New("dispatch_failed")   // no connection to the app, or a bad HTTP answer
)

// errNoRetry ends the repetition of an event: the app asked for it.
var errNoRetry = errors.New("no retry wanted")

// Deliver hands d to the app once, as it is, and waits for the acknowledgement. It
// does nothing with the answer. The error is ErrTimeout or ErrDispatch.
func (w *Workspace) Deliver(ctx context.Context, d Delivery) (Ack, error) {
	if !w.begin() {
		return Ack{Sent: d}, ErrDispatch
	}
	defer w.work.Done()
	body, err := w.try(ctx, d, 0, "")
	return Ack{Sent: d, Body: body}, err
}

// try makes one attempt, by HTTP if the app has a URL for the kind, and records it.
func (w *Workspace) try(ctx context.Context, d Delivery, retry int, reason string) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.AckWindow)
	defer cancel()
	stop := context.AfterFunc(w.ctx, cancel)
	defer stop()

	start := time.Now()
	var body json.RawMessage
	var err error
	if url := w.requestURL(d.Kind); url != "" {
		body, err = w.post(ctx, url, d, retry, reason)
	} else {
		body, err = w.sendEnvelope(ctx, d, retry, reason)
	}
	w.recordAttempt(Attempt{Delivery: d, Retry: retry, Reason: reason, Took: time.Since(start)}, err)
	return body, err
}

func (w *Workspace) recordAttempt(a Attempt, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		a.Failure = err.Error()
		w.log.Warn("the app did not acknowledge", "kind", a.Kind, "retry", a.Retry, "failure", a.Failure)
	}
	w.attempts = append(w.attempts, a)
	w.notify()
}

func (w *Workspace) requestURL(k Kind) string {
	switch k {
	case KindCommand:
		return w.cfg.RequestURLs.Commands
	case KindInteraction:
		return w.cfg.RequestURLs.Interactions
	default:
		return w.cfg.RequestURLs.Events
	}
}

// retryDelays are the waits before an event is sent again.
// Source: Slack, "The Events API", Error handling.
var retryDelays = []time.Duration{0, time.Minute, 5 * time.Minute}

// deliverEvent sends an event until it is acknowledged, four times at most.
func (w *Workspace) deliverEvent(d Delivery) {
	_, err := w.try(w.ctx, d, 0, "")
	for i, delay := range retryDelays {
		if err == nil || errors.Is(err, errNoRetry) {
			return
		}
		select {
		case <-time.After(time.Duration(float64(delay) * w.cfg.RetryScale)):
		case <-w.ctx.Done():
			return
		}
		_, err = w.try(w.ctx, d, i+1, w.retryReason(err))
	}
}

// retryReason gives Slack's word for a failure: Socket Mode and HTTP differ.
func (w *Workspace) retryReason(err error) string {
	overHTTP := w.cfg.RequestURLs.Events != ""
	switch {
	case errors.Is(err, ErrTimeout) && overHTTP:
		return "http_timeout"
	case errors.Is(err, ErrTimeout):
		return "timeout"
	case overHTTP:
		return "http_error"
	}
	return "connection_failed"
}

// emit sends an event to the app in the background, if the app subscribed to it
// and has the scope. It needs w.mu.
func (w *Workspace) emit(subscription, scope string, event object) {
	if !slices.Contains(w.cfg.Events, subscription) || scope != "" && !w.hasScope(scope) {
		return
	}
	payload := marshal(object{
		"type": "event_callback", "token": verificationToken, "team_id": w.cfg.Team.ID, "api_app_id": w.cfg.App.ID,
		"event_id": w.nextID("Ev"), "event_time": w.now().Unix(), "event": event,
		"authorizations": []object{{"team_id": w.cfg.Team.ID, "user_id": w.cfg.App.BotUserID, "is_bot": true}},
	})
	w.background(func() { w.deliverEvent(Delivery{Kind: KindEvent, Payload: payload}) })
}

// verificationToken is in every payload. Slack has deprecated it; it proves nothing.
const verificationToken = "deprecated-verification-token"
