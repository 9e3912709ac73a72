package workspace

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// post hands d to the app's request URL, signed as Slack signs. A 2xx answer within
// the ack window is the acknowledgement; its body is the payload.
func (w *Workspace) post(ctx context.Context, address string, d Delivery, retry int, reason string) (json.RawMessage, error) {
	kind, body, err := encodeHTTP(d)
	if err != nil {
		return nil, fmt.Errorf("encode the request: %w", err)
	}
	req, err := w.SignedRequest(ctx, address, kind, body)
	if err != nil {
		return nil, err
	}
	if retry > 0 {
		req.Header.Set("X-Slack-Retry-Num", strconv.Itoa(retry))
		req.Header.Set("X-Slack-Retry-Reason", reason)
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return nil, failure(ctx)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	switch {
	case err != nil:
		return nil, failure(ctx)
	case resp.StatusCode/100 != 2 && resp.Header.Get("X-Slack-No-Retry") == "1":
		return nil, errNoRetry
	case resp.StatusCode/100 != 2:
		return nil, ErrDispatch
	}
	return httpPayload(resp.Header.Get("Content-Type"), answer), nil
}

func failure(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return ErrTimeout
	}
	return ErrDispatch
}

// encodeHTTP gives the body as Slack sends it: a form for commands, a form with
// one payload field for interactions, JSON for events.
func encodeHTTP(d Delivery) (kind string, body []byte, err error) {
	const form = "application/x-www-form-urlencoded"
	switch d.Kind {
	case KindEvent:
		return "application/json", d.Payload, nil
	case KindInteraction:
		return form, []byte(url.Values{"payload": {string(d.Payload)}}.Encode()), nil
	}
	var fields map[string]string
	if err := json.Unmarshal(d.Payload, &fields); err != nil {
		return "", nil, err
	}
	values := url.Values{}
	for name, value := range fields {
		values.Set(name, value)
	}
	return form, []byte(values.Encode()), nil
}

// httpPayload turns plain text into a message, as Slack does for commands.
func httpPayload(contentType string, body []byte) json.RawMessage {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return nil
	}
	if kind, _, _ := mime.ParseMediaType(contentType); kind == "application/json" && json.Valid(body) {
		return body
	}
	return marshal(object{"text": string(body)})
}

// SignedRequest makes a POST with Slack's signature, for hostile tests too: a
// signature is good for five minutes of real time.
// Source: Slack, "Verifying requests from Slack".
func (w *Workspace) SignedRequest(ctx context.Context, address, contentType string, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make a request to %s: %w", address, err)
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(w.cfg.SigningSecret))
	fmt.Fprintf(mac, "v0:%s:%s", stamp, body)
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
	req.Header.Set("X-Slack-Request-Timestamp", stamp)
	req.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	return req, nil
}

// VerifyEventsURL sends the url_verification challenge, as Slack does when the
// events URL is set, and checks that the app gives it back.
func (w *Workspace) VerifyEventsURL(ctx context.Context) error {
	challenge := newSecret()
	payload := marshal(object{"type": "url_verification", "token": verificationToken, "challenge": challenge})
	ack, err := w.Deliver(ctx, Delivery{Kind: KindEvent, Payload: payload})
	if err != nil {
		return fmt.Errorf("verify the events URL: %w", err)
	}
	var answer struct{ Challenge, Text string }
	if json.Unmarshal(ack.Body, &answer) != nil || strings.TrimSpace(answer.Challenge+answer.Text) != challenge {
		return errors.New("verify the events URL: the app did not give the challenge back")
	}
	return nil
}
