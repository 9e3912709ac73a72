package bot

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

// outcome waits for how a run ended.
func (s *stage) outcome(parts ...string) workspace.Message {
	s.t.Helper()
	return s.seesWhere(func(m workspace.Message) bool {
		return m.ThreadTS != "" && workspace.Containing(parts...)(m) && !strings.HasPrefix(m.RawText, "Run ")
	})
}

// failingAt has the login of a host break with its change.
func failingAt(name string) func(*stage) {
	return func(s *stage) {
		h := s.fleet.Host(name)
		h.Sudden = func(call string) {
			if call == "run" {
				h.NoLogin = errors.New("permission denied")
			}
		}
	}
}

// leftInTrouble has a host fail with a change that cannot be undone.
func leftInTrouble(name string) func(*stage) {
	return func(s *stage) {
		weak := &s.cfg.Catalogue[0]
		plan := weak.Plan
		weak.Plan = func(f *actions.Facts, found actions.Finding) (actions.Change, error) {
			c, err := plan(f, found)
			c.Steps[0].Irreversible, c.Steps[0].Lockout = true, false
			return c, err
		}
		failingAt(name)(s)
	}
}

func (s *stage) mend(name string) {
	s.fleet.Lock()
	defer s.fleet.Unlock()
	s.fleet.Host(name).Sudden, s.fleet.Host(name).NoLogin = nil, nil
}

// TestResumeRetryAndUndo goes on with a run that failed, tries the host again
// that failed, and undoes everything.
func TestResumeRetryAndUndo(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		s := set(t, mode, func(s *stage) {
			failingAt("web-2")(s)
			guard := actions.Guard{Name: actions.GuardUnchanged, Ask: func(context.Context, actions.Question) actions.Answer { return actions.Allow("as it was left") }}
			s.cfg.Planner.Guards = append(s.cfg.Planner.Guards, guard)
			s.roller.Guards = s.cfg.Planner.Guards
		})
		s.start()
		s.click(wst.Bob, s.requested(), actionApprove, workspace.Accept())
		stopped := s.outcome("✗ Stopped", "done on 1 of 4 hosts")
		if got, want := stopped.Buttons(), []string{"resume", "retry_1", "undo"}; !slices.Equal(got, want) {
			t.Fatalf("buttons %v, want %v", got, want)
		}
		s.click(wst.Alice, stopped, actionResume, workspace.Accept())
		s.told(wst.Alice, "a second engineer has to go on with it")
		s.mend("web-2")
		s.click(wst.Bob, stopped, actionResume, workspace.Accept())
		rest := s.outcome("✗ Stopped", "done on 3 of 4 hosts")
		if got, want := rest.Buttons(), []string{"retry_1", "undo"}; !slices.Equal(got, want) {
			t.Fatalf("buttons %v, want %v", got, want)
		}
		s.eventually("the first outcome has no buttons", func() bool {
			return len(s.seesWhere(func(m workspace.Message) bool { return m.TS == stopped.TS }).Buttons()) == 0
		})
		s.click(wst.Bob, rest, "retry_1", workspace.Accept())
		done := s.outcome("✓ Done on 4 of 4 hosts")
		s.click(wst.Alice, done, actionUndo)
		undo := s.sees("Approve? Undo: sshd accepts passwords")
		s.click(wst.Alice, undo, actionApprove, workspace.Accept())
		s.told(wst.Alice, "you asked for plan")
		s.click(wst.Bob, undo, actionApprove, workspace.Accept())
		s.eventually("all is undone", func() bool {
			return !s.sound("web-1") && !s.sound("web-2") && !s.sound("web-3") && !s.sound("web-4")
		})
		s.sees("after: as it was before that run")
		s.click(wst.Alice, done, actionUndo)
		s.sees("There is no plan for Undo: sshd accepts passwords. what run R-", "had changed was put back already, by run R-")
		s.noProblems()
	})
}

var anID = regexp.MustCompile(`R-[0-9a-z_]{8}`)

// TestStopByAnybodyLiftByApprovers stops everything while a host is being
// changed.
func TestStopByAnybodyLiftByApprovers(t *testing.T) {
	begun, release := make(chan bool), make(chan bool)
	s := set(t, ModeSocket, func(s *stage) {
		s.cfg.Approver.Policy.Approvers = []string{wst.Bob}
		s.cfg.Policy.Approvers = []string{wst.Bob}
		s.waitAt("web-2", begun, release)
	})
	s.start()
	s.click(wst.Bob, s.requested(), actionApprove, workspace.Accept())
	<-begun
	s.command(wst.Carol, "stop")
	s.told(wst.Carol, "you may not scan hosts")
	s.command(wst.Alice, "stop incident <!channel> 7")
	notice := s.sees("@alice stopped all changes at", "incident !channel 7")
	close(release)
	stopped := s.outcome("✗ Stopped", "done on 2 of 4 hosts: all changes were stopped by", "*web-3, web-4* – untouched")
	s.click(wst.Bob, stopped, actionResume, workspace.Accept())
	s.told(wst.Bob, "an approver has to let them begin again first")
	s.click(wst.Alice, notice, actionStart)
	s.told(wst.Alice, "only the people listed in policy.approvers may let changes begin again")
	s.command(wst.Bob, "runs")
	s.told(wst.Bob, "All changes are stopped by", "✗ Stopped at")
	s.click(wst.Bob, notice, actionStart)
	s.sees("@bob lets changes begin again")
	s.command(wst.Bob, "start")
	s.told(wst.Bob, "changes are not stopped")
	s.command(wst.Bob, "resume "+anID.FindString(s.seesWhere(func(m workspace.Message) bool { return strings.HasPrefix(m.RawText, "Run ") }).RawText))
	s.outcome("✓ Done on 4 of 4 hosts")
	s.noProblems()
}

func TestAbortEndsOneRun(t *testing.T) {
	begun, release := make(chan bool), make(chan bool)
	s := set(t, ModeSocket, func(s *stage) { s.waitAt("web-1", begun, release) })
	s.start()
	s.click(wst.Bob, s.requested(), actionApprove, workspace.Accept())
	<-begun
	live := s.seesWhere(func(m workspace.Message) bool { return strings.HasPrefix(m.RawText, "Run ") && len(m.Buttons()) == 1 })
	id := anID.FindString(live.RawText)
	s.command(wst.Alice, "abort R-00000000")
	s.told(wst.Alice, "there is no run R-00000000 in this channel")
	s.click(wst.Carol, live, actionAbort, workspace.Accept())
	s.told(wst.Carol, "you may not scan hosts")
	s.click(wst.Alice, live, actionAbort, workspace.Accept())
	s.sees("@alice aborts run " + id)
	close(release)
	s.outcome("✗ Stopped", "done on 1 of 4 hosts: the run was aborted by alice")
	s.command(wst.Alice, "abort "+id)
	s.told(wst.Alice, "has ended already")
	s.noProblems()
}

// A host that differs by now asks for approval anew, and shows how.
func TestDriftIsAskedForAnew(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	request := s.requested()
	s.fleet.Lock()
	s.fleet.Host("web-2").Facts.SSHD.Global["passwordauthentication"] = "maybe"
	s.fleet.Unlock()
	s.click(wst.Bob, request, actionApprove, workspace.Accept())
	s.outcome("✗ Stopped", "done on 1 of 4 hosts", "the plan would be another one now")
	again := s.sees("In place of plan P-", "web-2: the same is said, but the commands differ", "3, one at a time: web-2, web-3, web-4")
	s.click(wst.Bob, again, actionApprove, workspace.Accept())
	s.outcome("✓ Done on 3 of 3 hosts")
	s.noProblems()
}

// A host that needs somebody is reported until somebody takes care of it.
func TestTroubleIsReportedAgain(t *testing.T) {
	s := set(t, ModeSocket, func(s *stage) {
		s.cfg.Remind = 50 * time.Millisecond
		leftInTrouble("web-1")(s)
	})
	s.start()
	s.click(wst.Bob, s.requested(), actionApprove, workspace.Accept())
	s.outcome("✗ Stopped", "FAILED")
	report := s.sees("@alice @bob 1 host still needs somebody", "*web-1* ✗ FAILED", "permission denied")
	s.click(wst.Carol, report, actionCare)
	s.told(wst.Carol, "you may not scan hosts")
	s.click(wst.Alice, report, actionCare)
	s.sees("@alice takes care of web-1")
	s.click(wst.Bob, report, actionCare)
	s.told(wst.Bob, "no host of run", "needs somebody now")
	cared := slices.ContainsFunc(s.ledger.(*actionstest.Ledger).Trail(), func(e actions.Entry) bool {
		return e.Action == "host.taken-care-of" && e.Actor.ID == wst.Alice && e.Host == "web-1"
	})
	if !cared {
		t.Error("the audit does not tell who takes care")
	}
}
