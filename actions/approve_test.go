package actions_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hardenbot/actions"
)

func TestDecideRefuses(t *testing.T) {
	yes := func(who actions.Person) func(actions.Plan) actions.Decision {
		return func(p actions.Plan) actions.Decision {
			return actions.Decision{Who: who, Yes: true, Digest: p.Digest}
		}
	}
	for _, tc := range []struct {
		name   string
		before func(t *testing.T, b *bench, p actions.Plan)
		d      func(actions.Plan) actions.Decision
		want   error
	}{
		{"a stranger", nil, yes(actions.Person{ID: "U0EVE", Name: "bob"}), actions.ErrForbidden},
		{"a requester who may not approve", nil, yes(alice), actions.ErrForbidden},
		{"another digest", nil, func(actions.Plan) actions.Decision {
			return actions.Decision{Who: bob, Yes: true, Digest: "0000"}
		}, actions.ErrChanged},
		{"no digest", nil, func(actions.Plan) actions.Decision { return actions.Decision{Who: bob, Yes: true} }, actions.ErrChanged},
		{"too late", func(*testing.T, *bench, actions.Plan) { time.Sleep(time.Hour) }, yes(bob), actions.ErrExpired},
		{"twice", func(t *testing.T, b *bench, p actions.Plan) { decide(t, b, p, yes(carol)(p)) }, yes(bob), actions.ErrDecided},
		{"after a denial", func(t *testing.T, b *bench, p actions.Plan) {
			decide(t, b, p, actions.Decision{Who: carol, Digest: p.Digest, Reason: "not on a Friday"})
		}, yes(bob), actions.ErrDecided},
		{"while another run changes the host", func(t *testing.T, b *bench, p actions.Plan) {
			b.approved(t)
		}, yes(bob), actions.ErrBusy},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench("web-1")
				plan := b.plan(t)
				if tc.before != nil {
					tc.before(t, b, plan)
				}
				_, started, err := b.approver.Decide(t.Context(), plan.ID, tc.d(plan))
				if !errors.Is(err, tc.want) || started {
					t.Errorf("started %v, error %v; want %v", started, err, tc.want)
				}
			})
		})
	}
}

func decide(t *testing.T, b *bench, p actions.Plan, d actions.Decision) {
	t.Helper()
	if _, _, err := b.approver.Decide(t.Context(), p.ID, d); err != nil {
		t.Fatal(err)
	}
}

func TestRequesterWhoIsApproverMayNotApproveHimself(t *testing.T) {
	b := newBench("web-1")
	plan, err := b.planner.Plan(t.Context(), actions.PlanRequest{
		Remedy: "weak", Hosts: b.fleet.Inventory(), Requester: bob, Channel: "C0SEC",
	})
	if err != nil {
		t.Fatal(err)
	}
	_, started, err := b.approver.Decide(t.Context(), plan.ID, actions.Decision{Who: bob, Yes: true, Digest: plan.Digest})
	if !errors.Is(err, actions.ErrOwnPlan) || started {
		t.Errorf("started %v, error %v", started, err)
	}
}

func TestTwoApproversAreNeededWherePolicySaysSo(t *testing.T) {
	b := newBench("web-1")
	b.planner.Policy.Approvals = 2
	plan := b.plan(t)
	first := actions.Decision{Who: bob, Yes: true, Digest: plan.Digest}
	if _, started, err := b.approver.Decide(t.Context(), plan.ID, first); err != nil || started {
		t.Fatalf("first approval: started %v, %v", started, err)
	}
	if _, _, err := b.approver.Decide(t.Context(), plan.ID, first); !errors.Is(err, actions.ErrTwice) {
		t.Fatalf("the same person again: %v", err)
	}
	second := actions.Decision{Who: carol, Yes: true, Digest: plan.Digest}
	if _, started, err := b.approver.Decide(t.Context(), plan.ID, second); err != nil || !started {
		t.Fatalf("second approval: started %v, %v", started, err)
	}
}

func TestApprovalsAtTheSameTimeStartOneRun(t *testing.T) {
	b := newBench("web-1")
	plan := b.plan(t)
	var starts atomic.Int32
	var wg sync.WaitGroup
	for i := range 20 {
		who := []actions.Person{bob, carol}[i%2]
		wg.Go(func() {
			_, started, _ := b.approver.Decide(t.Context(), plan.ID, actions.Decision{Who: who, Yes: true, Digest: plan.Digest})
			if started {
				starts.Add(1)
			}
		})
	}
	wg.Wait()
	if starts.Load() != 1 {
		t.Errorf("%d runs were started", starts.Load())
	}
}

func TestExpireMarksPlansWhoseTimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench("web-1")
		plan := b.plan(t)
		if early, err := b.approver.Expire(t.Context()); err != nil || len(early) != 0 {
			t.Fatalf("expired at once: %v, %v", early, err)
		}
		time.Sleep(time.Hour)
		expired, err := b.approver.Expire(t.Context())
		if err != nil || len(expired) != 1 || expired[0].ID != plan.ID || expired[0].State != actions.PlanExpired {
			t.Fatalf("expired %v, %v", expired, err)
		}
	})
}
