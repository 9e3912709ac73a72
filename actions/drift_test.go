package actions_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

// both is found where either the group lets everybody in or sshd takes
// passwords, and mends what of the two it finds.
func both() actions.Remedy {
	weak, wide := actionstest.Weak(), actionstest.Wide()
	r := wide
	r.ID, r.Needs = "both", nil
	r.Check = func(f *actions.Facts) []actions.Evidence {
		return append(wide.Check(f), weak.Check(f)...)[:min(1, len(wide.Check(f))+len(weak.Check(f)))]
	}
	r.Plan = func(f *actions.Facts, finding actions.Finding) (c actions.Change, err error) {
		if len(wide.Check(f)) > 0 {
			part, _ := wide.Plan(f, finding)
			c.Steps = append(c.Steps, part.Steps...)
		}
		if len(weak.Check(f)) > 0 {
			part, _ := weak.Plan(f, finding)
			c.Steps = append(c.Steps, part.Steps...)
		}
		return c, nil
	}
	return r
}

// What the run itself has done to a group that hosts share is no drift on those
// that come later.
func TestSharedGroupIsNoDrift(t *testing.T) {
	b := newCloudBench("web-1", "web-2")
	b.knows(both())
	run := b.execute(t, b.planned(t, "both"))
	if states(run) != "done, done" || b.letIn() != internal || b.passwords("web-2") != "no" {
		t.Fatalf("%s (%s), let in: %s", states(run), run.Hosts[1].Why, b.letIn())
	}
}

func TestDriftAsksAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench("web-1", "web-2", "web-3")
		id := b.approved(t)
		b.fleet.Host("web-2").Facts.SSHD.Global["passwordauthentication"] = "maybe" // which changes the undo
		run := b.execute(t, id)
		if states(run) != "done, refused, untouched" || !strings.Contains(run.Hosts[1].Why, "the plan would be another one now") {
			t.Fatalf("%s: %s", states(run), run.Hosts[1].Why)
		}
		plan, err := actions.Load[actions.Plan](t.Context(), b.ledger, actions.KindPlan, run.Plan)
		if err != nil {
			t.Fatal(err)
		}
		req, hosts, ok := plan.Anew(run)
		if !ok || !slices.Equal(hosts, []string{"web-2", "web-3"}) || req.Instead != plan.ID || req.Requester != alice {
			t.Fatalf("anew: %t, %v, %+v", ok, hosts, req)
		}
		req.Hosts = b.fleet.Inventory()[1:]
		next, err := b.planner.Plan(t.Context(), req)
		if err != nil || next.State != actions.PlanWaiting || next.Instead != plan.ID || !slices.Equal(next.Drift, []string{"web-2: the same is said, but the commands differ"}) {
			t.Fatalf("%v: %+v", err, next)
		}
		next, _, err = b.approver.Decide(t.Context(), next.ID, actions.Decision{Who: bob, Yes: true, Digest: next.Digest})
		if err != nil {
			t.Fatal(err)
		}
		if run := b.execute(t, next.RunID); states(run) != "done, done" {
			t.Errorf("afterwards: %s", states(run))
		}
	})
}

// A run that failed otherwise asks for nothing.
func TestOnlyDriftAsksAnew(t *testing.T) {
	b := newBench("web-1", "web-2")
	id := b.approved(t)
	b.fleet.Host("web-1").NoLogin = errors.New("publickey was refused")
	run := b.execute(t, id)
	plan, err := actions.Load[actions.Plan](t.Context(), b.ledger, actions.KindPlan, run.Plan)
	if _, _, ok := plan.Anew(run); ok || err != nil || states(run) != "refused, untouched" {
		t.Errorf("anew: %t, %v, %s", ok, err, states(run))
	}
}

func TestBeforeIsTheReverseOfAfter(t *testing.T) {
	rule := func(id, cidr string) actions.IngressRule {
		return actions.IngressRule{ID: id, Group: "sg-1", Proto: "tcp", From: 3306, To: 3306, CIDR: cidr}
	}
	wide, narrow, other := rule("sgr-2", everybody), rule("sgr-9", internal), rule("sgr-3", "192.0.2.0/24")
	group := func(rules ...actions.IngressRule) *actions.Cloud {
		return &actions.Cloud{
			Interfaces: []actions.Interface{{Groups: []actions.SecurityGroup{{ID: "sg-1", Rules: rules}, {ID: "sg-2", Rules: []actions.IngressRule{other}}}}},
			Balancers:  []actions.Balancer{{Groups: []actions.SecurityGroup{{ID: "sg-1", Rules: rules}}}},
		}
	}
	calls := []actions.Call{{Action: actions.AuthorizeIngress, Rule: &narrow}, {Action: actions.RevokeIngress, Rule: &wide}}
	before, now := group(wide, other), group(other, narrow)
	if got := now.Before(calls); actions.Digest(got) != actions.Digest(before) {
		t.Errorf("before the calls\n got %+v\nwant %+v", got, before)
	}
	if got := now.Before(nil); actions.Digest(got) != actions.Digest(now) {
		t.Errorf("before nothing: %+v", got)
	}
	if got := before.Before(calls); actions.Digest(got) != actions.Digest(before) {
		t.Errorf("of calls that were not made: %+v", got)
	}
}
