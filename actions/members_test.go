package actions_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"hardenbot/actions"
)

// groups is who is in which user group. What is not there cannot be read.
type groups map[string][]string

func (g groups) In(group, user string) (in, known bool) {
	members, known := g[group]
	return slices.Contains(members, user), known
}

func TestGroupsInPolicies(t *testing.T) {
	policy := actions.Policy{
		Requesters: []string{"U0ALICE", "S0DEV"}, Approvers: []string{"S0OPS", "S0GONE", "S0DEV"},
		Members: groups{"S0DEV": {"U0BOB"}, "S0OPS": {"U0CAROL", "S0DEV", ""}},
	}
	for _, c := range []struct {
		who                    string
		scan, request, approve bool
	}{
		{"U0ALICE", true, true, false},
		{"U0BOB", true, true, true},
		{"U0CAROL", true, false, true},
		{"U0EVE", false, false, false},
		{"S0OPS", false, false, false}, // a group is no person
		{"S0DEV", false, false, false},
		{"", false, false, false},
	} {
		who := actions.Person{ID: c.who}
		for verb, try := range map[string]struct {
			err  error
			want bool
		}{"scan": {policy.MayScan(who), c.scan}, "request": {policy.MayRequest(who), c.request}, "approve": {policy.MayApprove(who), c.approve}} {
			if (try.err == nil) != try.want || try.err != nil && !errors.Is(try.err, actions.ErrForbidden) {
				t.Errorf("%q may %s: %v", c.who, verb, try.err)
			}
		}
	}
	if got := policy.Groups(); !slices.Equal(got, []string{"S0DEV", "S0GONE", "S0OPS"}) {
		t.Errorf("the groups are %v", got)
	}
}

// A group that cannot be read lets nobody in, and the refusal says so.
func TestUnreadGroupsLetNobodyIn(t *testing.T) {
	policy := actions.Policy{Requesters: []string{"U0ALICE"}, Approvers: []string{"S0OPS"}}
	for name, members := range map[string]actions.Members{"nobody to ask": nil, "unreadable": groups{}} {
		policy.Members = members
		err := policy.MayApprove(actions.Person{ID: "U0BOB"})
		if !errors.Is(err, actions.ErrForbidden) || !strings.Contains(err.Error(), "S0OPS could not be read") {
			t.Errorf("%s: %v", name, err)
		}
	}
	policy.Members = groups{"S0OPS": nil}
	if err := policy.MayApprove(actions.Person{ID: "U0BOB"}); err == nil || strings.Contains(err.Error(), "could not be read") {
		t.Errorf("an empty group: %v", err)
	}
}

// An approver who has left the group does not count any more.
func TestApprovalsOfThoseWhoLeftTheGroup(t *testing.T) {
	b := newBench("web-1")
	members := groups{"S0OPS": {bob.ID, carol.ID}}
	b.approver.Policy.Approvers, b.approver.Policy.Members, b.approver.Policy.Approvals = []string{"S0OPS"}, members, 2
	plan := b.plan(t)
	decide(t, b, plan, actions.Decision{Who: bob, Yes: true, Digest: plan.Digest})
	members["S0OPS"] = []string{carol.ID}
	half, started, err := b.approver.Decide(t.Context(), plan.ID, actions.Decision{Who: carol, Yes: true, Digest: plan.Digest})
	if err != nil || started {
		t.Errorf("started %t, %v", started, err)
	}
	shown := b.approver.Counted(half)
	if shown.Approvals != 2 || !shown.Decided[0].Lapsed || shown.Decided[1].Lapsed || half.Decided[0].Lapsed {
		t.Errorf("it takes %d approvals, of %+v", shown.Approvals, shown.Decided)
	}
}
