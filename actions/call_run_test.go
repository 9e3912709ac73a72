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

// newCloudBench is a fleet behind one security group that lets in everybody.
func newCloudBench(hosts ...string) *bench {
	b := newBench(hosts...)
	b.knows(withoutGuards(actionstest.Wide()))
	b.roller.Provider = b.fleet
	for _, name := range hosts {
		b.fleet.Host(name).Facts.Cloud = &actions.Cloud{Interfaces: []actions.Interface{{Groups: []actions.SecurityGroup{{
			ID: "sg-1", Rules: []actions.IngressRule{{Group: "sg-1", Proto: "tcp", From: 3306, To: 3306, CIDR: "0.0.0.0/0"}},
		}}}}}
	}
	return b
}

func withoutGuards(r actions.Remedy) actions.Remedy {
	plan := r.Plan
	r.Plan = func(f *actions.Facts, finding actions.Finding) (actions.Change, error) {
		c, err := plan(f, finding)
		c.Guards = nil
		return c, err
	}
	return r
}

// letIn returns whom the group of web-1 lets in.
func (b *bench) letIn() string {
	b.fleet.Lock()
	defer b.fleet.Unlock()
	var who []string
	for _, r := range b.fleet.Host("web-1").Facts.Cloud.Interfaces[0].Groups[0].Rules {
		who = append(who, r.CIDR)
	}
	slices.Sort(who)
	return strings.Join(who, " ")
}

const (
	everybody = "0.0.0.0/0"
	internal  = "10.0.0.0/8"
)

func (b *bench) planned(t *testing.T, remedy string) string {
	t.Helper()
	plan, err := b.planner.Plan(t.Context(), actions.PlanRequest{
		Remedy: remedy, Hosts: b.fleet.Inventory(), Requester: alice, Channel: "C0SEC",
	})
	if err != nil {
		t.Fatal(err)
	}
	plan, started, err := b.approver.Decide(t.Context(), plan.ID, actions.Decision{Who: bob, Yes: true, Digest: plan.Digest})
	if err != nil || !started {
		t.Fatalf("approval: started %v, %v", started, err)
	}
	return plan.RunID
}

// The narrower rule is there before the wide one goes, no dead-man switch is
// armed for what the host cannot undo, and hosts of the same group find it done.
func TestCallsInOrder(t *testing.T) {
	b := newCloudBench("web-1", "web-2")
	run := b.execute(t, b.planned(t, "wide"))
	if states(run) != "done, already sound" || b.letIn() != internal {
		t.Fatalf("%s (%s), let in: %s", states(run), run.Hosts[0].Why, b.letIn())
	}
	effects := slices.DeleteFunc(b.fleet.Log(), func(s string) bool { return strings.HasSuffix(s, " collect") || strings.HasSuffix(s, " health") })
	want := []string{actions.AuthorizeIngress, actions.RevokeIngress, "web-1 prove", "web-2 prove",
		"web-2 prove", "web-1 prove"} // of web-2, which is sound already
	if !slices.Equal(effects, want) {
		t.Errorf("effects %v, want %v", effects, want)
	}
	if entry := entryOf(t, b, "step.begun"); !strings.Contains(entry.Detail["call"], "authorize-security-group-ingress --group-id sg-1") {
		t.Errorf("the audit does not tell the call: %v", entry.Detail)
	}
}

func entryOf(t *testing.T, b *bench, action string) actions.Entry {
	t.Helper()
	for _, e := range b.ledger.(*actionstest.Ledger).Trail() {
		if e.Action == action {
			return e
		}
	}
	t.Fatalf("the audit has no %s", action)
	return actions.Entry{}
}

func TestCallsOnFaults(t *testing.T) {
	once := func(action string) func(actions.Call) bool {
		left := 1
		return func(c actions.Call) bool {
			if c.Action != action || left == 0 {
				return false
			}
			left--
			return true
		}
	}
	for name, tc := range map[string]struct {
		fault func(b *bench)
		want  string
		why   string
		in    string
	}{
		"the narrower rule is refused": {func(b *bench) {
			b.fleet.API = func(c actions.Call) error {
				if c.Action == actions.AuthorizeIngress {
					return errors.New("the limit of rules is reached")
				}
				return nil
			}
		}, "undone", "the limit of rules", everybody},
		"the answer to the last call gets lost": {func(b *bench) { b.fleet.LostCall = once(actions.RevokeIngress) },
			"done", "", internal},
		"no new login": {func(b *bench) { b.fleet.Host("web-1").NoLogin = errors.New("timed out") },
			"undone", "a new login did not work", everybody},
		"no new login, and the API is away": {func(b *bench) {
			b.fleet.Host("web-1").NoLogin = errors.New("timed out")
			calls := 0
			b.fleet.API = func(actions.Call) error {
				if calls++; calls > 2 {
					return errors.New("AWS does not answer")
				}
				return nil
			}
		}, "failed", "aws ec2 authorize-security-group-ingress --group-id sg-1", internal},
		"no cloud any more": {func(b *bench) { b.roller.Provider = nil }, "undone", "no cloud account is configured any more", everybody},
		"somebody else lets in the same meanwhile, and no new login": {func(b *bench) {
			b.fleet.Host("web-1").NoLogin = errors.New("timed out")
			b.fleet.API = func(c actions.Call) error {
				group := &b.fleet.Host("web-1").Facts.Cloud.Interfaces[0].Groups[0]
				if c.Action == actions.AuthorizeIngress && len(group.Rules) == 1 {
					group.Rules = append(group.Rules, *c.Rule)
				}
				return nil
			}
		}, "undone", "a new login did not work", everybody + " " + internal},
	} {
		t.Run(name, func(t *testing.T) {
			b := newCloudBench("web-1")
			id := b.planned(t, "wide")
			b.fleet.Lock()
			tc.fault(b)
			b.fleet.Unlock()
			run := b.execute(t, id)
			if states(run) != tc.want || !strings.Contains(run.Hosts[0].Why, tc.why) || b.letIn() != tc.in {
				t.Errorf("%s, %q, let in: %s", states(run), run.Hosts[0].Why, b.letIn())
			}
		})
	}
}

// TestCallsNeverReopen kills the run at each of its journal's writes, and has
// somebody close the port by hand before hardenbot is there again.
func TestCallsNeverReopen(t *testing.T) {
	for writes := range 30 {
		synctest.Test(t, func(t *testing.T) {
			b := newCloudBench("web-1")
			id := b.planned(t, "wide")
			first := b.roller
			first.Ledger = &crash{b.ledger, writes}
			if _, err := first.Execute(t.Context(), id); err == nil {
				return
			}
			group := &b.fleet.Host("web-1").Facts.Cloud.Interfaces[0].Groups[0]
			group.Rules = slices.DeleteFunc(slices.Clone(group.Rules), func(r actions.IngressRule) bool { return r.CIDR == everybody })
			runs, err := b.roller.Recover(t.Context())
			if err != nil || strings.Contains(b.letIn(), everybody) {
				t.Errorf("after %d writes: %s (%s), %v, let in: %s", writes, states(runs[0]), runs[0].Hosts[0].Why, err, b.letIn())
			}
		})
	}
}

// TestCallsRecover kills the run at each of its journal's writes: afterwards
// the group is as before or as wanted, and the run says which.
func TestCallsRecover(t *testing.T) {
	for writes := range 30 {
		synctest.Test(t, func(t *testing.T) {
			b := newCloudBench("web-1")
			id := b.planned(t, "wide")
			first := b.roller
			first.Ledger = &crash{b.ledger, writes}
			if _, err := first.Execute(t.Context(), id); err == nil {
				return
			}
			runs, err := b.roller.Recover(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			want := everybody
			if runs[0].Hosts[0].State.Good() {
				want = internal
			}
			if b.letIn() != want {
				t.Errorf("after %d writes: %s (%s), let in: %s", writes, states(runs[0]), runs[0].Hosts[0].Why, b.letIn())
			}
		})
	}
}
