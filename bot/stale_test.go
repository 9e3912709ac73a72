package bot

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

func (s *stage) waitsFor(ts string, match func(workspace.Message) bool) workspace.Message {
	s.t.Helper()
	return s.seesWhere(func(m workspace.Message) bool { return m.TS == ts && match(m) })
}

// soundNow makes a host sound behind the bot's back.
func (s *stage) soundNow(names ...string) {
	s.fleet.Lock()
	defer s.fleet.Unlock()
	for _, name := range names {
		s.fleet.Host(name).Facts.SSHD.Global["passwordauthentication"] = "no"
	}
}

// A press on the findings of a scan whose findings are gone is answered, and the
// message shows what is left.
func TestOldFindings(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		s := set(t, mode, nil)
		s.start()
		old := s.findings()
		s.soundNow("web-1", "web-2", "web-3", "web-4")
		s.command(wst.Bob, "scan web-{1..4}")
		s.sees("Scan of `web-{1..4}`", "nothing found to mend")
		s.click(wst.Alice, old, actionFix)
		s.told(wst.Alice, "this was seen to be gone since", "the message now shows what is left")
		now := s.waitsFor(old.TS, workspace.Containing("1 finding of this scan was seen to be gone since on 4 hosts"))
		if slices.Contains(now.Buttons(), actionFix) {
			t.Errorf("what is gone can be mended: %v", now.Buttons())
		}
		if s.records(actions.KindPlan) != 0 {
			t.Error("a plan was made")
		}
		s.noProblems()
	})
}

// What is left can be mended; what is gone is not planned for nor shown.
func TestOldFindingsOfSomeHosts(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	old := s.findings()
	s.soundNow("web-1", "web-2")
	s.command(wst.Bob, "scan web-{1..2}")
	s.sees("Scan of `web-{1..2}`", "nothing found to mend")
	s.click(wst.Alice, old, actionFix)
	now := s.waitsFor(old.TS, workspace.Containing("1 finding of this scan was seen to be gone since on 2 hosts", "web-3"))
	if !slices.Contains(now.Buttons(), actionFix) {
		t.Errorf("what is left cannot be mended: %v", now.Buttons())
	}
	s.sees("Approve? sshd accepts passwords", "web-3, web-4")
}

// A finding that a run has mended is gone without another scan.
func TestMendedFindings(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	old := s.findings()
	s.click(wst.Alice, old, actionFix)
	request := s.seesWhere(func(m workspace.Message) bool { return slices.Contains(m.Buttons(), actionApprove) })
	s.click(wst.Bob, request, actionApprove, workspace.Accept())
	s.sees("Approved by @bob", "✓ Done on 4 of 4 hosts")
	s.click(wst.Bob, old, actionFix)
	s.told(wst.Bob, "this was seen to be gone since")
	s.waitsFor(old.TS, workspace.Containing("1 finding of this scan was seen to be gone since on 4 hosts"))
}

// Deny… on a plan that somebody else has decided meanwhile.
func TestOldPlanIsShownAnew(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	request := s.requested()
	s.restart(func() {
		_, err := s.cfg.Approver.Withdraw(s.ctx, planID(request), actions.Person{ID: wst.Alice})
		must(t, err)
		must(t, s.ledger.Update(s.ctx, func(tx actions.Tx) error { // as if the start had not seen to it
			p, _, err := recall(tx, planName(planID(request)))
			p.About.Digest = ""
			return errors.Join(err, remember(tx, p))
		}))
	})
	s.click(wst.Bob, request, actionDeny, workspace.Stale())
	s.told(wst.Bob, "is already withdrawn")
	if m := s.waitsFor(request.TS, workspace.Containing("Withdrawn by @alice")); len(m.Buttons()) != 0 {
		t.Errorf("there are buttons %v", m.Buttons())
	}
}

// Abort… on a run that has ended.
func TestOldRunIsShownAnew(t *testing.T) {
	begun, release := make(chan bool), make(chan bool)
	s := set(t, ModeSocket, func(s *stage) { s.waitAt("web-1", begun, release) })
	s.start()
	s.click(wst.Bob, s.requested(), actionApprove, workspace.Accept())
	<-begun
	live := s.seesWhere(func(m workspace.Message) bool { return slices.Contains(m.Buttons(), actionAbort) })
	close(release)
	s.sees("Approved by @bob", "✓ Done on 4 of 4 hosts")
	s.click(wst.Alice, live, actionAbort, workspace.Accept(), workspace.Stale())
	s.told(wst.Alice, "has ended already")
	if m := s.waitsFor(live.TS, workspace.Containing("4 of 4 done")); slices.Contains(m.Buttons(), actionAbort) {
		t.Errorf("there are buttons %v", m.Buttons())
	}
}

func TestOldStopIsShownAnew(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	s.command(wst.Alice, "stop for lunch")
	stopped := s.sees("stopped all changes")
	s.restart(func() { must(t, s.cfg.Approver.Lift(s.ctx, actions.Person{ID: wst.Bob})) })
	s.click(wst.Bob, stopped, actionStart)
	s.told(wst.Bob, "this stop was lifted before")
	if m := s.waitsFor(stopped.TS, workspace.Containing("This stop was lifted since")); len(m.Buttons()) != 0 {
		t.Errorf("there are buttons %v", m.Buttons())
	}
}

// Whatever is gone, the pages fit, and none of it is markup.
func TestWhatIsLeftStaysWithinLimits(t *testing.T) {
	scan := someScan()
	for i := range 300 {
		host := fmt.Sprintf("host-%03d", i)
		scan.Findings = append(scan.Findings, actions.Finding{
			ID: actions.FindingID("ssh-password-auth", host, fmt.Sprint(i%60)), Remedy: "ssh-password-auth", Host: host, Subject: fmt.Sprint(i % 60),
			Title: strings.Repeat("<!channel> *evil* ", 20), Status: actions.Open, Layer: actions.Access, Evidence: []string{strings.Repeat("`x` ", 200)},
		})
	}
	for _, n := range []int{0, 1, 5, 150, len(scan.Findings)} {
		gone := map[string]time.Time{}
		for _, f := range scan.Findings[:n] {
			gone[f.ID] = noon
		}
		for _, page := range whatIsLeft(scan, gone, remedies(), noon) {
			checkLimits(t, page)
			checkHarmless(t, page)
		}
	}
	one := map[string]time.Time{scan.Findings[0].ID: noon}
	if text := whatIsLeft(scan, one, remedies(), noon)[0].Text; !strings.Contains(text, "1 finding of this scan was seen to be gone since on 1 host, and is not shown there") {
		t.Errorf("it says %s", text)
	}
}
