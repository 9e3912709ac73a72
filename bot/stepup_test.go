package bot

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
	"hardenbot/actions/factor"
	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

// strict has every approval need a second factor, at a time that the test can
// put forward.
func strict(late *testClock) func(*stage) {
	return func(s *stage) {
		s.cfg.Policy.StepUp = actions.StepUpAll
		s.cfg.Planner.Policy, s.cfg.Approver.Policy = s.cfg.Policy, s.cfg.Policy
		keeper, err := factor.New(s.ledger, bytes.Repeat([]byte{7}, factor.KeySize), "hardenbot", late.now)
		must(s.t, err)
		s.cfg.SecondFactor = keeper
	}
}

var shownSecret = regexp.MustCompile(`secret=([A-Z2-7]{32})`)

// secretIn is the key that an enrolment's window shows.
func secretIn(t *testing.T, view workspace.View) string {
	t.Helper()
	found := shownSecret.FindStringSubmatch(view.Text())
	if found == nil || !strings.Contains(view.Text(), inFours(found[1])) {
		t.Fatalf("the window shows no key: %s", view.Text())
	}
	return found[1]
}

func codeAt(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, at)
	must(t, err)
	return c
}

// enrols has somebody enrol, and returns the key when there is a code that was
// not used.
func (s *stage) enrols(person string, late *testClock) string {
	s.t.Helper()
	s.command(person, "enrol")
	view := s.opened(person, viewEnrol)
	secret := secretIn(s.t, view)
	if wrong := s.submit(person, view, workspace.Values{codeID: "000000"}); !strings.Contains(wrong[codeID], "the code is not right") {
		s.t.Errorf("a wrong first code: %v", wrong)
	}
	if wrong := s.submit(person, view, workspace.Values{codeID: codeAt(s.t, secret, late.now())}); wrong != nil {
		s.t.Fatalf("the first code: %v", wrong)
	}
	s.told(person, "Your second factor is in force")
	s.sees("has set up a second factor", "if that was not you")
	late.advance(time.Minute)
	return secret
}

func TestRiskyPlansNeedASecondFactor(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		late, log := newClock(), &syncBuilder{}
		s := set(t, mode, strict(late))
		s.cfg.Logger = log.logger()
		s.start()
		request := s.requested()
		s.click(wst.Bob, request, actionApprove, workspace.Accept())
		s.told(wst.Bob, "you have none yet", "/harden enrol")
		secret := s.enrols(wst.Bob, late)
		s.click(wst.Bob, request, actionApprove, workspace.Accept())
		view := s.opened(wst.Bob, viewCode)
		if !strings.Contains(view.Text(), "4 hosts") || !strings.Contains(view.Text(), "Risk:") {
			t.Errorf("the window does not say what is approved: %s", view.Text())
		}
		if wrong := s.submit(wst.Bob, view, workspace.Values{codeID: "000000"}); wrong[codeID] != "the code is not right" {
			t.Errorf("a wrong code: %v", wrong)
		}
		if s.records(actions.KindRun) != 0 || s.sound("web-1") {
			t.Fatal("a run was started without a code")
		}
		used := codeAt(t, secret, late.now())
		if wrong := s.submit(wst.Bob, view, workspace.Values{codeID: used}); wrong != nil {
			t.Errorf("the right code: %v", wrong)
		}
		s.sees("Approved by @bob", "✓ Done on 4 of 4 hosts")
		s.stepUpIsAudited()
		s.hidesSecrets(log.String(), secret, used)
		s.noProblems()
	})
}

func (s *stage) stepUpIsAudited() {
	s.t.Helper()
	for _, e := range s.ledger.(*actionstest.Ledger).Trail() {
		if e.Action == "plan.approved" && e.Detail["second factor"] == "shown" {
			return
		}
	}
	s.t.Error("the audit trail does not say that the second factor was shown")
}

// hidesSecrets looks for keys and codes where none belongs: in the ledger, its
// audit trail, the log, and every message.
func (s *stage) hidesSecrets(log string, hidden ...string) {
	s.t.Helper()
	all := []byte(log)
	trail, err := json.Marshal(s.ledger.(*actionstest.Ledger).Trail())
	must(s.t, err)
	all = append(all, trail...)
	for _, kind := range []actions.Kind{actions.KindFactor, actions.KindOutbox, actions.KindThread, actions.KindOnce, actions.KindPlan, actions.KindRun} {
		must(s.t, s.ledger.View(s.ctx, func(r actions.Reader) error {
			return r.Each(kind, func(_ string, raw json.RawMessage) error { all = append(all, raw...); return nil })
		}))
	}
	for _, person := range []string{wst.Alice, wst.Bob, wst.Carol} {
		for _, m := range s.ws.Ephemerals(person) {
			all = append(all, m.Text()...)
		}
	}
	for _, m := range s.ws.Messages(wst.Ops) {
		all = append(all, m.Text()...)
	}
	for _, secret := range append(hidden, inFours(hidden[0]), "otpauth") {
		if bytes.Contains(all, []byte(secret)) {
			s.t.Errorf("%q is where everybody can read it", secret)
		}
	}
}

// A code is taken once: what it was typed for first.
func TestACodeApprovesOnce(t *testing.T) {
	late := newClock()
	s := set(t, ModeSocket, strict(late), "web-1", "db-1")
	s.start()
	secret := s.enrols(wst.Bob, late)
	approve := func(pattern string) workspace.View {
		s.command(wst.Alice, "scan "+pattern)
		s.click(wst.Alice, s.sees("Scan of `"+pattern+"`", "sshd accepts passwords"), actionFix)
		request := s.seesWhere(func(m workspace.Message) bool {
			return workspace.Containing("Approve?", strings.TrimSuffix(pattern, "*"))(m) && planID(m) != ""
		})
		s.click(wst.Bob, request, actionApprove, workspace.Accept())
		return s.opened(wst.Bob, viewCode)
	}
	used := codeAt(t, secret, late.now())
	if wrong := s.submit(wst.Bob, approve("web-1"), workspace.Values{codeID: used}); wrong != nil {
		t.Fatal(wrong)
	}
	s.sees("Approved by @bob", "✓ Done on 1 of 1 host")
	if wrong := s.submit(wst.Bob, approve("db-1"), workspace.Values{codeID: used}); !strings.Contains(wrong[codeID], "was used before") {
		t.Errorf("the code again: %v", wrong)
	}
	if s.sound("db-1") {
		t.Error("db-1 was changed")
	}
}

// Who may not approve anyway is not asked for a code, nor who says no.
func TestCodesAreAskedForLast(t *testing.T) {
	late := newClock()
	s := set(t, ModeSocket, strict(late))
	s.start()
	request := s.requested()
	s.click(wst.Carol, request, actionApprove, workspace.Accept())
	s.told(wst.Carol, "you may not decide on plans")
	s.click(wst.Alice, request, actionApprove, workspace.Accept())
	s.told(wst.Alice, "a second engineer has to approve it")
	s.command(wst.Carol, "enrol")
	s.told(wst.Carol, "only approvers need a second factor")
	_, err := s.ws.As(wst.Bob).Say(wst.Ops, "<@"+wst.Bot+"> enrol", "")
	must(t, err)
	s.told(wst.Bob, "a window cannot be opened after a mention")
	s.click(wst.Bob, request, actionDeny)
	if wrong := s.submit(wst.Bob, s.view(wst.Bob), workspace.Values{reasonID: "not on a Friday"}); wrong != nil {
		t.Error(wrong)
	}
	s.sees("✗ Denied by @bob")
}

// The window of somebody who was no approver any more, or of a plan that was
// decided meanwhile, decides nothing.
func TestAWindowIsNoApproval(t *testing.T) {
	late := newClock()
	s := set(t, ModeSocket, func(s *stage) {
		strict(late)(s)
		s.cfg.Policy.Approvers = append(s.cfg.Policy.Approvers, wst.Carol)
		s.cfg.Planner.Policy, s.cfg.Approver.Policy = s.cfg.Policy, s.cfg.Policy
	})
	s.start()
	request := s.requested()
	secret := s.enrols(wst.Bob, late)
	s.click(wst.Bob, request, actionApprove, workspace.Accept())
	view := s.opened(wst.Bob, viewCode)
	s.click(wst.Carol, request, actionDeny)
	if wrong := s.submit(wst.Carol, s.view(wst.Carol), workspace.Values{reasonID: "not on a Friday"}); wrong != nil {
		t.Error(wrong)
	}
	s.sees("✗ Denied by @carol")
	if wrong := s.submit(wst.Bob, view, workspace.Values{codeID: codeAt(t, secret, late.now())}); wrong != nil {
		t.Error(wrong)
	}
	s.told(wst.Bob, "is already denied")
	if s.records(actions.KindRun) != 0 {
		t.Error("a run was started")
	}
}

// Another key needs a code of the one until now.
func TestEnrollingAgain(t *testing.T) {
	late := newClock()
	s := set(t, ModeHTTP, strict(late))
	s.start()
	old := s.enrols(wst.Bob, late)
	s.command(wst.Bob, "enrol")
	view := s.opened(wst.Bob, viewEnrol)
	next := secretIn(t, view)
	fresh := func() string { return codeAt(t, next, late.now()) }
	if wrong := s.submit(wst.Bob, view, workspace.Values{codeID: fresh(), currentID: "000000"}); wrong[currentID] != "the code is not right" {
		t.Errorf("without the old key: %v", wrong)
	}
	if wrong := s.submit(wst.Bob, view, workspace.Values{codeID: fresh(), currentID: codeAt(t, old, late.now())}); wrong != nil {
		t.Errorf("with both: %v", wrong)
	}
	s.eventually("bob is told twice", func() bool { return len(s.ws.Ephemerals(wst.Bob)) == 2 })
	s.noProblems()
}

// Going on with a stopped run takes a code, too.
func TestResumingNeedsACode(t *testing.T) {
	late := newClock()
	begun, release := make(chan bool), make(chan bool)
	s := set(t, ModeSocket, strict(late))
	s.waitAt("web-1", begun, release)
	s.start()
	secret := s.enrols(wst.Bob, late)
	s.click(wst.Bob, s.requested(), actionApprove, workspace.Accept())
	if wrong := s.submit(wst.Bob, s.opened(wst.Bob, viewCode), workspace.Values{codeID: codeAt(t, secret, late.now())}); wrong != nil {
		t.Fatal(wrong)
	}
	<-begun
	s.command(wst.Bob, "stop")
	s.sees("@bob stopped all changes")
	release <- true
	s.eventually("the run has ended", s.runEnded)
	s.command(wst.Bob, "start")
	s.sees("@bob lets changes begin again")
	late.advance(time.Minute)
	s.command(wst.Bob, "resume "+s.theRun())
	if wrong := s.submit(wst.Bob, s.opened(wst.Bob, viewCode), workspace.Values{codeID: codeAt(t, secret, late.now())}); wrong != nil {
		t.Fatal(wrong)
	}
	s.eventually("the run went on", func() bool { return s.sound("web-4") })
}

func (s *stage) theRun() (id string) {
	s.t.Helper()
	must(s.t, s.ledger.View(s.ctx, func(r actions.Reader) error {
		runs, err := actions.All[actions.Run](r, actions.KindRun)
		if err == nil && len(runs) > 0 {
			id = runs[0].ID
		}
		return err
	}))
	return id
}

// A window that is made up, where no policy wants a second factor, does nothing.
func TestForgedWindowsWithoutASecondFactor(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	request := s.requested()
	s.click(wst.Bob, request, actionDeny)
	view := s.view(wst.Bob)
	s.command(wst.Bob, "enrol")
	s.told(wst.Bob, "second factors are not in use here")
	for _, callback := range []string{viewCode, viewEnrol} {
		payload := map[string]any{
			"type": "view_submission", "user": map[string]any{"id": wst.Bob, "name": "bob"}, "trigger_id": actions.NewID("T"),
			"view": map[string]any{"id": view.ID, "callback_id": callback, "private_metadata": `{"do":"approve"}`, "state": map[string]any{"values": map[string]any{}}},
		}
		raw, err := json.Marshal(payload)
		must(t, err)
		ack, err := s.ws.Deliver(s.ctx, workspace.Delivery{Kind: workspace.KindInteraction, Payload: raw})
		if err != nil || !bytes.Contains(ack.Body, []byte("not in use here")) {
			t.Errorf("%s: %s, %v", callback, ack.Body, err)
		}
	}
}

func TestStepUpNeedsAKeeper(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.cfg.Approver.Policy.StepUp = actions.StepUpLockout
	if _, err := New(s.cfg); err == nil || !strings.Contains(err.Error(), "policy.step_up wants a second factor") {
		t.Errorf("New: %v", err)
	}
}
