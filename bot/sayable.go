package bot

import (
	"context"
	"errors"
	"slices"

	"hardenbot/actions"
)

// sayable is an error whose text is a sentence for people.
type sayable struct{ error }

func (s sayable) Unwrap() error { return s.error }

// audited is a refusal that is in the audit trail already.
type audited struct{ error }

func (a audited) Unwrap() error { return a.error }

// forPeople lists the errors of package actions whose text is for people.
var forPeople = []error{
	actions.ErrForbidden, actions.ErrOwnPlan, actions.ErrDecided, actions.ErrExpired, actions.ErrChanged,
	actions.ErrTwice, actions.ErrBusy, actions.ErrReportOnly, actions.ErrHalted, actions.ErrFaulty, errStale,
	actions.ErrStepUp, actions.ErrCode, actions.ErrCodes, actions.ErrNotEnrolled, actions.ErrSound,
}

// sentence returns what to tell a person about an error. Other errors may hold
// anything, and people are sent to the log for them.
func sentence(err error) (text string, expected bool) {
	var s sayable
	known := slices.ContainsFunc(forPeople, func(kind error) bool { return errors.Is(err, kind) })
	if known || errors.As(err, &s) {
		return words(err.Error(), maxReason), true
	}
	return "That did not work. The log of hardenbot says why.", false
}

// answer tells the person what came of an error, the log what people must not
// read, and the audit trail who was refused what.
func (b *Bot) answer(ctx context.Context, who asker, doing string, err error) {
	if err == nil {
		return
	}
	text, expected := sentence(err)
	if !expected {
		b.log.Error("failed", "doing", doing, "channel", who.Channel, "user", who.Person.ID, "err", safe(err))
	}
	if errors.Is(err, actions.ErrForbidden) || errors.Is(err, errStale) {
		b.auditRefusal(ctx, who, doing, err)
	}
	b.tell(ctx, who, message{Text: text})
}

func (b *Bot) auditRefusal(ctx context.Context, who asker, doing string, refused error) {
	var done audited
	if errors.As(refused, &done) {
		return
	}
	err := b.cfg.Ledger.Update(context.WithoutCancel(ctx), func(tx actions.Tx) error {
		return tx.Audit(actions.Entry{
			Actor: who.Person, Action: "request.refused", Subject: doing,
			Detail: map[string]string{"channel": who.Channel, "why": refused.Error()},
		})
	})
	if err != nil {
		b.log.Error("a refusal could not be audited", "doing", doing, "user", who.Person.ID, "err", err)
	}
}
