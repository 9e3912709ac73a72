package actions

import (
	"context"
	"fmt"
)

// Withdraw takes back a plan that waits, and returns it as it stands afterwards.
// Only its requester may. Refusals are audited and change nothing.
func (a Approver) Withdraw(ctx context.Context, planID string, who Person) (plan Plan, err error) {
	var refused error
	d := Decision{Who: who, At: a.Now().UTC()}
	err = a.Ledger.Update(ctx, func(tx Tx) error {
		if err := tx.Get(KindPlan, planID, &plan); err != nil {
			return err
		}
		d.Digest = plan.Digest
		if refused = mayWithdraw(plan, d); refused != nil {
			return a.refuse(tx, &plan, d, refused)
		}
		plan.State, plan.Decided = PlanWithdrawn, append(plan.Decided, d)
		if err := tx.Put(KindPlan, plan.ID, plan); err != nil {
			return err
		}
		return tx.Audit(Entry{Actor: who, Action: "plan.withdrawn", Subject: plan.ID, Digest: plan.Digest})
	})
	if isNotFound(err) {
		return plan, sentence(ErrNotFound, "there is no plan %s", planID)
	}
	if err != nil {
		return plan, fmt.Errorf("withdraw plan %s: %w", planID, err)
	}
	return plan, refused
}

func mayWithdraw(plan Plan, d Decision) error {
	switch {
	case plan.State == PlanExpired, plan.overdue(d.At):
		return sentence(ErrExpired, "plan %s expired at %s, so there is nothing to withdraw", plan.ID, plan.Expires.Format("15:04 MST"))
	case plan.State != PlanWaiting:
		return sentence(ErrDecided, "plan %s is already %s", plan.ID, plan.State)
	case d.Who.ID == "" || d.Who.ID != plan.Requester.ID:
		return forbidden("only whoever asked for plan %s may withdraw it; an approver can deny it", plan.ID)
	}
	return nil
}
