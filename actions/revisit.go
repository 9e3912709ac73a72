package actions

import (
	"cmp"
	"context"
	"fmt"
	"slices"
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
		if j.plan.RunID != run.ID {
			return back, nil // another run goes on with this one, and tells of its hosts
		}
		ended, err := r.revisitHost(ctx, j, h.Host)
		if err != nil {
			return back, err
		}
		if ended {
			back = append(back, Return{j.run.clone(), h.Host})
		}
	}
	return back, nil
}

// revisitHost corrects the record of a host that has put itself back, and puts
// it back into rotation if it is fit for that. It reports whether it did.
func (r Roller) revisitHost(ctx context.Context, j *journal, host string) (bool, error) {
	at := slices.IndexFunc(j.plan.Hosts, func(hp HostPlan) bool { return hp.Host.Name == host })
	if at < 0 {
		return false, nil
	}
	v := &visit{Roller: r, journal: j, hp: j.plan.Hosts[at], asked: ctx}
	state, why := v.found(ctx)
	if state == "" {
		return false, nil
	}
	taken, later := "", false
	err := r.Ledger.View(ctx, func(tx Reader) (err error) {
		if taken, _, err = busy(tx, j.plan.only([]string{host})); err != nil {
			return err
		}
		later, err = touchedLater(tx, j.run, host)
		return err
	})
	switch {
	case err != nil || taken != "":
		return false, err // another run is at it by now: later
	case later:
		return true, j.conclude(host, state, why+", and another run has changed it since")
	}
	_, err = v.giveUp(ctx, state, why)
	return err == nil, err
}

// touchedLater reports whether a run that began after this one has changed the
// host.
func touchedLater(tx Reader, than Run, host string) (bool, error) {
	runs, err := All[Run](tx, KindRun)
	return slices.ContainsFunc(runs, func(run Run) bool {
		h := run.Host(host)
		return run.Started.After(than.Started) && h != nil && h.In == "" && h.touched()
	}), err
}

// found tells how a lost host's switch ended, or "" if that is not to be seen.
func (v *visit) found(ctx context.Context) (HostState, string) {
	switch state, err := v.Fleet.State(ctx, v.hp.Host, cmp.Or(v.at().In, v.run.ID)); {
	case err != nil:
	case state == SwitchFired:
		return Undone, "it was lost in the run and is there again; its dead-man switch had put it back as it was"
	case state == SwitchFailed:
		return Failed, "it was lost in the run and is there again; its dead-man switch fired, and putting it back failed"
	}
	return "", ""
}
