package workspace_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"hardenbot/bot/workspace"
	"hardenbot/bot/workspace/workspacetest"
)

func contextWithin(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}

// httpApp is an app behind request URLs. It verifies every signature.
type httpApp struct {
	t      *testing.T
	mu     sync.Mutex
	events []http.Header
	hang   chan struct{} // commands hang until it is closed, if it is set
	fail   int           // how many events to fail
}

func (a *httpApp) ServeHTTP(rw http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil || verify(req.Header, body) != nil {
		a.t.Errorf("%s: bad signature or body", req.URL.Path)
		http.Error(rw, "no", http.StatusUnauthorized)
		return
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	switch req.URL.Path {
	case "/commands":
		a.command(rw, req)
	case "/interactions":
		if got, err := slack.InteractionCallbackParse(req); err != nil || got.ActionCallback.BlockActions[0].Value != "1" {
			a.t.Errorf("interaction %+v %v", got, err)
		}
	case "/events":
		a.event(rw, req, body)
	}
}

func verify(h http.Header, body []byte) error {
	v, err := slack.NewSecretsVerifier(h, workspacetest.SigningSecret)
	if err != nil {
		return err
	}
	_, _ = v.Write(body)
	return v.Ensure()
}

func (a *httpApp) command(rw http.ResponseWriter, req *http.Request) {
	if a.hang != nil {
		<-a.hang
	}
	cmd, err := slack.SlashCommandParse(req)
	switch {
	case err != nil || cmd.UserID != workspacetest.Alice:
		a.t.Errorf("command %+v %v", cmd, err)
	case cmd.Text == "json":
		rw.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(rw, `{"response_type":"in_channel","text":"for all"}`)
	case cmd.Text == "fail":
		rw.WriteHeader(http.StatusBadGateway)
	default:
		_, _ = io.WriteString(rw, "for "+cmd.UserName)
	}
}

func (a *httpApp) event(rw http.ResponseWriter, req *http.Request, body []byte) {
	e, err := slackevents.ParseEvent(body, slackevents.OptionNoVerifyToken())
	if err != nil {
		a.t.Error(err)
	}
	if e.Type == slackevents.URLVerification {
		var r slackevents.ChallengeResponse
		_ = json.Unmarshal(body, &r)
		_, _ = io.WriteString(rw, r.Challenge)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.events = append(a.events, req.Header)
	if len(a.events) <= a.fail {
		rw.WriteHeader(http.StatusInternalServerError)
	}
}

func startHTTPApp(t *testing.T, change func(*workspace.Config)) (*workspace.Workspace, *httpApp) {
	t.Helper()
	a := &httpApp{t: t}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	cfg := workspacetest.Config()
	cfg.RequestURLs = workspace.RequestURLs{Commands: server.URL + "/commands", Interactions: server.URL + "/interactions", Events: server.URL + "/events"}
	cfg.RetryScale = 1e-5
	if change != nil {
		change(&cfg)
	}
	return workspacetest.Start(t, cfg), a
}

func TestHTTPMode(t *testing.T) {
	ws, _ := startHTTPApp(t, nil)
	alice := ws.As(workspacetest.Alice)
	must(t, ws.VerifyEventsURL(soon(t)))
	_, err := alice.Command(soon(t), workspacetest.Ops, "/harden", "")
	must(t, err)
	_, err = alice.Command(soon(t), workspacetest.Ops, "/harden", "json")
	must(t, err)
	if got := ws.Ephemerals(workspacetest.Alice); len(got) != 1 || got[0].Text() != "for alice" {
		t.Errorf("ephemerals %v", got)
	}
	if got := ws.Messages(workspacetest.Ops); len(got) != 1 || got[0].Text() != "for all" {
		t.Errorf("messages %v", got)
	}
	if _, err := alice.Command(soon(t), workspacetest.Ops, "/harden", "fail"); !errors.Is(err, workspace.ErrDispatch) {
		t.Errorf("a 502: %v", err)
	}
	m := post(t, ws, newClient(t, ws), button("go", "1", "Go", nil))
	_, err = alice.Click(soon(t), m, "go")
	must(t, err)
}

func TestHTTPTimeout(t *testing.T) {
	ws, a := startHTTPApp(t, func(c *workspace.Config) { c.AckWindow = 50 * time.Millisecond })
	a.hang = make(chan struct{})
	defer close(a.hang)
	if _, err := ws.As(workspacetest.Alice).Command(soon(t), workspacetest.Ops, "/harden", ""); !errors.Is(err, workspace.ErrTimeout) {
		t.Errorf("a hanging app: %v", err)
	}
}

func TestHTTPEventsAreSentAgain(t *testing.T) {
	ws, a := startHTTPApp(t, nil)
	a.fail = 2
	_, err := ws.As(workspacetest.Alice).Say(workspacetest.Ops, "<@"+workspacetest.Bot+">", "")
	must(t, err)
	must(t, ws.Wait(soon(t), func() bool { return len(ws.Attempts()) == 3 }))
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, want := range []string{"", "1", "2"} {
		h := a.events[i]
		if h.Get("X-Slack-Retry-Num") != want || (h.Get("X-Slack-Retry-Reason") == "http_error") != (i > 0) {
			t.Errorf("try %d: %v", i, h)
		}
	}
}

func TestSignatureIsOverTheBody(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	req, err := ws.SignedRequest(t.Context(), "http://127.0.0.1/", "application/json", []byte(`{"a":1}`))
	must(t, err)
	must(t, verify(req.Header, []byte(`{"a":1}`)))
	if verify(req.Header, []byte(`{"a":2}`)) == nil {
		t.Error("another body passes")
	}
}

func TestConfigIsChecked(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*workspace.Config)
		want   string
	}{
		{"no URL", func(c *workspace.Config) { c.URL = "" }, "must be http or https"},
		{"app token", func(c *workspace.Config) { c.AppToken = c.BotToken }, "xapp-"},
		{"repeated user", func(c *workspace.Config) { c.Users = append(c.Users, c.Users[0]) }, "empty or repeated"},
		{"unknown member", func(c *workspace.Config) { c.Channels[0].Members = []string{"U9"} }, `unknown member "U9"`},
		{"no secret", func(c *workspace.Config) {
			c.SigningSecret, c.RequestURLs.Events = "", "http://127.0.0.1/"
		}, "signing secret"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := workspacetest.Config()
			cfg.URL = "http://127.0.0.1"
			tt.change(&cfg)
			if _, err := workspace.New(cfg); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}
