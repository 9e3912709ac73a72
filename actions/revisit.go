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
		state, err := r.Fleet.State(ctx, r.hostIn(ctx, run, h.Host), cmp.Or(h.In, run.ID))
		if err != nil || state == SwitchArmed {
			continue
		}
		ended, err := r.revisitHost(ctx, run.ID, h.Host, state)
		if err != nil {
			return back, err
		}
		if ended != nil {
			back = append(back, Return{*ended, h.Host})
		}
	}
	return back, nil
}

func (r Roller) hostIn(ctx context.Context, run Run, name string) (h Host) {
	_ = r.Ledger.View(ctx, func(tx Reader) error { // without its plan, the name is all that is known
		h = hostOf(tx, run, name)
		return nil
	})
	return h
}

// revisitHost brings a host whose switch is known to have ended to its end, and
// back into rotation if it is fit for that. Meanwhile the run goes on, so that no
// other one comes to the host. It returns the run, or nil where there is nothing
// to tell.
func (r Roller) revisitHost(ctx context.Context, runID, host string, state SwitchState) (*Run, error) {
	later, err := r.reopen(ctx, runID, host, state)
	if err != nil || later == nil {
		return nil, err
	}
	j, err := r.open(ctx, runID)
	if err != nil {
		return nil, err
	}
	v := &visit{Roller: r, journal: j, hp: HostPlan{Host: j.plan.host(host), Change: j.plan.change(host)}, asked: ctx}
	switch ended, why := putBackAlone(state); {
	case *later && ended == "":
		err = v.conclude(host, Failed, "it was lost in the run and is there again; its dead-man switch did not fire, and another run has changed it since")
	case *later:
		err = v.conclude(host, ended, why+", and another run has changed it since")
	case ended != "":
		_, err = v.giveUp(ctx, ended, why)
	default:
		err = v.takeUp(ctx) // never armed, or disarmed and the answer got lost
	}
	if err != nil {
		return nil, err
	}
	if err := j.stopAgain(); err != nil {
		return nil, err
	}
	run := j.run.clone()
	return &run, nil
}

// putBackAlone words what a switch did; it is "" if it did nothing.
func putBackAlone(state SwitchState) (HostState, string) {
	switch state {
	case SwitchFired:
		return Undone, "it was lost in the run and is there again; its dead-man switch had put it back as it was"
	case SwitchFailed:
		return Failed, "it was lost in the run and is there again; its dead-man switch fired, and putting it back failed"
	}
	return "", ""
}

// reopen has the run go on at the host. It returns whether a later run has
// changed the host already, or nil where this run must not go on: another one
// goes on with it, or is at the host.
func (r Roller) reopen(ctx context.Context, runID, host string, state SwitchState) (later *bool, err error) {
	err = r.Ledger.Update(ctx, func(tx Tx) error {
		later = nil
		var run Run
		var plan Plan
		if err := tx.Get(KindRun, runID, &run); err != nil {
			return err
		}
		if err := tx.Get(KindPlan, run.Plan, &plan); err != nil {
			return err
		}
		at := run.Host(host)
		if run.State != RunStopped || plan.RunID != runID || at == nil || at.State != Lost {
			return nil
		}
		if taken, _, err := busy(tx, plan.only([]string{host})); err != nil || taken != "" {
			return err
		}
		touched, err := touchedLater(tx, run, host)
		if err != nil {
			return err
		}
		later, run.State, at.State, at.Doing = &touched, RunGoing, Armed, ""
		if ended, _ := putBackAlone(state); ended != "" {
			at.Doing = Undone
		}
		if err := tx.Put(KindRun, runID, run); err != nil {
			return err
		}
		return tx.Audit(Entry{Actor: Bot, Action: "host.found", Subject: runID, Host: host, Digest: plan.Digest, Detail: map[string]string{"switch": string(state)}})
	})
	if err != nil {
		return nil, fmt.Errorf("look again at %s: %w", host, err)
	}
	return later, nil
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
