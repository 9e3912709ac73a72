package workspace_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"hardenbot/bot/workspace"
	"hardenbot/bot/workspace/workspacetest"
)

func TestCommandOverSocketMode(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	a := connect(t, ws, func(a *app, e socketmode.Event) {
		_ = a.Ack(*e.Request, map[string]any{"text": "scanning", "response_type": "in_channel"})
	})
	ack, err := ws.As(workspacetest.Alice).Command(soon(t), workspacetest.Ops, "/harden", "scan web-*")
	must(t, err)
	cmd := a.received()[0].Data.(slack.SlashCommand)
	if cmd.Text != "scan web-*" || cmd.UserID != workspacetest.Alice || cmd.ChannelName != "ops" || cmd.TriggerID == "" || cmd.IsEnterpriseInstall {
		t.Errorf("command %+v", cmd)
	}
	if m := ws.Messages(workspacetest.Ops); len(m) != 1 || m[0].Text() != "scanning" || !strings.Contains(string(ack.Body), "scanning") {
		t.Errorf("messages %+v, ack %s", m, ack.Body)
	}
	for _, tt := range []struct {
		channel, command string
		want             error
	}{
		{workspacetest.Ops, "/other", workspace.ErrUnknownCommand},
		{"C9", "/harden", workspace.ErrNotVisible},
	} {
		if _, err := ws.As(workspacetest.Carol).Command(soon(t), tt.channel, tt.command, ""); !errors.Is(err, tt.want) {
			t.Errorf("%s in %s: %v, want %v", tt.command, tt.channel, err, tt.want)
		}
	}
	if p := ws.Problems(); len(p) != 0 {
		t.Errorf("problems %q", p)
	}
}

func TestPersonLearnsThatTheAppIsAway(t *testing.T) {
	cfg := workspacetest.Config()
	cfg.AckWindow = 50 * time.Millisecond
	ws := workspacetest.Start(t, cfg)
	alice := ws.As(workspacetest.Alice)
	if _, err := alice.Command(soon(t), workspacetest.Ops, "/harden", ""); !errors.Is(err, workspace.ErrDispatch) {
		t.Errorf("no app: %v", err)
	}
	a := connect(t, ws, ignore)
	if _, err := alice.Command(soon(t), workspacetest.Ops, "/harden", ""); !errors.Is(err, workspace.ErrTimeout) {
		t.Errorf("silent app: %v", err)
	}
	notes := ws.Ephemerals(workspacetest.Alice)
	if len(notes) != 2 || notes[1].Text() != `/harden failed with the error "operation_timeout"` {
		t.Errorf("notes %v", notes)
	}
	if at := ws.Attempts(); len(at) != 2 || at[1].Failure != "operation_timeout" || at[1].Took < cfg.AckWindow {
		t.Errorf("attempts %+v", at)
	}
	must(t, a.Ack(*a.received()[0].Request))
	must(t, ws.Wait(soon(t), func() bool { return len(ws.Problems()) == 1 }))
	if p := ws.Problems()[0]; !strings.Contains(p, "late or twice") {
		t.Errorf("problem %q", p)
	}
}

func TestWhatSlackDropsIsAProblem(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	replies := []any{
		map[string]any{"text": strings.Repeat("x", 3)},
		map[string]any{"blocks": []any{map[string]any{"type": "marquee"}}},
		[]string{"no", "message"},
	}
	next := 0
	a := connect(t, ws, func(a *app, e socketmode.Event) {
		_ = a.Ack(*e.Request, replies[next])
		next++
	})
	alice := ws.As(workspacetest.Alice)
	for range replies {
		_, err := alice.Command(soon(t), workspacetest.Ops, "/harden", "")
		must(t, err)
	}
	must(t, a.Ack(*a.received()[0].Request))
	must(t, a.Ack(socketmode.Request{EnvelopeID: "invented"}))
	must(t, ws.Wait(soon(t), func() bool { return len(ws.Problems()) == 4 }))
	for i, want := range []string{"invalid_blocks", "no message", "late or twice", `unknown envelope "invented"`} {
		if got := ws.Problems()[i]; !strings.Contains(got, want) {
			t.Errorf("problem %q, want %q", got, want)
		}
	}
}

func TestOversizedAckIsDropped(t *testing.T) {
	cfg := workspacetest.Config()
	cfg.AckWindow = 200 * time.Millisecond
	ws := workspacetest.Start(t, cfg)
	conn := dial(t, ws)
	done := make(chan error, 1)
	go func() {
		_, err := ws.As(workspacetest.Alice).Command(soon(t), workspacetest.Ops, "/harden", "")
		done <- err
	}()
	e := readEnvelope(t, conn)
	must(t, conn.WriteJSON(map[string]any{"envelope_id": e.EnvelopeID, "payload": map[string]string{"text": strings.Repeat("x", 20<<10)}}))
	if err := <-done; !errors.Is(err, workspace.ErrTimeout) {
		t.Errorf("an oversized acknowledgement: %v", err)
	}
	if p := ws.Problems(); len(p) != 1 || !strings.Contains(p[0], "Slack drops it") {
		t.Errorf("problems %q", p)
	}
}

type envelope struct {
	EnvelopeID string          `json:"envelope_id"`
	Type       string          `json:"type"`
	Reason     string          `json:"reason"`
	Accepts    bool            `json:"accepts_response_payload"`
	Payload    json.RawMessage `json:"payload"`
}

// dial opens a bare socket and reads the hello.
func dial(t *testing.T, ws *workspace.Workspace) *websocket.Conn {
	t.Helper()
	_, address, err := newClient(t, ws).StartSocketModeContext(t.Context())
	must(t, err)
	conn, resp, err := websocket.DefaultDialer.DialContext(t.Context(), address, nil)
	must(t, err)
	resp.Body.Close()
	t.Cleanup(func() { conn.Close() })
	if e := readEnvelope(t, conn); e.Type != "hello" && e.Type != "disconnect" {
		t.Fatalf("greeting %+v", e)
	}
	return conn
}

func readEnvelope(t *testing.T, conn *websocket.Conn) envelope {
	t.Helper()
	must(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
	var e envelope
	must(t, conn.ReadJSON(&e))
	return e
}

func TestTicketIsGoodOnce(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	_, address, err := newClient(t, ws).StartSocketModeContext(t.Context())
	must(t, err)
	_, expired, err := newClient(t, ws).StartSocketModeContext(t.Context())
	must(t, err)
	conn, resp, err := websocket.DefaultDialer.Dial(address, nil)
	must(t, err)
	resp.Body.Close()
	defer conn.Close()
	ws.Advance(time.Minute)
	for _, address := range []string{address, expired, strings.Split(address, "?")[0]} {
		if _, resp, err := websocket.DefaultDialer.Dial(address, nil); err == nil || resp.StatusCode != 403 {
			t.Errorf("%s was taken: %v", address, err)
		}
	}
}

func TestTooManySockets(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	for range 10 {
		dial(t, ws)
	}
	must(t, ws.WaitConnected(soon(t), 10))
	_, address, err := newClient(t, ws).StartSocketModeContext(t.Context())
	must(t, err)
	conn, resp, err := websocket.DefaultDialer.Dial(address, nil)
	must(t, err)
	resp.Body.Close()
	defer conn.Close()
	if e := readEnvelope(t, conn); e.Type != "disconnect" || e.Reason != "too_many_websockets" {
		t.Errorf("eleventh socket: %+v", e)
	}
}

func TestSocketsTakeTurns(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	one := connect(t, ws, acknowledge)
	two := connect(t, ws, acknowledge)
	must(t, ws.WaitConnected(soon(t), 2))
	for range 4 {
		_, err := ws.As(workspacetest.Alice).Command(soon(t), workspacetest.Ops, "/harden", "")
		must(t, err)
	}
	if len(one.received()) != 2 || len(two.received()) != 2 {
		t.Errorf("%d and %d envelopes, want two each", len(one.received()), len(two.received()))
	}
}

func TestReconnect(t *testing.T) {
	ws := workspacetest.Start(t, workspacetest.Config())
	connect(t, ws, acknowledge)
	opened := func() int {
		return len(slices.DeleteFunc(ws.Calls(), func(c workspace.Call) bool { return c.Method != "apps.connections.open" }))
	}
	for i, lose := range []func(){
		func() { ws.DisconnectSockets("refresh_requested") },
		func() { ws.DisconnectSockets("warning") },
		ws.DropSockets,
		func() { ws.Down(true); ws.Down(false) },
	} {
		lose()
		must(t, ws.Wait(soon(t), func() bool { return opened() >= i+2 && ws.Sockets() == 1 }))
		_, err := ws.As(workspacetest.Alice).Command(soon(t), workspacetest.Ops, "/harden", "")
		must(t, err)
	}
}

func TestEventsAreSentAgain(t *testing.T) {
	cfg := workspacetest.Config()
	cfg.AckWindow, cfg.RetryScale = 50*time.Millisecond, 1e-4
	ws := workspacetest.Start(t, cfg)
	var mu sync.Mutex
	tries := 0
	a := connect(t, ws, func(a *app, e socketmode.Event) {
		mu.Lock()
		defer mu.Unlock()
		if tries++; tries == 3 {
			acknowledge(a, e)
		}
	})
	_, err := ws.As(workspacetest.Alice).Say(workspacetest.Ops, "<@"+workspacetest.Bot+"> scan", "")
	must(t, err)
	must(t, ws.Wait(soon(t), func() bool { return len(ws.Attempts()) == 3 }))
	ids := map[string]bool{}
	for i, e := range a.received() {
		if e.Request.RetryAttempt != i || (i > 0) != (e.Request.RetryReason == "timeout") || e.Request.AcceptsResponsePayload {
			t.Errorf("try %d: %+v", i, e.Request)
		}
		outer := e.Data.(slackevents.EventsAPIEvent)
		ids[outer.Data.(*slackevents.EventsAPICallbackEvent).EventID] = true
		mention := outer.InnerEvent.Data.(*slackevents.AppMentionEvent)
		if mention.User != workspacetest.Alice || mention.Channel != workspacetest.Ops {
			t.Errorf("mention %+v", mention)
		}
	}
	if len(ids) != 1 || len(a.received()) != 3 {
		t.Errorf("%d tries with the event IDs %v, want three with one", len(a.received()), ids)
	}
}

func TestEventsAreGivenUpAfterThreeRetries(t *testing.T) {
	cfg := workspacetest.Config()
	cfg.RetryScale = 1e-5
	ws := workspacetest.Start(t, cfg)
	_, err := ws.As(workspacetest.Alice).Say(ws.As(workspacetest.Alice).DM(), "hello", "")
	must(t, err)
	must(t, ws.Wait(soon(t), func() bool { return len(ws.Attempts()) == 4 }))
	if last := ws.Attempts()[3]; last.Retry != 3 || last.Reason != "connection_failed" || last.Failure != "dispatch_failed" {
		t.Errorf("last attempt %+v", last)
	}
}

func TestOnlySubscribedEventsWithScopeAreSent(t *testing.T) {
	cfg := workspacetest.Config()
	cfg.Events = []string{"message.channels", "message.groups"}
	cfg.BotScopes = []string{"chat:write", "channels:history"} // groups:history is missing
	ws := workspacetest.Start(t, cfg)
	a := connect(t, ws, acknowledge)
	for _, channel := range []string{workspacetest.Private, workspacetest.Random, workspacetest.Ops} {
		_, err := ws.As(workspacetest.Alice).Say(channel, "hello", "")
		must(t, err)
	}
	_, _, err := newClient(t, ws).PostMessage(workspacetest.Ops, slack.MsgOptionText("from the app itself", false))
	must(t, err)
	must(t, ws.Wait(soon(t), func() bool { return len(ws.Attempts()) == 2 }))
	var texts []string
	for _, e := range a.received() {
		m := e.Data.(slackevents.EventsAPIEvent).InnerEvent.Data.(*slackevents.MessageEvent)
		texts = append(texts, m.Channel+" "+m.Text+" "+m.BotID)
	}
	slices.Sort(texts)
	if want := []string{"C0OPS from the app itself B0BOT", "C0OPS hello "}; !slices.Equal(texts, want) {
		t.Errorf("events %q, want %q", texts, want)
	}
}
