package factor

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pquerna/otp/totp"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

var (
	bob   = actions.Person{ID: "U0BOB", Name: "bob"}
	carol = actions.Person{ID: "U0CAROL", Name: "carol"}
)

func keeper(t *testing.T) (*Keeper, *actionstest.Ledger) {
	t.Helper()
	ledger := actionstest.NewLedger()
	k, err := New(ledger, bytes.Repeat([]byte{7}, KeySize), "hardenbot", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return k, ledger
}

func code(t *testing.T, secret string) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// enrolled returns the secret of somebody who has just enrolled, half a minute
// later, so that there is a code that was not used.
func enrolled(t *testing.T, k *Keeper, who actions.Person) string {
	t.Helper()
	offer, err := k.Offer(t.Context(), who)
	if err != nil || offer.Again {
		t.Fatal(offer.Again, err)
	}
	if err := k.Enrol(t.Context(), who, code(t, offer.Secret), ""); err != nil {
		t.Fatal(err)
	}
	time.Sleep(period * time.Second)
	return offer.Secret
}

func wants(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func TestACodeIsTakenOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, _ := keeper(t)
		wants(t, "not enrolled", k.Use(t.Context(), bob, "123456"), actions.ErrNotEnrolled)
		secret := enrolled(t, k, bob)
		c := code(t, secret)
		wants(t, "looked at", k.Check(t.Context(), bob, c), nil)
		wants(t, "looked at again", k.Check(t.Context(), bob, c[:3]+" "+c[3:]), nil)
		wants(t, "used", k.Use(t.Context(), bob, c), nil)
		wants(t, "used again", k.Use(t.Context(), bob, c), actions.ErrCode)
		wants(t, "looked at after its use", k.Check(t.Context(), bob, c), actions.ErrCode)
		time.Sleep(period * time.Second)
		wants(t, "an older one", k.Use(t.Context(), bob, c), actions.ErrCode)
		wants(t, "the next", k.Use(t.Context(), bob, code(t, secret)), nil)
		late := code(t, secret)
		time.Sleep(3 * period * time.Second)
		wants(t, "a stale one", k.Use(t.Context(), bob, late), actions.ErrCode)
		for _, bad := range []string{"", "12345", "1234567", "abcdef", strings.Repeat("1", 1000), "１２３４５６"} {
			time.Sleep(wrongWithin)
			wants(t, "no code", k.Use(t.Context(), bob, bad), actions.ErrCode)
		}
	})
}

func TestWrongCodesAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, ledger := keeper(t)
		secret := enrolled(t, k, bob)
		for range maxWrong {
			wants(t, "wrong", k.Check(t.Context(), bob, "000"), actions.ErrCode)
			time.Sleep(time.Second)
		}
		wants(t, "right, but too late", k.Use(t.Context(), bob, code(t, secret)), actions.ErrCodes)
		time.Sleep(wrongWithin)
		used := code(t, secret)
		wants(t, "after the wait", k.Use(t.Context(), bob, used), nil)
		wants(t, "wrong after that", k.Use(t.Context(), bob, "000"), actions.ErrCode)
		wants(t, "the used one after a wrong one", k.Use(t.Context(), bob, used), actions.ErrCode)
		for range maxWrong - 1 {
			wants(t, "wrong again", k.Use(t.Context(), bob, "000"), actions.ErrCode)
		}
		wants(t, "too many again", k.Use(t.Context(), bob, "000"), actions.ErrCodes)
		refused := 0
		for _, e := range ledger.Trail() {
			if e.Action == "factor.refused" && e.Actor == bob {
				refused++
			}
		}
		if refused != 2*(maxWrong+1)+1 {
			t.Errorf("%d refusals are in the audit trail", refused)
		}
	})
}

// Nor does it help to guess slowly, whatever is restarted meanwhile.
func TestWrongCodesOfADayAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, ledger := keeper(t)
		secret := enrolled(t, k, bob)
		for range maxWrongDay {
			wants(t, "wrong", k.Check(t.Context(), bob, "000"), actions.ErrCode)
			time.Sleep(wrongWithin)
		}
		again, err := New(ledger, bytes.Repeat([]byte{7}, KeySize), "hardenbot", time.Now)
		if err != nil {
			t.Fatal(err)
		}
		wants(t, "right, but too late", again.Use(t.Context(), bob, code(t, secret)), actions.ErrCodes)
		time.Sleep(wrongDay - maxWrongDay*wrongWithin)
		wants(t, "when the first is a day old", again.Use(t.Context(), bob, code(t, secret)), nil)
	})
}

func TestASecondEnrolmentNeedsTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, ledger := keeper(t)
		old := enrolled(t, k, bob)
		offer, err := k.Offer(t.Context(), bob)
		if err != nil || !offer.Again || offer.Secret == old {
			t.Fatal(offer.Again, err)
		}
		wants(t, "without", k.Enrol(t.Context(), bob, code(t, offer.Secret), ""), actions.ErrCode)
		wants(t, "with the new one's", k.Enrol(t.Context(), bob, code(t, offer.Secret), code(t, offer.Secret)), actions.ErrCode)
		wants(t, "with a wrong first code", k.Enrol(t.Context(), bob, "000", code(t, old)), actions.ErrCode)
		wants(t, "the old one is in force", k.Check(t.Context(), bob, code(t, old)), nil)
		wants(t, "with both", k.Enrol(t.Context(), bob, code(t, offer.Secret), code(t, old)), nil)
		time.Sleep(period * time.Second)
		wants(t, "the old one", k.Check(t.Context(), bob, code(t, old)), actions.ErrCode)
		wants(t, "the new one", k.Check(t.Context(), bob, code(t, offer.Secret)), nil)
		if err := Reset(t.Context(), ledger, actions.Person{ID: "cli:alice"}, bob.ID); err != nil {
			t.Fatal(err)
		}
		wants(t, "after a reset", k.Check(t.Context(), bob, code(t, offer.Secret)), actions.ErrNotEnrolled)
		wants(t, "a reset of nothing", Reset(t.Context(), ledger, actions.Person{ID: "cli:alice"}, bob.ID), actions.ErrNotFound)
	})
}

func TestOffersEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, _ := keeper(t)
		wants(t, "no offer", k.Enrol(t.Context(), bob, "000000", ""), actions.ErrCode)
		first, err := k.Offer(t.Context(), bob)
		if err != nil {
			t.Fatal(err)
		}
		second, err := k.Offer(t.Context(), bob)
		if err != nil {
			t.Fatal(err)
		}
		wants(t, "the offer before", k.Enrol(t.Context(), bob, code(t, first.Secret), ""), actions.ErrCode)
		wants(t, "somebody else", k.Enrol(t.Context(), carol, code(t, second.Secret), ""), actions.ErrCode)
		time.Sleep(offerLife + time.Second)
		wants(t, "too late", k.Enrol(t.Context(), bob, code(t, second.Secret), ""), actions.ErrCode)
		if is, err := k.Enrolled(t.Context(), bob); is || err != nil {
			t.Error(is, err)
		}
	})
}

// A secret opens for its person, by its key, as it was written.
func TestSealing(t *testing.T) {
	k, ledger := keeper(t)
	secret := func() []byte {
		sealed, err := k.seal.close(bob.ID, "JBSWY3DPEHPK3PXP")
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	if got, err := k.seal.open(bob.ID, secret()); got != "JBSWY3DPEHPK3PXP" || err != nil {
		t.Error(got, err)
	}
	if bytes.Equal(secret(), secret()) {
		t.Error("a nonce was used twice")
	}
	other, err := New(ledger, bytes.Repeat([]byte{8}, KeySize), "hardenbot", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	altered := secret()
	altered[len(altered)-1] ^= 1
	for name, try := range map[string]func() (string, error){
		"another person": func() (string, error) { return k.seal.open(carol.ID, secret()) },
		"another key":    func() (string, error) { return other.seal.open(bob.ID, secret()) },
		"altered":        func() (string, error) { return k.seal.open(bob.ID, altered) },
		"cut":            func() (string, error) { return k.seal.open(bob.ID, secret()[:5]) },
	} {
		if got, err := try(); !errors.Is(err, errSealed) || got != "" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := New(ledger, []byte("short"), "hardenbot", time.Now); err == nil {
		t.Error("a short key is taken")
	}
}

// Neither the records nor the audit trail hold a secret or a code.
func TestTheLedgerHoldsNoSecrets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, ledger := keeper(t)
		secret := enrolled(t, k, bob)
		c := code(t, secret)
		wants(t, "used", k.Use(t.Context(), bob, c), nil)
		wants(t, "wrong", k.Use(t.Context(), bob, "918273"), actions.ErrCode)
		all, err := json.Marshal(ledger.Trail())
		if err != nil {
			t.Fatal(err)
		}
		err = ledger.View(t.Context(), func(r actions.Reader) error {
			return r.Each(actions.KindFactor, func(_ string, raw json.RawMessage) error {
				all = append(all, raw...)
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, hidden := range []string{secret, c, "918273", "otpauth"} {
			if bytes.Contains(all, []byte(hidden)) {
				t.Errorf("%q is in %s", hidden, all)
			}
		}
	})
}
