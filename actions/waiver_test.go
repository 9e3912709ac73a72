package actions_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
	"hardenbot/actions/inventory"
)

// acceptance is a bench with waivers and a clock that tests put forward.
type acceptance struct {
	*bench
	t       *testing.T
	now     time.Time
	waivers actions.Waivers
	scanner actions.Scanner
	trail   *actionstest.Ledger
}

const day = 24 * time.Hour

func newAcceptance(t *testing.T, hosts ...string) *acceptance {
	t.Helper()
	a := &acceptance{bench: newBench(hosts...), t: t, now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}
	a.trail = a.ledger.(*actionstest.Ledger)
	inv, err := inventory.New(a.fleet.Inventory())
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return a.now }
	a.waivers = actions.Waivers{Ledger: a.ledger, Policy: a.approver.Policy, Inventory: inv, Now: clock}
	a.scanner = actions.Scanner{Fleet: a.fleet, Catalogue: []actions.Remedy{actionstest.Weak()}, Ledger: a.ledger, Parallel: 2, Now: clock}
	return a
}

func (a *acceptance) request() actions.WaiverRequest {
	return actions.WaiverRequest{
		Remedy: "weak", Title: "sshd accepts passwords", Hosts: []string{"web-2", "web-1", "web-2"}, Owner: carol,
		Reason: " a partner still logs in by password \n", Until: a.now.Add(30 * day), Requester: alice, Channel: "C0SEC",
	}
}

func (a *acceptance) asked() actions.Waiver {
	a.t.Helper()
	w, err := a.waivers.Ask(a.t.Context(), a.request())
	if err != nil {
		a.t.Fatal(err)
	}
	return w
}

func (a *acceptance) approvedWaiver() actions.Waiver {
	a.t.Helper()
	w := a.asked()
	return a.decided(w, actions.Decision{Who: bob, Yes: true, Digest: w.Digest})
}

func (a *acceptance) decided(w actions.Waiver, d actions.Decision) actions.Waiver {
	a.t.Helper()
	w, err := a.waivers.Decide(a.t.Context(), w.ID, d)
	if err != nil {
		a.t.Fatal(err)
	}
	return w
}

// statuses scans, and returns each host's status.
func (a *acceptance) statuses() map[string]actions.Status {
	a.t.Helper()
	scan, err := a.scanner.Scan(a.t.Context(), actions.ScanRequest{Pattern: "*", Hosts: a.fleet.Inventory(), Actor: alice})
	if err != nil {
		a.t.Fatal(err)
	}
	found := map[string]actions.Status{}
	for _, f := range scan.Findings {
		found[f.Host] = f.Status
		if (f.Status == actions.Waived) != (f.Waiver != nil) {
			a.t.Errorf("%s is %s by %v", f.Host, f.Status, f.Waiver)
		}
	}
	return found
}

func (a *acceptance) audited() []string {
	var all []string
	for _, e := range a.trail.Trail() {
		all = append(all, e.Actor.ID+" "+e.Action)
	}
	return all
}

func TestWaiverHoldsFromApprovalToItsEnd(t *testing.T) {
	a := newAcceptance(t, "web-1", "web-2", "web-3")
	w := a.asked()
	if !slices.Equal(w.Hosts, []string{"web-1", "web-2"}) || w.Reason != "a partner still logs in by password" || !strings.HasPrefix(w.ID, "W-") {
		t.Errorf("kept as %+v", w)
	}
	if got := a.statuses()["web-1"]; got != actions.Open {
		t.Errorf("a request that waits makes it %s", got)
	}
	a.decided(w, actions.Decision{Who: bob, Yes: true, Digest: w.Digest})
	if got := a.statuses(); got["web-1"] != actions.Waived || got["web-2"] != actions.Waived || got["web-3"] != actions.Open {
		t.Errorf("with the waiver: %v", got)
	}
	a.now = w.Until
	if got := a.statuses()["web-1"]; got != actions.Open {
		t.Errorf("at its end it is %s", got)
	}
	want := []string{"U0ALICE waiver.waiting", "U0ALICE scan.finished", "U0BOB waiver.approved", "U0ALICE scan.finished", "U0ALICE scan.finished"}
	if got := a.audited(); !slices.Equal(got, want) {
		t.Errorf("audited %q", got)
	}
}

// What could not be read is not checked, whatever people have accepted.
func TestWhatWasNotCheckedIsNotWaived(t *testing.T) {
	a := newAcceptance(t, "web-1", "web-2")
	a.approvedWaiver()
	a.fleet.Host("web-2").Facts.Absent = map[actions.Section]string{actions.SectionSSHD: "sudo refused"}
	if got := a.statuses(); got["web-1"] != actions.Waived || got["web-2"] != actions.NotChecked {
		t.Errorf("found %v", got)
	}
}

// A waiver that somebody altered in the store covers nothing.
func TestAlteredWaiverCoversNothing(t *testing.T) {
	for name, alter := range map[string]func(*actions.Waiver){
		"hosts":   func(w *actions.Waiver) { w.Hosts = []string{"web-1", "web-2", "web-3"} },
		"end":     func(w *actions.Waiver) { w.Until = w.Until.Add(day) },
		"subject": func(w *actions.Waiver) { w.Whole = true },
		"owner":   func(w *actions.Waiver) { w.Owner = bob },
		"reason":  func(w *actions.Waiver) { w.Reason = "because" },
	} {
		t.Run(name, func(t *testing.T) {
			a := newAcceptance(t, "web-1", "web-2", "web-3")
			w := a.approvedWaiver()
			alter(&w)
			a.put(w)
			if got := a.statuses(); got["web-1"] != actions.Open || got["web-3"] != actions.Open {
				t.Errorf("found %v", got)
			}
		})
	}
}

func (a *acceptance) put(w actions.Waiver) {
	a.t.Helper()
	err := a.ledger.Update(a.t.Context(), func(tx actions.Tx) error { return tx.Put(actions.KindWaiver, w.ID, w) })
	if err != nil {
		a.t.Fatal(err)
	}
}

func TestAskRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*acceptance, *actions.WaiverRequest)
		want   error
		says   string
	}{
		"a stranger":             {func(_ *acceptance, r *actions.WaiverRequest) { r.Requester = carol }, actions.ErrForbidden, "you may not ask for waivers"},
		"no hosts":               {func(_ *acceptance, r *actions.WaiverRequest) { r.Hosts = nil }, actions.ErrFaulty, "at least one host"},
		"no owner":               {func(_ *acceptance, r *actions.WaiverRequest) { r.Owner.ID = "" }, actions.ErrFaulty, "who answers for it"},
		"no reason":              {func(_ *acceptance, r *actions.WaiverRequest) { r.Reason = " a \n" }, actions.ErrFaulty, "why"},
		"a novel":                {func(_ *acceptance, r *actions.WaiverRequest) { r.Reason = strings.Repeat("é", 1001) }, actions.ErrFaulty, "1000"},
		"an end in the past":     {func(a *acceptance, r *actions.WaiverRequest) { r.Until = a.now }, actions.ErrFaulty, "future"},
		"an end years away":      {func(a *acceptance, r *actions.WaiverRequest) { r.Until = a.now.AddDate(1, 0, 3) }, actions.ErrFaulty, "a year away"},
		"a host that is unknown": {func(_ *acceptance, r *actions.WaiverRequest) { r.Hosts = []string{"web-9"} }, actions.ErrForbidden, "no longer in the inventory"},
		"a pattern":              {func(_ *acceptance, r *actions.WaiverRequest) { r.Hosts = []string{"web-*"} }, actions.ErrForbidden, "no longer in the inventory"},
		"a channel of no hosts":  {func(_ *acceptance, r *actions.WaiverRequest) { r.Channel = "C0OTHER" }, actions.ErrForbidden, "may not target any hosts"},
		"another channel's host": {func(a *acceptance, _ *actions.WaiverRequest) {
			a.waivers.Policy.Channels = map[string][]string{"C0SEC": {"web-1"}}
		}, actions.ErrForbidden, "web-2 is outside"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAcceptance(t, "web-1", "web-2")
			req := a.request()
			tc.change(a, &req)
			if _, err := a.waivers.Ask(t.Context(), req); !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("error %v", err)
			}
			if len(a.trail.Trail()) != 0 {
				t.Error("something was kept")
			}
		})
	}
	a := newAcceptance(t, "web-1", "web-2")
	req := a.request()
	req.Reason, req.Until = strings.Repeat("é", 1000), a.now.AddDate(1, 0, 0)
	if _, err := a.waivers.Ask(t.Context(), req); err != nil {
		t.Errorf("at the bounds: %v", err)
	}
}

func TestWaiverDecisionsThatAreRefused(t *testing.T) {
	yes := func(who actions.Person) func(actions.Waiver) actions.Decision {
		return func(w actions.Waiver) actions.Decision {
			return actions.Decision{Who: who, Yes: true, Digest: w.Digest}
		}
	}
	deny := func(a *acceptance, w actions.Waiver) {
		a.decided(w, actions.Decision{Who: bob, Digest: w.Digest, Reason: "fix it"})
	}
	for name, tc := range map[string]struct {
		before func(*acceptance, actions.Waiver)
		d      func(actions.Waiver) actions.Decision
		want   error
	}{
		"the requester, though an approver": {func(a *acceptance, _ actions.Waiver) { a.waivers.Policy.Approvers = []string{alice.ID} }, yes(alice), actions.ErrOwnPlan},
		"a stranger":                        {nil, yes(actions.Person{ID: "U0EVE", Name: "bob"}), actions.ErrForbidden},
		"a stranger's denial": {nil, func(w actions.Waiver) actions.Decision {
			return actions.Decision{Who: alice, Digest: w.Digest, Reason: "no!"}
		}, actions.ErrForbidden},
		"no digest": {nil, func(actions.Waiver) actions.Decision { return actions.Decision{Who: bob, Yes: true} }, actions.ErrChanged},
		"an altered waiver": {func(a *acceptance, w actions.Waiver) {
			w.Until = w.Until.Add(day)
			a.put(w)
		}, yes(bob), actions.ErrChanged},
		"too late":       {func(a *acceptance, _ actions.Waiver) { a.now = a.now.Add(time.Hour) }, yes(bob), actions.ErrExpired},
		"after a denial": {deny, yes(bob), actions.ErrDecided},
		"a denial without a reason": {nil, func(w actions.Waiver) actions.Decision {
			return actions.Decision{Who: bob, Digest: w.Digest, Reason: "  "}
		}, actions.ErrFaulty},
		"of somebody who may no longer ask": {func(a *acceptance, _ actions.Waiver) {
			a.waivers.Policy.Requesters = nil
		}, yes(bob), actions.ErrForbidden},
		"of hosts that the channel may no longer target": {func(a *acceptance, _ actions.Waiver) {
			a.waivers.Policy.Channels = map[string][]string{"C0SEC": {"web-1"}}
		}, yes(bob), actions.ErrForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAcceptance(t, "web-1", "web-2")
			w := a.asked()
			if tc.before != nil {
				tc.before(a, w)
			}
			before := len(a.trail.Trail())
			got, err := a.waivers.Decide(t.Context(), w.ID, tc.d(w))
			if !errors.Is(err, tc.want) {
				t.Fatalf("error %v, want %v", err, tc.want)
			}
			trail := a.trail.Trail()[before:]
			if got.State == actions.WaiverApproved || len(trail) != 1 || trail[0].Action != "waiver.refused" {
				t.Errorf("it is %s, audited %+v", got.State, trail)
			}
		})
	}
}

func TestWaiverNeedsAsManyApprovalsAsAChange(t *testing.T) {
	a := newAcceptance(t, "web-1", "web-2")
	a.waivers.Policy.Approvals = 2
	w := a.asked()
	yes := actions.Decision{Who: bob, Yes: true, Digest: w.Digest}
	if half := a.decided(w, yes); half.State != actions.WaiverWaiting || a.waivers.Missing(half) != 1 {
		t.Errorf("after one: %s", half.State)
	}
	if _, err := a.waivers.Decide(t.Context(), w.ID, yes); !errors.Is(err, actions.ErrTwice) {
		t.Errorf("the same person again: %v", err)
	}
	yes.Who = carol
	if whole := a.decided(w, yes); whole.State != actions.WaiverApproved {
		t.Errorf("after two: %s", whole.State)
	}
}

func TestWaiverThatWouldHaveEndedIsNotApproved(t *testing.T) {
	a := newAcceptance(t, "web-1", "web-2")
	req := a.request()
	req.Until = a.now.Add(30 * time.Minute)
	w, err := a.waivers.Ask(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	a.now = req.Until
	if _, err := a.waivers.Decide(t.Context(), w.ID, actions.Decision{Who: bob, Yes: true, Digest: w.Digest}); !errors.Is(err, actions.ErrExpired) {
		t.Errorf("error %v", err)
	}
}

func TestWithdrawAndEnd(t *testing.T) {
	a := newAcceptance(t, "web-1", "web-2")
	ctx := t.Context()
	w := a.asked()
	for _, who := range []actions.Person{bob, carol} {
		if _, err := a.waivers.Withdraw(ctx, w.ID, who); !errors.Is(err, actions.ErrForbidden) {
			t.Errorf("%s withdraws: %v", who.Name, err)
		}
	}
	if _, err := a.waivers.End(ctx, w.ID, carol); !errors.Is(err, actions.ErrDecided) {
		t.Errorf("what waits was ended: %v", err)
	}
	if got, err := a.waivers.Withdraw(ctx, w.ID, alice); err != nil || got.State != actions.WaiverWithdrawn {
		t.Errorf("alice withdraws: %s, %v", got.State, err)
	}
	w = a.approvedWaiver()
	if _, err := a.waivers.Withdraw(ctx, w.ID, alice); !errors.Is(err, actions.ErrDecided) {
		t.Errorf("an approved one was withdrawn: %v", err)
	}
	if _, err := a.waivers.End(ctx, w.ID, alice); !errors.Is(err, actions.ErrForbidden) {
		t.Errorf("the requester ends it: %v", err)
	}
	a.waivers.Policy.Approvers = []string{bob.ID} // the owner is none any more
	if got, err := a.waivers.End(ctx, w.ID, carol); err != nil || got.State != actions.WaiverEnded || *got.EndedBy != carol {
		t.Errorf("its owner ends it: %+v, %v", got, err)
	}
	if got := a.statuses()["web-1"]; got != actions.Open {
		t.Errorf("after its end it is %s", got)
	}
	if _, err := a.waivers.End(ctx, "W-0", bob); !errors.Is(err, actions.ErrNotFound) {
		t.Errorf("an unknown one: %v", err)
	}
}

// Each end is told of once: a week before, and when it has come.
func TestEndingIsToldOnce(t *testing.T) {
	a := newAcceptance(t, "web-1", "web-2")
	w := a.approvedWaiver()
	waiting := a.asked()
	due := func() []string {
		t.Helper()
		all, err := a.waivers.Ending(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, d := range all {
			ids = append(ids, d.ID+" "+string(d.Standing(a.now)))
			for range 2 { // the second time changes nothing
				if _, err := a.waivers.Told(t.Context(), d); err != nil {
					t.Fatal(err)
				}
			}
		}
		return ids
	}
	for _, step := range []struct {
		at   time.Time
		want []string
	}{
		{a.now, nil},
		{waiting.Expires, []string{waiting.ID + " lapsed"}},
		{w.Until.Add(-7*day - time.Second), nil},
		{w.Until.Add(-7 * day), []string{w.ID + " approved"}},
		{w.Until.Add(-time.Second), nil},
		{w.Until, []string{w.ID + " ended"}},
		{w.Until.Add(day), nil},
	} {
		a.now = step.at
		if got := due(); !slices.Equal(got, step.want) {
			t.Errorf("at %s: %q, want %q", step.at, got, step.want)
		}
	}
	got := a.audited()[3:]
	if want := []string{"hardenbot waiver.lapsed", "hardenbot waiver.ending", "hardenbot waiver.ended"}; !slices.Equal(got, want) {
		t.Errorf("audited %q", got)
	}
}

// A waiver of a few days does not announce its end as soon as it is approved.
func TestShortWaiverTellsItsEndOnly(t *testing.T) {
	a := newAcceptance(t, "web-1", "web-2")
	req := a.request()
	req.Until = a.now.Add(6 * day)
	w, err := a.waivers.Ask(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	a.decided(w, actions.Decision{Who: bob, Yes: true, Digest: w.Digest})
	for at, want := range map[time.Duration]int{0: 0, 5 * day: 0, 6 * day: 1} {
		a.now = w.Created.Add(at)
		if due, err := a.waivers.Ending(t.Context()); err != nil || len(due) != want {
			t.Errorf("after %s: %d, %v", at, len(due), err)
		}
	}
}

func TestAllWaiversAreInOrderOfUrgency(t *testing.T) {
	a := newAcceptance(t, "web-1", "web-2")
	over := a.approvedWaiver()
	if _, err := a.waivers.End(t.Context(), over.ID, bob); err != nil {
		t.Fatal(err)
	}
	late := a.approvedWaiver()
	req := a.request()
	req.Until = a.now.Add(day)
	soon, err := a.waivers.Ask(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	a.decided(soon, actions.Decision{Who: bob, Yes: true, Digest: soon.Digest})
	waiting := a.asked()
	all, err := actions.AllWaivers(context.Background(), a.ledger, a.now, func(w actions.Waiver) bool { return w.Channel == "C0SEC" })
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, w := range all {
		ids = append(ids, w.ID)
	}
	if want := []string{waiting.ID, soon.ID, late.ID, over.ID}; !slices.Equal(ids, want) {
		t.Errorf("order %q, want %q", ids, want)
	}
}

func TestWaiverOfOneSubject(t *testing.T) {
	a := newAcceptance(t, "web-1")
	a.scanner.Catalogue = []actions.Remedy{{ID: "weak", Title: "a port is open", Check: func(*actions.Facts) []actions.Evidence {
		return []actions.Evidence{{Subject: "", Says: []string{"a"}}, {Subject: "80", Says: []string{"b"}}, {Subject: "443", Says: []string{"c"}}}
	}}}
	status := func() map[string]actions.Status {
		scan, err := a.scanner.Scan(t.Context(), actions.ScanRequest{Hosts: a.fleet.Inventory()})
		if err != nil {
			t.Fatal(err)
		}
		groups := map[string]actions.Status{}
		for i, g := range actions.Grouped(scan.Findings) {
			groups[g.Subject] = g.Status
			if g.Status == actions.Waived && i < len(scan.Findings)-scan.Waived() {
				t.Errorf("a waived group is number %d", i+1)
			}
		}
		return groups
	}
	accept := func(subject string, whole bool) {
		req := a.request()
		req.Hosts, req.Subject, req.Whole = []string{"web-1"}, subject, whole
		w, err := a.waivers.Ask(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		a.decided(w, actions.Decision{Who: bob, Yes: true, Digest: w.Digest})
	}
	accept("80", false)
	if got := status(); got["80"] != actions.Waived || got["443"] != actions.Open || got[""] != actions.Open {
		t.Errorf("one subject: %v", got)
	}
	accept("", false)
	if got := status(); got["443"] != actions.Open || got[""] != actions.Waived {
		t.Errorf("the finding without a subject: %v", got)
	}
	accept("80", true)
	if got := status(); got["443"] != actions.Waived {
		t.Errorf("the whole remedy: %v", got)
	}
}
