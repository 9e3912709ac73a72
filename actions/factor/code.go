package factor

import (
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"hardenbot/actions"
)

// What codes are like: RFC 6238 with the values that all authenticators know.
const (
	period = 30 // seconds
	skew   = 1  // periods to either side, RFC 6238 section 5.2
)

// A person may be wrong so often within so long. Then no code is looked at. The
// longer span is against somebody who tries for weeks: three codes are right at a
// time, so that a day of guessing succeeds with 60 of a million.
const (
	maxWrong    = 5
	wrongWithin = 10 * time.Minute
	maxWrongDay = 20
	wrongDay    = 24 * time.Hour
)

// tooWrong refuses somebody who was wrong too often. The times are of the last day.
func tooWrong(wrong []time.Time, now time.Time) error {
	lately := slices.DeleteFunc(slices.Clone(wrong), func(at time.Time) bool { return now.Sub(at) >= wrongWithin })
	switch {
	case len(wrong) >= maxWrongDay:
		return refuse(actions.ErrCodes, "there were too many wrong codes today; wait a day, or set up another key: whoever runs hardenbot can take this one away")
	case len(lately) >= maxWrong:
		return refuse(actions.ErrCodes, "there were too many wrong codes; wait ten minutes")
	}
	return nil
}

// judge returns the counter of a code of the secret in force that was not used
// before. It writes a wrong try into the record, and nothing else.
func (k *Keeper) judge(rec *record, who actions.Person, code string, now time.Time) (uint64, error) {
	if len(rec.Sealed) == 0 {
		return 0, refuse(actions.ErrNotEnrolled, "you have no second factor yet; type /harden enrol first")
	}
	recent := slices.DeleteFunc(slices.Clone(rec.Wrong), func(at time.Time) bool { return now.Sub(at) >= wrongDay })
	if err := tooWrong(recent, now); err != nil {
		return 0, err
	}
	secret, err := k.seal.open(who.ID, rec.Sealed)
	if err != nil {
		return 0, err
	}
	counter, ok := match(secret, code, now)
	switch {
	case !ok:
		rec.Wrong = append(recent, now)
		return 0, refuse(actions.ErrCode, "the code is not right")
	case counter <= rec.Last:
		return 0, refuse(actions.ErrCode, "this code was used before; wait for the next one")
	}
	return counter, nil
}

// match returns the counter that the code belongs to, of those that are near now.
func match(secret, code string, now time.Time) (uint64, bool) {
	code = strings.Join(strings.Fields(code), "")
	at := now.Unix() / period
	for c := at - skew; c <= at+skew; c++ {
		ok, err := hotp.ValidateCustom(code, uint64(c), secret, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && ok {
			return uint64(c), true
		}
	}
	return 0, false
}
