package actions_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"hardenbot/actions"
)

// unchanged is the guard that undoing needs, for hosts that are as they were left.
func unchanged(why string) actions.Guard {
	return actions.Guard{Name: actions.GuardUnchanged, Says: "Nothing was changed since", Ask: func(_ context.Context, q actions.Question) actions.Answer {
		if why != "" || !strings.HasPrefix(q.Args["run"], "R-") {
			return actions.Refuse(why, "put it back by hand")
		}
		return actions.Allow("it is as the run left it")
	}}
}

func (b *bench) undoes(why string) {
	b.planner.Guards = append(b.planner.Guards, unchanged(why))
	b.roller.Guards = b.planner.Guards
}

func (b *bench) undo(t *testing.T, run string) (actions.Plan, error) {
	t.Helper()
	return b.planner.Undo(t.Context(), actions.UndoRequest{Run: run, Requester: alice, Channel: "C0SEC"})
}

// TestUndo changes and puts back by a plan of its own. What was put back is made
// again by the fix, which asks its own guards, and not by undoing that.
func TestUndo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench("web-1", "web-2")
		b.undoes("")
		first := b.execute(t, b.approved(t))
		plan, err := b.undo(t, first.ID)
		if err != nil || plan.State != actions.PlanWaiting || len(plan.Hosts) != 2 || plan.Undoes != first.ID {
			t.Fatalf("%+v, %v", plan, err)
		}
		if s := plan.Hosts[0].Change.Steps; len(s) != 1 || !s[0].Lockout || !strings.Contains(s[0].Do, `unchanged_since "$was"`) || !strings.Contains(s[0].Do, "/"+first.ID+"\n") {
			t.Fatalf("steps %+v", s)
		}
		plan, _, err = b.approver.Decide(t.Context(), plan.ID, actions.Decision{Who: bob, Yes: true, Digest: plan.Digest})
		if err != nil {
			t.Fatal(err)
		}
		second := b.execute(t, plan.RunID)
		if states(second) != "done, done" || b.passwords("web-2") != "yes" {
			t.Fatalf("%s (%s), passwords %s", states(second), second.Hosts[0].Why, b.passwords("web-2"))
		}
		if _, err := b.undo(t, second.ID); !errors.Is(err, actions.ErrSound) || plan.Undoable(second) {
			t.Errorf("undoing the undo: %v", err)
		}
		if _, err := b.undo(t, first.ID); !errors.Is(err, actions.ErrSound) || !strings.Contains(err.Error(), "put back already, by run "+second.ID) {
			t.Errorf("undoing it once more: %v", err)
		}
	})
}

func TestUndoOfCalls(t *testing.T) {
	b := newCloudBench("web-1", "web-2")
	b.undoes("")
	run := b.execute(t, b.planned(t, "wide"))
	plan, err := b.undo(t, run.ID)
	if err != nil || len(plan.Hosts) != 1 {
		t.Fatalf("%+v, %v", plan, err)
	}
	for _, need := range plan.Hosts[0].Change.Guards {
		if need.Guard == actions.GuardUnchanged {
			t.Error("the guard looks for what calls do not keep on the host")
		}
	}
	plan, _, err = b.approver.Decide(t.Context(), plan.ID, actions.Decision{Who: bob, Yes: true, Digest: plan.Digest})
	if err != nil {
		t.Fatal(err)
	}
	if run := b.execute(t, plan.RunID); states(run) != "done" || b.letIn() != everybody {
		t.Errorf("%s (%s), let in: %s", states(run), run.Hosts[0].Why, b.letIn())
	}
}

func TestUndoRefusals(t *testing.T) {
	t.Run("what cannot be undone safely", func(t *testing.T) {
		b := newBench("web-1")
		b.knows(twoSteps())
		b.undoes("")
		plan, err := b.undo(t, b.execute(t, b.approved(t)).ID)
		if err != nil || plan.State != actions.PlanRefused || !strings.Contains(plan.Excluded[0].Why, "cannot be undone safely: Upgrade") {
			t.Errorf("%+v, %v", plan, err)
		}
	})
	t.Run("what was changed since", func(t *testing.T) {
		b := newBench("web-1")
		b.undoes("sshd_config was changed since")
		plan, err := b.undo(t, b.execute(t, b.approved(t)).ID)
		if err != nil || plan.State != actions.PlanRefused || plan.Excluded[0].Why != "sshd_config was changed since" {
			t.Errorf("%+v, %v", plan, err)
		}
	})
	t.Run("a run that goes on", func(t *testing.T) {
		b := newBench("web-1")
		if _, err := b.undo(t, b.approved(t)); !errors.Is(err, actions.ErrBusy) {
			t.Error(err)
		}
	})
	t.Run("a run that changed nothing", func(t *testing.T) {
		b := newBench("web-1")
		id := b.approved(t)
		b.fleet.Host("web-1").Down = true
		b.execute(t, id)
		if _, err := b.undo(t, id); !errors.Is(err, actions.ErrSound) {
			t.Error(err)
		}
	})
	t.Run("no run", func(t *testing.T) {
		if _, err := newBench("web-1").undo(t, "R-00000000"); !errors.Is(err, actions.ErrNotFound) {
			t.Error(err)
		}
	})
	t.Run("somebody who may not ask", func(t *testing.T) {
		_, err := newBench("web-1").planner.Undo(t.Context(), actions.UndoRequest{Run: "R-00000000", Requester: carol})
		if !errors.Is(err, actions.ErrForbidden) {
			t.Error(err)
		}
	})
}
