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

// TestBatches has six hosts soak for a minute each: the canary alone, then two
// at a time.
func TestBatchesGoSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newRotationBench("web-1", "web-2", "web-3", "web-4", "web-5", "web-6")
		b.planner.Rollout = actions.Rollout{Canary: 1, MaxUnavailable: actions.Share{Count: 2}, Soak: time.Minute}
		began := time.Now()
		run := b.execute(t, b.approved(t))
		if took := time.Since(began); run.State != actions.RunDone || took < 4*time.Minute || took > 5*time.Minute {
			t.Errorf("%s after %s", states(run), took)
		}
	})
}

// A batch is finished when one of its hosts fails, and no other is begun.
func TestBatchWithAFailureIsTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench("web-1", "web-2", "web-3", "web-4", "web-5")
		b.planner.Rollout = actions.Rollout{Canary: 1, MaxUnavailable: actions.Share{Count: 2}}
		id := b.approved(t)
		b.fleet.Host("web-2").NoLogin = errors.New("publickey was refused")
		run := b.execute(t, id)
		if states(run) != "done, refused, done, untouched, untouched" || run.Why != "web-2: refused" {
			t.Errorf("%s: %s", run.Why, states(run))
		}
	})
}

// Hosts whose security groups are changed go one at a time, whatever is configured.
func TestSharedGroupsGoOneAtATime(t *testing.T) {
	b := newCloudBench("web-1", "web-2")
	b.planner.Rollout.MaxUnavailable = actions.Share{Percent: 100}
	plan, err := b.planner.Plan(t.Context(), actions.PlanRequest{Remedy: "wide", Hosts: b.fleet.Inventory(), Requester: alice})
	if err != nil || plan.Rollout.MaxUnavailable != (actions.Share{Count: 1}) {
		t.Errorf("%+v, %v", plan.Rollout, err)
	}
}

// A host may be ill for a while after its change, but has to be well several
// times in a row.
func TestHealthyInARow(t *testing.T) {
	for name, tc := range map[string]struct {
		answers string // of the checks after the change, W well and I ill; the last one from then on
		want    string
	}{
		"at once":         {"W", "done"},
		"after a while":   {"IIIW", "done"},
		"now and then":    {"WIWWIW", "done"},
		"never for long":  {strings.Repeat("WWI", 30), "undone"},
		"too late":        {strings.Repeat("I", 40) + "W", "undone"},
		"ill for good":    {"I", "undone"},
		"ill in the soak": {"WWWI", "done"}, // nothing balances it, so that nobody soaks
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench("web-1")
				b.planner.Rollout = actions.Rollout{InARow: 3, HealthyWithin: time.Minute}
				h := b.fleet.Host("web-1")
				h.Facts.Host.Declared.Health = []actions.HealthCheck{{URL: "http://127.0.0.1/health"}}
				id := b.approved(t)
				changed, n := false, 0
				h.Sudden = func(call string) {
					changed = changed || call == "disarm"
					if !changed || call != "health" {
						return
					}
					h.Unwell = nil
					if tc.answers[min(n, len(tc.answers)-1)] == 'I' {
						h.Unwell = errors.New("/health answers 503")
					}
					n++
				}
				if run := b.execute(t, id); states(run) != tc.want {
					t.Errorf("%s (%s), want %s, after %d checks", states(run), run.Hosts[0].Why, tc.want, n)
				}
			})
		})
	}
}

// restarting is Weak with a restart of the host as its only step.
func restarting() actions.Remedy {
	r := actionstest.Weak()
	plan := r.Plan
	r.Plan = func(f *actions.Facts, finding actions.Finding) (actions.Change, error) {
		c, err := plan(f, finding)
		c.Steps = []actions.Step{{Says: "Restart", Reboot: true, Irreversible: true, Disruptive: true, Timeout: 10 * time.Minute}}
		return c, err
	}
	return r
}

func TestRestart(t *testing.T) {
	for name, tc := range map[string]struct {
		restarts func(b *bench) func(*actionstest.Host)
		want     string
		why      string
	}{
		"comes back": {func(b *bench) func(*actionstest.Host) {
			return func(h *actionstest.Host) {
				h.Down = true
				time.AfterFunc(3*time.Minute, func() {
					b.fleet.Lock()
					defer b.fleet.Unlock()
					h.Down, h.Facts.SSHD.Global["passwordauthentication"] = false, "no"
					h.Restart()
				})
			}
		}, "done", ""},
		"stays away": {func(*bench) func(*actionstest.Host) {
			return func(h *actionstest.Host) { h.Down = true }
		}, "failed", "was not there again within 10m0s: web-1 could not be reached"},
		"does not restart": {func(*bench) func(*actionstest.Host) {
			return func(*actionstest.Host) {}
		}, "failed", "it has not restarted"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench("web-1")
				b.knows(restarting())
				b.fleet.Host("web-1").Restarts = tc.restarts(b)
				run := b.execute(t, b.approved(t))
				if states(run) != tc.want || !strings.Contains(run.Hosts[0].Why, tc.why) {
					t.Errorf("%s: %s", states(run), run.Hosts[0].Why)
				}
			})
		})
	}
}
