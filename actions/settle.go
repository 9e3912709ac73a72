package actions

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	at, change := v.run.Host(v.hp.Host.Name), v.hp.Change
	switch {
	case !at.touched() && errors.Is(failure, errLost):
		return Lost, failure.Error()
	case !at.touched():
		return Refused, failure.Error()
	case change.Lockout() && !at.disarmed():
		return v.fire(ctx, failure)
	case change.Irreversible() || change.UndoScript() == "":
		return Failed, failure.Error() + "; the change cannot be undone safely, so the host stays as it is until somebody acts"
	}
	return v.undo(ctx, failure)
}

// touched reports whether anything may have been changed on the host.
func (h HostRun) touched() bool {
	past := []HostState{Armed, Applied, Proven, Disarmed, Verified, Healthy}
	return slices.Contains(past, h.State) || slices.Contains(past, h.Doing)
}

func (h HostRun) disarmed() bool {
	return slices.Contains([]HostState{Disarmed, Verified, Healthy}, h.State)
}

// undo puts back a change whose switch is off or that had none.
func (v *visit) undo(ctx context.Context, failure error) (HostState, string) {
	limit := fireGrace
	for _, s := range v.hp.Change.Steps {
		limit += s.Timeout
	}
	out, err := v.Fleet.Run(ctx, v.hp.Host, Script{Body: v.hp.Change.UndoScript(), Run: v.run.ID, Timeout: limit})
	switch {
	case err != nil:
		return Failed, fmt.Sprintf("%v; it could not be put back: %v", failure, err)
	case out.Exit != 0:
		return Failed, fmt.Sprintf("%v; putting it back failed: %s", failure, LastLines(out.Stderr, 3))
	}
	return Undone, fmt.Sprintf("%v; it was put back as it was", failure)
}

// fire has the host put itself back now. If it cannot be told to, its own
// timer will, and this waits until that is seen or ought to have been.
func (v *visit) fire(ctx context.Context, failure error) (HostState, string) {
	until := v.run.Host(v.hp.Host.Name).Until.Add(fireGrace)
	for {
		if v.Fleet.Fire(ctx, v.hp.Host, v.run.ID) == nil {
			return Undone, fmt.Sprintf("%v; it was put back as it was", failure)
		}
		state, err := v.Fleet.State(ctx, v.hp.Host, v.run.ID)
		switch {
		case err == nil && state == SwitchFired:
			return Undone, fmt.Sprintf("%v; its dead-man switch put it back", failure)
		case err == nil && state == SwitchFailed:
			return Failed, fmt.Sprintf("%v; its dead-man switch fired, and putting it back failed", failure)
		case err == nil && state == SwitchNone:
			return Refused, fmt.Sprintf("%v; nothing was changed", failure)
		case err == nil && state == SwitchDisarmed:
			return v.undo(ctx, failure) // it was switched off, and the answer got lost
		case !v.Now().Before(until):
			return Lost, fmt.Sprintf("%v; its dead-man switch was to put it back by %s, which could not be seen: look at it",
				failure, until.Add(-fireGrace).Format("15:04:05 MST"))
		}
		pause(ctx, lookAgain)
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
