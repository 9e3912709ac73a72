package bot

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

func TestStrangersAreRefused(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	s.command(wst.Carol, "scan web-*")
	s.told(wst.Carol, "you may not scan hosts")
	found := s.findings()
	s.click(wst.Carol, found, actionFix)
	s.told(wst.Carol, "you may not request fixes")
	s.click(wst.Alice, found, actionFix)
	request := s.seesWhere(waits)
	s.click(wst.Carol, request, actionApprove, workspace.Accept())
	s.told(wst.Carol, "you may not decide on plans")
	s.click(wst.Carol, request, actionDeny)
	s.eventually("carol is refused twice", func() bool {
		n := 0
		for _, m := range s.ws.Ephemerals(wst.Carol) {
			n += strings.Count(m.RawText, "you may not decide on plans")
		}
		return n == 2
	})
	if views := s.ws.Views(wst.Carol); len(views) != 0 {
		t.Errorf("carol may write a reason in %s", views[0].CallbackID)
	}
	if s.sound("web-1") {
		t.Error("web-1 was changed")
	}
	var refusals []string
	for _, e := range s.ledger.(*actionstest.Ledger).Trail() {
		if e.Actor.ID == wst.Carol {
			refusals = append(refusals, e.Action+" "+strings.Split(e.Subject, "-")[0])
		}
	}
	if want := []string{"request.refused scan", "request.refused fix", "decision.refused P", "request.refused deny"}; !slices.Equal(refusals, want) {
		t.Errorf("the audit trail has %q, want %q", refusals, want)
	}
}

// A payload that Slack signed can still hold anything that a client made up.
func TestForgedClicksAreRefused(t *testing.T) {
	s := set(t, ModeSocket, nil, "web-1", "web-2", "db-1")
	s.start()
	request := s.requested()
	s.command(wst.Bob, "scan db-1")
	other := s.sees("Scan of `db-1`", "sshd accepts passwords")
	s.click(wst.Bob, other, actionFix)
	otherRequest := s.seesWhere(func(m workspace.Message) bool {
		return m.TS != request.TS && waits(m)
	})
	refused := func() (n int) {
		for _, m := range append(s.ws.Ephemerals(wst.Bob), s.ws.Ephemerals(wst.Carol)...) {
			n += strings.Count(m.RawText, "out of date")
		}
		return n
	}
	forge := func(change func(p map[string]any)) {
		t.Helper()
		payload := map[string]any{}
		ack := s.click(wst.Carol, request, actionApprove, workspace.Accept()) // carol's are refused, whatever they say
		must(t, json.Unmarshal(ack.Sent.Payload, &payload))
		payload["user"] = map[string]any{"id": wst.Bob, "name": "bob"}
		payload["trigger_id"] = actions.NewID("T")
		change(payload)
		raw, err := json.Marshal(payload)
		must(t, err)
		before := refused()
		if _, err := s.ws.Deliver(s.ctx, workspace.Delivery{Kind: workspace.KindInteraction, Payload: raw}); err != nil {
			t.Fatal(err)
		}
		s.eventually("the click is refused", func() bool { return refused() > before })
	}
	action := func(p map[string]any) map[string]any { return p["actions"].([]any)[0].(map[string]any) }
	container := func(p map[string]any) map[string]any { return p["container"].(map[string]any) }
	forge(func(p map[string]any) { action(p)["value"] = planID(otherRequest) })
	forge(func(p map[string]any) { action(p)["value"] = "P-00000000" })
	forge(func(p map[string]any) { action(p)["value"] = "rm -rf /" })
	forge(func(p map[string]any) { container(p)["message_ts"] = otherRequest.TS })
	forge(func(p map[string]any) { container(p)["message_ts"] = other.TS })
	forge(func(p map[string]any) { container(p)["message_ts"] = "1.000001" })
	forge(func(p map[string]any) { container(p)["message_ts"] = "" })
	// In another channel of the policy, the same message is nobody's. The
	// answer comes by the response URL, to the channel of the real click.
	forge(func(p map[string]any) { p["channel"] = map[string]any{"id": wst.Random} })
	if s.records(actions.KindRun) != 0 || s.sound("web-1") || s.sound("db-1") {
		t.Error("a forged click started a run")
	}
}

func TestExpiredPlansLoseTheirButtons(t *testing.T) {
	late := newClock()
	s := set(t, ModeSocket, func(s *stage) { s.cfg.Approver.Now = late.now })
	s.start()
	request := s.requested()
	late.advance(2 * time.Hour)
	after := s.seesWhere(func(m workspace.Message) bool {
		return m.TS == request.TS && len(m.Buttons()) == 0 && workspace.Containing("Expired at")(m)
	})
	s.click(wst.Bob, request, actionApprove, workspace.Accept(), workspace.Stale())
	s.told(wst.Bob, "expired at")
	if s.sound("web-1") {
		t.Errorf("the expired plan was carried out: %s", after.Text())
	}
}

func TestRefusedPlanSaysHowToMend(t *testing.T) {
	s := set(t, ModeSocket, func(s *stage) {
		for _, h := range []string{"web-1", "web-2"} {
			s.fleet.Host(h).NoLogin = errors.New("permission denied (publickey)")
		}
	}, "web-1", "web-2")
	s.start()
	s.click(wst.Alice, s.findings(), actionFix)
	m := s.sees("no host can be changed now", "web-1, web-2", "✗ key-login refuses: no login by key: permission denied (publickey)", "put the bot's key into authorized_keys")
	if len(m.Buttons()) != 0 {
		t.Errorf("there are buttons %v", m.Buttons())
	}
}

func TestBadCommandsAreAnswered(t *testing.T) {
	s := set(t, ModeSocket, func(s *stage) { s.cfg.Policy.Channels[wst.Ops] = []string{"web-*"} }, "web-1", "db-1")
	s.start()
	for _, c := range []struct{ text, answer string }{
		{"", "/harden scan PATTERN"},
		{"scan", "needs a pattern"},
		{"scan mail-*", "mail"},
		{"scan db-1", "db-1 is outside of what this channel may target (`web-*`)"},
		{"scan web-1 db-1", "put a comma"},
		{"frobnicate <!channel>", "there is no command frobnicate"},
	} {
		s.command(wst.Alice, c.text)
		s.told(wst.Alice, c.answer)
	}
	if n := len(s.ws.Messages(wst.Ops)); n != 0 {
		t.Errorf("%d messages bother everybody", n)
	}
}

// Where the bot was not invited, the person is told by the response URL.
func TestUninvitedBotSaysSo(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	_, err := s.ws.As(wst.Alice).Command(s.ctx, wst.Random, "/harden", "scan web-*")
	must(t, err)
	s.told(wst.Alice, "Invite me with /invite")
	_, err = s.ws.As(wst.Bob).Command(s.ctx, wst.Random, "/harden", "help")
	must(t, err)
	s.told(wst.Bob, "/harden scan PATTERN")
}

// The policy that counts is the one at the time of the click.
func TestPolicyIsReadAgain(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	request := s.requested()
	s.restart(func() { s.cfg.Policy.Channels = map[string][]string{wst.Ops: {"web-1"}} })
	s.click(wst.Bob, request, actionApprove, workspace.Accept())
	s.told(wst.Bob, "web-2 is outside of what this channel may target")
	s.restart(func() { s.cfg.Policy.Channels = nil })
	s.click(wst.Bob, request, actionApprove, workspace.Accept())
	s.told(wst.Bob, "this channel may not target any hosts")
	if s.records(actions.KindRun) != 0 {
		t.Error("the plan was approved")
	}
}

// What counts is the digest that the message showed, not the plan's of today.
func TestDecisionsBindToWhatWasShown(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	request := s.requested()
	s.eventually("the message is on record", func() bool {
		p, err := s.bot.readPosted(s.ctx, wst.Ops, request.TS)
		return err == nil && p.Digest != ""
	})
	must(t, s.ledger.Update(s.ctx, func(tx actions.Tx) error {
		p, _, err := recall(tx, planName(planID(request)))
		if err != nil {
			return err
		}
		p.Digest = strings.Repeat("0", 64)
		return remember(tx, p)
	}))
	s.click(wst.Bob, request, actionApprove, workspace.Accept())
	s.told(wst.Bob, "is not the one that you were shown")
	if s.records(actions.KindRun) != 0 {
		t.Error("a run was started")
	}
}

// A message that was posted again has one place that counts: the newest.
func TestOnlyTheNewestPlaceCounts(t *testing.T) {
	b, ledger := idle(t)
	must(t, ledger.Update(t.Context(), func(tx actions.Tx) error {
		for _, ts := range []string{"1", "2"} {
			if err := remember(tx, posted{Name: "plan/P", Channel: "C1", TS: ts, About: About{Plan: "P", Digest: "d"}}); err != nil {
				return err
			}
		}
		return nil
	}))
	if _, err := b.readPosted(t.Context(), "C1", "1"); !errors.Is(err, errStale) {
		t.Errorf("the old place: %v", err)
	}
	if p, err := b.readPosted(t.Context(), "C1", "2"); err != nil || p.Digest != "d" {
		t.Errorf("the new place: %+v, %v", p, err)
	}
}

// planID reads a plan's id off its message.
func planID(m workspace.Message) string {
	_, id, _ := strings.Cut(m.Text(), "Plan P-")
	return "P-" + id[:8]
}
