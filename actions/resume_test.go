package actions_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hardenbot/actions"
)

// failing returns a run that stopped at web-2 of three, which was put back.
func failing(t *testing.T, b *bench) actions.Run {
	t.Helper()
	id := b.approved(t)
	h := b.fleet.Host("web-2")
	h.Sudden = func(call string) {
		if call == "run" {
			h.NoLogin = errors.New("publickey was refused")
		}
	}
	run := b.execute(t, id)
	if states(run) != "done, undone, untouched" {
		t.Fatal(states(run))
	}
	b.fleet.Lock()
	defer b.fleet.Unlock()
	h.Sudden, h.NoLogin = nil, nil
	return run
}

func (b *bench) resume(t *testing.T, who actions.Person, run string, hosts ...string) (actions.Run, error) {
	t.Helper()
	_, next, err := b.approver.Resume(t.Context(), actions.Continue{Run: run, Hosts: hosts, Who: who})
	if err != nil {
		return next, err
	}
	return b.execute(t, next.ID), nil
}

func TestResumeThenRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench("web-1", "web-2", "web-3")
		first := failing(t, b)
		second, err := b.resume(t, bob, first.ID)
		if err != nil || states(second) != "done, undone, done" || second.State != actions.RunStopped || second.After != first.ID {
			t.Fatalf("resumed: %s, %+v, %v", states(second), second, err)
		}
		if h := second.Hosts[0]; h.In != first.ID || second.Hosts[2].In != "" {
			t.Errorf("web-1 was done in %q, web-3 in %q", h.In, second.Hosts[2].In)
		}
		third, err := b.resume(t, bob, second.ID, "web-2")
		if err != nil || states(third) != "done, done, done" || third.State != actions.RunDone {
			t.Fatalf("tried again: %s, %v", states(third), err)
		}
	})
}

func TestResumeRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		who    actions.Person
		hosts  []string
		before func(t *testing.T, b *bench, first actions.Run)
		kind   error
		says   string
	}{
		"by the requester":       {who: alice, kind: actions.ErrForbidden, says: "policy.approvers"},
		"by a stranger":          {who: actions.Person{ID: "U0NOBODY"}, kind: actions.ErrForbidden},
		"a host that is done":    {who: bob, hosts: []string{"web-1"}, kind: actions.ErrDecided, says: "web-1 is done already"},
		"a host of another plan": {who: bob, hosts: []string{"db-1"}, kind: actions.ErrNotFound, says: "db-1 is not part of run"},
		"after more than a day": {who: bob, kind: actions.ErrExpired, says: "more than a day ago",
			before: func(_ *testing.T, b *bench, _ actions.Run) { time.Sleep(25 * time.Hour) }},
		"twice": {who: bob, kind: actions.ErrDecided, says: "is not the last one of plan",
			before: func(t *testing.T, b *bench, first actions.Run) {
				if _, err := b.resume(t, carol, first.ID); err != nil {
					t.Error(err)
				}
			}},
		"while all is stopped": {who: bob, kind: actions.ErrHalted,
			before: func(t *testing.T, b *bench, _ actions.Run) {
				if _, err := b.approver.Stop(t.Context(), alice, "C0SEC", ""); err != nil {
					t.Error(err)
				}
			}},
		"while another run is there": {who: bob, kind: actions.ErrBusy, says: "is changing web-3",
			before: func(t *testing.T, b *bench, _ actions.Run) { b.approved(t) }},
		"after policy became stricter": {who: bob, kind: actions.ErrChanged,
			before: func(_ *testing.T, b *bench, _ actions.Run) { b.approver.Policy.Approvals = 2 }},
		"when the approver is none any more": {who: carol, kind: actions.ErrChanged,
			before: func(_ *testing.T, b *bench, _ actions.Run) { b.approver.Policy.Approvers = []string{carol.ID} }},
		"when the requester is none any more": {who: bob, kind: actions.ErrForbidden,
			before: func(_ *testing.T, b *bench, _ actions.Run) { b.approver.Policy.Requesters = nil }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench("web-1", "web-2", "web-3")
				first := failing(t, b)
				if tc.before != nil {
					tc.before(t, b, first)
				}
				b.approver.Policy.Approvers = append(b.approver.Policy.Approvers, tc.hosts...) // no host is a person
				_, err := b.resume(t, tc.who, first.ID, tc.hosts...)
				if !errors.Is(err, tc.kind) || !strings.Contains(err.Error(), tc.says) {
					t.Errorf("%v, want %v: %q", err, tc.kind, tc.says)
				}
			})
		})
	}
}

// The requester must not go on alone even where the requester may approve.
func TestRequesterDoesNotResume(t *testing.T) {
	b := newBench("web-1", "web-2", "web-3")
	b.approver.Policy.Approvers = append(b.approver.Policy.Approvers, alice.ID)
	first := failing(t, b)
	if _, err := b.resume(t, alice, first.ID); !errors.Is(err, actions.ErrOwnPlan) {
		t.Errorf("the requester goes on: %v", err)
	}
}

// A host that was left out of rotation is tried again, and comes back.
func TestRetryBringsBackIntoRotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newRotationBench("web-1", "web-2")
		r := disruptive()
		plan := r.Plan
		r.Plan = func(f *actions.Facts, finding actions.Finding) (actions.Change, error) {
			c, err := plan(f, finding)
			c.Steps[0].Irreversible, c.Steps[0].Lockout = true, false
			return c, err
		}
		b.knows(r)
		id := b.approved(t)
		h := b.fleet.Host("web-1")
		h.Sudden = func(call string) {
			if call == "run" {
				h.Unwell = errors.New("/health answers 503")
			}
		}
		first := b.execute(t, id)
		if states(first) != "out of rotation, untouched" {
			t.Fatal(states(first))
		}
		h.Sudden = nil
		second, err := b.resume(t, bob, first.ID, "web-1") // it is sound, and still ill
		if err != nil || second.Host("web-1").State != actions.Outside || len(b.fleet.Out()) != 1 {
			t.Fatalf("%s, %v", states(second), err)
		}
		h.Unwell = nil
		third, err := b.resume(t, bob, second.ID, "web-1")
		if err != nil || third.Host("web-1").State != actions.AlreadySound || len(b.fleet.Out()) != 0 {
			t.Fatalf("%s (%s), out %v, %v", states(third), third.Host("web-1").Why, b.fleet.Out(), err)
		}
	})
}
