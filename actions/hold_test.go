package actions_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hardenbot/actions"
)

// closed is a calendar that is closed from some time on.
type closed struct{ from time.Time }

func (c closed) Closed(at time.Time) string {
	if at.Before(c.from) {
		return ""
	}
	return "changes begin from 09:00 to 16:00 only"
}

// TestHaltedRunsFinishTheHostAtHand has somebody stop things while a host is
// being changed.
func TestHaltedRunsFinishTheHostAtHand(t *testing.T) {
	for name, tc := range map[string]struct {
		halt func(t *testing.T, b *bench, run string) error
		why  string
	}{
		"stop": {func(t *testing.T, b *bench, _ string) error {
			_, err := b.approver.Stop(t.Context(), alice, "C0SEC", "incident 7")
			return err
		}, "all changes were stopped by alice (incident 7)"},
		"abort":    {func(t *testing.T, b *bench, run string) error { return b.approver.Abort(t.Context(), alice, run, "") }, "the run was aborted by alice"},
		"calendar": {func(*testing.T, *bench, string) error { return nil }, "changes begin from 09:00 to 16:00 only"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench("web-1", "web-2", "web-3")
				id := b.approved(t)
				h := b.fleet.Host("web-2")
				var failed error
				h.Sudden = func(call string) {
					if call != "arm" {
						return
					}
					if name == "calendar" {
						time.Sleep(time.Second)
						return
					}
					failed = tc.halt(t, b, id)
				}
				if name == "calendar" {
					b.roller.Calendar = closed{time.Now().Add(time.Second)}
				}
				run := b.execute(t, id)
				if failed != nil || states(run) != "done, done, untouched" || run.State != actions.RunStopped || run.Why != tc.why {
					t.Errorf("%v: %s (%s): %s", failed, run.State, run.Why, states(run))
				}
			})
		})
	}
}

// A host that nothing was done to yet is left as it is.
func TestHaltBeforeTheHostIsTouched(t *testing.T) {
	b := newBench("web-1", "web-2")
	id := b.approved(t)
	b.fleet.Host("web-1").Sudden = func(call string) {
		if call == "prove" { // by a guard
			if _, err := b.approver.Stop(t.Context(), bob, "C0SEC", ""); err != nil {
				t.Error(err)
			}
		}
	}
	run := b.execute(t, id)
	if states(run) != "untouched, untouched" || run.Why != "all changes were stopped by bob" || b.passwords("web-1") != "yes" {
		t.Errorf("%s: %s", run.Why, states(run))
	}
}

func TestStopAndLift(t *testing.T) {
	b := newBench("web-1")
	ctx := t.Context()
	first, err := b.approver.Stop(ctx, alice, "C0SEC", "one\ntwo")
	if err != nil || first.Why != "one two" {
		t.Fatal(first, err)
	}
	if again, err := b.approver.Stop(ctx, bob, "C0SEC", "later"); err != nil || again != first {
		t.Errorf("a second stop is %+v, %v", again, err)
	}
	plan := b.plan(t)
	yes := actions.Decision{Who: bob, Yes: true, Digest: plan.Digest}
	if _, started, err := b.approver.Decide(ctx, plan.ID, yes); started || !errors.Is(err, actions.ErrHalted) || !strings.Contains(err.Error(), "stopped by alice (one two); an approver has to let them begin again") {
		t.Errorf("an approval while all is stopped: %v, %v", started, err)
	}
	nobody := actions.Person{ID: "U0NOBODY"}
	if _, err := b.approver.Stop(ctx, nobody, "C0SEC", ""); !errors.Is(err, actions.ErrForbidden) {
		t.Errorf("a stranger stops: %v", err)
	}
	if err := b.approver.Lift(ctx, alice); !errors.Is(err, actions.ErrForbidden) {
		t.Errorf("a requester lifts: %v", err)
	}
	if err := b.approver.Lift(ctx, bob); err != nil {
		t.Error(err)
	}
	if err := b.approver.Lift(ctx, bob); !errors.Is(err, actions.ErrNotFound) {
		t.Errorf("lifted twice: %v", err)
	}
	b.approver.Calendar = closed{}
	if _, started, err := b.approver.Decide(ctx, plan.ID, yes); started || !errors.Is(err, actions.ErrHalted) {
		t.Errorf("an approval outside of the calendar: %v, %v", started, err)
	}
	b.approver.Calendar = nil
	if _, started, err := b.approver.Decide(ctx, plan.ID, yes); !started || err != nil {
		t.Errorf("an approval afterwards: %v, %v", started, err)
	}
}

func TestAbortRefusals(t *testing.T) {
	b := newBench("web-1")
	id := b.approved(t)
	b.execute(t, id)
	if err := b.approver.Abort(t.Context(), alice, id, ""); !errors.Is(err, actions.ErrDecided) {
		t.Errorf("a run that has ended: %v", err)
	}
	if err := b.approver.Abort(t.Context(), alice, "R-00000000", ""); !errors.Is(err, actions.ErrNotFound) {
		t.Errorf("no such run: %v", err)
	}
	if err := b.approver.Abort(t.Context(), actions.Person{ID: "U0NOBODY"}, id, ""); !errors.Is(err, actions.ErrForbidden) {
		t.Errorf("a stranger: %v", err)
	}
}
