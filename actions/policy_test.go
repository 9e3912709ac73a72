package actions_test

import (
	"testing"

	"hardenbot/actions"
)

// What could lock people out needs as many approvers as policy says for that,
// and never fewer than anything else.
func TestLockoutApprovals(t *testing.T) {
	for _, test := range []struct {
		lockout            bool
		approvals, special int
		want               int
	}{
		{true, 1, 2, 2},
		{true, 2, 1, 2},
		{true, 2, 0, 2},
		{true, 0, 0, 1},
		{false, 1, 2, 1},
		{false, 2, 3, 2},
	} {
		b := newBench("web-1", "web-2")
		b.planner.Policy.Approvals, b.planner.Policy.LockoutApprovals = test.approvals, test.special
		whole := b.planner.Catalogue[0].Plan
		b.planner.Catalogue[0].Plan = func(f *actions.Facts, finding actions.Finding) (actions.Change, error) {
			change, err := whole(f, finding)
			for i := range change.Steps {
				change.Steps[i].Lockout = test.lockout && f.Host.Name == "web-2"
			}
			return change, err
		}
		plan := b.plan(t)
		if plan.Approvals != test.want || len(plan.Hosts) != 2 || !plan.Intact() {
			t.Errorf("%+v: %d approvals for %d hosts", test, plan.Approvals, len(plan.Hosts))
		}
	}
}
