package bot

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
	"hardenbot/actions/inventory"
)

// idle returns a bot that queues what it would post.
func idle(t testing.TB) (*Bot, *actionstest.Ledger) {
	t.Helper()
	inv, err := inventory.New(actionstest.NewFleet("web-1").Inventory())
	if err != nil {
		t.Fatal(err)
	}
	ledger := actionstest.NewLedger()
	b, err := New(Config{
		Mode: ModeHTTP, BotToken: "xoxb-1", SigningSecret: "s", Listen: "127.0.0.1:0",
		Ledger: ledger, Inventory: inv, Rollout: &actions.Roller{}, Approver: actions.Approver{Ledger: ledger, Now: time.Now},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.roster.slack = allMembers{}
	return b, ledger
}

// Whatever arrives, the bot answers in sentences or not at all.
func FuzzInteraction(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"type":"block_actions"}`, `{"type":"block_actions","actions":[]}`, `{"type":"block_actions","actions":[null]}`,
		`{"type":"block_actions","trigger_id":"1","user":{"id":"U1"},"channel":{"id":"C1"},"container":{"message_ts":"1.0"},"actions":[{"action_id":"approve","block_id":"b","value":"P-1"}]}`,
		`{"type":"block_actions","trigger_id":"1","user":{"id":"U1"},"actions":[{"action_id":"fix","block_id":"b"}]}`,
		`{"type":"view_submission","user":{"id":"U1"},"view":{"id":"V1","callback_id":"deny_reason","private_metadata":"C1/1.0","state":{"values":{}}}}`,
		`{"type":"view_submission","view":{"callback_id":"deny_reason","private_metadata":"///"}}`,
		`{"type":"view_submission","user":{"id":"U1"},"view":{"id":"V2","callback_id":"waive","private_metadata":"C1/1.0/F-1","state":{"values":{"hosts":{"hosts":{"selected_options":[{"value":"F-1"}]}}}}}}`,
		`{"type":"view_submission","view":{"id":"V3","callback_id":"waive_deny_reason","private_metadata":"//"}}`,
		`{"type":"block_actions","trigger_id":"1","user":{"id":"U1"},"channel":{"id":"C1"},"actions":[{"action_id":"waive_end","block_id":"b","value":"W-1"}]}`,
	} {
		f.Add(seed)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel() // nothing is waited for
	f.Fuzz(func(t *testing.T, payload string) {
		var ic slack.InteractionCallback
		if json.Unmarshal([]byte(payload), &ic) != nil {
			return
		}
		b, ledger := idle(t)
		b.onInteraction(ended, ic)
		for _, l := range b.outbox.waiting(func(letter) bool { return true }) {
			checkLimits(t, message{l.Text, l.Blocks.BlockSet})
		}
		for _, e := range ledger.Trail() {
			if e.Action != "request.refused" {
				t.Errorf("%s led to %s", payload, e.Action)
			}
		}
	})
}

func FuzzEvent(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"type":"event_callback","event_id":"E1","event":{"type":"app_mention","user":"U1","channel":"C1","text":"<@U0> scan web-1"}}`,
		`{"type":"event_callback","event":{"type":"app_mention","bot_id":"B1"}}`, `{"type":"app_rate_limited"}`, `{"type":"event_callback","event":null}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		ev, err := slackevents.ParseEvent([]byte(body), slackevents.OptionNoVerifyToken())
		if err != nil {
			return
		}
		b, _ := idle(t)
		b.onEvent(context.Background(), ev)
		for _, l := range b.outbox.waiting(func(letter) bool { return true }) {
			checkLimits(t, message{l.Text, l.Blocks.BlockSet})
		}
	})
}

// Records go when nothing asks for them any more, and not sooner.
func TestForget(t *testing.T) {
	b, ledger := idle(t)
	late := newClock()
	b.cfg.Now = late.now
	ctx := t.Context()
	b.once(ctx, "command/old")
	must(t, ledger.Update(ctx, func(tx actions.Tx) error {
		if _, err := actions.Once(tx, "somebody else's", time.Now().Add(-time.Hour*24*365)); err != nil {
			return err
		}
		if err := remember(tx, posted{Name: "m/old", Channel: "C1", TS: "1", Posted: time.Now().Add(-keepPosts - time.Hour)}); err != nil {
			return err
		}
		return remember(tx, posted{Name: "m/new", Channel: "C1", TS: "2", Posted: time.Now()})
	}))
	late.advance(keepOnce + time.Hour)
	b.once(ctx, "command/new")
	must(t, b.forget(ctx))
	if b.once(ctx, "command/new") || !b.once(ctx, "command/old") {
		t.Error("the wrong keys were forgotten")
	}
	must(t, ledger.View(ctx, func(r actions.Reader) error {
		var seen time.Time
		if err := r.Get(actions.KindOnce, "somebody else's", &seen); err != nil {
			t.Error("the keys of others were touched:", err)
		}
		for name, want := range map[string]bool{"m/old": false, "m/new": true} {
			if _, ok, err := recall(r, name); ok != want || err != nil {
				t.Errorf("%s: %t, %v", name, ok, err)
			}
		}
		return nil
	}))
}
