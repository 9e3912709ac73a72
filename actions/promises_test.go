package actions_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

func (b *bench) troubles(t *testing.T) []actions.Trouble {
	t.Helper()
	all, err := b.approver.Troubles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// a host left out of rotation is reported until somebody acts – not until the next run looks at it.
func TestOutsideStaysReported(t *testing.T) {
	for name, second := range map[string]func(b *bench){
		"another fix is done on it": func(b *bench) {},
		"it cannot even be reached": func(b *bench) { b.fleet.Host("web-1").Down = true },
		"somebody else mended the sshd": func(b *bench) {
			b.fleet.Host("web-1").Sudden = func(string) { b.fleet.Host("web-1").Facts.SSHD.Global["passwordauthentication"] = "no" }
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newRotationBench("web-1")
				b.fleet.Host("web-1").NoReturn = errors.New("target is unhealthy")
				first := b.execute(t, b.approved(t))
				if states(first) != "out of rotation" || len(b.troubles(t)) != 1 {
					t.Fatal(states(first), b.troubles(t))
				}
				time.Sleep(time.Minute)
				b.fleet.Host("web-1").Serves = false // deregistered: no seat is seen any more
				b.knows(actionstest.Weak())          // another fix, not disruptive
				id := b.approved(t)
				b.fleet.Lock()
				second(b)
				b.fleet.Unlock()
				run := b.execute(t, id)
				if all := b.troubles(t); len(all) != 1 || len(b.fleet.Out()) != 1 {
					t.Errorf("second run: %s (%q). Hosts out of rotation: %v; reported as trouble: %d", states(run), run.Hosts[0].Why, b.fleet.Out(), len(all))
				}
			})
		})
	}
}

// the same for a host that was left changed and not verified.
func TestFailedStaysReportedWhenUnreachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench("web-1")
		b.knows(twoSteps())
		h := b.fleet.Host("web-1")
		id := b.approved(t)
		h.Sudden = func(call string) {
			if call == "run" {
				h.NoLogin = errors.New("publickey was refused")
			}
		}
		first := b.execute(t, id)
		if states(first) != "failed" || len(b.troubles(t)) != 1 {
			t.Fatal(states(first))
		}
		time.Sleep(time.Minute)
		h.Sudden, h.Down = nil, true
		again, err := b.resume(t, bob, first.ID, "web-1")
		if err != nil {
			t.Fatal(err)
		}
		if n := len(b.troubles(t)); n != 1 {
			t.Errorf("failed, then %s: %d hosts are reported", states(again), n)
		}
	})
}

// a lost host that comes back after the run was gone on with is told of as lost for ever.
func TestLostThenResumedThenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench("web-1", "web-2")
		id := b.approved(t)
		h := b.fleet.Host("web-1")
		h.Sudden = func(call string) { h.Down = h.Down || call == "prove" && b.pw("web-1") == "no" }
		first := b.execute(t, id)
		if states(first) != "unreachable, untouched" {
			t.Fatal(states(first))
		}
		time.Sleep(time.Minute)
		second, err := b.resume(t, bob, first.ID)
		if err != nil || states(second) != "unreachable, done" {
			t.Fatal(states(second), err)
		}
		b.fleet.Lock()
		h.Sudden, h.Down = nil, false
		b.fleet.Unlock()
		back, err := b.roller.Revisit(t.Context())
		if err != nil || len(back) != 1 || back[0].Run.Host("web-1").State != actions.Undone {
			t.Fatalf("%+v %v", back, err)
		}
		for _, tr := range b.troubles(t) {
			t.Errorf("it was put back and told so, and is still reported: run %s, %s: %s, %s", tr.Run.ID, tr.Host.Host, tr.Host.State, tr.Host.Why)
		}
	})
}

func (b *bench) pw(host string) string {
	return b.fleet.Host(host).Facts.SSHD.Global["passwordauthentication"]
}

// lost hosts whose switch says none or disarmed.
func TestLostForEver(t *testing.T) {
	for name, at := range map[string]string{"lost when it was to be armed": "arm", "lost right after it was disarmed": "disarm"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench("web-1")
				id := b.approved(t)
				h := b.fleet.Host("web-1")
				if at == "arm" {
					h.Sudden = func(call string) { h.Down = h.Down || call == "arm" }
				} else {
					h.Lost = func(call string) bool {
						if call == "disarm" {
							h.Down = true
						}
						return call == "disarm"
					}
				}
				first := b.execute(t, id)
				b.fleet.Lock()
				h.Sudden, h.Lost, h.Down = nil, nil, false
				b.fleet.Unlock()
				time.Sleep(2 * time.Hour)
				back, err := b.roller.Revisit(t.Context())
				state, _ := b.fleet.State(t.Context(), h.Facts.Host, id)
				_, again := b.resume(t, bob, id, "web-1")
				if len(back) == 0 {
					t.Errorf("%s: %s. There again for two hours, switch %q, passwords %s; revisited: %v, %v; tried again: %v", states(first), first.Hosts[0].Why, state, b.passwords("web-1"), back, err, again)
				}
			})
		})
	}
}

// a host that does not stay well in rotation, and cannot be undone, is kept out of rotation.
func TestSoakFailureIsKeptOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newRotationBench("web-1", "web-2")
		b.irreversible()
		id := b.approved(t)
		h := b.fleet.Host("web-1")
		h.Sudden = func(call string) {
			if call == "health" && !h.Drained && b.pw("web-1") == "no" {
				h.Unwell = errors.New("/health answers 503")
			}
		}
		run := b.execute(t, id)
		if len(b.fleet.Out()) != 1 {
			t.Errorf("%s (%s): out of rotation: %v, ill: %v", states(run), run.Hosts[0].Why, b.fleet.Out(), h.Unwell)
		}
	})
}

// the same where it can be undone: it is put back while traffic goes there, and nobody looks at its health then.
func TestSoakFailureUndoneInRotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newRotationBench("web-1", "web-2")
		id := b.approved(t)
		h := b.fleet.Host("web-1")
		h.Sudden = func(call string) {
			if call == "health" && !h.Drained && b.pw("web-1") == "no" {
				h.Unwell = errors.New("/health answers 503")
			}
		}
		drained := map[string]bool{}
		b.fleet.Trace = func(e actionstest.Effect) {
			if e.What == "undo" {
				drained[e.Host] = h.Drained
			}
		}
		run := b.execute(t, id)
		if !drained["web-1"] || h.Unwell != nil && len(b.troubles(t)) == 0 {
			t.Errorf("%s (%s): undone while drained: %v; ill: %v; out: %v; reported: %d", states(run), run.Hosts[0].Why, drained, h.Unwell, b.fleet.Out(), len(b.troubles(t)))
		}
	})
}

func (b *bench) irreversible() {
	r := disruptive()
	plan := r.Plan
	r.Plan = func(f *actions.Facts, finding actions.Finding) (actions.Change, error) {
		c, err := plan(f, finding)
		c.Steps[0].Irreversible, c.Steps[0].Lockout = true, false
		return c, err
	}
	b.knows(r)
}

// undoing an undo locks out whom the fix itself would have refused to lock out.
func TestUndoOfUndoAsksTheGuards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench("web-1")
		r := actionstest.Weak()
		plan := r.Plan
		r.Plan = func(f *actions.Facts, finding actions.Finding) (actions.Change, error) {
			c, err := plan(f, finding)
			c.Guards = append(c.Guards, actions.Need{Guard: "nobody-left-behind"})
			return c, err
		}
		b.knows(r)
		left := ""
		nobody := actions.Guard{Name: "nobody-left-behind", Says: "everybody has a key", Ask: func(context.Context, actions.Question) actions.Answer {
			if left != "" {
				return actions.Refuse(left+" logs in by password only", "give "+left+" a key")
			}
			return actions.Allow("everybody has a key")
		}}
		b.planner.Guards = append(b.planner.Guards, nobody)
		b.undoes("")
		b.roller.Guards = b.planner.Guards
		first := b.execute(t, b.approved(t))
		back, err := b.undo(t, first.ID)
		if err != nil {
			t.Fatal(err)
		}
		back, _, _ = b.approver.Decide(t.Context(), back.ID, actions.Decision{Who: bob, Yes: true, Digest: back.Digest})
		undone := b.execute(t, back.RunID)
		left = "carol" // a new colleague, by password
		again, err := b.undo(t, undone.ID)
		if err == nil && again.State == actions.PlanWaiting {
			t.Errorf("a plan that does %q waits for approval, guards %+v, although %s logs in by password only", again.Hosts[0].Change.Steps[0].UndoSays+" / reversed", again.Hosts[0].Change.Guards, left)
		}
	})
}

// a plan that was asked for anew is asked for again whenever the old run is gone on with.
func TestAnewOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench("web-1", "web-2", "web-3")
		id := b.approved(t)
		b.fleet.Host("web-2").Facts.SSHD.Global["passwordauthentication"] = "maybe"
		first := b.execute(t, id)
		plan, _ := actions.Load[actions.Plan](t.Context(), b.ledger, actions.KindPlan, first.Plan)
		if _, _, ok := plan.Anew(first); !ok {
			t.Fatal(states(first))
		}
		second, err := b.resume(t, bob, first.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, hosts, ok := plan.Anew(second); ok {
			t.Errorf("%s: asks for web-2 once more: %v", states(second), hosts)
		}
	})
}

// max_unavailable 100% and one target group.
func TestAllAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newRotationBench("web-1", "web-2", "web-3", "web-4")
		b.fleet.Spare = 0
		b.planner.Rollout = actions.Rollout{Canary: 1, MaxUnavailable: actions.Share{Percent: 100}, MinHealthy: actions.Share{Percent: 50}, Soak: time.Minute}
		for _, h := range b.fleet.Inventory() {
			b.fleet.Host(h.Name).Takes = 5 * time.Second
		}
		run := b.execute(t, b.approved(t))
		if run.State != actions.RunDone {
			t.Errorf("%s: %s: %q", states(run), run.Why, run.Hosts[3].Why)
		}
	})
}

// who takes care of one host is forgotten when another comes back.
func TestCareIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench("web-1", "web-2")
		b.planner.Rollout = actions.Rollout{Canary: 0, MaxUnavailable: actions.Share{Count: 2}}
		r := actionstest.Weak()
		plan := r.Plan
		r.Plan = func(f *actions.Facts, finding actions.Finding) (actions.Change, error) {
			c, err := plan(f, finding)
			if f.Host.Name == "web-2" {
				c.Steps[0].Irreversible, c.Steps[0].Lockout = true, false
			}
			return c, err
		}
		b.knows(r)
		id := b.approved(t)
		h1, h2 := b.fleet.Host("web-1"), b.fleet.Host("web-2")
		h1.Sudden = func(call string) { h1.Down = h1.Down || call == "prove" && b.pw("web-1") == "no" }
		h2.Sudden = func(call string) {
			if call == "run" {
				h2.NoLogin = errors.New("publickey was refused")
			}
		}
		run := b.execute(t, id)
		if states(run) != "unreachable, failed" {
			t.Fatal(states(run))
		}
		time.Sleep(time.Minute)
		b.fleet.Lock()
		h1.Down = false
		h1.Sudden = func(call string) {
			if call == "state" { // alice presses the button while the bot looks at web-1
				h1.Sudden = nil
				if _, err := b.approver.TakeCare(context.Background(), alice, id); err != nil {
					t.Error(err)
				}
			}
		}
		b.fleet.Unlock()
		if back, err := b.roller.Revisit(t.Context()); err != nil || len(back) != 1 {
			t.Fatal(back, err)
		}
		for _, tr := range b.troubles(t) {
			t.Errorf("%s is reported again, although alice takes care of it", tr.Host.Host)
		}
	})
}

// a run that was undone is gone on with, and says that all is done.
func TestResumeAfterUndo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench("web-1", "web-2", "web-3")
		b.undoes("")
		first := failing(t, b)
		plan, err := b.undo(t, first.ID)
		if err != nil {
			t.Fatal(err)
		}
		plan, _, err = b.approver.Decide(t.Context(), plan.ID, actions.Decision{Who: bob, Yes: true, Digest: plan.Digest})
		if err != nil {
			t.Fatal(err)
		}
		b.execute(t, plan.RunID)
		if b.passwords("web-1") != "yes" {
			t.Fatal("not undone")
		}
		second, err := b.resume(t, bob, first.ID)
		if err != nil {
			return
		}
		third, err := b.resume(t, bob, second.ID, "web-2")
		t.Errorf("resumed, then web-2 tried again: %s, the run is %s (%v); web-1, which was put back by run %s, has passwords %s", states(third), third.State, err, plan.RunID, b.passwords("web-1"))
		_, err = b.resume(t, bob, second.ID, "web-1")
		t.Logf("web-1 tried again: %v", err)
	})
}

// two names for one machine in one plan are changed side by side.
func TestTwoNamesInOnePlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench("web-1", "www")
		b.fleet.Host("www").Facts.Host.Address = b.fleet.Host("web-1").Facts.Host.Address
		b.planner.Rollout = actions.Rollout{Canary: 0, MaxUnavailable: actions.Share{Count: 2}}
		plan := b.plan(t)
		if len(plan.Hosts) == 2 {
			t.Errorf("%s:%d and %s:%d are both in the plan, batches %v", plan.Hosts[0].Host.Address, plan.Hosts[0].Host.Port, plan.Hosts[1].Host.Address, plan.Hosts[1].Host.Port, plan.Rollout.Batches(2))
		}
	})
}

// a lost host that is there again is put into rotation while another run changes it.
func TestRevisitBesideANewRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newRotationBench("web-1")
		b.planner.Rollout = actions.Rollout{Soak: time.Second, InARow: 1, HealthyWithin: 10 * time.Minute}
		id := b.approved(t)
		h := b.fleet.Host("web-1")
		h.Facts.Host.Declared.Health = []actions.HealthCheck{{URL: "http://127.0.0.1/"}}
		h.Sudden = func(call string) { h.Down = h.Down || call == "prove" && b.pw("web-1") == "no" }
		first := b.execute(t, id)
		if states(first) != "unreachable" || len(b.fleet.Out()) != 1 {
			t.Fatal(states(first))
		}
		b.fleet.Lock()
		h.Sudden, h.Down, h.Serves = nil, false, false // a drained server is no seat
		ill := time.Now().Add(time.Minute)
		h.Sudden = func(call string) {
			h.Unwell = nil
			if call == "health" && time.Now().Before(ill) && len(h.Armed()) == 0 && b.pw("web-1") == "yes" {
				h.Unwell = errors.New("still starts")
			}
		}
		b.fleet.Unlock()
		going := ""
		b.fleet.Trace = func(e actionstest.Effect) {
			if e.What == "step" {
				going = e.Run
			}
			if e.What == "step over" {
				going = ""
			}
			if e.What == "return" && going != "" && going != id {
				t.Errorf("put into rotation by the look at run %s while a step of run %s changes it", id, going)
			}
		}
		done := make(chan bool)
		go func() { _, _ = b.roller.Revisit(t.Context()); close(done) }()
		time.Sleep(10 * time.Second)
		b.fleet.Lock()
		h.Takes = 5 * time.Minute
		b.fleet.Unlock()
		r := disruptive()
		plan := r.Plan
		r.Plan = func(f *actions.Facts, finding actions.Finding) (actions.Change, error) {
			c, err := plan(f, finding)
			c.Steps[0].Timeout = 10 * time.Minute
			return c, err
		}
		b.knows(r)
		p, err := b.planner.Plan(t.Context(), actions.PlanRequest{Remedy: "weak", Hosts: b.fleet.Inventory(), Requester: alice, Channel: "C0SEC"})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = b.approver.Decide(t.Context(), p.ID, actions.Decision{Who: bob, Yes: true, Digest: p.Digest})
		if !errors.Is(err, actions.ErrBusy) {
			t.Errorf("another run begins while the host is looked at: %v", err)
		}
		b.fleet.Lock()
		ill = time.Now()
		b.fleet.Unlock()
		<-done
	})
}
