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
// Hosts that the run had not come to stay untouched. A run that cannot be
// recovered is part of the error and does not keep the others from it. Call it once, at the
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
	var ended []Run
	var failures []error
	for _, run := range left {
		run, err := r.recover(ctx, run.ID)
		if err != nil {
			failures = append(failures, err) // the next run's hosts are not to wait for it
			continue
		}
		ended = append(ended, run)
	}
	return ended, errors.Join(failures...)
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
		state, why = v.comeBack(ctx, state, why)
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
	switch {
	case !at.touched():
		return Untouched, "hardenbot was interrupted before anything was changed"
	case at.underSwitch() && !v.switchedOff(ctx):
		return v.settle(ctx, errInterrupted)
	}
	if err := v.resolve(ctx); err != nil {
		return v.settle(ctx, fmt.Errorf("%w: %w", errInterrupted, err))
	}
	if failure := v.complete(ctx); failure != nil {
		return v.settle(ctx, fmt.Errorf("%w: %w", errInterrupted, failure))
	}
	return Done, "finished after hardenbot was interrupted"
}

// complete returns nil when the change is there in full, as far as the journal
// and the host tell: every step ended well, a new login works, the finding is
// gone and the host is healthy.
func (v *visit) complete(ctx context.Context) error {
	if !v.run.Host(v.hp.Host.Name).succeeded(v.hp.Change) {
		return errors.New("not all of its steps are known to have ended well")
	}
	for _, look := range []func(*visit, context.Context) error{(*visit).prove, (*visit).verify, (*visit).healthy} {
		if err := look(v, ctx); err != nil {
			return err
		}
	}
	return nil
}

// switchedOff reports whether the switch was disarmed on the host without the
// journal knowing.
func (v *visit) switchedOff(ctx context.Context) bool {
	state, err := v.Fleet.State(ctx, v.hp.Host, v.run.ID)
	if err != nil || state != SwitchDisarmed {
		return false
	}
	at := v.run.Host(v.hp.Host.Name)
	at.State, at.Doing = Disarmed, ""
	return true
}
