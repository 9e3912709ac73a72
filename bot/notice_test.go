package bot

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

// calls counts messages in a thread that mention somebody so.
func (s *stage) calls(request workspace.Message, parts ...string) (n int) {
	for _, m := range s.ws.Thread(wst.Ops, request.TS) {
		if workspace.Containing(parts...)(m) {
			n++
		}
	}
	return n
}

// settled waits until the bot has looked again at the plans that wait.
func (s *stage) settled() {
	s.t.Helper()
	for range 3 {
		s.bot.notify(s.ctx)
	}
	s.eventually("all is posted", func() bool { return len(s.bot.outbox.waiting(func(letter) bool { return true })) == 0 })
}

func TestApproversAreCalledOnceAndRemindedOnce(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		late := newClock()
		s := set(t, mode, func(s *stage) {
			s.cfg.Notify = []string{wst.Approvers, wst.Alice, "nobody <!channel>"}
			s.cfg.Approver.Now = late.now
		})
		s.start()
		request := s.requested()
		s.seesWhere(func(m workspace.Message) bool {
			return m.ThreadTS == request.TS && strings.HasPrefix(m.RawText, "<!subteam^"+wst.Approvers+"> plan P-") &&
				workspace.Containing("waits for approval until", "sshd accepts passwords", "web-1, web-2, web-3, web-4", "asked for by @alice")(m)
		})
		s.settled()
		late.advance(40 * time.Minute)
		s.settled()
		s.restart(func() {})
		s.settled()
		if n := s.calls(request, "waits for approval until"); n != 1 {
			t.Fatalf("the approvers were called %d times before the reminder", n)
		}
		late.advance(6 * time.Minute) // three quarters of an hour have passed
		s.seesWhere(func(m workspace.Message) bool {
			return m.ThreadTS == request.TS && strings.HasPrefix(m.RawText, "<!subteam^"+wst.Approvers+"> Reminder: plan P-")
		})
		s.settled()
		s.restart(func() {})
		s.settled()
		if n, r := s.calls(request, "waits for approval until"), s.calls(request, "Reminder"); n != 2 || r != 1 {
			t.Errorf("%d calls, %d of them reminders", n, r)
		}
		s.noProblems()
	})
}

func TestDecidedPlansAreNotRemindedOf(t *testing.T) {
	late := newClock()
	s := set(t, ModeSocket, func(s *stage) {
		s.cfg.Notify = []string{wst.Bob}
		s.cfg.Approver.Now = late.now
	})
	s.start()
	request := s.requested()
	s.sees("@bob plan P-", "waits for approval")
	s.click(wst.Alice, request, actionWithdraw, workspace.Accept())
	s.sees("Withdrawn by @alice")
	late.advance(50 * time.Minute)
	s.settled()
	if n := s.calls(request, "Reminder"); n != 0 {
		t.Errorf("%d reminders of a plan that was withdrawn", n)
	}
}

// A call that was queued before the process ended, and not yet taken down as
// done, is not posted a second time.
func TestCallIsNotRepeatedAfterACrash(t *testing.T) {
	s := set(t, ModeSocket, func(s *stage) { s.cfg.Notify = []string{wst.Approvers} })
	s.start()
	request := s.requested()
	s.sees("waits for approval until")
	s.settled()
	s.restart(func() {
		must(t, s.ledger.Update(s.ctx, func(tx actions.Tx) error {
			return tx.Delete(actions.KindOnce, onceKey+"notice/"+planID(request))
		}))
	})
	s.settled()
	if n := s.calls(request, "waits for approval until"); n != 1 {
		t.Errorf("%d messages call the approvers", n)
	}
}

func TestRemindAt(t *testing.T) {
	for ttl, want := range map[time.Duration]time.Duration{
		time.Hour:          45 * time.Minute,
		8 * time.Hour:      6 * time.Hour,
		30 * time.Minute:   20 * time.Minute,
		20 * time.Minute:   10 * time.Minute,
		10 * time.Minute:   5 * time.Minute,
		time.Minute:        30 * time.Second,
		7 * 24 * time.Hour: 126 * time.Hour,
	} {
		if got := remindAt(actions.Plan{Created: noon, Expires: noon.Add(ttl)}); !got.Equal(noon.Add(want)) {
			t.Errorf("a plan for %s is reminded of after %s, want %s", ttl, got.Sub(noon), want)
		}
	}
}

func TestSummons(t *testing.T) {
	for _, c := range []struct {
		ids  []string
		want string
	}{
		{[]string{"S0APPROVERS", "U0BOB", "W0CAROL"}, "<!subteam^S0APPROVERS> <@U0BOB> <@W0CAROL>"},
		{[]string{"U0ALICE"}, ""},
		{[]string{"S0>", "<!channel>", "s0lower", "", "S", "C0OPS", "bob"}, ""},
	} {
		if got := summons(c.ids, "U0ALICE"); got != c.want {
			t.Errorf("%q: %q, want %q", c.ids, got, c.want)
		}
	}
}

func TestCallStaysWithinLimits(t *testing.T) {
	plan := somePlan()
	plan.Title, plan.Approvals = strings.Repeat("<!channel> ", 500), 2
	plan.Decided = []actions.Decision{{Who: actions.Person{ID: "U0BOB"}, Yes: true}}
	for i := range 500 {
		plan.Hosts = append(plan.Hosts, actions.HostPlan{Host: actions.Host{Name: fmt.Sprint("web-", i, strings.Repeat("y", 240))}})
	}
	m := call("<!subteam^S1>", "Reminder: ", plan)
	checkLimits(t, m)
	if strings.Contains(m.Text, "<!channel>") || !strings.Contains(m.Text, "1 of 2 approvals are in") {
		t.Errorf("it says %s", m.Text)
	}
}
