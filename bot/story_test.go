package bot

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

func TestFromScanToOutcome(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		s := set(t, mode, nil)
		s.start()
		request := s.requested()
		s.click(wst.Alice, request, actionApprove, workspace.Accept())
		s.told(wst.Alice, "you asked for plan", "a second engineer has to approve it")
		if s.sound("web-1") {
			t.Fatal("web-1 was changed on the requester's own approval")
		}
		s.click(wst.Bob, request, actionApprove, workspace.Accept())
		s.seesWhere(func(m workspace.Message) bool {
			return m.ThreadTS == request.TS && workspace.Containing("✓ Done on 4 of 4 hosts", "*web-1, web-2, web-3, web-4* ✓ done")(m)
		})
		s.seesWhere(func(m workspace.Message) bool {
			return m.ThreadTS == request.TS && workspace.Containing("Run R-", "4 of 4 done")(m)
		})
		after := s.seesWhere(func(m workspace.Message) bool {
			return m.TS == request.TS && workspace.Containing("Approved by @bob", "✓ Done on 4 of 4 hosts")(m)
		})
		if len(after.Buttons()) != 0 {
			t.Errorf("the decided plan still has the buttons %v", after.Buttons())
		}
		for _, host := range []string{"web-1", "web-2", "web-3", "web-4"} {
			if !s.sound(host) {
				t.Errorf("%s was not changed", host)
			}
		}
		s.noProblems()
	})
}

// Whatever Slack repeats, it is done once.
func TestRepetitionsAreIgnored(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		s := set(t, mode, nil)
		s.start()
		again := func(d workspace.Delivery) {
			for range 3 {
				if _, err := s.ws.Deliver(s.ctx, d); err != nil && mode == ModeSocket {
					t.Fatal(err) // over HTTP a repetition within the second bears the same signature, and is refused
				}
			}
		}
		ack, err := s.ws.As(wst.Alice).Command(s.ctx, wst.Ops, "/harden", "scan web-*")
		must(t, err)
		again(ack.Sent)
		found := s.sees("Scan of `web-*`")
		again(s.click(wst.Alice, found, actionFix).Sent)
		request := s.seesWhere(waits)
		again(s.click(wst.Bob, request, actionApprove, workspace.Accept()).Sent)
		s.sees("✓ Done on 4 of 4 hosts")
		s.command(wst.Alice, "help") // handled after all that came before, so it ends the wait
		s.told(wst.Alice, "/harden scan PATTERN")
		s.eventually("all is posted", func() bool { return len(s.bot.outbox.waiting(func(letter) bool { return true })) == 0 })
		if n := s.records(actions.KindScan); n != 1 {
			t.Errorf("%d scans", n)
		}
		if n := s.records(actions.KindPlan); n != 1 {
			t.Errorf("%d plans", n)
		}
		if n := s.records(actions.KindRun); n != 1 {
			t.Errorf("%d runs", n)
		}
		if told := s.ws.Ephemerals(wst.Bob); len(told) != 0 {
			t.Errorf("bob was told %q", told[0].Text())
		}
	})
}

func (s *stage) records(kind actions.Kind) int {
	s.t.Helper()
	n := 0
	must(s.t, s.ledger.View(s.ctx, func(r actions.Reader) error {
		return r.Each(kind, func(string, json.RawMessage) error { n++; return nil })
	}))
	return n
}

func TestDenialNeedsAReason(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		s := set(t, mode, nil)
		s.start()
		request := s.requested()
		s.click(wst.Bob, request, actionDeny)
		view := s.view(wst.Bob)
		if _, err := s.ws.As(wst.Bob).Submit(s.ctx, view, workspace.Values{reasonID: "   "}); err != nil {
			t.Fatal(err)
		}
		s.told(wst.Bob, "a denial needs a reason")
		s.click(wst.Bob, request, actionDeny)
		s.eventually("a second window", func() bool { v := s.ws.Views(wst.Bob); return len(v) == 1 && v[0].ID != view.ID })
		_, err := s.ws.As(wst.Bob).Submit(s.ctx, s.view(wst.Bob), workspace.Values{reasonID: "not on a Friday <!channel>"})
		must(t, err)
		after := s.sees("✗ Denied by @bob", "not on a Friday <!channel>")
		if after.TS != request.TS || len(after.Buttons()) != 0 || strings.Contains(string(after.Blocks), "<!channel>") {
			t.Errorf("the denied plan is %s", after.Blocks)
		}
		s.click(wst.Alice, request, actionApprove, workspace.Accept(), workspace.Stale())
		s.told(wst.Alice, "is already denied")
		s.noProblems()
	})
}

func (s *stage) view(person string) workspace.View {
	s.t.Helper()
	v, err := s.ws.WaitView(s.ctx, person, func(v workspace.View) bool { return v.CallbackID == viewDeny })
	must(s.t, err)
	return v
}

func TestTwoApprovals(t *testing.T) {
	s := set(t, ModeSocket, func(s *stage) {
		s.cfg.Planner.Policy.Approvals = 2
		s.cfg.Approver.Policy.Approvers = []string{wst.Bob, wst.Carol}
		s.cfg.Policy.Approvers = s.cfg.Approver.Policy.Approvers
	})
	s.start()
	request := s.requested()
	s.click(wst.Bob, request, actionApprove, workspace.Accept())
	half := s.sees("Approved by @bob", "needs 1 approval more")
	s.click(wst.Bob, half, actionApprove, workspace.Accept())
	s.told(wst.Bob, "you have approved plan")
	s.click(wst.Carol, half, actionApprove, workspace.Accept())
	s.sees("Approved by @bob", "Approved by @carol", "✓ Done on 4 of 4 hosts")
}

func TestFailureStopsTheRunAndCallsPeople(t *testing.T) {
	s := set(t, ModeSocket, func(s *stage) {
		s.fleet.Host("web-2").Sudden = func(call string) {
			if call == "run" {
				s.fleet.Host("web-2").NoLogin = errors.New("`evil` <!channel>: permission denied")
			}
		}
	})
	s.start()
	s.click(wst.Bob, s.requested(), actionApprove, workspace.Accept())
	m := s.sees("@alice @bob ✗ Stopped", "done on 1 of 4 hosts", "*web-2* ✗ undone", "a new login did not work: `evil` <!channel>: permission denied", "*web-3, web-4* – untouched")
	if strings.Contains(string(m.Blocks), "<!channel>") {
		t.Errorf("what the host said is markup: %s", m.Blocks)
	}
	if s.sound("web-2") || s.sound("web-3") {
		t.Error("web-2 was not put back, or web-3 was touched")
	}
}

// Long commands are all in the thread before anybody can approve.
func TestLongCommandsComeBeforeTheButtons(t *testing.T) {
	script := strings.Repeat("true # `$(x)` <&>\n", 2500)
	s := set(t, ModeSocket, func(s *stage) {
		weak := &s.cfg.Catalogue[0]
		plan := weak.Plan
		weak.Plan = func(f *actions.Facts, found actions.Finding) (actions.Change, error) {
			c, err := plan(f, found)
			c.Steps[0].Do = script + c.Steps[0].Do
			return c, err
		}
	})
	s.start()
	request := s.requested()
	var shown strings.Builder
	thread := s.ws.Thread(wst.Ops, request.TS)
	for _, m := range thread[1:] {
		shown.WriteString(m.Text())
	}
	if n := strings.Count(shown.String(), "true # `$(x)` <&>"); n != 2500 {
		t.Errorf("%d of 2500 lines were in the thread when the buttons came", n)
	}
	s.click(wst.Bob, request, actionApprove, workspace.Accept())
	s.sees("✓ Done on 4 of 4 hosts")
	s.noProblems()
}

func TestMentionsWorkLikeTheCommand(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		s := set(t, mode, nil)
		s.start()
		_, err := s.ws.As(wst.Alice).Say(wst.Ops, "<@"+wst.Bot+"> scan web-*", "")
		must(t, err)
		s.sees("Scan of `web-*`", "sshd accepts passwords")
		_, err = s.ws.As(wst.Bob).Say(wst.Ops, "<@"+wst.Bot+"> scna web-*", "")
		must(t, err)
		s.told(wst.Bob, "did you mean /harden scan")
	})
}
