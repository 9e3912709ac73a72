package actions

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// Roller executes approved plans: one host after the other, and the first
// failure stops the run. What it is about to do is in the ledger before it
// happens, what came of it right after.
type Roller struct {
	Fleet     Fleet
	Catalogue []Remedy
	Guards    []Guard
	Prelude   string // digest of the shell's prelude
	Ledger    Ledger
	Provider  Provider      // nil where no cloud is configured
	Rotation  Rotation      // nil where nothing balances the hosts
	ProofTime time.Duration // how long after its steps a host waits for the proof before it puts itself back
	Soak      time.Duration // how long a host has to stay healthy in rotation before the next one is touched
	Now       func() time.Time

	// Watch, if set, is called with a copy of the run after each transition.
	Watch func(Run)
}

// Execute carries out a run that an approval has started, and returns it as it
// ended. A host that fails is part of the result; the error is the ledger's.
// When ctx ends, the host at hand is finished and the rest stays untouched.
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
	for _, hp := range j.plan.Hosts {
		if ctx.Err() != nil {
			return j.run, j.stop("hardenbot was stopped")
		}
		state, err := (&visit{Roller: r, journal: j, hp: hp}).walk(context.WithoutCancel(ctx))
		if err != nil {
			return j.run, fmt.Errorf("run %s on %s: %w", runID, hp.Host.Name, err)
		}
		if !state.Good() {
			return j.run, j.stop(fmt.Sprintf("%s: %s", hp.Host.Name, state))
		}
	}
	return j.run, j.finish(RunDone, "")
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

// visit is one host's turn.
type visit struct {
	Roller
	*journal
	hp     HostPlan
	facts  *Facts
	remark string   // what people should know of a host that is done
	served []served // where it, and who shares its group, was served before a change of who reaches them
}

// stage is one transition: what has to be done for a host to be in the state.
type stage struct {
	to     HostState
	do     func(*visit, context.Context) error
	wanted func(*visit) bool // nil: always
}

// way is the order of the fix. It never runs in any other.
var way = []stage{
	{to: Probed, do: (*visit).probe},
	{to: Guarded, do: (*visit).guard},
	{to: Drained, do: (*visit).drain, wanted: (*visit).disturbs},
	{to: Prepared, do: (*visit).prepare, wanted: (*visit).prepares},
	{to: Armed, do: (*visit).arm, wanted: (*visit).switched},
	{to: Applied, do: (*visit).apply},
	{to: Proven, do: (*visit).prove},
	{to: Disarmed, do: (*visit).disarm, wanted: (*visit).switched},
	{to: Verified, do: (*visit).verify},
	{to: Healthy, do: (*visit).healthy},
	{to: Rejoined, do: (*visit).rejoin, wanted: (*visit).outside},
	{to: Soaked, do: (*visit).soak, wanted: (*visit).observed},
}

func (v *visit) prepares() bool { return v.hp.Change.prepares() }
func (v *visit) switched() bool { return v.hp.Change.switched() }

// walk takes the host through all stages. The error is the ledger's.
func (v *visit) walk(ctx context.Context) (HostState, error) {
	for _, s := range way {
		if s.wanted != nil && !s.wanted(v) {
			continue
		}
		if err := v.intend(v.hp.Host.Name, s.to); err != nil {
			return "", err
		}
		if failure := s.do(v, ctx); failure != nil {
			return v.end(ctx, failure)
		}
		if err := v.reached(v.hp.Host.Name, s.to); err != nil {
			return "", err
		}
	}
	return Done, v.conclude(v.hp.Host.Name, Done, v.remark)
}

// end brings a host whose stage failed to a safe end.
func (v *visit) end(ctx context.Context, failure error) (HostState, error) {
	state, why := AlreadySound, failure.Error()
	if !errors.Is(failure, ErrSound) {
		state, why = v.settle(ctx, failure)
		state, why = v.comeBack(ctx, state, why)
	}
	return state, v.conclude(v.hp.Host.Name, state, why)
}

func (v *visit) probe(ctx context.Context) error {
	facts, err := v.Fleet.Collect(ctx, v.hp.Host)
	if err != nil {
		return sentence(errLost, "%v", err)
	}
	remedy, err := Find(v.Catalogue, v.plan.Remedy)
	if err != nil {
		return err
	}
	change, _, err := Derive(facts, remedy, v.plan.Subject)
	if err != nil {
		return err
	}
	if change.Digest() != v.hp.Change.Digest() {
		return errors.New("the host has changed since the plan was made, so that the plan would be another one now; ask for a new one")
	}
	v.facts = facts
	return nil
}

func (v *visit) guard(ctx context.Context) error {
	for _, no := range Refusals(AskGuards(ctx, v.Guards, v.facts, v.hp.Change, v.Fleet)) {
		return fmt.Errorf("%s refuses: %s; %s", no.Guard, no.Says, no.Mend)
	}
	if err := v.Fleet.Healthy(ctx, v.hp.Host); err != nil {
		return fmt.Errorf("it is not healthy before the change: %w", err)
	}
	if err := v.ofSharers(func(h Host) error { return v.guardSharer(ctx, h) }); err != nil {
		return err
	}
	return v.watch(ctx)
}

func (v *visit) arm(ctx context.Context) error {
	after := v.ProofTime
	for _, s := range v.hp.Change.Steps[v.hp.Change.risky():] {
		after += s.Timeout
	}
	if err := v.willPutItselfBack(v.hp.Host.Name, v.Now().UTC().Add(after)); err != nil {
		return err
	}
	if err := v.Fleet.Arm(ctx, v.hp.Host, v.run.ID, v.hp.Change.UndoScript(), after); err != nil {
		return fmt.Errorf("the dead-man switch could not be armed: %w", err)
	}
	return nil
}

// prepare does what cannot lock anybody out and may take long, such as
// installing packages, before the switch runs.
func (v *visit) prepare(ctx context.Context) error {
	return v.steps(ctx, v.hp.Change.Steps[:v.hp.Change.risky()])
}

func (v *visit) apply(ctx context.Context) error {
	return v.steps(ctx, v.hp.Change.Steps[v.hp.Change.risky():])
}

func (v *visit) steps(ctx context.Context, steps []Step) error {
	for _, step := range steps {
		if err := v.step(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

func (v *visit) step(ctx context.Context, step Step) error {
	if err := v.stepBegun(v.hp.Host.Name, step); err != nil {
		return err
	}
	out, err := v.carryOut(ctx, step)
	if err != nil {
		return fmt.Errorf("it is not known how this step ended: %s: %w", step.Says, err)
	}
	if err := v.stepEnded(v.hp.Host.Name, len(v.run.Host(v.hp.Host.Name).Steps)-1, step, out); err != nil {
		return err
	}
	if out.Exit != 0 {
		return fmt.Errorf("this step failed with exit status %d: %s: %s", out.Exit, step.Says, LastLines(cmp.Or(out.Stderr, out.Stdout), 3))
	}
	return nil
}

// carryOut runs the step's script or makes its call.
func (v *visit) carryOut(ctx context.Context, step Step) (Made, error) {
	if step.Call == nil {
		out, err := v.Fleet.Run(ctx, v.hp.Host, Script{Body: step.Do, Run: v.run.ID, Timeout: step.Timeout})
		return Made{Output: out}, err
	}
	ctx, cancel := context.WithTimeout(ctx, step.Timeout)
	defer cancel()
	return v.make(ctx, *step.Call)
}

func (v *visit) prove(ctx context.Context) error {
	if err := v.Fleet.Prove(ctx, v.hp.Host); err != nil {
		return fmt.Errorf("a new login did not work: %w", err)
	}
	return v.ofSharers(func(h Host) error {
		if err := v.Fleet.Prove(ctx, h); err != nil {
			return fmt.Errorf("a new login did not work: %w", err)
		}
		return nil
	})
}

func (v *visit) disarm(ctx context.Context) error {
	return v.Fleet.Disarm(ctx, v.hp.Host, v.run.ID)
}

func (v *visit) verify(ctx context.Context) error {
	remedy, err := Find(v.Catalogue, v.plan.Remedy)
	if err != nil {
		return err
	}
	return Verify(ctx, v.Fleet, v.hp.Host, remedy, v.plan.Subject)
}

func (v *visit) healthy(ctx context.Context) error {
	if err := v.Fleet.Healthy(ctx, v.hp.Host); err != nil {
		return fmt.Errorf("it is not healthy after the change: %w", err)
	}
	return v.ofSharers(func(h Host) error {
		if err := v.Fleet.Healthy(ctx, h); err != nil {
			return fmt.Errorf("it is not healthy after the change: %w", err)
		}
		return nil
	})
}
