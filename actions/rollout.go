package actions

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Roller executes approved plans: the canary first, then batch after batch, and
// the first failure stops the run. What it is about to do is in the ledger
// before it happens, what came of it right after.
type Roller struct {
	Fleet     Fleet
	Catalogue []Remedy
	Guards    []Guard
	Prelude   string // digest of the shell's prelude
	Ledger    Ledger
	Provider  Provider      // nil where no cloud is configured
	Rotation  Rotation      // nil where nothing balances the hosts
	Calendar  Calendar      // nil where changes may be made at any time
	ProofTime time.Duration // how long after its steps a host waits for the proof before it puts itself back
	Now       func() time.Time

	// Watch, if set, is called with a copy of the run after each transition.
	Watch func(Run)
}

// Execute carries out a run that an approval has started, and returns it as it
// ended. A host that fails is part of the result; the error is the ledger's,
// and the run then is as TakeUp wants it.
//
// When ctx ends, or when somebody stops the run, the hosts at hand are finished
// and the rest stays untouched.
func (r Roller) Execute(ctx context.Context, runID string) (Run, error) {
	j, err := r.open(ctx, runID)
	if err != nil {
		return Run{}, err
	}
	if j.run.State != RunGoing {
		return j.run, nil
	}
	if why := r.unfit(j); why != "" {
		return j.run, j.stop(why + "; ask for a new one")
	}
	for _, batch := range j.batches() {
		if why, err := r.halted(ctx, j); err != nil || why != "" {
			return j.run, stopped(j, why, err)
		}
		if why, err := r.batch(ctx, j, batch); err != nil || why != "" {
			return j.run, stopped(j, why, err)
		}
	}
	return j.run, j.finish()
}

// stopped ends the run, unless its journal cannot be written.
func stopped(j *journal, why string, err error) error {
	if err != nil {
		return fmt.Errorf("run %s: %w", j.run.ID, err)
	}
	return j.stop(why)
}

// batches are the hosts that wait for their turn, as many together as may be at
// work at a time.
func (j *journal) batches() [][]HostPlan {
	var waiting []HostPlan
	for _, hp := range j.plan.Hosts {
		if at := j.run.Host(hp.Host.Name); at != nil && !at.State.Ended() {
			waiting = append(waiting, hp)
		}
	}
	var batches [][]HostPlan
	for _, n := range j.plan.Rollout.Batches(len(waiting)) {
		batches = append(batches, waiting[:n])
		waiting = waiting[n:]
	}
	return batches
}

// batch visits some hosts side by side. It says why the run stops, if one of
// them is not as the plan wanted it. The error is the ledger's.
func (r Roller) batch(ctx context.Context, j *journal, batch []HostPlan) (why string, err error) {
	whys, errs := make([]string, len(batch)), make([]error, len(batch))
	each(len(batch), len(batch), func(i int) {
		v := &visit{Roller: r, journal: j, hp: batch[i], asked: ctx}
		var state HostState
		if state, errs[i] = v.walk(context.WithoutCancel(ctx), way); !state.Good() {
			whys[i] = fmt.Sprintf("%s: %s", batch[i].Host.Name, state)
		}
		if v.halted != "" {
			whys[i] = v.halted
		}
	})
	for i := range batch {
		if errs[i] != nil {
			return "", fmt.Errorf("%s: %w", batch[i].Host.Name, errs[i])
		}
		if whys[i] != "" && !strings.Contains(why, whys[i]) {
			why = strings.TrimPrefix(why+", "+whys[i], ", ")
		}
	}
	return why, nil
}

// unfit tells why an approved plan must not be carried out after all.
func (r Roller) unfit(j *journal) string {
	_, err := Find(r.Catalogue, j.plan.Remedy)
	switch {
	case !j.plan.Intact():
		return "the plan in the store is not the one that was approved"
	case j.plan.Prelude != r.Prelude || err != nil:
		return "hardenbot was upgraded since the plan was made"
	}
	return ""
}
