package actions_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

// disruptive is Weak with a change that interrupts the service.
func disruptive() actions.Remedy {
	r := actionstest.Weak()
	plan := r.Plan
	r.Plan = func(f *actions.Facts, finding actions.Finding) (actions.Change, error) {
		c, err := plan(f, finding)
		c.Steps[0].Disruptive = true
		return c, err
	}
	return r
}

func newRotationBench(hosts ...string) *bench {
	b := newBench(hosts...)
	b.knows(disruptive())
	b.roller.Rotation, b.planner.Rollout.Soak = b.fleet, time.Minute
	for _, name := range hosts {
		b.fleet.Host(name).Serves = true
	}
	return b
}

func TestRotationOneHostAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newRotationBench("web-1", "web-2")
		b.fleet.Host("web-2").Serves = false // nothing sends it traffic
		began := time.Now()
		run := b.execute(t, b.approved(t))
		if states(run) != "done, done" || len(b.fleet.Out()) > 0 || time.Since(began) < time.Minute {
			t.Fatalf("%s, out: %v, after %s", states(run), b.fleet.Out(), time.Since(began))
		}
		var order []string
		for _, line := range b.fleet.Log() {
			if what := strings.Fields(line)[1]; what == "drain" || what == "run" || what == "return" {
				order = append(order, line)
			}
		}
		if want := []string{"web-1 drain", "web-1 run", "web-1 return", "web-2 run"}; !slices.Equal(order, want) {
			t.Errorf("order of effects %v, want %v", order, want)
		}
	})
}

func TestRotationOnFaults(t *testing.T) {
	for name, tc := range map[string]struct {
		fault     func(h *actionstest.Host)
		want, why string
		out       bool
	}{
		"the change fails": {func(h *actionstest.Host) { h.Ignore = true }, "undone", "it is in rotation again", false},
		"the change makes it ill for good": {func(h *actionstest.Host) {
			h.Sudden = func(call string) {
				if call == "disarm" {
					h.Unwell = errors.New("/health answers 503")
				}
			}
		}, "out of rotation", "it was put back as it was; it is out of rotation (app as web-1:8080): it is not healthy", true},
		"the balancer does not take it back": {func(h *actionstest.Host) { h.NoReturn = errors.New("target is unhealthy") },
			"out of rotation", "target is unhealthy", true},
		"the drain's answer gets lost": {func(h *actionstest.Host) { h.Lost = func(call string) bool { return call == "drain" } },
			"refused", "it is in rotation again", false},
		"it is lost for good": {func(h *actionstest.Host) {
			h.Sudden = func(call string) { h.Down = h.Down || call == "run" }
		}, "unreachable", "it is out of rotation (app as web-1:8080)", true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newRotationBench("web-1")
				id := b.approved(t)
				b.fleet.Lock()
				tc.fault(b.fleet.Host("web-1"))
				b.fleet.Unlock()
				run := b.execute(t, id)
				if states(run) != tc.want || !strings.Contains(run.Hosts[0].Why, tc.why) || tc.out != (len(b.fleet.Out()) > 0) {
					t.Errorf("%s, %q, out: %v", states(run), run.Hosts[0].Why, b.fleet.Out())
				}
			})
		})
	}
}

// A host that a run left outside is not taken for one that nothing balances.
func TestRotationRemembersWhoIsOutside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newRotationBench("web-1")
		b.fleet.Host("web-1").NoReturn = errors.New("target is unhealthy")
		first := b.execute(t, b.approved(t))
		if states(first) != "out of rotation" {
			t.Fatalf("%s, %s", states(first), first.Hosts[0].Why)
		}
		b.fleet.Host("web-1").Serves = false // as a deregistered target, it has no seat any more
		time.Sleep(time.Minute)
		again := b.execute(t, b.approved(t))
		if want := "run " + first.ID + " left it out of rotation (app as web-1:8080)"; states(again) != "done" || !strings.HasPrefix(again.Hosts[0].Why, want) {
			t.Errorf("%s, %q, want %q", states(again), again.Hosts[0].Why, want)
		}
	})
}

// Two runs, and a restart between them, never have two hosts outside at once.
func TestRotationOfTwoRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newRotationBench("web-1", "web-2")
		b.fleet.Host("web-1").NoReturn = errors.New("target is unhealthy")
		first := b.execute(t, b.approved(t))
		if states(first) != "out of rotation, untouched" {
			t.Fatalf("%s, %s", states(first), first.Hosts[0].Why)
		}
		time.Sleep(time.Minute)
		second := func() actions.Run {
			plan, err := b.planner.Plan(t.Context(), actions.PlanRequest{Remedy: "weak", Hosts: b.fleet.Inventory()[1:], Requester: alice, Channel: "C0SEC"})
			if err != nil {
				t.Fatal(err)
			}
			plan, _, err = b.approver.Decide(t.Context(), plan.ID, actions.Decision{Who: bob, Yes: true, Digest: plan.Digest})
			if err != nil {
				t.Fatal(err)
			}
			return b.execute(t, plan.RunID)
		}
		if run := second(); states(run) != "refused" || !strings.Contains(run.Hosts[0].Why, "web-1 is out of app since run "+first.ID) {
			t.Errorf("%s, %s", states(run), run.Hosts[0].Why)
		}
		b.fleet.Host("web-1").Drained = false // somebody has put it back
		if run := second(); states(run) != "done" {
			t.Errorf("%s, %s", states(run), run.Hosts[0].Why)
		}
	})
}

func TestRotationLeavesAloneWhatIsNotServed(t *testing.T) {
	b := newRotationBench("web-1")
	id := b.approved(t)
	b.fleet.Host("web-1").Drained = true // by somebody else
	run := b.execute(t, id)
	if states(run) != "refused" || !strings.Contains(run.Hosts[0].Why, "not served in rotation before the change") || b.passwords("web-1") != "yes" {
		t.Errorf("%s, %s", states(run), run.Hosts[0].Why)
	}
}

// TestRotationRecover kills the run at each of its journal's writes: no host is
// left out of rotation without the run saying so.
func TestRotationRecover(t *testing.T) {
	killed := 0
	for writes := range 40 {
		for _, ill := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				b := newRotationBench("web-1")
				id := b.approved(t)
				first := b.roller
				first.Ledger = &crash{b.ledger, writes}
				if _, err := first.Execute(t.Context(), id); err == nil {
					return
				}
				killed++
				if ill {
					b.fleet.Host("web-1").Unwell = errors.New("/health answers 503")
				}
				runs, err := b.roller.Recover(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if out, told := len(b.fleet.Out()) > 0, states(runs[0]) == string(actions.Outside); out != told || out && !ill {
					t.Errorf("after %d writes: %s (%s), out: %v", writes, states(runs[0]), runs[0].Hosts[0].Why, b.fleet.Out())
				}
			})
		}
	}
	if killed < 30 {
		t.Errorf("only %d runs were killed", killed)
	}
}
