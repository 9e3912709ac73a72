package actions_test

import (
	"errors"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

// last is the newest entry of the audit trail.
func last(b *bench) actions.Entry {
	trail := b.ledger.(*actionstest.Ledger).Trail()
	return trail[len(trail)-1]
}

func TestStepUp(t *testing.T) {
	for _, c := range []struct {
		policy         actions.StepUp
		lockout, shown bool
		want           error
	}{
		{actions.StepUpNever, true, false, nil},
		{actions.StepUpLockout, true, false, actions.ErrStepUp},
		{actions.StepUpLockout, true, true, nil},
		{actions.StepUpLockout, false, false, nil},
		{actions.StepUpAll, false, false, actions.ErrStepUp},
		{actions.StepUpAll, false, true, nil},
		{"sometimes", false, false, actions.ErrStepUp}, // what is not understood is strict
	} {
		b := newBench("web-1")
		whole := b.planner.Catalogue[0].Plan
		b.planner.Catalogue[0].Plan = func(f *actions.Facts, finding actions.Finding) (actions.Change, error) {
			change, err := whole(f, finding)
			for i := range change.Steps {
				change.Steps[i].Lockout = c.lockout
			}
			return change, err
		}
		b.approver.Policy.StepUp = c.policy
		plan := b.plan(t)
		d := actions.Decision{Who: bob, Yes: true, Digest: plan.Digest, SteppedUp: c.shown}
		if err := b.approver.May(t.Context(), plan.ID, d); !errors.Is(err, c.want) {
			t.Errorf("%+v: May: %v", c, err)
		}
		_, started, err := b.approver.Decide(t.Context(), plan.ID, d)
		if !errors.Is(err, c.want) || started != (c.want == nil) {
			t.Errorf("%+v: started %t, %v", c, started, err)
		}
		if e := last(b); c.want == nil && (e.Detail["second factor"] == "shown") != c.shown || c.want != nil && e.Action != "decision.refused" {
			t.Errorf("%+v: the audit trail ends with %+v", c, e)
		}
	}
}

// Nobody needs a second factor to say no, and what else is wrong is said first.
func TestStepUpIsForApprovals(t *testing.T) {
	b := newBench("web-1")
	b.approver.Policy.StepUp = actions.StepUpAll
	plan := b.plan(t)
	yes := actions.Decision{Who: alice, Yes: true, Digest: plan.Digest}
	if err := b.approver.May(t.Context(), plan.ID, yes); !errors.Is(err, actions.ErrForbidden) {
		t.Errorf("alice may not approve anyway: %v", err)
	}
	if err := b.approver.May(t.Context(), "P-00000000", yes); !errors.Is(err, actions.ErrNotFound) {
		t.Errorf("no plan: %v", err)
	}
	decide(t, b, plan, actions.Decision{Who: bob, Digest: plan.Digest, Reason: "not on a Friday"})
}

// An approval that was given without one does not count once policy wants it.
func TestStepUpThatCameLater(t *testing.T) {
	b := newBench("web-1")
	b.approver.Policy.Approvals = 2
	plan := b.plan(t)
	decide(t, b, plan, actions.Decision{Who: bob, Yes: true, Digest: plan.Digest})
	b.approver.Policy.StepUp = actions.StepUpAll
	_, started, err := b.approver.Decide(t.Context(), plan.ID, actions.Decision{Who: carol, Yes: true, Digest: plan.Digest, SteppedUp: true})
	if err != nil || started {
		t.Errorf("started %t, %v", started, err)
	}
}

// Going on with a stopped run is an approver's word, too.
func TestResumeNeedsStepUp(t *testing.T) {
	b := newBench("web-1", "web-2")
	b.approver.Policy.StepUp = actions.StepUpAll
	plan := b.plan(t)
	decide(t, b, plan, actions.Decision{Who: bob, Yes: true, Digest: plan.Digest, SteppedUp: true})
	plan, err := actions.Load[actions.Plan](t.Context(), b.ledger, actions.KindPlan, plan.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.approver.Abort(t.Context(), bob, plan.RunID, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := b.roller.Execute(t.Context(), plan.RunID); err != nil {
		t.Fatal(err)
	}
	c := actions.Continue{Run: plan.RunID, Who: bob}
	if err := b.approver.MayResume(t.Context(), c); !errors.Is(err, actions.ErrStepUp) {
		t.Errorf("MayResume: %v", err)
	}
	if _, _, err := b.approver.Resume(t.Context(), c); !errors.Is(err, actions.ErrStepUp) {
		t.Errorf("without: %v", err)
	}
	c.SteppedUp = true
	if _, _, err := b.approver.Resume(t.Context(), c); err != nil {
		t.Errorf("with: %v", err)
	}
}
