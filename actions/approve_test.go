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

// TestAlteredPlanIsNotApproved alters, one at a time, everything that decides
// what is done and where, under the digest that was shown.
func TestAlteredPlanIsNotApproved(t *testing.T) {
	for name, alter := range map[string]func(*actions.Plan){
		"a command":        func(p *actions.Plan) { p.Hosts[0].Change.Steps[0].Do = "set passwordauthentication evil\n" },
		"an undo":          func(p *actions.Plan) { p.Hosts[0].Change.Steps[0].Undo = "" },
		"a guard":          func(p *actions.Plan) { p.Hosts[0].Change.Guards = nil },
		"the address":      func(p *actions.Plan) { p.Hosts[0].Host.Address = "192.0.2.66" },
		"the port":         func(p *actions.Plan) { p.Hosts[0].Host.Port = 2222 },
		"the login":        func(p *actions.Plan) { p.Hosts[0].Host.User = "root" },
		"the route":        func(p *actions.Plan) { p.Hosts[0].Host.Route.HostKeyAlias = "other" },
		"the declarations": func(p *actions.Plan) { p.Hosts[0].Host.Declared.MaxAuthTries = 9 },
		"the hosts":        func(p *actions.Plan) { p.Hosts = p.Hosts[:1] },
		"the approvals":    func(p *actions.Plan) { p.Approvals = 0 },
		"the requester":    func(p *actions.Plan) { p.Requester = carol },
		"the expiry":       func(p *actions.Plan) { p.Expires = p.Expires.Add(time.Hour) },
		"the prelude":      func(p *actions.Plan) { p.Prelude = "p2" },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench("web-1", "web-2")
			plan := b.plan(t)
			shown := plan.Digest
			alter(&plan)
			err := b.ledger.Update(t.Context(), func(tx actions.Tx) error { return tx.Put(actions.KindPlan, plan.ID, plan) })
			if err != nil {
				t.Fatal(err)
			}
			_, started, err := b.approver.Decide(t.Context(), plan.ID, actions.Decision{Who: bob, Yes: true, Digest: shown})
			if !errors.Is(err, actions.ErrChanged) || started {
				t.Errorf("started %v, error %v", started, err)
			}
		})
	}
}

// TestHostThatARunHasLeftIsFree approves a plan for a host that a run, which
// goes on elsewhere, is done with.
func TestHostThatARunHasLeftIsFree(t *testing.T) {
	b := newBench("web-1")
	plan := b.plan(t)
	other := actions.Run{ID: "R-0", State: actions.RunGoing, Hosts: []actions.HostRun{
		{Host: "web-1", State: actions.Done}, {Host: "web-2", State: actions.Queued},
	}}
	err := b.ledger.Update(t.Context(), func(tx actions.Tx) error { return tx.Put(actions.KindRun, other.ID, other) })
	if err != nil {
		t.Fatal(err)
	}
	decide(t, b, plan, actions.Decision{Who: bob, Yes: true, Digest: plan.Digest})
}

// TestOneMachineUnderTwoNamesIsOneHost gives a run's host a second name.
func TestOneMachineUnderTwoNamesIsOneHost(t *testing.T) {
	b := newBench("web-1", "www")
	b.fleet.Host("www").Facts.Host.Address = b.fleet.Host("web-1").Facts.Host.Address
	first := b.planFor(t, "web-1")
	decide(t, b, first, actions.Decision{Who: bob, Yes: true, Digest: first.Digest})
	second := b.planFor(t, "www")
	_, _, err := b.approver.Decide(t.Context(), second.ID, actions.Decision{Who: bob, Yes: true, Digest: second.Digest})
	if !errors.Is(err, actions.ErrBusy) {
		t.Errorf("error %v", err)
	}
}

func (b *bench) planFor(t *testing.T, host string) actions.Plan {
	t.Helper()
	plan, err := b.planner.Plan(t.Context(), actions.PlanRequest{
		Remedy: "weak", Hosts: []actions.Host{b.fleet.Host(host).Facts.Host}, Requester: alice, Channel: "C0SEC",
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestPlanOfSomebodyWhoMayNoLongerAskIsNotApproved(t *testing.T) {
	b := newBench("web-1")
	plan := b.plan(t)
	b.approver.Policy.Requesters = []string{bob.ID}
	_, started, err := b.approver.Decide(t.Context(), plan.ID, actions.Decision{Who: bob, Yes: true, Digest: plan.Digest})
	if !errors.Is(err, actions.ErrForbidden) || started {
		t.Errorf("started %v, error %v", started, err)
	}
}

// TestPolicyThatHasBecomeStricterCounts takes one of two approvers out of
// policy after his approval.
func TestPolicyThatHasBecomeStricterCounts(t *testing.T) {
	b := newBench("web-1")
	plan := b.plan(t)
	b.approver.Policy.Approvals = 2
	if _, started, err := b.approver.Decide(t.Context(), plan.ID, actions.Decision{Who: bob, Yes: true, Digest: plan.Digest}); err != nil || started {
		t.Fatalf("first approval: started %v, %v", started, err)
	}
	b.approver.Policy.Approvers = []string{carol.ID}
	if _, started, err := b.approver.Decide(t.Context(), plan.ID, actions.Decision{Who: carol, Yes: true, Digest: plan.Digest}); err != nil || started {
		t.Fatalf("second approval, after the first no longer counts: started %v, %v", started, err)
	}
}
