package actions

import (
	"slices"
	"strings"
	"time"
)

// Change is what a plan does on one host. It is data, not code: it can be
// shown in full, hashed, stored, taken up again after a crash and audited.
type Change struct {
	Remedy  string   `json:"remedy"`
	Finding string   `json:"finding"` // Finding.ID
	Subject string   `json:"subject,omitempty"`
	Host    string   `json:"host"`
	Notes   []string `json:"notes,omitempty"` // what people should know before they approve
	Guards  []Need   `json:"guards"`
	Steps   []Step   `json:"steps"`

	// Others is whom else the change affects, a name each: what shares a
	// security group with the host. Who approves consents to each of them.
	Others []string `json:"others,omitempty"`
}

// Need names a guard and what it has to know.
type Need struct {
	Guard string            `json:"guard"`
	Args  map[string]string `json:"args,omitempty"`
}

// Step is one part of a change: a script on the host, or a call of the
// provider's API.
//
// Do and Undo are POSIX sh scripts that run as root, with `set -eu` and the
// functions of the remedies package's prelude (keep, put, restore, …).
// An exit status other than 0 fails the step. Both must be safe to run twice.
type Step struct {
	Says         string        `json:"says"` // the sentence that people approve
	Do           string        `json:"do,omitempty"`
	Undo         string        `json:"undo,omitempty"`
	Call         *Call         `json:"call,omitempty"` // instead of Do
	UndoCall     *Call         `json:"undo_call,omitempty"`
	UndoSays     string        `json:"undo_says,omitempty"`
	Reboot       bool          `json:"reboot,omitempty"`       // instead of Do: restart the host and wait until it is there again
	Lockout      bool          `json:"lockout,omitempty"`      // could lock people out: runs under the dead-man switch
	Disruptive   bool          `json:"disruptive,omitempty"`   // interrupts a service
	Irreversible bool          `json:"irreversible,omitempty"` // cannot be undone safely
	Timeout      time.Duration `json:"timeout"`                // for Do; the run fails when it is exceeded
}

// Digest identifies the change: the same digest, the same commands.
func (c Change) Digest() string { return Digest(c) }

// Lockout reports whether any step could lock people out.
func (c Change) Lockout() bool { return c.any(func(s Step) bool { return s.Lockout }) }

// underSwitch reports whether the dead-man switch has to run during the step. A
// call is not undone by the host, and need not be: the way to the provider's
// API does not lead over the host.
func (s Step) underSwitch() bool { return s.Lockout && s.Call == nil }

// switched reports whether the change needs the dead-man switch.
func (c Change) switched() bool { return c.any(Step.underSwitch) }

// risky is the place of the first step under the dead-man switch; without one
// it is 0.
func (c Change) risky() int { return max(0, slices.IndexFunc(c.Steps, Step.underSwitch)) }

// prepares reports whether there is something to do before the first step under
// the dead-man switch.
func (c Change) prepares() bool { return c.risky() > 0 }

// Disruptive reports whether any step interrupts a service.
func (c Change) Disruptive() bool { return c.any(func(s Step) bool { return s.Disruptive }) }

// Irreversible reports whether any step cannot be undone safely.
func (c Change) Irreversible() bool { return c.any(func(s Step) bool { return s.Irreversible }) }

func (c Change) any(has func(Step) bool) bool {
	for _, s := range c.Steps {
		if has(s) {
			return true
		}
	}
	return false
}

// undoable reports whether the change as a whole can be put back.
func (c Change) undoable() bool {
	return !c.Irreversible() && c.any(func(s Step) bool { return s.UndoCall != nil || strings.TrimSpace(s.Undo) != "" })
}

// UndoScript puts the change back as a whole: each step's Undo, last step
// first, each tried even if another fails; the exit status then is 1. Undo
// scripts do nothing where their step did not run, so it serves after any part
// of the change. It is empty when no step can be undone.
func (c Change) UndoScript() string {
	var b strings.Builder
	for i := len(c.Steps) - 1; i >= 0; i-- {
		if undo := strings.TrimSpace(c.Steps[i].Undo); undo != "" {
			// Not `( … ) || …`: the shell would ignore set -e in there.
			b.WriteString("(\nset -eu\n" + undo + "\n)\n[ $? -eq 0 ] || undo_failed=1\n")
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "set +e\nundo_failed=0\n" + b.String() + "exit \"$undo_failed\"\n"
}
