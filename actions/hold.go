package actions

import (
	"context"
	"fmt"
	"time"
)

// Hold keeps changes from being begun: every one, or those of one run. Hosts
// that are being changed are finished first.
type Hold struct {
	Who Person    `json:"who"`
	At  time.Time `json:"at"`
	Why string    `json:"why,omitempty"`

	Channel string `json:"channel,omitempty"` // where it was told
}

// holdAll is the id of the hold on everything. Others have the id of a run.
const holdAll = "all"

func (h Hold) by() string {
	name := h.Who.Name
	if name == "" {
		name = h.Who.ID
	}
	if h.Why == "" {
		return name
	}
	return name + " (" + Line(h.Why, 300) + ")"
}

// held returns the hold by that id, or nil.
func held(tx Reader, id string) (*Hold, error) {
	var h Hold
	err := tx.Get(KindHold, id, &h)
	if isNotFound(err) {
		return nil, nil
	}
	return &h, err
}

// halted says why the run is to begin nothing more. The error is the ledger's.
func (r Roller) halted(ctx context.Context, j *journal) (why string, err error) {
	if ctx.Err() != nil {
		return "hardenbot was stopped", nil
	}
	err = r.Ledger.View(context.WithoutCancel(ctx), func(tx Reader) error {
		all, err := held(tx, holdAll)
		if err != nil {
			return err
		}
		one, err := held(tx, j.run.ID)
		switch {
		case all != nil:
			why = "all changes were stopped by " + all.by()
		case one != nil:
			why = "the run was aborted by " + one.by()
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("look whether changes were stopped: %w", err)
	}
	if why == "" && r.Calendar != nil {
		why = r.Calendar.Closed(r.Now())
	}
	return why, nil
}

// mayBegin refuses while changes are stopped, and when the calendar has it so.
// The second result is the ledger's failure.
func (a Approver) mayBegin(tx Reader) (refused, err error) {
	all, err := held(tx, holdAll)
	switch {
	case err != nil:
		return nil, err
	case all != nil:
		return sentence(ErrHalted, "all changes were stopped by %s; an approver has to let them begin again first", all.by()), nil
	case a.Calendar == nil:
		return nil, nil
	}
	if why := a.Calendar.Closed(a.Now()); why != "" {
		return sentence(ErrHalted, "%s", why), nil
	}
	return nil, nil
}

// Stop keeps every change from being begun, until somebody lifts it. Everybody
// who may scan may stop. It returns the hold as it stands: the first one stays.
func (a Approver) Stop(ctx context.Context, who Person, channel, why string) (Hold, error) {
	if err := a.Policy.MayScan(who); err != nil {
		return Hold{}, err
	}
	return a.hold(ctx, holdAll, "changes.stopped", Hold{Who: who, Why: why, Channel: channel})
}

// Lift takes the hold on everything away. Only an approver may.
func (a Approver) Lift(ctx context.Context, who Person) error {
	if err := a.Policy.MayApprove(who); err != nil {
		return forbidden("only the people listed in policy.approvers may let changes begin again%s", a.Policy.unread(a.Policy.Approvers))
	}
	var refused error
	err := a.Ledger.Update(ctx, func(tx Tx) error {
		all, err := held(tx, holdAll)
		if err != nil {
			return err
		}
		if all == nil {
			refused = sentence(ErrNotFound, "changes are not stopped")
			return nil
		}
		if err := tx.Delete(KindHold, holdAll); err != nil {
			return err
		}
		return tx.Audit(Entry{Actor: who, Action: "changes.resumed", Detail: map[string]string{"stopped by": all.by()}})
	})
	if err != nil {
		return fmt.Errorf("let changes begin again: %w", err)
	}
	return refused
}

// Stopped returns the hold on everything, or nil.
func (a Approver) Stopped(ctx context.Context) (all *Hold, err error) {
	err = a.Ledger.View(ctx, func(tx Reader) error {
		all, err = held(tx, holdAll)
		return err
	})
	return all, err
}

// Abort ends a run after the hosts at hand. Everybody who may scan may abort.
func (a Approver) Abort(ctx context.Context, who Person, runID, why string) error {
	if err := a.Policy.MayScan(who); err != nil {
		return err
	}
	run, err := Load[Run](ctx, a.Ledger, KindRun, runID)
	switch {
	case isNotFound(err):
		return sentence(ErrNotFound, "there is no run %s", runID)
	case err != nil:
		return fmt.Errorf("read run %s: %w", runID, err)
	case run.State != RunGoing:
		return sentence(ErrDecided, "run %s has ended already", runID)
	}
	_, err = a.hold(ctx, runID, "run.aborted", Hold{Who: who, Why: why})
	return err
}

func (a Approver) hold(ctx context.Context, id, action string, h Hold) (Hold, error) {
	h.At, h.Why = a.Now().UTC(), Line(h.Why, 300)
	err := a.Ledger.Update(ctx, func(tx Tx) error {
		before, err := held(tx, id)
		if err != nil {
			return err
		}
		if before != nil {
			h = *before
			return nil
		}
		if err := tx.Put(KindHold, id, h); err != nil {
			return err
		}
		return tx.Audit(Entry{Actor: h.Who, Action: action, Subject: id, Detail: map[string]string{"why": h.Why}})
	})
	if err != nil {
		return h, fmt.Errorf("keep changes from being begun: %w", err)
	}
	return h, nil
}
