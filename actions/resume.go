package actions

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// resumeWithin is how long after its approval a plan may be gone on with. After
// that people should look at it afresh.
const resumeWithin = 24 * time.Hour

// Continue asks that a stopped run goes on.
type Continue struct {
	Run   string
	Hosts []string // to be tried again; where it is empty, those that the run did not come to
	Who   Person

	SteppedUp bool // Who has shown a second factor for it
}

// MayResume says what Resume would refuse, or nil. It writes nothing.
func (a Approver) MayResume(ctx context.Context, c Continue) error {
	var refused error
	err := a.Ledger.View(ctx, func(tx Reader) error {
		var last Run
		var plan Plan
		err := tx.Get(KindRun, c.Run, &last)
		if err == nil {
			err = tx.Get(KindPlan, last.Plan, &plan)
		}
		if err == nil {
			_, refused, err = a.next(tx, plan, last, c)
		}
		return err
	})
	if isNotFound(err) {
		return sentence(ErrNotFound, "there is no run %s", c.Run)
	}
	if err != nil {
		return fmt.Errorf("go on with run %s: %w", c.Run, err)
	}
	return refused
}

// Resume goes on with a run that was stopped, as a run of its own under the same
// approval: with the hosts that it left untouched, or with those that are named,
// which are tried again. As for an approval, it takes an approver who is not the
// requester. The caller executes the run. Refusals are audited.
func (a Approver) Resume(ctx context.Context, c Continue) (Plan, Run, error) {
	var plan Plan
	var next Run
	var refused error
	err := a.Ledger.Update(ctx, func(tx Tx) error {
		var last Run
		if err := tx.Get(KindRun, c.Run, &last); err != nil {
			return err
		}
		if err := tx.Get(KindPlan, last.Plan, &plan); err != nil {
			return err
		}
		var err error
		if next, refused, err = a.next(tx, plan, last, c); err != nil {
			return err
		}
		if refused != nil {
			return tx.Audit(Entry{Actor: c.Who, Action: "resume.refused", Subject: c.Run, Digest: plan.Digest, Detail: map[string]string{"why": refused.Error()}})
		}
		plan.RunID = next.ID
		return a.keepNext(tx, plan, next, c)
	})
	if isNotFound(err) {
		return plan, next, sentence(ErrNotFound, "there is no run %s", c.Run)
	}
	if err != nil {
		return plan, next, fmt.Errorf("go on with run %s: %w", c.Run, err)
	}
	return plan, next, refused
}

func (a Approver) keepNext(tx Tx, plan Plan, next Run, c Continue) error {
	err := errors.Join(tx.Put(KindRun, next.ID, next), tx.Put(KindPlan, plan.ID, plan))
	if err != nil {
		return err
	}
	return tx.Audit(Entry{
		Actor: c.Who, Action: "run.resumed", Subject: next.ID, Digest: plan.Digest,
		Detail: map[string]string{"after": c.Run, "hosts": fmt.Sprint(next.waiting()), "second factor": factor(c.SteppedUp)},
	})
}

// next is the run that goes on, or why none may. The error is the ledger's.
func (a Approver) next(tx Reader, plan Plan, last Run, c Continue) (next Run, refused, err error) {
	now := a.Now().UTC()
	if refused = a.mayResume(plan, last, c.Who, now); refused != nil {
		return next, refused, nil
	}
	if next, refused = last.again(c.Hosts, now); refused != nil {
		return next, refused, nil
	}
	if refused, err = undone(tx, plan); refused != nil || err != nil {
		return next, refused, err
	}
	if refused, err = a.mayBegin(tx); refused != nil || err != nil {
		return next, refused, err
	}
	host, other, err := busy(tx, plan.only(next.waiting()))
	if err == nil && host != "" {
		refused = sentence(ErrBusy, "run %s is changing %s at the moment; go on when it has ended", other, host)
	}
	return next, cmp.Or(refused, a.Policy.stepUp(plan, c.SteppedUp)), err
}

// undone refuses to go on with a plan of which something was undone since: the
// run would tell that all is done.
func undone(tx Reader, plan Plan) (refused, err error) {
	plans, err := All[Plan](tx, KindPlan)
	if err != nil {
		return nil, err
	}
	for _, p := range plans {
		var run Run
		if p.Undoes == "" || p.RunID == "" {
			continue
		}
		if err := tx.Get(KindRun, p.Undoes, &run); err != nil && !isNotFound(err) {
			return nil, err
		}
		if run.Plan == plan.ID {
			return sentence(ErrDecided, "plan %s has undone what plan %s did; ask for a new one", p.ID, plan.ID), nil
		}
	}
	return nil, nil
}

func (a Approver) mayResume(plan Plan, last Run, who Person, now time.Time) error {
	switch {
	case a.Policy.MayApprove(who) != nil:
		return forbidden("you may not go on with runs: only the people listed in policy.approvers may%s", a.Policy.unread(a.Policy.Approvers))
	case who.ID == plan.Requester.ID:
		return sentence(ErrOwnPlan, "you asked for plan %s yourself; a second engineer has to go on with it", plan.ID)
	case last.State != RunStopped:
		return sentence(ErrDecided, "run %s is %s, so there is nothing to go on with", last.ID, last.State)
	case plan.RunID != last.ID:
		return sentence(ErrDecided, "run %s is not the last one of plan %s; that is %s", last.ID, plan.ID, plan.RunID)
	case !plan.Intact() || plan.State != PlanApproved || !a.enough(plan):
		return sentence(ErrChanged, "plan %s is not approved any more as policy wants it; ask for a new one", plan.ID)
	case a.Policy.MayRequest(plan.Requester) != nil:
		return forbidden("%s may no longer request fixes, so plan %s cannot be gone on with", cmp.Or(plan.Requester.Name, plan.Requester.ID), plan.ID)
	case now.Sub(plan.approved()) > resumeWithin:
		return sentence(ErrExpired, "plan %s was approved more than a day ago; ask for a new one", plan.ID)
	}
	return nil
}

// approved is when the last decision was made.
func (p Plan) approved() time.Time {
	var last time.Time
	for _, d := range p.Decided {
		if d.At.After(last) {
			last = d.At
		}
	}
	return last
}

// only is the plan with those of its hosts.
func (p Plan) only(hosts []string) Plan {
	p.Hosts = slices.DeleteFunc(slices.Clone(p.Hosts), func(hp HostPlan) bool { return !slices.Contains(hosts, hp.Host.Name) })
	return p
}

// again is the run that goes on with this one: the hosts wait for their turn
// anew, all others stay as they ended.
func (r Run) again(hosts []string, now time.Time) (Run, error) {
	next := r.clone()
	next.ID, next.After, next.State, next.Why, next.Started, next.Finished = NewID("R"), r.ID, RunGoing, "", now, time.Time{}
	for i := range next.Hosts {
		h := &next.Hosts[i]
		h.In = cmp.Or(h.In, r.ID)
		if len(hosts) == 0 && h.State != Untouched || len(hosts) > 0 && !slices.Contains(hosts, h.Host) {
			continue
		}
		switch {
		case h.State.Good():
			return next, sentence(ErrDecided, "%s is done already", h.Host)
		case h.State == Lost && !h.Until.IsZero():
			return next, sentence(ErrBusy, "%s is lost while its dead-man switch was armed; it can be tried again when it is seen to have put itself back", h.Host)
		}
		*h = h.anew(now)
	}
	for _, name := range hosts {
		if next.Host(name) == nil {
			return next, sentence(ErrNotFound, "%s is not part of run %s", name, r.ID)
		}
	}
	if len(next.waiting()) == 0 {
		return next, sentence(ErrDecided, "run %s came to every host; name the hosts that shall be tried again", r.ID)
	}
	return next, nil
}

// anew is the host as it waits for its turn. That it was changed and not put
// back, or is out of rotation, is not forgotten.
func (h HostRun) anew(now time.Time) HostRun {
	fresh := HostRun{Host: h.Host, State: Queued, Since: now}
	if h.troubled() || h.outside() {
		fresh.Before = &h
	}
	if h.outside() {
		fresh.Seats, fresh.Left = h.Seats, true
	}
	return fresh
}

// waiting returns the hosts that have not ended.
func (r Run) waiting() []string {
	var names []string
	for _, h := range r.Hosts {
		if !h.State.Ended() {
			names = append(names, h.Host)
		}
	}
	return names
}
