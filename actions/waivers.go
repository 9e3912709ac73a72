package actions

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ErrFaulty is behind the refusal of a waiver that is asked for wrongly.
var ErrFaulty = errors.New("not asked for as it has to be")

// Waivers records what people accept for a time: like a change, asked for by
// one person and approved by another.
type Waivers struct {
	Ledger    Ledger
	Policy    Policy
	Inventory Inventory // knows which hosts a channel may target
	Now       func() time.Time
}

// Decide records one person's decision, bound to what that person was shown. It
// returns the waiver as it stands afterwards. Refused decisions are audited and
// change nothing.
func (s Waivers) Decide(ctx context.Context, id string, d Decision) (Waiver, error) {
	d.At, d.Reason = s.Now().UTC(), strings.TrimSpace(d.Reason)
	var targets error
	if d.Yes { // asked outside of the ledger's turn: the inventory may be slow
		w, err := s.load(ctx, id)
		if err != nil {
			return w, err
		}
		hosts, err := s.targets(ctx, w.Channel, w.Hosts)
		targets = cmp.Or(err, w.stillAt(hosts))
	}
	return s.act(ctx, id, d.Who, func(w *Waiver) (string, error) {
		if refused := s.allowed(*w, d); refused != nil {
			return "", refused
		}
		if d.Yes && targets != nil {
			return "", targets
		}
		w.Decided = append(w.Decided, d)
		switch {
		case !d.Yes:
			w.State = WaiverDenied
		case s.Missing(*w) > 0:
			return "waiver.approval", nil
		default:
			w.State = WaiverApproved
		}
		return "waiver." + string(w.State), nil
	})
}

func (s Waivers) allowed(w Waiver, d Decision) error {
	yes := func(past Decision) bool { return past.Yes && past.Who.ID == d.Who.ID }
	switch state := w.Standing(d.At); {
	case state == WaiverLapsed:
		return sentence(ErrExpired, "waiver %s was not decided in time; ask for a new one", w.ID)
	case state != WaiverWaiting:
		return sentence(ErrDecided, "waiver %s is already %s", w.ID, state)
	case s.MayApprove(d.Who) != nil:
		return s.MayApprove(d.Who)
	case d.Yes && d.Who.ID == w.Requester.ID:
		return sentence(ErrOwnPlan, "you asked for waiver %s yourself; a second engineer has to approve it", w.ID)
	case d.Digest != w.Digest || !w.Intact():
		return sentence(ErrChanged, "waiver %s is not the one that you were shown; ask for a new one", w.ID)
	case !d.Yes && len(d.Reason) < MinReason:
		return sentence(ErrFaulty, "a denial needs a reason; press Deny… again and say what has to be different")
	case d.Yes && s.MayAsk(w.Requester) != nil:
		return forbidden("the requester may no longer ask for waivers, so waiver %s cannot be approved", w.ID)
	case d.Yes && !d.At.Before(w.Until):
		return sentence(ErrExpired, "waiver %s would have ended by now; ask for a new one", w.ID)
	case d.Yes && slices.ContainsFunc(w.Decided, yes):
		return sentence(ErrTwice, "you have approved waiver %s already; it needs somebody else too", w.ID)
	}
	return nil
}

// Missing is how many approvals the waiver still needs. Those count whose
// people policy still trusts.
func (s Waivers) Missing(w Waiver) int {
	counts := 0
	for _, d := range w.Decided {
		if d.Yes && s.MayApprove(d.Who) == nil {
			counts++
		}
	}
	return max(w.Approvals, s.Policy.Approvals) - counts
}

// Withdraw takes back a request that waits. Only its requester may.
func (s Waivers) Withdraw(ctx context.Context, id string, who Person) (Waiver, error) {
	return s.act(ctx, id, who, func(w *Waiver) (string, error) {
		switch state := w.Standing(s.Now()); {
		case state != WaiverWaiting:
			return "", sentence(ErrDecided, "waiver %s is already %s", w.ID, state)
		case who.ID != w.Requester.ID:
			return "", forbidden("only whoever asked for waiver %s may withdraw it; an approver can deny it", w.ID)
		}
		w.over(WaiverWithdrawn, &who, s.Now())
		return "waiver.withdrawn", nil
	})
}

// End ends a waiver early. That only makes things stricter, so that one person
// is enough: its owner, or an approver.
func (s Waivers) End(ctx context.Context, id string, who Person) (Waiver, error) {
	return s.act(ctx, id, who, func(w *Waiver) (string, error) {
		switch state := w.Standing(s.Now()); {
		case state == WaiverWaiting:
			return "", sentence(ErrDecided, "waiver %s still waits for approval: deny or withdraw it", w.ID)
		case state != WaiverApproved:
			return "", sentence(ErrDecided, "waiver %s is already %s", w.ID, state)
		case who.ID != w.Owner.ID && s.MayApprove(who) != nil:
			return "", forbidden("waiver %s can be ended by its owner and by the people listed in policy.approvers", w.ID)
		}
		w.over(WaiverEnded, &who, s.Now())
		return "waiver.ended", nil
	})
}

func (w *Waiver) over(state WaiverState, by *Person, at time.Time) {
	w.State, w.EndedBy, w.EndedAt = state, by, at.UTC()
}

func (s Waivers) load(ctx context.Context, id string) (Waiver, error) {
	w, err := Load[Waiver](ctx, s.Ledger, KindWaiver, id)
	if isNotFound(err) {
		return w, sentence(ErrNotFound, "there is no waiver %s", id)
	}
	if err != nil {
		return w, fmt.Errorf("read waiver %s: %w", id, err)
	}
	return w, nil
}

// act has do change the waiver, and keeps it together with the audit entry,
// whose action do returns. What do refuses is audited and changes nothing.
func (s Waivers) act(ctx context.Context, id string, who Person, do func(*Waiver) (string, error)) (w Waiver, err error) {
	var refused error
	err = s.Ledger.Update(ctx, func(tx Tx) error {
		w = Waiver{}
		if err := tx.Get(KindWaiver, id, &w); err != nil {
			return err
		}
		after := w
		var action string
		if action, refused = do(&after); refused != nil {
			return tx.Audit(Entry{
				Actor: who, Action: "waiver.refused", Subject: id, Digest: w.Digest,
				Detail: map[string]string{"why": refused.Error()},
			})
		}
		w = after
		if err := tx.Put(KindWaiver, id, w); err != nil {
			return err
		}
		return tx.Audit(Entry{Actor: who, Action: action, Subject: id, Digest: w.Digest, Detail: w.said(who)})
	})
	switch {
	case isNotFound(err):
		return w, sentence(ErrNotFound, "there is no waiver %s", id)
	case err != nil:
		return w, fmt.Errorf("record what becomes of waiver %s: %w", id, err)
	}
	return w, refused
}

// said is the reason of the person's own denial.
func (w Waiver) said(who Person) map[string]string {
	if last := len(w.Decided) - 1; last >= 0 && w.State == WaiverDenied && w.Decided[last].Who.ID == who.ID {
		return map[string]string{"reason": w.Decided[last].Reason}
	}
	return nil
}
