package actions

import (
	"context"
	"errors"
	"time"
)

// Collector reads the facts of a host.
//
// It makes one connection and runs one read-only script. A section that fails
// is named in Facts.Absent and does not fail the call; an error means that the
// host told nothing, and the error's text says why in one sentence that may be
// shown (unreachable, host key changed, login refused, took too long).
type Collector interface {
	Collect(ctx context.Context, h Host) (*Facts, error)
}

// Preparer is a Collector that reads what it reads elsewhere than on the hosts
// for many of them at once. What Prepare returns is for one scan of these hosts.
type Preparer interface {
	Prepare(ctx context.Context, hosts []Host) Collector
}

// Shell runs scripts on a host.
type Shell interface {
	// Run executes the script as root. A non-zero exit status is no error: it
	// is in the Output. An error means that it is unknown whether or how the
	// script ended: the connection failed or the time was up.
	Run(ctx context.Context, h Host, s Script) (Output, error)
}

// Script is something to run on a host, with the remedies' prelude before it.
//
// Scripts of one run never go on side by side: one that comes while an earlier
// one still runs, because its connection was lost, waits for its end. After the
// run was put back, by Undo or by the dead-man switch, no other script of it
// begins: a step that was held up on its way does nothing.
//
// A host remembers how each step of a run ended. A step that is sent again,
// because its answer got lost, is not run again: it is answered with that,
// after its end where it still runs. Only one that was cut off in the middle,
// by a restart of the host, is.
type Script struct {
	Body    string        // POSIX sh; trusted text: values from outside are quoted by who wrote it
	Run     string        // id of the run, which names the directory for what is kept; empty for read-only scripts
	Step    int           // number of the step within the run, from 1; 0 for a script that is none
	Undo    bool          // it puts the run back
	Timeout time.Duration // 0 means the shell's default
}

// Output is what a script said. Each stream is cut off after 64 KiB.
type Output struct {
	Exit   int    `json:"exit"`
	Stdout string `json:"stdout"`
	Stderr string `json:"stderr"`
}

// Prover proves that people can still get in.
type Prover interface {
	// Prove opens a NEW connection with the public key only, as the same user
	// and by the same route as the bot's other logins, and runs `sudo -n true`
	// over it (or finds itself to be root). Nil means that it was seen to
	// work; the error says in a sentence what did not.
	Prove(ctx context.Context, h Host) error
}

// Switch is the dead-man switch on the host: unless it is disarmed in time,
// the host puts itself back.
type Switch interface {
	// Arm keeps undo on the host and starts a timer of its own there. When it
	// returns nil, undo will run after the given time whatever happens to the
	// bot or to the network.
	Arm(ctx context.Context, h Host, run, undo string, after time.Duration) error
	// Disarm stops the timer. It fails with ErrFired when undo has already
	// begun: exactly one of the two wins.
	Disarm(ctx context.Context, h Host, run string) error
	// Fire runs undo at once and stops the timer. It is nil when the undo
	// succeeded now or had succeeded before.
	Fire(ctx context.Context, h Host, run string) error
	// State reads what became of the switch.
	State(ctx context.Context, h Host, run string) (SwitchState, error)
}

// SwitchState is the state of a dead-man switch, read on the host.
type SwitchState string

// A switch is unknown to the host, waiting, disarmed, or has put the host
// back, which worked or did not.
const (
	SwitchNone     SwitchState = "none"
	SwitchArmed    SwitchState = "armed"
	SwitchDisarmed SwitchState = "disarmed"
	SwitchFired    SwitchState = "fired"
	SwitchFailed   SwitchState = "failed"
)

// Health tells whether a host does its work.
type Health interface {
	// Healthy makes each of the host's declared checks, on the host itself.
	// Nil means that all passed; a host without checks passes. The error says
	// which check failed and how, in one sentence.
	Healthy(ctx context.Context, h Host) error
}

// Fleet is all that a run needs of the hosts.
type Fleet interface {
	Collector
	Shell
	Prover
	Switch
	Health
}

// ErrFired tells that the dead-man switch has begun to put the host back.
var ErrFired = errors.New("the host has begun to put itself back")
