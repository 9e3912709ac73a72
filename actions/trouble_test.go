package actions_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

// A host that failed is mended by undoing the run that goes on with its own.
func TestUndoOfALaterRunMendsTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench("web-1", "web-2")
		b.undoes("")
		r := actionstest.Weak()
		plan := r.Plan
		r.Plan = func(f *actions.Facts, finding actions.Finding) (actions.Change, error) {
			c, err := plan(f, finding)
			c.Steps[0].Lockout = false
			return c, err
		}
		b.knows(r)
		id := b.approved(t)
		h := b.fleet.Host("web-1")
		h.Sudden = func(call string) {
			h.Down = h.NoLogin != nil && call == "run" // when it is to be put back
			if call == "run" {
				h.NoLogin = errors.New("publickey was refused")
			}
		}
		if first := b.execute(t, id); states(first) != "failed, untouched" {
			t.Fatal(states(first))
		}
		h.Sudden, h.NoLogin, h.Down = nil, nil, false
		second, err := b.resume(t, bob, id)
		if err != nil || states(second) != "failed, done" || len(b.troubles(t)) != 1 {
			t.Fatalf("%s, %v, %d in trouble", states(second), err, len(b.troubles(t)))
		}
		time.Sleep(time.Minute)
		undo, err := b.undo(t, second.ID)
		if err != nil {
			t.Fatal(err)
		}
		undo, _, err = b.approver.Decide(t.Context(), undo.ID, actions.Decision{Who: bob, Yes: true, Digest: undo.Digest})
		if err != nil {
			t.Fatal(err)
		}
		if run := b.execute(t, undo.RunID); states(run) != "done, done" || len(b.troubles(t)) != 0 {
			t.Errorf("%s (%s), %d in trouble", states(run), run.Hosts[0].Why, len(b.troubles(t)))
		}
	})
}
