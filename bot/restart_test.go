package bot

import (
	"fmt"
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

// restart ends the bot and starts another one on the same ledger.
func (s *stage) restart(between func()) {
	s.t.Helper()
	must(s.t, s.stop())
	between()
	s.start()
}

func TestRestartExplainsInterruptedScan(t *testing.T) {
	s := set(t, ModeSocket, nil)
	begun := make(chan bool)
	s.cfg.Scanner.Fleet = stuck{begun}
	s.start()
	s.command(wst.Alice, "scan web-*")
	s.sees("Scanning `web-*`: 0 of 4 hosts done, 4 left")
	<-begun
	must(t, s.stop())
	s.cfg.Scanner.Fleet = s.fleet
	s.start()
	s.sees("The scan of `web-*` was interrupted")
}

// A run that was approved and not begun, or begun and not ended, is reported
// by the next process, with the buttons gone.
func TestRestartReportsUnfinishedRun(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	request := s.requested()
	s.restart(func() {
		var plans []actions.Plan
		must(t, s.ledger.View(s.ctx, func(r actions.Reader) (err error) {
			plans, err = actions.All[actions.Plan](r, actions.KindPlan)
			return err
		}))
		must(t, s.approveBehindTheBot(plans[0]))
	})
	s.sees("@alice @bob ✗ Stopped", "hardenbot was interrupted", "untouched")
	s.seesWhere(func(m workspace.Message) bool {
		return m.TS == request.TS && len(m.Buttons()) == 0 && workspace.Containing("Approved by @bob", "Stopped")(m)
	})
}

// A letter that waits is newer than the record of what was posted.
func TestRestartKeepsWhatIsNewer(t *testing.T) {
	for _, c := range []struct {
		name    string
		waiting *letter
		want    string
	}{
		{"nothing waits", nil, "interrupted"},
		{"the findings wait", &letter{ID: "1", Channel: "C1", Name: "scan/M", Text: "findings"}, "findings"},
		{"more progress waits", &letter{ID: "1", Channel: "C1", Name: "scan/M", Text: "3 of 4", About: About{Unfinished: "interrupted"}}, "interrupted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, ledger := idle(t)
			must(t, ledger.Update(t.Context(), func(tx actions.Tx) error {
				if c.waiting != nil {
					if err := tx.Put(actions.KindOutbox, c.waiting.ID, c.waiting); err != nil {
						return err
					}
				}
				return remember(tx, posted{Name: "scan/M", Channel: "C1", TS: "1", About: About{Unfinished: "interrupted"}})
			}))
			must(t, b.outbox.load(t.Context()))
			must(t, b.explainInterruptions(t.Context()))
			left := b.outbox.waiting(func(letter) bool { return true })
			if len(left) != 1 || left[0].Text != c.want || left[0].About.Unfinished != "" {
				t.Errorf("%+v waits, want %q", left, c.want)
			}
		})
	}
}

func (s *stage) approveBehindTheBot(plan actions.Plan) error {
	_, started, err := s.cfg.Approver.Decide(s.ctx, plan.ID, actions.Decision{Who: actions.Person{ID: wst.Bob}, Yes: true, Digest: plan.Digest})
	if err == nil && !started {
		return fmt.Errorf("plan %s did not start", plan.ID)
	}
	return err
}

// When the bot is told to end, the host at hand is finished and the rest stays
// untouched. The next process tells what the last one could not.
func TestEndFinishesTheHostAtHand(t *testing.T) {
	begun, release := make(chan bool), make(chan bool)
	s := set(t, ModeSocket, func(s *stage) { s.waitAt("web-2", begun, release) })
	s.start()
	s.click(wst.Bob, s.requested(), actionApprove, workspace.Accept())
	<-begun
	s.ws.Down(true)
	ended := make(chan error)
	go func() { ended <- s.stop() }()
	s.eventually("the bot is ending", func() bool { return s.bot.work.ctx.Err() != nil })
	close(release)
	must(t, <-ended)
	if !s.sound("web-2") || s.sound("web-3") {
		t.Errorf("web-2 changed: %t, web-3 changed: %t", s.sound("web-2"), s.sound("web-3"))
	}
	s.ws.Down(false)
	s.start()
	s.sees("@alice @bob ✗ Stopped", "done on 2 of 4 hosts: hardenbot was stopped", "*web-1, web-2* ✓ done", "*web-3, web-4* – untouched")
}

// A run whose journal cannot be written is told loudly, without the cause.
func TestBrokenRunIsTold(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.cfg.Rollout = brokenRoller{}
	s.start()
	s.click(wst.Bob, s.requested(), actionApprove, workspace.Accept())
	m := s.sees("@alice @bob ✗ Run R-", "broke off: its journal could not be written", "out of rotation, so that nothing sends traffic there: *web-1*")
	if strings.Contains(m.Text(), "disk") {
		t.Errorf("people read the cause: %s", m.Text())
	}
}
