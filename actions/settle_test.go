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

// twoSteps is Weak with a change like a package upgrade: no switch, no undo,
// and a second step whose effect no check sees.
func twoSteps() actions.Remedy {
	r := actionstest.Weak()
	r.Plan = func(*actions.Facts, actions.Finding) (actions.Change, error) {
		return actions.Change{Steps: []actions.Step{
			{Says: "Upgrade", Do: "set passwordauthentication no\n", Undo: "set passwordauthentication yes\n", Irreversible: true, Timeout: time.Minute},
			{Says: "Restart", Do: "set restarted yes\n", Irreversible: true, Timeout: time.Minute},
		}}, nil
	}
	return r
}

// prepared is Weak with a harmless step before the risky one.
func prepared() actions.Remedy {
	r := actionstest.Weak()
	plan := r.Plan
	r.Plan = func(f *actions.Facts, finding actions.Finding) (actions.Change, error) {
		c, err := plan(f, finding)
		first := actions.Step{Says: "Install", Do: "set installed yes\n", Undo: "set installed no\n", Timeout: time.Hour}
		c.Steps = append([]actions.Step{first}, c.Steps...)
		return c, err
	}
	return r
}

func (b *bench) knows(r actions.Remedy) {
	b.planner.Catalogue, b.roller.Catalogue = []actions.Remedy{r}, []actions.Remedy{r}
}

func (b *bench) setting(host, keyword string) string {
	b.fleet.Lock()
	defer b.fleet.Unlock()
	return b.fleet.Host(host).Facts.SSHD.Global[keyword]
}

// TestIrreversibleChangeIsNeverCalledUndone also holds that a new login is
// proven after a change that no switch guards.
func TestIrreversibleChangeIsNeverCalledUndone(t *testing.T) {
	for name, fault := range map[string]func(*actionstest.Host){
		"not healthy": func(h *actionstest.Host) { h.Unwell = errors.New("/health answers 503") },
		"no login":    func(h *actionstest.Host) { h.NoLogin = errors.New("publickey was refused") },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench("web-1", "web-2")
			b.knows(twoSteps())
			id := b.approved(t)
			h := b.fleet.Host("web-1")
			h.Sudden = func(call string) {
				if call == "run" {
					fault(h)
				}
			}
			run := b.execute(t, id)
			if states(run) != "failed, untouched" || !strings.Contains(run.Hosts[0].Why, "until somebody acts") {
				t.Errorf("run: %s, %s", states(run), run.Hosts[0].Why)
			}
			if b.passwords("web-1") != "no" {
				t.Error("an undo ran")
			}
		})
	}
}

// TestRecoverDoesNotTakeHalfAChangeForAll kills a run whose first step alone
// makes the check fall silent.
func TestRecoverDoesNotTakeHalfAChangeForAll(t *testing.T) {
	for writes := range 40 {
		synctest.Test(t, func(t *testing.T) {
			b := newBench("web-1")
			b.knows(twoSteps())
			id := b.approved(t)
			first := b.roller
			first.Ledger = &crash{b.ledger, writes}
			if _, err := first.Execute(t.Context(), id); err == nil {
				return
			}
			runs, err := b.roller.Recover(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			restarted, state := b.setting("web-1", "restarted") == "yes", runs[0].Hosts[0].State
			if state.Good() && !restarted {
				t.Errorf("after %d writes: %s, and the second step never ran", writes, state)
			}
		})
	}
}

// TestRecoverLooksBeforeItSaysDone kills a run when its host has kept the change
// and nothing of it was looked at, and lets something be wrong with it.
func TestRecoverLooksBeforeItSaysDone(t *testing.T) {
	for name, fault := range map[string]func(*actionstest.Host){
		"not healthy":     func(h *actionstest.Host) { h.Unwell = errors.New("/health answers 503") },
		"not verified":    func(h *actionstest.Host) { h.Facts.SSHD.Global["passwordauthentication"] = "maybe" },
		"no login by key": func(h *actionstest.Host) { h.NoLogin = errors.New("publickey was refused") },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench("web-1")
			b.killedAt(t, actions.Disarmed)
			fault(b.fleet.Host("web-1"))
			runs, err := b.roller.Recover(t.Context())
			if err != nil || states(runs[0]) != "undone" || b.passwords("web-1") != "yes" {
				t.Errorf("recovered %v (%v), passwordauthentication %s", runs, err, b.passwords("web-1"))
			}
		})
	}
}

// killedAt executes a run until web-1 is in the state, and no further.
func (b *bench) killedAt(t *testing.T, state actions.HostState) string {
	t.Helper()
	id := b.approved(t)
	killed := b.roller
	ledger := &crash{b.ledger, -1}
	killed.Ledger = ledger
	killed.Watch = func(run actions.Run) {
		if run.Hosts[0].State == state {
			ledger.left = 0
		}
	}
	if _, err := killed.Execute(t.Context(), id); !errors.Is(err, errKilled) {
		t.Fatalf("the run was not interrupted: %v", err)
	}
	return id
}

// TestRecoverOfUpgradedBot holds that an undo is not run with other functions
// than those it was approved with.
func TestRecoverOfUpgradedBot(t *testing.T) {
	b := newBench("web-1")
	b.killedAt(t, actions.Disarmed)
	b.fleet.Host("web-1").Unwell = errors.New("/health answers 503")
	b.roller.Prelude = "p2"
	runs, err := b.roller.Recover(t.Context())
	if err != nil || states(runs[0]) != "failed" || !strings.Contains(runs[0].Hosts[0].Why, "by hand") {
		t.Errorf("recovered %v, %v", runs, err)
	}
}

func TestRecoverOfAHostThatWasNeverArmed(t *testing.T) {
	b := newBench("web-1")
	b.killedAt(t, actions.Guarded) // the intent to arm could not be written
	b.fleet.Host("web-1").Down = true
	runs, err := b.roller.Recover(t.Context())
	if err != nil || states(runs[0]) != "untouched" {
		t.Errorf("recovered %v, %v", runs, err)
	}
}

func TestTrailNamesTheScriptOfEachStep(t *testing.T) {
	b := newBench("web-1")
	plan := b.plan(t)
	decide(t, b, plan, actions.Decision{Who: bob, Yes: true, Digest: plan.Digest})
	stored, err := actions.Load[actions.Plan](t.Context(), b.ledger, actions.KindPlan, plan.ID)
	if err != nil {
		t.Fatal(err)
	}
	b.execute(t, stored.RunID)
	want := actions.Digest(plan.Hosts[0].Change.Steps[0].Do)
	for _, e := range b.ledger.(*actionstest.Ledger).Trail() {
		if e.Action == "step.begun" && e.Detail["script"] == want {
			return
		}
	}
	t.Errorf("no entry step.begun has the script %s", want)
}

func TestLostAnswerToDisarmEndsAsItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench("web-1")
		id := b.approved(t)
		b.fleet.Host("web-1").Lost = func(call string) bool { return call == "disarm" }
		run := b.execute(t, id)
		time.Sleep(time.Hour)
		if states(run) != "undone" || b.passwords("web-1") != "yes" {
			t.Errorf("run: %s (%s), passwordauthentication %s", states(run), run.Hosts[0].Why, b.passwords("web-1"))
		}
	})
}

func TestUpgradedBotDoesNotTouchAHost(t *testing.T) {
	b := newBench("web-1")
	id := b.approved(t)
	b.roller.Prelude = "p2"
	run := b.execute(t, id)
	if states(run) != "untouched" || !strings.Contains(run.Why, "upgraded") || b.passwords("web-1") != "yes" {
		t.Errorf("run: %s, %s", states(run), run.Why)
	}
}

// TestSwitchLeavesTimeForTheStepsAndTheProof also holds that steps which cannot
// lock anybody out run before the switch is armed, and are undone all the same.
func TestSwitchLeavesTimeForTheStepsAndTheProof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench("web-1")
		b.knows(prepared())
		id := b.approved(t)
		h := b.fleet.Host("web-1")
		h.Sudden = func(call string) {
			if call == "run" && h.Facts.SSHD.Global["installed"] == "yes" {
				h.NoLogin = errors.New("publickey was refused")
			}
		}
		start := time.Now()
		run := b.execute(t, id)
		if want := start.Add(70 * time.Second); !run.Hosts[0].Until.Equal(want) {
			t.Errorf("the switch was armed until %s, want %s", run.Hosts[0].Until, want)
		}
		if got := strings.Join(b.fleet.Log(), ", "); !strings.Contains(got, "web-1 run, web-1 arm, web-1 run, web-1 prove, web-1 fire") {
			t.Errorf("order: %s", got)
		}
		if states(run) != "undone" || b.setting("web-1", "installed") != "no" || b.passwords("web-1") != "yes" {
			t.Errorf("run: %s (%s), installed %s", states(run), run.Hosts[0].Why, b.setting("web-1", "installed"))
		}
	})
}

// TestRecoverGoesOn gives one of two unfinished runs a plan that is gone.
func TestRecoverGoesOn(t *testing.T) {
	b := newBench("web-1", "web-2")
	broken := actions.Run{ID: "R-0", Plan: "P-gone", State: actions.RunGoing}
	id := b.approved(t)
	err := b.ledger.Update(t.Context(), func(tx actions.Tx) error { return tx.Put(actions.KindRun, broken.ID, broken) })
	if err != nil {
		t.Fatal(err)
	}
	runs, err := b.roller.Recover(t.Context())
	if err == nil || len(runs) != 1 || runs[0].ID != id {
		t.Errorf("recovered %v, %v", runs, err)
	}
}

func TestWhatAHostSaysIsBoundedInTheJournal(t *testing.T) {
	b := newBench("web-1")
	id := b.approved(t)
	b.fleet.Host("web-1").NoLogin = errors.New(strings.Repeat("\x1b[31m", 20_000))
	run := b.execute(t, id)
	if why := run.Hosts[0].Why; len(why) > 1000 || strings.ContainsRune(why, '\x1b') {
		t.Errorf("the journal holds %d bytes of what the host said: %.60q", len(why), why)
	}
}

func TestLostAnswerToArmLeavesNoTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench("web-1")
		id := b.approved(t)
		b.fleet.Host("web-1").Lost = func(call string) bool { return call == "arm" }
		run := b.execute(t, id)
		time.Sleep(time.Hour)
		if states(run) != "undone" || strings.Contains(strings.Join(b.fleet.Log(), ", "), "self-undo") {
			t.Errorf("run: %s (%s), then %v", states(run), run.Hosts[0].Why, b.fleet.Log())
		}
	})
}

// TestRevisitReportsAHostThatPutItselfBack loses a host for good during the
// proof, and lets it come back a day later.
func TestRevisitReportsAHostThatPutItselfBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench("web-1")
		id := b.approved(t)
		h := b.fleet.Host("web-1")
		h.Sudden = func(call string) { h.Down = h.Down || call == "run" }
		h.Lost = func(call string) bool { return call == "run" }
		if run := b.execute(t, id); states(run) != "unreachable" {
			t.Fatalf("run: %s", states(run))
		}
		if back, err := b.roller.Revisit(t.Context()); err != nil || len(back) != 0 {
			t.Fatalf("while it is down: %v, %v", back, err)
		}
		time.Sleep(24 * time.Hour)
		b.fleet.Lock()
		h.Sudden, h.Down = nil, false
		b.fleet.Unlock()
		back, err := b.roller.Revisit(t.Context())
		if err != nil || len(back) != 1 || states(back[0].Run) != "undone" {
			t.Fatalf("when it is there again: %v, %v", back, err)
		}
		if back, err := b.roller.Revisit(t.Context()); err != nil || len(back) != 0 {
			t.Errorf("once more: %v, %v", back, err)
		}
	})
}
