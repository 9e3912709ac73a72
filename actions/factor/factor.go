// Package factor keeps the second factors of approvers: one secret for
// time-based one-time passwords (RFC 6238) a person.
//
// In flow a person's ID and the codes that the person types; out come a yes or
// a refusal that can be said to that person, and audit entries. The secrets are
// in the ledger, sealed (seal.go); what a code is judged by is in code.go.
//
//	factors  USER ID → record: the secret in force, the one on offer, the
//	         newest code that was accepted, the latest wrong tries
package factor

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/pquerna/otp/totp"

	"hardenbot/actions"
)

// Keeper enrols people and checks their codes. Its methods are safe for
// concurrent use.
type Keeper struct {
	ledger actions.Ledger
	seal   sealer
	issuer string
	now    func() time.Time
}

// New returns a keeper that seals with the key, of KeySize bytes. The issuer is
// the name that authenticators show.
func New(ledger actions.Ledger, key []byte, issuer string, now func() time.Time) (*Keeper, error) {
	seal, err := newSealer(key)
	if err != nil {
		return nil, err
	}
	return &Keeper{ledger: ledger, seal: seal, issuer: issuer, now: now}, nil
}

// record is what is kept of one person.
type record struct {
	Sealed []byte      `json:"sealed,omitempty"` // the secret in force
	Since  time.Time   `json:"since,omitzero"`   // when it came into force
	Last   uint64      `json:"last,omitempty"`   // the counter of the newest accepted code
	Wrong  []time.Time `json:"wrong,omitempty"`  // the wrong tries of the last day

	Offered   []byte    `json:"offered,omitempty"` // a secret that waits for its first code
	OfferedAt time.Time `json:"offered_at,omitzero"`
}

// offerLife is how long a secret on offer waits for its first code.
const offerLife = 10 * time.Minute

// Enrolled reports whether the person has a second factor.
func (k *Keeper) Enrolled(ctx context.Context, who actions.Person) (bool, error) {
	var rec record
	err := k.ledger.View(ctx, func(tx actions.Reader) (err error) {
		rec, err = read(tx, who)
		return err
	})
	return len(rec.Sealed) > 0, err
}

// Offer makes a new secret for the person. It comes into force by Enrol.
func (k *Keeper) Offer(ctx context.Context, who actions.Person) (actions.FactorOffer, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: k.issuer, AccountName: who.ID, Period: period, SecretSize: 20})
	if err != nil {
		return actions.FactorOffer{}, fmt.Errorf("make a secret: %w", err)
	}
	sealed, err := k.seal.close(who.ID, key.Secret())
	if err != nil {
		return actions.FactorOffer{}, err
	}
	offer := actions.FactorOffer{Secret: key.Secret(), URI: key.URL()}
	err = k.ledger.Update(ctx, func(tx actions.Tx) error {
		rec, err := read(tx, who)
		if err != nil {
			return err
		}
		rec.Offered, rec.OfferedAt, offer.Again = sealed, k.now().UTC(), len(rec.Sealed) > 0
		return tx.Put(actions.KindFactor, who.ID, rec)
	})
	if err != nil {
		return actions.FactorOffer{}, fmt.Errorf("keep a secret: %w", err)
	}
	return offer, nil
}

// Enrol puts the secret on offer into force, by its first code. Where another
// one is in force, it takes a code of that one, too.
func (k *Keeper) Enrol(ctx context.Context, who actions.Person, first, current string) error {
	return k.change(ctx, who, func(rec *record, now time.Time) (string, error) {
		action := "factor.enrolled"
		if len(rec.Sealed) > 0 {
			action = "factor.replaced"
			if _, err := k.judge(rec, who, current, now); err != nil {
				return "", err
			}
		}
		if len(rec.Offered) == 0 || now.Sub(rec.OfferedAt) > offerLife {
			return "", refuse(actions.ErrCode, "this window is out of date; close it, and type /harden enrol again")
		}
		secret, err := k.seal.open(who.ID, rec.Offered)
		if err != nil {
			return "", err
		}
		counter, ok := match(secret, first, now)
		if !ok {
			return "", refuse(actions.ErrCode, "the code is not right; is the clock of your device right?")
		}
		*rec = record{Sealed: rec.Offered, Since: now, Last: counter}
		return action, nil
	})
}

// Check says whether Use would take the code. A wrong one counts.
func (k *Keeper) Check(ctx context.Context, who actions.Person, code string) error {
	return k.change(ctx, who, func(rec *record, now time.Time) (string, error) {
		_, err := k.judge(rec, who, code, now)
		return "", err
	})
}

// Use takes the code, once.
func (k *Keeper) Use(ctx context.Context, who actions.Person, code string) error {
	return k.change(ctx, who, func(rec *record, now time.Time) (string, error) {
		counter, err := k.judge(rec, who, code, now)
		if err != nil {
			return "", err // the newest accepted code stays the newest
		}
		rec.Last = counter
		return "factor.shown", nil
	})
}

// Reset takes the person's second factor away, on the word of whoever runs the
// machine. It returns actions.ErrNotFound where there is none.
func Reset(ctx context.Context, ledger actions.Ledger, by actions.Person, user string) error {
	return ledger.Update(ctx, func(tx actions.Tx) error {
		var rec record
		if err := tx.Get(actions.KindFactor, user, &rec); err != nil {
			return err
		}
		if err := tx.Delete(actions.KindFactor, user); err != nil {
			return err
		}
		return tx.Audit(actions.Entry{Actor: by, Action: "factor.reset", Subject: user})
	})
}

// change has do change the person's record, and audits what do says it was, or
// its refusal.
func (k *Keeper) change(ctx context.Context, who actions.Person, do func(*record, time.Time) (string, error)) error {
	var refused error
	err := k.ledger.Update(context.WithoutCancel(ctx), func(tx actions.Tx) error {
		rec, err := read(tx, who)
		if err != nil {
			return err
		}
		before := rec
		var action string
		action, refused = do(&rec, k.now().UTC())
		var why refusal
		switch {
		case refused != nil && !errors.As(refused, &why):
			return refused
		case refused != nil:
			err = tx.Audit(actions.Entry{Actor: who, Action: "factor.refused", Subject: who.ID, Detail: map[string]string{"why": why.says}})
		case action != "":
			err = tx.Audit(actions.Entry{Actor: who, Action: action, Subject: who.ID})
		}
		if err != nil || reflect.DeepEqual(rec, before) {
			return err
		}
		return tx.Put(actions.KindFactor, who.ID, rec)
	})
	if err != nil {
		return fmt.Errorf("second factor of %s: %w", who.ID, err)
	}
	return refused
}

func read(tx actions.Reader, who actions.Person) (rec record, err error) {
	err = tx.Get(actions.KindFactor, who.ID, &rec)
	if errors.Is(err, actions.ErrNotFound) {
		return record{}, nil
	}
	return rec, err
}

// refusal is an error whose text is for the person.
type refusal struct {
	kind error
	says string
}

func refuse(kind error, says string) error { return refusal{kind, says} }

func (r refusal) Error() string { return r.says }
func (r refusal) Unwrap() error { return r.kind }
