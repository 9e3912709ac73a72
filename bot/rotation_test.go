package bot

import (
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	wst "hardenbot/bot/workspace/workspacetest"
)

// While Slack's signing secret is rotated, both are accepted, and what was seen
// under one is not taken again.
func TestSigningSecretIsRotated(t *testing.T) {
	s := set(t, ModeHTTP, func(s *stage) { s.cfg.NextSecret = "the-next-one" })
	s.start()
	handler := s.bot.Handler()
	send := func(secret, body string) int {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, signedRequest("/slack/commands", body, secret, time.Now()))
		return answer.Code
	}
	for _, c := range []struct {
		secret string
		want   int
	}{{wst.SigningSecret, 200}, {"the-next-one", 200}, {"the-one-before", 401}, {"", 401}} {
		if got := send(c.secret, commandBody("help")); got != c.want {
			t.Errorf("signed with %q: %d, want %d", c.secret, got, c.want)
		}
	}
	body := commandBody("help")
	header := signedRequest("/slack/commands", body, "the-next-one", time.Now()).Header
	must(t, s.bot.gate.check(header, []byte(body)))
	if err := s.bot.gate.check(header, []byte(body)); !errors.Is(err, errReplayed) {
		t.Errorf("the same again: %v", err)
	}
}

// Without a secret nothing is accepted, not even what is signed with none.
func TestNoSecretAcceptsNothing(t *testing.T) {
	g := newGate("", "")
	req := signedRequest("/slack/commands", "text=help", "", time.Now())
	if err := g.check(req.Header, []byte("text=help")); err == nil {
		t.Error("a request was accepted")
	}
}
