package bot

import (
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
)

func TestOrderIsToldInWords(t *testing.T) {
	for _, tt := range []struct {
		name    string
		hosts   int
		rollout actions.Rollout
		want    []string
	}{
		{"one host", 1, actions.Rollout{Canary: 1}, []string{"Order: web-1\n", "at most 1 out at a time, at least 1 serving"}},
		{"one at a time", 3, actions.Rollout{}, []string{"Order: web-1, then web-2, then web-3\n", "Before the next: the weakness is gone, and the health checks pass. The first failure stops the run"}},
		{"a canary and batches", 5, actions.Rollout{Canary: 1, MaxUnavailable: actions.Share{Count: 2}, MinHealthy: actions.Share{Percent: 50}},
			[]string{"web-1 (canary), then web-2, web-3 together, then web-4, web-5 together\n", "at most 2 out at a time, at least 50% serving"}},
		{"many batches", 20, actions.Rollout{MaxUnavailable: actions.Share{Count: 3}}, []string{"then 8 hosts more in 3 batches"}},
		{"health and soak", 2, actions.Rollout{InARow: 3, HealthyWithin: time.Minute, Soak: 90 * time.Second},
			[]string{"pass 3 times in a row (within 1 min); where it is balanced, also for 1 min 30 s in rotation."}},
	} {
		plan := largePlan(tt.hosts)
		plan.Rollout = tt.rollout
		got := strings.Join(order(plan), "\n") + "\n"
		for _, want := range tt.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: got\n%swant %q", tt.name, got, want)
			}
		}
	}
	undo := largePlan(2)
	undo.Undoes = "R-1"
	if got := strings.Join(order(undo), "\n"); strings.Contains(got, "the weakness is gone") {
		t.Errorf("an undo says %q", got)
	}
	if got := order(actions.Plan{}); got != nil {
		t.Errorf("no hosts: %q", got)
	}
}
