package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
	"hardenbot/actions/inventory"
	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
	"hardenbot/store"
)

// perSecond is how many deliveries a second Slack makes in the benchmark.
const perSecond = 200

// BenchmarkAck measures how long Slack waits for an acknowledgement while 200
// deliveries a second come in, a third each commands, clicks and mentions, each
// handled in full with the real store. It does not wait for one acknowledgement
// before the next delivery, so that nothing that is slow hides behind itself.
// Run it with a fixed count: -bench Ack -benchtime 4000x takes 20 s a mode.
func BenchmarkAck(b *testing.B) {
	for _, mode := range []string{ModeSocket, ModeHTTP} {
		b.Run(mode, func(b *testing.B) {
			ws := benchedBot(b, mode)
			took := make([]time.Duration, b.N)
			var failed sync.Map
			b.ResetTimer()
			pacedly(b.N, func(i int) {
				began := time.Now()
				if _, err := ws.Deliver(b.Context(), benchDelivery(i)); err != nil {
					failed.Store(i, err)
				}
				took[i] = time.Since(began)
			})
			b.StopTimer()
			failed.Range(func(i, err any) bool { b.Errorf("delivery %v: %v", i, err); return false })
			slices.Sort(took)
			at := func(part float64) float64 {
				return float64(took[int(part*float64(len(took)-1))]) / float64(time.Millisecond)
			}
			b.ReportMetric(at(0.50), "p50-ms")
			b.ReportMetric(at(0.99), "p99-ms")
			b.ReportMetric(at(1), "max-ms")
		})
	}
}

// pacedly calls do n times, so many times a second as are offered, and waits for
// all to end.
func pacedly(n int, do func(i int)) {
	var all sync.WaitGroup
	began := time.Now()
	for i := range n {
		time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / perSecond)))
		all.Go(func() { do(i) })
	}
	all.Wait()
}

// benchDelivery is what Slack hands over, different each time.
func benchDelivery(i int) workspace.Delivery {
	person, trigger := []string{wst.Alice, wst.Bob, wst.Carol}[i%3], fmt.Sprintf("bench.%d", i)
	kind, payload := workspace.KindCommand, map[string]any{
		"command": "/harden", "text": "runs", "channel_id": wst.Ops, "user_id": person, "user_name": "x", "team_id": "T0TEAM", "trigger_id": trigger,
	}
	switch i / 3 % 3 {
	case 1:
		// A click brings its message along: many kilobytes, which nobody trusts.
		kind, payload = workspace.KindInteraction, map[string]any{
			"type": "block_actions", "trigger_id": trigger, "team": map[string]any{"id": "T0TEAM"},
			"user": map[string]any{"id": person, "name": "x", "team_id": "T0TEAM"}, "channel": map[string]any{"id": wst.Ops},
			"container": map[string]any{"type": "message", "message_ts": "1.000001", "channel_id": wst.Ops},
			"message":   map[string]any{"type": "message", "ts": "1.000001", "text": strings.Repeat("what it shows ", 1500)},
			"actions":   []any{map[string]any{"type": "button", "action_id": actionApprove, "block_id": "b", "value": "P-1", "action_ts": "1.0"}},
		}
	case 2:
		kind, payload = workspace.KindEvent, map[string]any{
			"type": "event_callback", "team_id": "T0TEAM", "event_id": trigger,
			"event": map[string]any{"type": "app_mention", "user": person, "channel": wst.Ops, "ts": "1.0", "text": "<@" + wst.Bot + "> runs"},
		}
	}
	raw, err := json.Marshal(payload)
	if err != nil {
		panic(err)
	}
	return workspace.Delivery{Kind: kind, Payload: raw}
}

// benchedBot runs a bot with the real store until the benchmark ends.
func benchedBot(b *testing.B, mode string) *workspace.Workspace {
	b.Helper()
	team, address := wst.Config(), freeAddress(b)
	if mode == ModeHTTP {
		team.RequestURLs = workspace.RequestURLs{
			Commands: "http://" + address + "/slack/commands", Interactions: "http://" + address + "/slack/interactions", Events: "http://" + address + "/slack/events",
		}
	}
	ws := wst.Start(b, team)
	for _, method := range []string{"chat.postEphemeral", "users.info", "auth.test"} {
		ws.SetRate(method, workspace.Rate{})
	}
	ledger, err := store.Open(filepath.Join(b.TempDir(), "bench.db"), store.Options{})
	must(b, err)
	inv, err := inventory.New(actionstest.NewFleet("web-1").Inventory())
	must(b, err)
	policy := actions.Policy{Channels: map[string][]string{wst.Ops: {"*"}}, Requesters: []string{wst.Alice}, Approvers: []string{wst.Bob}, Approvals: 1}
	bot, err := New(Config{
		Mode: mode, APIURL: ws.APIURL(), BotToken: wst.BotToken, AppToken: wst.AppToken, SigningSecret: wst.SigningSecret, Listen: address,
		Policy: policy, Inventory: inv, Ledger: ledger, Approver: actions.Approver{Ledger: ledger, Policy: policy, Now: time.Now},
		Rollout: &actions.Roller{Ledger: ledger, Now: time.Now}, Logger: slog.New(slog.DiscardHandler),
	})
	must(b, err)
	bot.outbox.pace, bot.stagger = 10*time.Millisecond, time.Millisecond
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- bot.Run(ctx) }()
	b.Cleanup(func() {
		cancel()
		must(b, <-ended)
		must(b, ledger.Close())
	})
	for end := time.Now().Add(patience); bot.unready() != "" || mode == ModeSocket && ws.Sockets() < sockets; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			b.Fatal("the bot is not ready")
		}
	}
	return ws
}
