package actions

import (
	"context"
	"fmt"
)

// Guard is a named precondition of a change. Ask reads and never changes
// anything on the host. It is asked when a plan is made and again on each host
// right before its first step.
type Guard struct {
	Name string
	Says string // what it makes sure of, as a short sentence
	Ask  func(ctx context.Context, q Question) Answer
}

// Question is what a guard is asked about.
type Question struct {
	Facts  *Facts // fresh
	Change Change
	Args   map[string]string // of the Need that named the guard
	Fleet  Witness
}

// Witness is what a guard may use to see for itself.
type Witness interface {
	Prover
	Shell
}

// Answer is a guard's word on one host. Anything but OK refuses the change:
// what cannot be checked is refused as well.
type Answer struct {
	Guard string `json:"guard"`
	OK    bool   `json:"ok"`
	Says  string `json:"says"`           // what was found, one sentence
	Mend  string `json:"mend,omitempty"` // what to do about a refusal, one sentence

	// Passing says that what refuses ends by itself, so that a run waits for it.
	Passing bool `json:"passing,omitempty"`
}

// Allow is the answer that lets the change go on.
func Allow(format string, args ...any) Answer {
	return Answer{OK: true, Says: fmt.Sprintf(format, args...)}
}

// Refuse is the answer that stops it: what is missing, and how to mend that.
func Refuse(says, mend string) Answer { return Answer{Says: says, Mend: mend} }

// AskGuards asks every guard that the change needs, all of them, so that
// people see everything that is in the way at once. An unknown guard refuses.
func AskGuards(ctx context.Context, guards []Guard, f *Facts, c Change, fleet Witness) []Answer {
	answers := make([]Answer, 0, len(c.Guards))
	for _, need := range c.Guards {
		a := Refuse("no guard is called "+need.Guard, "this is a fault in hardenbot's catalogue; report it")
		for _, g := range guards {
			if g.Name == need.Guard {
				a = g.Ask(ctx, Question{Facts: f, Change: c, Args: need.Args, Fleet: fleet})
			}
		}
		a.Guard = need.Guard
		answers = append(answers, a)
	}
	return answers
}

// Refusals returns the answers that refuse.
func Refusals(answers []Answer) []Answer {
	var no []Answer
	for _, a := range answers {
		if !a.OK {
			no = append(no, a)
		}
	}
	return no
}
