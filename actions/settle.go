package actions

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// errLost is behind failures to reach a host at all.
var errLost = errors.New("unreachable")

const (
	fireGrace = 30 * time.Second // how long after its time a switch may take to have put the host back
	lookAgain = 5 * time.Second  // between looks at a host that cannot be reached
)

// settle brings a host that failed, or that was left in the middle, to a safe
// end by what is read on the host. It returns that end and why.
func (v *visit) settle(ctx context.Context, failure error) (HostState, string) {
	at := v.at()
	switch {
	case !at.touched() && errors.Is(failure, errLost):
		return Lost, failure.Error()
	case !at.touched():
		return Refused, failure.Error()
	case at.underSwitch():
		return v.fire(ctx, failure)
	}
	return v.undo(ctx, failure)
}

// undo puts back a change whose switch is off or that had none.
func (v *visit) undo(ctx context.Context, failure error) (HostState, string) {
	if !v.hp.Change.undoable() {
		return Failed, fmt.Sprintf("%v; the change cannot be undone safely, so the host stays as it is until somebody acts", failure)
	}
	if why := v.unfit(v.journal); why != "" {
		return Failed, fmt.Sprintf("%v; it was not put back, because %s: do that by hand", failure, why)
	}
	if err := errors.Join(v.undoCalls(ctx), v.undoScripts(ctx)); err != nil {
		return Failed, fmt.Sprintf("%v; %s", failure, strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return Undone, fmt.Sprintf("%v; it was put back as it was", failure)
}

// undoScripts puts back what the host itself can put back.
func (v *visit) undoScripts(ctx context.Context) error {
	script, limit := v.hp.Change.UndoScript(), fireGrace
	if script == "" {
		return nil
	}
	for _, s := range v.hp.Change.Steps {
		limit += s.Timeout
	}
	if v.keptSomething() {
		script = stillKept + script
	}
	out, err := v.Fleet.Run(ctx, v.hp.Host, Script{Body: script, Run: v.id(), Undo: true, Timeout: limit})
	switch {
	case err != nil:
		return fmt.Errorf("it could not be put back: %w", err)
	case out.Exit != 0:
		return fmt.Errorf("putting it back failed: %s", LastLines(out.Stderr, 3))
	}
	return nil
}

// stillKept fails where the host has lost what a run had kept: what is not there
// cannot be put back, and must not be called so.
const stillKept = "[ -d \"$HARDENBOT_STATE/steps\" ] || fail \"nothing of this run is kept on the host any more\"\n"

// keptSomething reports whether a script of the run has ended well on the host,
// of which it keeps a record.
func (v *visit) keptSomething() bool {
	for n, done := range v.at().Steps {
		if v.hp.Change.Steps[n].Call == nil && done.well() {
			return true
		}
	}
	return false
}

// fire has the host put itself back now. If it cannot be told to, its own
// timer will, and this waits until that is seen or ought to have been.
func (v *visit) fire(ctx context.Context, failure error) (HostState, string) {
	until := v.at().Until.Add(fireGrace)
	for {
		if v.Fleet.Fire(ctx, v.hp.Host, v.id()) == nil {
			return Undone, fmt.Sprintf("%v; it was put back as it was", failure)
		}
		state, err := v.Fleet.State(ctx, v.hp.Host, v.id())
		switch {
		case err == nil && state == SwitchFired:
			return Undone, fmt.Sprintf("%v; its dead-man switch put it back", failure)
		case err == nil && state == SwitchFailed:
			return Failed, fmt.Sprintf("%v; its dead-man switch fired, and putting it back failed", failure)
		case err == nil && (state == SwitchNone || state == SwitchDisarmed):
			return v.undo(ctx, failure) // never armed, or switched off and the answer got lost
		case !v.Now().Before(until):
			return Lost, fmt.Sprintf("%v; its dead-man switch was to put it back by %s, which could not be seen: look at it",
				failure, until.Add(-fireGrace).Format("15:04:05 MST"))
		}
		pause(ctx, lookAgain)
		if ctx.Err() != nil {
			return Lost, fmt.Sprintf("%v; hardenbot was stopped before it could see the host put itself back", failure)
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
