package workspacetest

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"hardenbot/bot/workspace"
)

// Client returns a stock Web API client of the app.
func Client(t testing.TB, ws *workspace.Workspace, opts ...slack.Option) *slack.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	opts = append(opts, slack.OptionAPIURL(ws.APIURL()), slack.OptionHTTPClient(&http.Client{Transport: transport}),
		slack.OptionAppLevelToken(AppToken))
	return slack.New(BotToken, opts...)
}

// connectTime is how long the first connection may take.
const connectTime = 20 * time.Second

// Run connects a Socket Mode client until the test ends. handle gets all that the
// client tells of, one by one; acknowledging is up to it.
func Run(t testing.TB, ws *workspace.Workspace, client *socketmode.Client, handle func(socketmode.Event)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = client.RunContext(ctx) })
	running.Go(func() {
		for {
			select {
			case e := <-client.Events:
				handle(e)
			case <-ctx.Done():
				return
			}
		}
	})
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	soon, stop := context.WithTimeout(ctx, connectTime)
	defer stop()
	if err := ws.WaitConnected(soon, 1); err != nil {
		t.Fatal(err)
	}
}
