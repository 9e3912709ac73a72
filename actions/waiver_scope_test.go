package actions_test

import (
	"errors"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/inventory"
)

// People have accepted what they have seen, and nothing worse.
func TestAWaiverOfOneFindingCoversNothingWorse(t *testing.T) {
	a := newAcceptance(t, "web-1")
	rank := 20
	a.scanner.Catalogue = []actions.Remedy{{ID: "weak", Title: "a port is open", Check: func(*actions.Facts) []actions.Evidence {
		return []actions.Evidence{{Subject: "5432", Rank: rank, Says: []string{"it is open"}}}
	}}}
	accept := func(whole bool) {
		req := a.request()
		req.Hosts, req.Subject, req.Within, req.Whole = []string{"web-1"}, "5432", 20, whole
		w, err := a.waivers.Ask(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		a.decided(w, actions.Decision{Who: bob, Yes: true, Digest: w.Digest})
	}
	accept(false)
	for _, tc := range []struct {
		rank int
		want actions.Status
	}{{20, actions.Waived}, {30, actions.Waived}, {10, actions.Open}} {
		rank = tc.rank
		if got := a.statuses()["web-1"]; got != tc.want {
			t.Errorf("accepted at 20, it is %s at %d", got, tc.rank)
		}
	}
	accept(true)
	if got := a.statuses()["web-1"]; got != actions.Waived {
		t.Errorf("with the whole remedy accepted it is %s", got)
	}
}

// What was accepted on a machine is not accepted on another one by its name.
func TestAWaiverDoesNotMoveToAnotherMachine(t *testing.T) {
	a := newAcceptance(t, "web-1", "web-2")
	a.approvedWaiver()
	a.fleet.Host("web-1").Facts.Host.Address = "192.0.2.99"
	if got := a.statuses(); got["web-1"] != actions.Open || got["web-2"] != actions.Waived {
		t.Errorf("found %v", got)
	}
	var known []actions.Known
	err := a.ledger.View(t.Context(), func(r actions.Reader) (err error) {
		known, err = actions.Recall(r, a.fleet.Inventory(), a.now)
		return err
	})
	if err != nil || known[0].Findings[0].Status != actions.Open || known[1].Findings[0].Status != actions.Waived {
		t.Errorf("known is %+v, %v", known, err)
	}
}

// Nor is a request approved whose host is another machine by then.
func TestAWaiverOfAnotherMachineIsNotApproved(t *testing.T) {
	a := newAcceptance(t, "web-1", "web-2")
	w := a.asked()
	a.fleet.Host("web-1").Facts.Host.Address = "192.0.2.99"
	inv, err := inventory.New(a.fleet.Inventory())
	if err != nil {
		t.Fatal(err)
	}
	a.waivers.Inventory = inv
	w, err = a.waivers.Decide(t.Context(), w.ID, actions.Decision{Who: bob, Yes: true, Digest: w.Digest})
	if !errors.Is(err, actions.ErrChanged) || w.State != actions.WaiverWaiting {
		t.Errorf("it is %s, %v", w.State, err)
	}
}
