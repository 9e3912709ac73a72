package actions_test

import (
	"slices"
	"strings"
	"testing"

	"hardenbot/actions"
)

// Two names for one machine are told, and no plan changes it twice.
func TestTwoNamesForOneMachine(t *testing.T) {
	for name, tc := range map[string]struct {
		says   [3]string // what each host says that it is
		doubts string    // beginning of the scan's
		plan   []string  // hosts
	}{
		"no instances":       {plan: []string{"web-1", "web-2", "web-3"}},
		"three instances":    {says: [3]string{"i-11111111", "i-22222222", "i-33333333"}, plan: []string{"web-1", "web-2", "web-3"}},
		"one has two names":  {says: [3]string{"i-11111111", "i-22222222", "i-11111111"}, doubts: "web-1 and web-3 are one machine", plan: []string{"web-1", "web-2"}},
		"one has them all":   {says: [3]string{"i-11111111", "i-11111111", "i-11111111"}, doubts: "web-1 and web-2 and web-3 are one machine", plan: []string{"web-1"}},
		"one of them is mum": {says: [3]string{"i-11111111", "", "i-22222222"}, plan: []string{"web-1", "web-2", "web-3"}},
	} {
		b := newBench("web-1", "web-2", "web-3")
		for i, instance := range tc.says {
			b.fleet.Host(b.fleet.Inventory()[i].Name).Facts.OS.Instance = instance
		}
		scanner := actions.Scanner{Fleet: b.fleet, Ledger: b.ledger, Parallel: 3, Now: b.roller.Now}
		scan, err := scanner.Scan(t.Context(), actions.ScanRequest{Hosts: b.fleet.Inventory(), Actor: alice})
		if got := strings.Join(scan.Doubts, "; "); err != nil || (got == "") != (tc.doubts == "") || !strings.HasPrefix(got, tc.doubts) {
			t.Errorf("%s: doubts %q, %v; want %q", name, got, err, tc.doubts)
		}
		plan := b.plan(t)
		if got := plan.HostNames(); !slices.Equal(got, tc.plan) {
			t.Errorf("%s: the plan is for %v, want %v", name, got, tc.plan)
		}
		for _, ex := range plan.Excluded {
			if want := "it is the same machine as web-1"; !strings.HasPrefix(ex.Why, want) {
				t.Errorf("%s: %s is excluded because %q", name, ex.Host, ex.Why)
			}
		}
	}
}
