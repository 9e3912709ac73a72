package actions

import (
	"context"
	"errors"
	"fmt"
)

// errInterrupted is the failure of a host that a run was at when hardenbot ended.
var errInterrupted = errors.New("hardenbot was interrupted")

// Recover brings the runs that an earlier process left unfinished to a safe
// end, and returns them as they ended. The host in the middle of its change is
// judged by what is read on it: its switch, and whether the finding is gone.
// Hosts that the run had not come to stay untouched. Call it once, at the
// start, before any Execute.
func (r Roller) Recover(ctx context.Context) ([]Run, error) {
	var left []Run
	err := r.Ledger.View(ctx, func(tx Reader) error {
		runs, err := All[Run](tx, KindRun)
		for _, run := range runs {
			if run.State == RunGoing {
				left = append(left, run)
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for unfinished runs: %w", err)
	}
	for i := range left {
		if left[i], err = r.recover(ctx, left[i].ID); err != nil {
			return left[:i], err
		}
	}
	return left, nil
}

func (r Roller) recover(ctx context.Context, runID string) (Run, error) {
	j, err := r.open(ctx, runID)
	if err != nil {
		return Run{}, err
	}
	for _, hp := range j.plan.Hosts {
		at := j.run.Host(hp.Host.Name)
		if at.State.Ended() || at.State == Queued && at.Doing == "" {
			continue
		}
		v := &visit{Roller: r, journal: j, hp: hp}
		state, why := v.takeUp(ctx)
		if ctx.Err() != nil {
			return j.run, fmt.Errorf("recovering run %s was stopped: %w", runID, ctx.Err())
		}
		if err := j.conclude(hp.Host.Name, state, why); err != nil {
			return j.run, err
		}
	}
	return j.run, j.stop("hardenbot was interrupted during the run and has been started again")
}

// takeUp finds the safe end of the host that the run was at.
func (v *visit) takeUp(ctx context.Context) (HostState, string) {
	at := v.run.Host(v.hp.Host.Name)
	if !at.touched() {
		return Untouched, "hardenbot was interrupted before anything was changed"
	}
	if v.hp.Change.Lockout() && !v.switchedOff(ctx) {
		return v.settle(ctx, errInterrupted)
	}
	if failure := v.verify(ctx); failure != nil {
		return v.settle(ctx, fmt.Errorf("%w: %w", errInterrupted, failure))
	}
	if failure := v.healthy(ctx); failure != nil {
		return v.settle(ctx, fmt.Errorf("%w: %w", errInterrupted, failure))
	}
	return Done, "finished after hardenbot was interrupted"
}

// switchedOff reports whether the switch was disarmed, which may have happened
// on the host without the journal knowing.
func (v *visit) switchedOff(ctx context.Context) bool {
	at := v.run.Host(v.hp.Host.Name)
	if !at.disarmed() {
		state, err := v.Fleet.State(ctx, v.hp.Host, v.run.ID)
		if err != nil || state != SwitchDisarmed {
			return false
		}
		at.State = Disarmed
	}
	return true
}
