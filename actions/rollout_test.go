package actions_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

var (
	alice = actions.Person{ID: "U0ALICE", Name: "alice"}
	bob   = actions.Person{ID: "U0BOB", Name: "bob"}
	carol = actions.Person{ID: "U0CAROL", Name: "carol"}
)

// bench is the flow around a fake fleet.
type bench struct {
	fleet    *actionstest.Fleet
	ledger   actions.Ledger
	planner  actions.Planner
	approver actions.Approver
	roller   actions.Roller
}

func newBench(hosts ...string) *bench {
	fleet, ledger := actionstest.NewFleet(hosts...), actionstest.NewLedger()
	policy := actions.Policy{
		Channels:   map[string][]string{"C0SEC": {"*"}},
		Requesters: []string{alice.ID, bob.ID}, Approvers: []string{bob.ID, carol.ID},
		Approvals: 1, ApprovalTTL: time.Hour,
	}
	catalogue, guards := []actions.Remedy{actionstest.Weak()}, []actions.Guard{actionstest.KeyLogin()}
	return &bench{
		fleet: fleet, ledger: ledger,
		planner: actions.Planner{Fleet: fleet, Catalogue: catalogue, Guards: guards, Prelude: "p1",
			Ledger: ledger, Policy: policy, Parallel: 4, Now: time.Now},
		approver: actions.Approver{Ledger: ledger, Policy: policy, Now: time.Now},
		roller: actions.Roller{Fleet: fleet, Catalogue: catalogue, Guards: guards, Prelude: "p1",
			Ledger: ledger, ProofTime: time.Minute, Now: time.Now},
	}
}

func (b *bench) plan(t *testing.T) actions.Plan {
	t.Helper()
	plan, err := b.planner.Plan(t.Context(), actions.PlanRequest{
		Remedy: "weak", Hosts: b.fleet.Inventory(), Requester: alice, Channel: "C0SEC",
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// approved plans, has bob approve, and returns the id of the run.
func (b *bench) approved(t *testing.T) string {
	t.Helper()
	plan := b.plan(t)
	plan, started, err := b.approver.Decide(t.Context(), plan.ID, actions.Decision{Who: bob, Yes: true, Digest: plan.Digest})
	if err != nil || !started {
		t.Fatalf("approval: started %v, %v", started, err)
	}
	return plan.RunID
}

func (b *bench) execute(t *testing.T, run string) actions.Run {
	t.Helper()
	got, err := b.roller.Execute(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (b *bench) passwords(host string) string {
	b.fleet.Lock()
	defer b.fleet.Unlock()
	return b.fleet.Host(host).Facts.SSHD.Global["passwordauthentication"]
}

func states(run actions.Run) string {
	var all []string
	for _, h := range run.Hosts {
		all = append(all, string(h.State))
	}
	return strings.Join(all, ", ")
}

func TestExecuteChangesHostsOneAfterTheOther(t *testing.T) {
	b := newBench("web-1", "web-2", "web-10")
	run := b.execute(t, b.approved(t))
	if run.State != actions.RunDone || states(run) != "done, done, done" {
		t.Fatalf("run is %s: %s", run.State, states(run))
	}
	var order []string
	for _, line := range b.fleet.Log() {
		if strings.HasSuffix(line, " run") || strings.HasSuffix(line, " disarm") {
			order = append(order, line)
		}
	}
	want := []string{"web-1 run", "web-1 disarm", "web-2 run", "web-2 disarm", "web-10 run", "web-10 disarm"}
	if !slices.Equal(order, want) {
		t.Errorf("order of effects\n got %v\nwant %v", order, want)
	}
}

func TestExecuteOnFaults(t *testing.T) {
	for _, tc := range []struct {
		name  string
		fault func(h *actionstest.Host) // on web-2, after the approval
		want  string
		why   string
		sshd  string // web-2's setting afterwards
	}{
		{"guard refuses", func(h *actionstest.Host) { h.NoLogin = errors.New("publickey was refused") },
			"done, refused, untouched", "key-login refuses", "yes"},
		{"down before", func(h *actionstest.Host) { h.Down = true },
			"done, unreachable, untouched", "could not be reached", "yes"},
		{"unwell before", func(h *actionstest.Host) { h.Unwell = errors.New("/health answers 503") },
			"done, refused, untouched", "not healthy before", "yes"},
		{"drift", func(h *actionstest.Host) { h.Facts.SSHD.Global["passwordauthentication"] = "maybe" },
			"done, refused, untouched", "has changed since the plan", "maybe"},
		{"mended meanwhile", func(h *actionstest.Host) { h.Facts.SSHD.Global["passwordauthentication"] = "no" },
			"done, already sound, done", "nothing to mend", "no"},
		{"change has no effect", func(h *actionstest.Host) { h.Ignore = true },
			"done, undone, untouched", "the weakness is still there", "yes"},
		{"login lost by the change", func(h *actionstest.Host) {
			h.Sudden = func(call string) {
				if call == "run" {
					h.NoLogin = errors.New("publickey was refused")
				}
			}
		}, "done, undone, untouched", "a new login did not work", "yes"},
		{"unwell by the change", func(h *actionstest.Host) {
			h.Sudden = func(call string) {
				if call == "disarm" {
					h.Unwell = errors.New("/health answers 503")
				}
			}
		}, "done, undone, untouched", "not healthy after", "yes"},
		{"cut off for good during proof", func(h *actionstest.Host) {
			proofs := 0
			h.Sudden = func(call string) {
				if call == "prove" {
					proofs++ // the first is the guard's
				}
				h.Down = proofs == 2
			}
		}, "done, unreachable, untouched", "was to put it back by", "yes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench("web-1", "web-2", "web-3")
				id := b.approved(t)
				b.fleet.Lock()
				tc.fault(b.fleet.Host("web-2"))
				b.fleet.Unlock()
				run := b.execute(t, id)
				if states(run) != tc.want || run.State == actions.RunGoing {
					t.Fatalf("run is %s\n got %s\nwant %s\n why %s", run.State, states(run), tc.want, run.Hosts[1].Why)
				}
				if !strings.Contains(run.Hosts[1].Why, tc.why) {
					t.Errorf("web-2 ended because %q, want it to say %q", run.Hosts[1].Why, tc.why)
				}
				if got := b.passwords("web-2"); got != tc.sshd {
					t.Errorf("web-2 is left with passwordauthentication %s, want %s", got, tc.sshd)
				}
			})
		})
	}
}

func TestExecuteRefusesAnAlteredPlan(t *testing.T) {
	b := newBench("web-1")
	id := b.approved(t)
	err := b.ledger.Update(t.Context(), func(tx actions.Tx) error {
		plans, err := actions.All[actions.Plan](tx, actions.KindPlan)
		if err != nil {
			return err
		}
		plans[0].Hosts[0].Change.Steps[0].Do = "set passwordauthentication evil\n"
		return tx.Put(actions.KindPlan, plans[0].ID, plans[0])
	})
	if err != nil {
		t.Fatal(err)
	}
	run := b.execute(t, id)
	if states(run) != "untouched" || !strings.Contains(run.Why, "not the one that was approved") {
		t.Fatalf("run: %s, %s", states(run), run.Why)
	}
	if b.passwords("web-1") != "yes" {
		t.Error("the host was changed")
	}
}

// crash is a ledger that stops working after some writes, as if the process
// had been killed there.
type crash struct {
	actions.Ledger
	left int
}

var errKilled = errors.New("killed")

func (c *crash) Update(ctx context.Context, fn func(actions.Tx) error) error {
	if c.left == 0 {
		return errKilled
	}
	c.left-- // below 0 it never is, until a test says so
	return c.Ledger.Update(ctx, fn)
}

// TestRecover kills the run at each of its journal's writes and starts again.
func TestRecover(t *testing.T) {
	for writes := 0; ; writes++ {
		var finished bool
		synctest.Test(t, func(t *testing.T) {
			b := newBench("web-1", "web-2")
			id := b.approved(t)
			first := b.roller
			first.Ledger = &crash{b.ledger, writes}
			if _, err := first.Execute(t.Context(), id); err == nil {
				finished = true
				return
			}
			runs, err := b.roller.Recover(t.Context())
			if err != nil || len(runs) != 1 {
				t.Fatalf("after %d writes: recovered %v, %v", writes, runs, err)
			}
			time.Sleep(time.Hour) // any timer that was left armed fires
			check(t, b, runs[0])
		})
		if finished {
			if writes < 10 {
				t.Fatalf("the run needed only %d writes", writes)
			}
			return
		}
	}
}

// check holds a recovered run against what is on the hosts.
func check(t *testing.T, b *bench, run actions.Run) {
	t.Helper()
	if run.State == actions.RunGoing {
		t.Error("the run still goes on")
	}
	for _, h := range run.Hosts {
		want := "yes"
		if h.State.Good() {
			want = "no"
		}
		if !h.State.Ended() || b.passwords(h.Host) != want {
			t.Errorf("%s is %q (%s), and its passwordauthentication is %s", h.Host, h.State, h.Why, b.passwords(h.Host))
		}
	}
	if again, err := b.roller.Recover(t.Context()); err != nil || len(again) != 0 {
		t.Errorf("a second recovery found %v, %v", again, err)
	}
}
