package bot

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hardenbot/actions"
	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

// signedRequest is a request as Slack signs it.
func signedRequest(path, body, secret string, at time.Time) *http.Request {
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	stamp := fmt.Sprint(at.Unix())
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "v0:%s:%s", stamp, body)
	req.Header.Set("X-Slack-Request-Timestamp", stamp)
	req.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req
}

func commandBody(text string) string {
	return url.Values{
		"command": {"/harden"}, "text": {text}, "channel_id": {wst.Ops}, "user_id": {wst.Alice}, "user_name": {"alice"},
		"trigger_id": {actions.NewID("T")},
	}.Encode()
}

func TestSignatures(t *testing.T) {
	s := set(t, ModeHTTP, nil)
	s.start()
	handler := s.bot.Handler()
	now := time.Now()
	replayed := signedRequest("/slack/commands", commandBody("help"), wst.SigningSecret, now)
	capitals := replayed.Clone(t.Context())
	capitals.Header.Set("X-Slack-Signature", "v0="+strings.ToUpper(replayed.Header.Get("X-Slack-Signature")[3:]))
	body, err := io.ReadAll(replayed.Body)
	must(t, err)
	with := func(change func(*http.Request)) *http.Request {
		req := signedRequest("/slack/commands", commandBody("help"), wst.SigningSecret, now)
		change(req)
		return req
	}
	for _, c := range []struct {
		name string
		req  *http.Request
		want int
	}{
		{"signed", replayed, 200},
		{"replayed", replayed, 401},
		{"replayed in capitals", capitals, 401},
		{"wrong secret", signedRequest("/slack/commands", commandBody("help"), "guess", now), 401},
		{"six minutes old", signedRequest("/slack/commands", commandBody("help"), wst.SigningSecret, now.Add(-6*time.Minute)), 401},
		{"six minutes ahead", signedRequest("/slack/commands", commandBody("help"), wst.SigningSecret, now.Add(6*time.Minute)), 401},
		{"no signature", with(func(r *http.Request) { r.Header.Del("X-Slack-Signature") }), 401},
		{"no timestamp", with(func(r *http.Request) { r.Header.Del("X-Slack-Request-Timestamp") }), 401},
		{"signature of an empty body", with(func(r *http.Request) {
			r.Header = signedRequest("/slack/commands", "", wst.SigningSecret, now).Header
		}), 401},
		{"huge", signedRequest("/slack/commands", strings.Repeat("x", maxBody+1), wst.SigningSecret, now), 413},
		{"GET", httptest.NewRequest(http.MethodGet, "/slack/commands", nil), 405},
		{"elsewhere", signedRequest("/slack/else", "", wst.SigningSecret, now), 404},
		{"not JSON", signedRequest("/slack/events", "{", wst.SigningSecret, now), 400},
		{"not a form", signedRequest("/slack/interactions", "payload=%zz", wst.SigningSecret, now), 400},
	} {
		if c.req == replayed || c.req == capitals {
			c.req.Body = io.NopCloser(strings.NewReader(string(body)))
		}
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, c.req)
		if answer.Code != c.want {
			t.Errorf("%s: %d, want %d", c.name, answer.Code, c.want)
		}
	}
	s.told(wst.Alice, "/harden scan PATTERN")
	s.command(wst.Bob, "help")
	s.told(wst.Bob, "/harden scan PATTERN")
	if n := len(s.ws.Ephemerals(wst.Alice)); n != 1 {
		t.Errorf("alice was answered %d times", n)
	}
}

// What is asked for stands in the signed body, and nowhere else.
func TestPayloadInTheQueryIsIgnored(t *testing.T) {
	s := set(t, ModeHTTP, nil)
	s.start()
	req := signedRequest("/slack/commands?"+commandBody("help"), "", wst.SigningSecret, time.Now())
	answer := httptest.NewRecorder()
	s.bot.Handler().ServeHTTP(answer, req)
	s.command(wst.Bob, "help")
	s.told(wst.Bob, "/harden scan PATTERN")
	if n := len(s.ws.Ephemerals(wst.Alice)); n != 0 {
		t.Errorf("alice was answered %d times", n)
	}
}

func TestURLVerification(t *testing.T) {
	s := set(t, ModeHTTP, nil)
	s.start()
	answer := httptest.NewRecorder()
	s.bot.Handler().ServeHTTP(answer, signedRequest("/slack/events", `{"type":"url_verification","challenge":"abc"}`, wst.SigningSecret, time.Now()))
	if answer.Code != 200 || answer.Body.String() != "abc" {
		t.Errorf("%d %q", answer.Code, answer.Body)
	}
}

// The memory of signatures does not grow for ever.
func TestGateForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate("s")
		for i := range 1000 {
			must(t, g.first(fmt.Sprint(i), time.Now()))
			time.Sleep(time.Minute)
		}
		if len(g.seen) > 15 {
			t.Errorf("%d signatures are kept", len(g.seen))
		}
	})
}

func TestReadiness(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	get := func(path string) int {
		answer := httptest.NewRecorder()
		s.bot.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
		return answer.Code
	}
	if get("/healthz") != 200 || get("/readyz") != 200 {
		t.Errorf("healthz %d, readyz %d", get("/healthz"), get("/readyz"))
	}
	if code := get("/slack/commands"); code != 404 {
		t.Errorf("with Socket Mode, /slack/commands answers %d", code)
	}
	s.ws.Down(true)
	s.eventually("not ready", func() bool { return get("/readyz") == 503 && get("/healthz") == 200 })
	s.ws.Down(false)
	s.eventually("ready again", func() bool { return get("/readyz") == 200 })
}

// Both modes say why when Slack will never take the token.
func TestRefusedTokensEndTheBot(t *testing.T) {
	for _, c := range []struct {
		name   string
		mode   string
		change func(*Config)
		want   string
	}{
		{"bot token", ModeHTTP, func(c *Config) { c.BotToken = "xoxb-wrong" }, "the bot token is refused by Slack (invalid_auth)"},
		{"app token", ModeSocket, func(c *Config) { c.AppToken = "xapp-wrong" }, "the app token is refused by Slack (invalid_auth)"},
		{"address", ModeHTTP, func(c *Config) { c.Listen = "127.0.0.1:99999" }, "listen on 127.0.0.1:99999"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := set(t, c.mode, nil)
			c.change(&s.cfg)
			b, err := New(s.cfg)
			must(t, err)
			if err := b.Run(s.ctx); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Run: %v; want %q", err, c.want)
			}
		})
	}
}

func TestConfigIsChecked(t *testing.T) {
	s := set(t, ModeHTTP, nil)
	for _, c := range []struct {
		want   string
		change func(*Config)
	}{
		{`the Slack mode is ""`, func(c *Config) { c.Mode = "" }},
		{"must begin with xoxb-", func(c *Config) { c.BotToken = "xoxp-1" }},
		{"must begin with xapp-", func(c *Config) { c.Mode, c.AppToken = ModeSocket, "" }},
		{"needs the signing secret", func(c *Config) { c.SigningSecret = "" }},
		{"an address to listen on", func(c *Config) { c.Listen = "" }},
		{"needs a ledger", func(c *Config) { c.Ledger = nil }},
		{"must begin with https://", func(c *Config) { c.APIURL = "slack.com" }},
	} {
		cfg := s.cfg
		c.change(&cfg)
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("New: %v; want %q", err, c.want)
		}
	}
}

// Nothing that is logged holds a token, a secret or an address that is one.
func TestLogsHoldNoSecrets(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		log := &syncBuilder{}
		s := set(t, mode, func(s *stage) { s.cfg.Logger = log.logger() })
		s.start()
		s.ws.BreakNext(2, "chat.postMessage")
		s.ws.FailNext(1, "internal_error", "chat.postMessage")
		s.ws.DropSockets()
		if mode == ModeSocket {
			must(t, s.ws.WaitConnected(s.ctx, 1))
		}
		_, err := s.ws.As(wst.Alice).Command(s.ctx, wst.Random, "/harden", "scan web-*")
		must(t, err)
		s.told(wst.Alice, "Invite me")
		s.ws.Refuse(true)
		s.bot.tell(s.ctx, asker{Channel: wst.Ops, Person: actions.Person{ID: wst.Bob}}, say("hello"))
		s.eventually("the failure is logged", func() bool { return strings.Contains(log.String(), "EOF") })
		s.ws.Refuse(false)
		s.told(wst.Bob, "hello")
		if mode == ModeSocket {
			must(t, s.ws.WaitConnected(s.ctx, 1))
		}
		request := s.requested()
		s.click(wst.Bob, request, actionApprove, workspace.Accept())
		s.sees("✓ Done on 4 of 4 hosts")
		if text := log.String(); text == "" {
			t.Error("nothing was logged")
		} else {
			for _, secret := range []string{wst.BotToken, wst.AppToken, wst.SigningSecret, "/response/", "/link/", "ticket"} {
				if strings.Contains(text, secret) {
					t.Errorf("the log holds %q:\n%s", secret, text)
				}
			}
		}
	})
}
