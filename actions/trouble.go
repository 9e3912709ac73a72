package actions

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Trouble is a host that a run left so that somebody has to look at it: changed
// and neither verified nor undone, out of rotation, or lost while it was changed.
type Trouble struct {
	Run  Run
	Plan Plan
	Host HostRun
}

// Care is somebody's word that a host in trouble is taken care of.
type Care struct {
	Who Person    `json:"who"`
	At  time.Time `json:"at"`
}

// troubled reports whether the host is neither as before nor as planned.
func (h HostRun) troubled() bool {
	return h.State == Failed || h.State == Outside || h.State == Lost && h.touched()
}

// neglected reports whether somebody has to look at the host, and nobody has.
func (h HostRun) neglected() bool { return h.troubled() && h.Care == nil }

// Troubles returns the hosts that need somebody. A host stays one of them until
// a run of the same plan ends well for it, what was done to it is undone, a
// balancer serves it again that it had left, or somebody takes care of it. That
// another fix was made there does not mend it.
func (a Approver) Troubles(ctx context.Context) ([]Trouble, error) {
	var all []Trouble
	err := a.Ledger.View(ctx, func(tx Reader) error {
		runs, err := newestRuns(tx)
		for _, t := range runs {
			for _, h := range t.Run.Hosts {
				if t.Run.State != RunGoing && h.neglected() && !slices.ContainsFunc(runs, func(later Trouble) bool { return later.mends(t.Run, h) }) {
					all = append(all, Trouble{Run: t.Run, Plan: t.Plan, Host: h})
				}
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for hosts that need somebody: %w", err)
	}
	return all, nil
}

// newestRuns returns the last run of each plan: it has the end of every host in
// the runs that it goes on with.
func newestRuns(tx Reader) ([]Trouble, error) {
	runs, err := All[Run](tx, KindRun)
	var newest []Trouble
	for _, run := range runs {
		t := Trouble{Run: run}
		if err := tx.Get(KindPlan, run.Plan, &t.Plan); err != nil && !isNotFound(err) {
			return nil, err
		}
		if t.Plan.RunID == run.ID {
			newest = append(newest, t)
		}
	}
	return newest, err
}

// mends reports whether a run has mended what another one has left of a host.
func (t Trouble) mends(left Run, h HostRun) bool {
	at := t.Run.Host(h.Host)
	switch {
	case at == nil || !t.Run.Started.After(left.Started):
		return false
	case t.Plan.Undoes != "" && (t.Plan.Undoes == left.ID || t.Plan.Undoes == h.In):
		return at.State == Done
	}
	return h.State == Outside && len(at.Seats) > 0 && at.Back
}

// TakeCare records that somebody takes care of the run's hosts in trouble, so
// that they are not reported any more. Everybody who may scan may say so. It
// returns the hosts.
func (a Approver) TakeCare(ctx context.Context, who Person, runID string) ([]string, error) {
	if err := a.Policy.MayScan(who); err != nil {
		return nil, err
	}
	var hosts []string
	err := a.Ledger.Update(ctx, func(tx Tx) error {
		var run Run
		if err := tx.Get(KindRun, runID, &run); err != nil {
			return err
		}
		hosts = nil
		if run.State == RunGoing {
			return nil
		}
		for i := range run.Hosts {
			if h := &run.Hosts[i]; h.neglected() {
				h.Care = &Care{Who: who, At: a.Now().UTC()}
				hosts = append(hosts, h.Host)
				if err := tx.Audit(Entry{Actor: who, Action: "host.taken-care-of", Subject: runID, Host: h.Host}); err != nil {
					return err
				}
			}
		}
		return tx.Put(KindRun, runID, run)
	})
	switch {
	case isNotFound(err):
		return nil, sentence(ErrNotFound, "there is no run %s", runID)
	case err != nil:
		return nil, fmt.Errorf("record who takes care of run %s: %w", runID, err)
	case len(hosts) == 0:
		return nil, sentence(ErrDecided, "no host of run %s needs somebody now", runID)
	}
	return hosts, nil
}
