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

// A group that hosts share is changed for all of them at once: whatever speaks
// against it on one speaks against it.
func TestSharersAreHeeded(t *testing.T) {
	for name, tc := range map[string]struct {
		before func(b *bench) // the plan
		after  func(b *bench) // the approval
		want   string         // states of the hosts, or the reason of the exclusion
	}{
		"a guard refuses the other": {before: func(b *bench) { b.fleet.Host("web-2").NoLogin = errors.New("timed out") },
			want: "it shares a security group with web-2, where key-login refuses"},
		"the other is sound, and a guard refuses it": {before: func(b *bench) {
			b.fleet.Host("web-2").NoLogin = errors.New("timed out")
			rules := &b.fleet.Host("web-2").Facts.Cloud.Interfaces[0].Groups[0].Rules
			*rules = nil
		}, want: "it shares a security group with web-2, where key-login refuses"},
		"a guard refuses the other later": {after: func(b *bench) { b.fleet.Host("web-2").NoLogin = errors.New("timed out") },
			want: "refused, untouched"},
		"the other cannot be logged in to any more": {after: func(b *bench) {
			b.fleet.API = func(c actions.Call) error {
				if c.Action == actions.RevokeIngress && c.Rule.CIDR == everybody {
					b.fleet.Host("web-2").NoLogin = errors.New("timed out")
				}
				return nil
			}
		}, want: "undone, untouched"},
		"the other falls ill": {after: func(b *bench) {
			b.fleet.API = func(c actions.Call) error {
				if c.Action == actions.RevokeIngress && c.Rule.CIDR == everybody {
					b.fleet.Host("web-2").Unwell = errors.New("/health answers 503")
				}
				return nil
			}
		}, want: "undone, untouched"},
		"the balancer does not like it": {after: func(b *bench) {
			b.roller.Rotation, b.planner.Rollout.Soak = b.fleet, time.Minute
			b.fleet.Host("web-1").Serves = true
			b.fleet.API = func(c actions.Call) error {
				b.fleet.Host("web-1").Drained = c.Action == actions.RevokeIngress && c.Rule.CIDR == everybody
				return nil
			}
		}, want: "undone, untouched"},
		"the balancer does not like the other": {after: func(b *bench) {
			b.roller.Rotation, b.planner.Rollout.Soak = b.fleet, time.Minute
			b.fleet.Host("web-2").Serves = true
			b.fleet.API = func(c actions.Call) error {
				b.fleet.Host("web-2").Drained = c.Action == actions.RevokeIngress && c.Rule.CIDR == everybody
				return nil
			}
		}, want: "undone, untouched"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newCloudBench("web-1", "web-2")
				b.knows(actionstest.Wide())
				if tc.before != nil {
					tc.before(b)
					plan, err := b.planner.Plan(t.Context(), actions.PlanRequest{Remedy: "wide", Hosts: b.fleet.Inventory(), Requester: alice, Channel: "C0SEC"})
					if err != nil || plan.State != actions.PlanRefused || !strings.Contains(plan.Excluded[0].Why, tc.want) {
						t.Errorf("%v, %s, %+v", err, plan.State, plan.Excluded)
					}
					return
				}
				id := b.planned(t, "wide")
				b.fleet.Lock()
				tc.after(b)
				b.fleet.Unlock()
				run := b.execute(t, id)
				if states(run) != tc.want || b.letIn() != everybody {
					t.Errorf("%s (%s), let in: %s", states(run), run.Hosts[0].Why, b.letIn())
				}
			})
		})
	}
}

// Two plans that change one group do not run side by side, whatever their hosts.
func TestSharedGroupIsBusy(t *testing.T) {
	b := newCloudBench("web-1", "web-2")
	approve := func(host int) error {
		plan, err := b.planner.Plan(t.Context(), actions.PlanRequest{
			Remedy: "wide", Hosts: b.fleet.Inventory()[host : host+1], Requester: alice, Channel: "C0SEC",
		})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = b.approver.Decide(t.Context(), plan.ID, actions.Decision{Who: bob, Yes: true, Digest: plan.Digest})
		return err
	}
	if err := approve(0); err != nil {
		t.Fatal(err)
	}
	if err := approve(1); err == nil || !strings.Contains(err.Error(), "approve again when it has ended") {
		t.Errorf("a second run on the group: %v", err)
	}
}

// Whom else an approval is for stands in the trail, and not in the digest alone.
func TestOthersAreAudited(t *testing.T) {
	b := newCloudBench("web-1")
	r := actionstest.Wide()
	plan := r.Plan
	r.Plan = func(f *actions.Facts, finding actions.Finding) (actions.Change, error) {
		c, err := plan(f, finding)
		c.Others = []string{"eni-9 (db-1)", "load balancer front"}
		return c, err
	}
	b.knows(r)
	b.planned(t, "wide")
	if got := entryOf(t, b, "plan.waiting").Detail["others"]; got != "eni-9 (db-1); load balancer front" {
		t.Errorf("others: %q", got)
	}
}

func TestSharersMustAgree(t *testing.T) {
	b := newCloudBench("web-1", "web-2")
	r := actionstest.Wide()
	plan := r.Plan
	r.Plan = func(f *actions.Facts, finding actions.Finding) (actions.Change, error) {
		c, err := plan(f, finding)
		if f.Host.Name == "web-2" {
			c.Steps = c.Steps[1:]
		}
		return c, err
	}
	b.knows(r)
	got, err := b.planner.Plan(t.Context(), actions.PlanRequest{Remedy: "wide", Hosts: b.fleet.Inventory(), Requester: alice, Channel: "C0SEC"})
	if err != nil || got.State != actions.PlanRefused || !strings.Contains(got.Excluded[0].Why, "something else would have to be done") {
		t.Errorf("%v, %s, %+v", err, got.State, got.Excluded)
	}
}
