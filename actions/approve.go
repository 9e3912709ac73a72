package actions

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Decision is one person's word on a plan, bound to what that person was shown.
type Decision struct {
	Who    Person    `json:"who"`
	At     time.Time `json:"at"`
	Yes    bool      `json:"yes"`
	Digest string    `json:"digest"`           // the plan's when it was shown
	Reason string    `json:"reason,omitempty"` // of a denial

	SteppedUp bool `json:"stepped_up,omitempty"` // a second factor was shown for it

	// Lapsed says of an approval that it counts no more. It is not kept: see
	// Approver.Counted.
	Lapsed bool `json:"-"`
}

// What a decision can be refused for. The error's own text is the sentence
// for the person.
var (
	ErrBusy    = errors.New("another run is changing one of the hosts")
	ErrOwnPlan = errors.New("a plan is approved by somebody else than its requester")
	ErrDecided = errors.New("the plan was decided before")
	ErrExpired = errors.New("the plan has expired")
	ErrChanged = errors.New("the plan is not the one that was shown")
	ErrTwice   = errors.New("one person approves once")
	ErrHalted  = errors.New("no change may be begun now")
)

// Approver records decisions.
type Approver struct {
	Ledger   Ledger
	Policy   Policy
	Calendar Calendar // nil where changes may be made at any time
	Now      func() time.Time
}

// Decide records one person's decision. It returns the plan as it stands
// afterwards; the caller starts the run when its state has become
// PlanApproved by this very call, which is told by started: the run is in the
// ledger then. Refused decisions are audited and change nothing.
func (a Approver) Decide(ctx context.Context, planID string, d Decision) (plan Plan, started bool, err error) {
	var refused error
	d.At = a.Now().UTC()
	err = a.Ledger.Update(ctx, func(tx Tx) error {
		if err := tx.Get(KindPlan, planID, &plan); err != nil {
			return err
		}
		if refused, err = a.judge(tx, plan, d); err != nil {
			return err
		}
		if refused != nil {
			return a.refuse(tx, &plan, d, refused)
		}
		started, err = a.record(tx, &plan, d)
		return err
	})
	if isNotFound(err) {
		return plan, false, fmt.Errorf("there is no plan %s: %w", planID, ErrNotFound)
	}
	if err != nil {
		return plan, false, fmt.Errorf("record the decision on %s: %w", planID, err)
	}
	return plan, started, refused
}

// May says what Decide would refuse the decision for, or nil. It writes nothing.
func (a Approver) May(ctx context.Context, planID string, d Decision) error {
	var refused error
	d.At = a.Now().UTC()
	err := a.Ledger.View(ctx, func(tx Reader) error {
		var plan Plan
		err := tx.Get(KindPlan, planID, &plan)
		if err == nil {
			refused, err = a.judge(tx, plan, d)
		}
		return err
	})
	if isNotFound(err) {
		return fmt.Errorf("there is no plan %s: %w", planID, ErrNotFound)
	}
	if err != nil {
		return fmt.Errorf("read plan %s: %w", planID, err)
	}
	return refused
}

// judge is the whole policy on one decision. It changes nothing. The first
// result is the refusal, the second the ledger's failure.
func (a Approver) judge(tx Reader, plan Plan, d Decision) (error, error) {
	if refused := a.allowed(plan, d); refused != nil || !d.Yes {
		return refused, nil
	}
	if refused, err := a.mayBegin(tx); refused != nil || err != nil {
		return refused, err
	}
	host, run, err := busy(tx, plan)
	if err == nil && host != "" {
		return sentence(ErrBusy, "run %s is changing %s at the moment; approve again when it has ended", run, host), nil
	}
	return a.Policy.stepUp(plan, d.SteppedUp), err
}

func (a Approver) allowed(plan Plan, d Decision) error {
	switch {
	case plan.State == PlanExpired, plan.overdue(d.At):
		return sentence(ErrExpired, "plan %s expired at %s; ask for a new one", plan.ID, plan.Expires.Format("15:04 MST"))
	case plan.State != PlanWaiting:
		return sentence(ErrDecided, "plan %s is already %s", plan.ID, plan.State)
	case a.Policy.MayApprove(d.Who) != nil:
		return a.Policy.MayApprove(d.Who)
	case d.Who.ID == plan.Requester.ID && d.Yes:
		return sentence(ErrOwnPlan, "you asked for plan %s yourself; a second engineer has to approve it", plan.ID)
	case d.Digest != plan.Digest || !plan.Intact():
		return sentence(ErrChanged, "plan %s is not the one that you were shown; ask for a new one", plan.ID)
	case d.Yes && a.Policy.MayRequest(plan.Requester) != nil:
		return forbidden("%s may no longer request fixes, so plan %s cannot be approved", cmp.Or(plan.Requester.Name, plan.Requester.ID), plan.ID)
	case d.Yes && approvedBy(plan, d.Who):
		return sentence(ErrTwice, "you have approved plan %s already; it needs somebody else too", plan.ID)
	}
	return nil
}

// enough counts the approvals that still count: policy may have become stricter
// since the plan was made.
func (a Approver) enough(plan Plan) bool { return a.Missing(plan) <= 0 }

// Missing is how many approvals the plan still needs.
func (a Approver) Missing(plan Plan) int {
	missing := max(plan.Approvals, a.Policy.approvals(plan.Hosts))
	for _, d := range plan.Decided {
		if a.counts(plan, d) {
			missing--
		}
	}
	return missing
}

func (a Approver) counts(plan Plan, d Decision) bool {
	return d.Yes && a.Policy.MayApprove(d.Who) == nil && a.Policy.stepUp(plan, d.SteppedUp) == nil
}

// Counted is the plan as policy sees it now: with as many approvals as it takes,
// and those marked that have lapsed, such as of somebody who is no approver any
// more.
func (a Approver) Counted(plan Plan) Plan {
	plan.Approvals = max(plan.Approvals, a.Policy.approvals(plan.Hosts))
	plan.Decided = slices.Clone(plan.Decided)
	for i, d := range plan.Decided {
		plan.Decided[i].Lapsed = d.Yes && !a.counts(plan, d)
	}
	return plan
}

func approvedBy(plan Plan, who Person) bool {
	for _, d := range plan.Decided {
		if d.Yes && d.Who.ID == who.ID {
			return true
		}
	}
	return false
}

// refuse audits the refusal. A plan whose time is up is marked as expired.
func (a Approver) refuse(tx Tx, plan *Plan, d Decision, why error) error {
	if errors.Is(why, ErrExpired) && plan.State == PlanWaiting {
		if err := expire(tx, plan); err != nil {
			return err
		}
	}
	return tx.Audit(Entry{
		Actor: d.Who, Action: "decision.refused", Subject: plan.ID, Digest: d.Digest,
		Detail: map[string]string{"why": why.Error()},
	})
}

func (a Approver) record(tx Tx, plan *Plan, d Decision) (started bool, err error) {
	plan.Decided = append(plan.Decided, d)
	action := "plan.approval"
	switch {
	case !d.Yes:
		plan.State, action = PlanDenied, "plan.denied"
	case a.enough(*plan):
		plan.State, action = PlanApproved, "plan.approved"
		run := newRun(*plan, d.At)
		plan.RunID = run.ID
		if err := tx.Put(KindRun, run.ID, run); err != nil {
			return false, err
		}
		started = true
	}
	if err := tx.Put(KindPlan, plan.ID, *plan); err != nil {
		return false, err
	}
	return started, tx.Audit(Entry{
		Actor: d.Who, Action: action, Subject: plan.ID, Digest: d.Digest,
		Detail: map[string]string{"reason": d.Reason, "run": plan.RunID, "second factor": factor(d.SteppedUp)},
	})
}

// Expire marks the plans whose time is up and returns them. It writes nothing
// where there are none.
func (a Approver) Expire(ctx context.Context) ([]Plan, error) {
	now := a.Now()
	var due, expired []Plan
	err := a.Ledger.View(ctx, func(tx Reader) error {
		plans, err := All[Plan](tx, KindPlan)
		for _, p := range plans {
			if p.overdue(now) {
				due = append(due, p)
			}
		}
		return err
	})
	if err != nil || len(due) == 0 {
		return nil, err
	}
	err = a.Ledger.Update(ctx, func(tx Tx) error {
		expired = nil
		for _, p := range due {
			if err := tx.Get(KindPlan, p.ID, &p); err != nil {
				return err
			}
			if !p.overdue(now) {
				continue // decided meanwhile
			}
			if err := expire(tx, &p); err != nil {
				return err
			}
			expired = append(expired, p)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("expire plans: %w", err)
	}
	return expired, nil
}

func (p Plan) overdue(now time.Time) bool { return p.State == PlanWaiting && !now.Before(p.Expires) }

func expire(tx Tx, p *Plan) error {
	p.State = PlanExpired
	if err := tx.Put(KindPlan, p.ID, *p); err != nil {
		return err
	}
	return tx.Audit(Entry{Actor: Bot, Action: "plan.expired", Subject: p.ID, Digest: p.Digest})
}

// sentence is an error whose text is for people and which is its kind.
func sentence(kind error, format string, args ...any) error {
	return told{kind, fmt.Sprintf(format, args...)}
}

type told struct {
	kind error
	says string
}

func (t told) Error() string { return t.says }
func (t told) Unwrap() error { return t.kind }
