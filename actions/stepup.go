package actions

import (
	"errors"
	"slices"
)

// StepUp says which plans an approver needs a second factor for.
type StepUp string

// The kinds of step-up.
const (
	StepUpNever   StepUp = ""        // a click is enough
	StepUpLockout StepUp = "lockout" // for what could lock people out
	StepUpAll     StepUp = "all"     // for every plan
)

// ErrStepUp is behind refusals of an approver who has shown no second factor.
var ErrStepUp = errors.New("a second factor is needed")

// What a code can be refused for. The error's own text is the sentence for the
// person.
var (
	ErrCode        = errors.New("the code is not right")
	ErrCodes       = errors.New("there were too many wrong codes")
	ErrNotEnrolled = errors.New("no second factor is enrolled")
)

// FactorOffer is a new secret that waits for its first code. It is for the eyes
// of one person, and for no log.
type FactorOffer struct {
	Secret string // as it is typed into an authenticator
	URI    string // otpauth://…, the same for a program
	Again  bool   // another secret is in force until the first code comes
}

// wantsStepUp reports whether an approver's word on such hosts needs a second
// factor. A policy that is not understood wants it.
func (p Policy) wantsStepUp(hosts []HostPlan) bool {
	switch p.StepUp {
	case StepUpNever:
		return false
	case StepUpLockout:
		return slices.ContainsFunc(hosts, func(h HostPlan) bool { return h.Change.Lockout() })
	}
	return true
}

// stepUp refuses a word on the plan by somebody who has not shown the second
// factor that policy wants for it.
func (p Policy) stepUp(plan Plan, shown bool) error {
	if shown || !p.wantsStepUp(plan.Hosts) {
		return nil
	}
	return sentence(ErrStepUp, "plan %s needs your second factor, and none was shown", plan.ID)
}

// factor is what the audit trail says of a second factor.
func factor(shown bool) string {
	if shown {
		return "shown"
	}
	return ""
}
