package actions

import (
	"context"
	"errors"
	"fmt"
)

// errInterrupted is the failure of a host that a run was at when hardenbot ended.
var errInterrupted = errors.New("hardenbot was interrupted")

// Recover brings the runs that an earlier process left unfinished to a safe
// end, side by side, and returns them as they ended. A run that cannot be
// recovered is part of the error and does not keep the others from it. Call it
// once, at the start, before any Execute.
func (r Roller) Recover(ctx context.Context) ([]Run, error) {
	var left []string
	err := r.Ledger.View(ctx, func(tx Reader) error {
		runs, err := All[Run](tx, KindRun)
		for _, run := range runs {
			if run.State == RunGoing {
				left = append(left, run.ID)
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for unfinished runs: %w", err)
	}
	runs, failures := make([]Run, len(left)), make([]error, len(left))
	each(len(left), len(left), func(i int) { runs[i], failures[i] = r.TakeUp(ctx, left[i]) })
	var ended []Run
	for i := range runs {
		if failures[i] == nil {
			ended = append(ended, runs[i])
		}
	}
	return ended, errors.Join(failures...)
}

// TakeUp brings a run that broke off to a safe end, and returns it as it ended.
// Each host that it was at is judged by what is read on it: how its steps ended,
// its switch, and whether the finding is gone. It is finished where everything
// was done, or where what was done cannot be undone, and otherwise put back.
// Hosts that the run had not come to stay untouched.
func (r Roller) TakeUp(ctx context.Context, runID string) (Run, error) {
	j, err := r.open(ctx, runID)
	if err != nil {
		return Run{}, err
	}
	if j.run.State != RunGoing {
		return j.run, nil
	}
	for _, hp := range j.plan.Hosts {
		at := j.run.Host(hp.Host.Name)
		if at == nil || at.State.Ended() || at.State == Queued && at.Doing == "" {
			continue
		}
		v := &visit{Roller: r, journal: j, hp: hp, asked: ctx}
		if err := v.takeUp(ctx); err != nil {
			return j.run, fmt.Errorf("recover run %s: %s: %w", runID, hp.Host.Name, err)
		}
	}
	return j.run, j.stop("hardenbot was interrupted during the run")
}

// takeUp finds the safe end of a host that the run was at.
func (v *visit) takeUp(ctx context.Context) error {
	if !v.at().touched() {
		_, err := v.giveUp(ctx, Untouched, "hardenbot was interrupted before anything was changed")
		return err
	}
	if v.at().failing() || v.at().underSwitch() && !v.switchedOff(ctx) {
		failure, err := v.withdraw(ctx, errInterrupted)
		if err == nil {
			_, err = v.putRight(ctx, failure)
		}
		return err
	}
	if err := v.resolve(ctx); err != nil {
		return err
	}
	from := v.at().State
	switch {
	case v.at().succeeded(v.hp.Change):
		from = Applied // what was seen then may be otherwise by now
	case !v.forward():
		_, err := v.putRight(ctx, fmt.Errorf("%w: not all of its steps are known to have ended well", errInterrupted))
		return err
	}
	v.remark = "finished after hardenbot was interrupted"
	_, err := v.walk(ctx, wayAfter(from))
	return err
}

// forward reports whether the only safe way is to finish the change: it cannot
// be undone any more, and is still what was approved. What runs on the host
// goes on and is waited for; no step is run twice.
func (v *visit) forward() bool {
	return v.at().pastReturn(v.hp.Change) && !v.switched() && v.unfit(v.journal) == ""
}

// switchedOff reports whether the switch was disarmed on the host without the
// journal knowing.
func (v *visit) switchedOff(ctx context.Context) bool {
	state, err := v.Fleet.State(ctx, v.hp.Host, v.id())
	if err != nil || state != SwitchDisarmed {
		return false
	}
	at := v.at()
	v.mu.Lock()
	defer v.mu.Unlock()
	at.State, at.Doing = Disarmed, ""
	return true
}
