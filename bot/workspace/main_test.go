package workspace_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"go.uber.org/goleak"

	"hardenbot/bot/workspace"
	"hardenbot/bot/workspace/workspacetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// app is an app made of the stock client.
type app struct {
	*socketmode.Client
	mu   sync.Mutex
	seen []socketmode.Event
}

// newClient returns a stock Web API client.
func newClient(t *testing.T, ws *workspace.Workspace, opts ...slack.Option) *slack.Client {
	t.Helper()
	return workspacetest.Client(t, ws, opts...)
}

// connect runs the stock Socket Mode client until the test ends. handle gets every
// command, interaction and event; acknowledging is up to it.
func connect(t *testing.T, ws *workspace.Workspace, handle func(*app, socketmode.Event)) *app {
	t.Helper()
	a := &app{Client: socketmode.New(newClient(t, ws))}
	workspacetest.Run(t, ws, a.Client, func(e socketmode.Event) { a.take(e, handle) })
	return a
}

func (a *app) take(e socketmode.Event, handle func(*app, socketmode.Event)) {
	switch e.Type {
	case socketmode.EventTypeSlashCommand, socketmode.EventTypeInteractive, socketmode.EventTypeEventsAPI:
		a.mu.Lock()
		a.seen = append(a.seen, e)
		a.mu.Unlock()
		handle(a, e)
	}
}

func (a *app) received() []socketmode.Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]socketmode.Event(nil), a.seen...)
}

// acknowledge acknowledges without a payload.
func acknowledge(a *app, e socketmode.Event) { _ = a.Ack(*e.Request) }

// ignore never acknowledges.
func ignore(*app, socketmode.Event) {}

// soon is a context that ends with the test, or when it has hung too long.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantError(t *testing.T, err error, code string) {
	t.Helper()
	if err == nil || err.Error() != code {
		t.Fatalf("error %v, want %s", err, code)
	}
}

// section is a block with text, and button a block with one button.
func section(text string) slack.Block {
	return slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", text, false, false), nil, nil)
}

func button(id, value, text string, confirm *slack.ConfirmationBlockObject) slack.Block {
	b := slack.NewButtonBlockElement(id, value, slack.NewTextBlockObject("plain_text", text, false, false))
	b.Confirm = confirm
	return slack.NewActionBlock("", b)
}

// post posts blocks in #ops and returns the message as people see it.
func post(t *testing.T, ws *workspace.Workspace, api *slack.Client, blocks ...slack.Block) workspace.Message {
	t.Helper()
	_, ts, err := api.PostMessage(workspacetest.Ops, slack.MsgOptionBlocks(blocks...), slack.MsgOptionText("text", false))
	must(t, err)
	m, ok := ws.Message(workspacetest.Ops, ts)
	if !ok {
		t.Fatalf("the message %s is not there", ts)
	}
	return m
}
