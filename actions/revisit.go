package actions

import (
	"context"
	"fmt"
	"time"
)

// lookBack is how long after a run hosts that were lost in it are looked at.
const lookBack = 7 * 24 * time.Hour

// Return is a host that was lost in a run, and what was seen when it was there
// again.
type Return struct {
	Run  Run
	Host string
}

// Revisit looks again at hosts that a run lost while their dead-man switch was
// armed. For those that can be reached and have put themselves back, or tried
// to, it corrects the run's record and returns them.
func (r Roller) Revisit(ctx context.Context) ([]Return, error) {
	var ended []Run
	err := r.Ledger.View(ctx, func(tx Reader) error {
		runs, err := All[Run](tx, KindRun)
		for _, run := range runs {
			if run.State == RunStopped && r.Now().Sub(run.Finished) < lookBack {
				ended = append(ended, run)
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for lost hosts: %w", err)
	}
	var back []Return
	for _, run := range ended {
		some, err := r.revisit(ctx, run)
		if err != nil {
			return back, err
		}
		back = append(back, some...)
	}
	return back, nil
}

func (r Roller) revisit(ctx context.Context, run Run) ([]Return, error) {
	var back []Return
	for _, h := range run.Hosts {
		if h.State != Lost || h.Until.IsZero() {
			continue
		}
		j, err := r.open(ctx, run.ID)
		if err != nil {
			return back, err
		}
		state, why := r.found(ctx, j, h.Host)
		if state == "" {
			continue
		}
		if err := j.conclude(h.Host, state, why); err != nil {
			return back, err
		}
		back = append(back, Return{j.run.clone(), h.Host})
	}
	return back, nil
}

// found tells how a lost host's switch ended, or "" if that is not to be seen.
func (r Roller) found(ctx context.Context, j *journal, host string) (HostState, string) {
	for _, hp := range j.plan.Hosts {
		if hp.Host.Name != host {
			continue
		}
		switch state, err := r.Fleet.State(ctx, hp.Host, j.run.ID); {
		case err != nil:
		case state == SwitchFired:
			return Undone, "it was lost in the run and is there again; its dead-man switch had put it back as it was"
		case state == SwitchFailed:
			return Failed, "it was lost in the run and is there again; its dead-man switch fired, and putting it back failed"
		}
	}
	return "", ""
}
