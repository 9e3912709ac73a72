package bot

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/inventory"
	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

// diskFullAtFirst cannot write the journal at the start, and can later.
type diskFullAtFirst struct{ *actions.Roller }

// Recover is that of the roller whose ledger takes no write.
func (d diskFullAtFirst) Recover(ctx context.Context) ([]actions.Run, error) {
	r := *d.Roller
	r.Ledger = full{r.Ledger}
	return r.Recover(ctx)
}

type full struct{ actions.Ledger }

func (full) Update(context.Context, func(actions.Tx) error) error {
	return errors.New("no space left on device")
}

// a run that could not be recovered at the start is taken up when it can be.
func TestRecoverIsTriedAgain(t *testing.T) {
	s := set(t, ModeSocket, nil)
	plan, err := s.cfg.Planner.Plan(t.Context(), actions.PlanRequest{Remedy: "weak", Hosts: s.fleet.Inventory(), Requester: actions.Person{ID: wst.Alice}, Channel: wst.Ops})
	if err != nil {
		t.Fatal(err)
	}
	plan, started, err := s.cfg.Approver.Decide(t.Context(), plan.ID, actions.Decision{Who: actions.Person{ID: wst.Bob}, Yes: true, Digest: plan.Digest})
	if err != nil || !started {
		t.Fatal(err)
	}
	s.cfg.Rollout = diskFullAtFirst{s.roller} // killed here, and started again
	s.start()
	end := time.Now().Add(3 * time.Second) // revisits are 10 ms here
	for {
		run, err := actions.Load[actions.Run](t.Context(), s.ledger, actions.KindRun, plan.RunID)
		if err != nil {
			t.Fatal(err)
		}
		if run.State != actions.RunGoing {
			return
		}
		if time.Now().After(end) {
			var said []string
			for _, m := range s.ws.Messages(wst.Ops) {
				said = append(said, m.RawText)
			}
			t.Fatalf("run %s goes on for ever, nobody executes it, its hosts are busy; said in the channel: %q", run.ID, said)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (s *stage) commandIn(channel, person, text string) {
	s.t.Helper()
	if _, err := s.ws.As(person).Command(s.ctx, channel, "/harden", text); err != nil {
		s.t.Fatalf("/harden %s: %v", text, err)
	}
}

func approverOnlyBob(s *stage) {
	s.cfg.Approver.Policy.Approvers, s.cfg.Policy.Approvers = []string{wst.Bob}, []string{wst.Bob}
}

// the button of an old stop does not lift a newer one.
func TestOldStartButton(t *testing.T) {
	s := set(t, ModeSocket, approverOnlyBob)
	s.start()
	s.command(wst.Alice, "stop patch day is over")
	notice := s.sees("stopped all changes at", "patch day is over")
	s.commandIn(wst.Random, wst.Bob, "start")
	s.eventually("it is lifted", func() bool { h, _ := s.cfg.Approver.Stopped(t.Context()); return h == nil })
	s.commandIn(wst.Random, wst.Alice, "stop intruder on web-2")
	s.eventually("it is stopped", func() bool { h, _ := s.cfg.Approver.Stopped(t.Context()); return h != nil })
	for end := time.Now().Add(2 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		after := s.seesWhere(func(m workspace.Message) bool { return m.TS == notice.TS })
		if len(after.Buttons()) == 0 {
			break
		}
		if time.Now().After(end) {
			t.Errorf("the message in the first channel was not updated when changes began again: %q, buttons %v", after.RawText, after.Buttons())
			break
		}
	}
	_, _ = s.ws.As(wst.Bob).Click(s.ctx, notice, actionStart)
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if h, _ := s.cfg.Approver.Stopped(t.Context()); h == nil {
			t.Fatal("the button of the stop for patch day lifted the stop for the intruder")
		}
	}
}

// `start R-…` is no start of everything.
func TestStartOfARun(t *testing.T) {
	if c, err := ParseCommand("start R-7g2kd0xw"); err == nil {
		t.Errorf("%+v: lifts the stop of everything", c)
	}
	if _, err := ParseCommand("stop " + strings.Repeat("because ", 300)); err != nil {
		t.Errorf("an emergency stop is refused: %v", err)
	}
}

// what is approved is done to the host that now has the name, or not at all.
func TestHostIsAnotherByNow(t *testing.T) {
	s := set(t, ModeSocket, nil, "web-1", "db-1")
	s.start()
	request := s.requested()
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	// The operator gives web-1's machine to db-1, and starts hardenbot again.
	hosts := s.fleet.Inventory()
	var was string
	for i := range hosts {
		if hosts[i].Name == "web-1" {
			was = hosts[i].Address
			hosts[i].Address = "192.0.2.99"
		}
	}
	inv, err := inventory.New(hosts)
	if err != nil {
		t.Fatal(err)
	}
	s.cfg.Inventory = inv
	s.start()
	s.click(wst.Bob, request, actionApprove, workspace.Accept())
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if s.sound("web-1") {
			plans, _ := s.plans()
			t.Fatalf("the run changed the machine at %s; the inventory has web-1 at 192.0.2.99 (plan: %s)", was, plans[0].Hosts[0].Host.Address)
		}
	}
}

func (s *stage) plans() (all []actions.Plan, err error) {
	err = s.ledger.View(context.Background(), func(tx actions.Reader) (err error) {
		all, err = actions.All[actions.Plan](tx, actions.KindPlan)
		return err
	})
	return all, err
}

// where the bot cannot post, whoever stops everything is told that it did not work.
func TestStopWhereTheBotIsNot(t *testing.T) {
	s := set(t, ModeSocket, approverOnlyBob)
	s.start()
	s.commandIn(wst.Random, wst.Alice, "stop intruder on web-2")
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	m, err := s.ws.WaitEphemeral(ctx, wst.Alice, func(workspace.Message) bool { return true })
	hold, _ := s.cfg.Approver.Stopped(t.Context())
	if err != nil || hold != nil && !strings.Contains(m.RawText, "stopped all changes") {
		t.Errorf("all is stopped since %v, and alice reads %q (%v)", hold.At, m.RawText, err)
	}
}

// policy became stricter while a plan waited.
func TestStricterPolicyIsTold(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	request := s.requested()
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	s.cfg.Approver.Policy.LockoutApprovals, s.cfg.Policy.LockoutApprovals = 2, 2
	s.start()
	s.click(wst.Bob, request, actionApprove, workspace.Accept())
	m := s.seesWhere(func(m workspace.Message) bool { return m.TS == request.TS && strings.Contains(m.Text(), "Approved by") })
	if !strings.Contains(m.Text(), "needs 1 approval") {
		t.Errorf("nobody is told that one more has to approve: %q", m.RawText)
	}
}

// an approver who is none any more does not count, and the message counts them.
func TestGoneApproverIsNotCounted(t *testing.T) {
	s := set(t, ModeSocket, func(s *stage) {
		for _, p := range []*actions.Policy{&s.cfg.Policy, &s.cfg.Approver.Policy, &s.cfg.Planner.Policy} {
			p.Approvals, p.Approvers = 2, []string{wst.Bob, wst.Carol}
		}
	})
	s.start()
	request := s.requested()
	s.click(wst.Bob, request, actionApprove, workspace.Accept())
	s.seesWhere(func(m workspace.Message) bool {
		return m.TS == request.TS && strings.Contains(m.Text(), "needs 1 approval")
	})
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	s.cfg.Approver.Policy.Approvers, s.cfg.Policy.Approvers = []string{wst.Carol}, []string{wst.Carol}
	s.start()
	s.click(wst.Carol, request, actionApprove, workspace.Accept())
	m := s.seesWhere(func(m workspace.Message) bool {
		return m.TS == request.TS && strings.Contains(m.RawText, "Approved by <@"+wst.Carol)
	})
	if !strings.Contains(m.RawText, "needs 1") {
		t.Errorf("%q", m.RawText)
	}
}
