package actions_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

func TestWithdraw(t *testing.T) {
	for _, tc := range []struct {
		name   string
		who    actions.Person
		before func(t *testing.T, b *bench, p actions.Plan)
		want   error
		state  actions.PlanState
		audit  string
	}{
		{"its requester", alice, nil, nil, actions.PlanWithdrawn, "plan.withdrawn"},
		{"an approver", bob, nil, actions.ErrForbidden, actions.PlanWaiting, "decision.refused"},
		{"somebody of the requester's name", actions.Person{ID: "U0EVE", Name: alice.Name}, nil, actions.ErrForbidden, actions.PlanWaiting, "decision.refused"},
		{"nobody", actions.Person{}, nil, actions.ErrForbidden, actions.PlanWaiting, "decision.refused"},
		{"too late", alice, func(*testing.T, *bench, actions.Plan) { time.Sleep(time.Hour) }, actions.ErrExpired, actions.PlanExpired, "decision.refused"},
		{"after it was approved", alice, func(t *testing.T, b *bench, p actions.Plan) {
			decide(t, b, p, actions.Decision{Who: bob, Yes: true, Digest: p.Digest})
		}, actions.ErrDecided, actions.PlanApproved, "decision.refused"},
		{"twice", alice, func(t *testing.T, b *bench, p actions.Plan) {
			if _, err := b.approver.Withdraw(t.Context(), p.ID, alice); err != nil {
				t.Fatal(err)
			}
		}, actions.ErrDecided, actions.PlanWithdrawn, "decision.refused"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench("web-1")
				plan := b.plan(t)
				if tc.before != nil {
					tc.before(t, b, plan)
				}
				_, err := b.approver.Withdraw(t.Context(), plan.ID, tc.who)
				if !errors.Is(err, tc.want) || tc.want == nil && err != nil {
					t.Errorf("got %v, want %v", err, tc.want)
				}
				now, err := actions.Load[actions.Plan](t.Context(), b.ledger, actions.KindPlan, plan.ID)
				if err != nil || now.State != tc.state || !now.Intact() {
					t.Errorf("the plan is %s, intact %v, %v", now.State, now.Intact(), err)
				}
				trail := b.trail(t)
				last := trail[len(trail)-1]
				if last.Action != tc.audit || last.Actor.ID != tc.who.ID || last.Subject != plan.ID {
					t.Errorf("the trail ends with %s by %q on %s, want %s", last.Action, last.Actor.ID, last.Subject, tc.audit)
				}
			})
		})
	}
}

func (b *bench) trail(t *testing.T) []actions.Entry {
	t.Helper()
	ledger, ok := b.ledger.(*actionstest.Ledger)
	if !ok {
		t.Fatal("the ledger keeps no trail to read")
	}
	return ledger.Trail()
}

// A plan that was withdrawn is not approved, and does not expire either.
func TestWithdrawnPlanIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench("web-1")
		plan := b.plan(t)
		withdrawn, err := b.approver.Withdraw(t.Context(), plan.ID, alice)
		if err != nil || len(withdrawn.Decided) != 1 || withdrawn.Decided[0].Who != alice || withdrawn.Decided[0].Yes {
			t.Fatalf("decided %+v, %v", withdrawn.Decided, err)
		}
		_, started, err := b.approver.Decide(t.Context(), plan.ID, actions.Decision{Who: bob, Yes: true, Digest: plan.Digest})
		if started || !errors.Is(err, actions.ErrDecided) || !strings.Contains(err.Error(), "already withdrawn") {
			t.Errorf("started %v, %v", started, err)
		}
		time.Sleep(2 * time.Hour)
		if expired, err := b.approver.Expire(t.Context()); err != nil || len(expired) != 0 {
			t.Errorf("expired %d, %v", len(expired), err)
		}
		if _, err := b.approver.Withdraw(t.Context(), "P-none", alice); !errors.Is(err, actions.ErrNotFound) {
			t.Errorf("no plan: %v", err)
		}
	})
}
