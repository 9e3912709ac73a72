package actions_test

import (
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
)

// found are schedules that once broke a promise, each by the least that it takes.
var found = map[string]schedule{
	"a lost host that is there again is out of rotation, and was said to be undone": {
		Kind: "disruptive", Breaks: []string{"", ""}, Balanced: true,
		Faults: []fault{{1, "call", 5, "down", 3 * time.Minute}},
	},
	"a transition that could not be written was kept by the next host's, and the trail did not tell": {
		Kind: "disruptive", Breaks: []string{"", ""}, Rollout: actions.Rollout{MaxUnavailable: actions.Share{Count: 2}, InARow: 2},
		Faults: []fault{{2, "write", 13, "ledger", time.Second}},
	},
	"a host that failed for good was tried again, found to be sound, and nobody could log in": {
		Kind: "packages", Breaks: []string{"proof"}, After: []string{"retry"},
	},
	"the run that goes on told of a lost host as before, when it was there again": {
		Kind: "disruptive", Breaks: []string{"", ""}, Balanced: true, Rollout: actions.Rollout{Canary: 1},
		Faults: []fault{{1, "call", 1, "slow", 20 * time.Minute}}, After: []string{"resume", "plan"},
	},
}

func TestMachineOnWhatItHasFound(t *testing.T) {
	for name, s := range found {
		t.Run(name, func(t *testing.T) {
			if w := played(t, s); w.wrong != "" {
				t.Errorf("%s\n%s", w.wrong, strings.Join(w.story, "\n"))
			}
		})
	}
}
