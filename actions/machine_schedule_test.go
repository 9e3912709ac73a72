package actions_test

import (
	"fmt"
	"strings"
	"time"

	"pgregory.net/rapid"

	"hardenbot/actions"
)

// schedule is one life of a fleet: a plan, what goes wrong while it is carried
// out, and what people do afterwards. It is data, so that a schedule that was
// found to break a promise becomes a test by copying what rapid prints.
type schedule struct {
	Kind     string   // of change, see kinds
	Breaks   []string // per host: what the change breaks there, see breaks
	Rollout  actions.Rollout
	Balanced bool // the hosts are in rotation
	Spare    int  // members of their group that no plan touches
	Faults   []fault
	After    []string // what people do when a run has ended, see follow-ups
}

// fault happens at the nth moment of a kind of a host: before a call reaches it
// or after the call, before a write of its journal or after the write. Host 0 is
// the cloud's API.
type fault struct {
	Host int
	When string
	N    int
	What string
	For  time.Duration // 0: for good
}

func (f fault) String() string {
	return fmt.Sprintf("{%d, %q, %d, %q, %d}", f.Host, f.When, f.N, f.What, f.For)
}

func (s schedule) GoString() string {
	var faults []string
	for _, f := range s.Faults {
		faults = append(faults, f.String())
	}
	return fmt.Sprintf("schedule{\n\tKind: %q, Breaks: %#v, Balanced: %v, Spare: %d,\n\tRollout: %#v,\n\tFaults: []fault{%s},\n\tAfter: %#v,\n}",
		s.Kind, s.Breaks, s.Balanced, s.Spare, s.Rollout, strings.Join(faults, ", "), s.After)
}

var (
	moments = []string{"call", "answer", "write", "written"}

	// breaks: nothing, the proof of a login, every login, or the health checks.
	breaks = []string{"", "", "", "proof", "login", "health"}

	faults = []string{
		"lost", "lost", "held", "down", "restart", "slow", "slow", // the host and the way to it
		"kill", "kill", "kill", "cancel", "ledger", "ledger", // hardenbot itself
		"nothing", "fail", "stuck", "unwell", "no login", "drift", "mended", // what the host is like
		"no return", "dropped", // the balancer
		"stop", "abort", "plan", "some", // people
	}
	apiFaults = []string{"lost", "throttled", "refused", "kill"}

	followUps = []string{"resume", "retry", "plan", "wait", "kill"}
)

// schedules draws lives, mostly short ones: what breaks a promise does so with
// few hosts and few faults.
func schedules() *rapid.Generator[schedule] {
	return rapid.Custom(func(t *rapid.T) schedule {
		hosts := rapid.SampledFrom([]int{1, 2, 2, 3, 3, 4, 6}).Draw(t, "hosts")
		s := schedule{
			Kind:     rapid.SampledFrom(kindNames).Draw(t, "kind"),
			Balanced: rapid.Bool().Draw(t, "balanced"),
			Spare:    rapid.IntRange(0, 2).Draw(t, "spare"),
			Rollout:  rollouts(t),
			Faults:   rapid.SliceOfN(faultOf(hosts), 0, 6).Draw(t, "faults"),
			After:    rapid.SliceOfN(rapid.SampledFrom(followUps), 0, 3).Draw(t, "after"),
		}
		for range hosts {
			s.Breaks = append(s.Breaks, rapid.SampledFrom(breaks).Draw(t, "breaks"))
		}
		return s
	})
}

func rollouts(t *rapid.T) actions.Rollout {
	share := rapid.SampledFrom([]actions.Share{{}, {Count: 1}, {Count: 2}, {Count: 3}, {Percent: 25}, {Percent: 50}, {Percent: 100}})
	return actions.Rollout{
		Canary:         rapid.IntRange(0, 2).Draw(t, "canary"),
		MaxUnavailable: share.Draw(t, "max unavailable"),
		MinHealthy:     rapid.SampledFrom([]actions.Share{{}, {}, {Count: 1}, {Count: 2}, {Percent: 50}}).Draw(t, "min healthy"),
		Soak:           rapid.SampledFrom([]time.Duration{0, 15 * time.Second, time.Minute}).Draw(t, "soak"),
		InARow:         rapid.IntRange(0, 3).Draw(t, "in a row"),
		HealthyWithin:  rapid.SampledFrom([]time.Duration{0, 10 * time.Second, time.Minute}).Draw(t, "healthy within"),
	}
}

func faultOf(hosts int) *rapid.Generator[fault] {
	return rapid.Custom(func(t *rapid.T) fault {
		f := fault{
			Host: rapid.IntRange(0, hosts).Draw(t, "host"),
			When: rapid.SampledFrom(moments).Draw(t, "when"),
			N:    rapid.OneOf(rapid.Just(1), rapid.IntRange(1, 12), rapid.IntRange(1, 32)).Draw(t, "n"),
			For: rapid.SampledFrom([]time.Duration{time.Second, 8 * time.Second, 45 * time.Second,
				3 * time.Minute, 20 * time.Minute, 0}).Draw(t, "for"),
		}
		if f.Host == 0 {
			f.When, f.N = rapid.SampledFrom(moments[:2]).Draw(t, "when"), rapid.IntRange(1, 8).Draw(t, "n")
			f.What = rapid.SampledFrom(apiFaults).Draw(t, "what")
			return f
		}
		f.What = rapid.SampledFrom(faults).Draw(t, "what")
		return f
	})
}
