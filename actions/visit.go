package actions

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
)

// visit is one host's turn in a run.
type visit struct {
	Roller
	*journal
	hp     HostPlan
	asked  context.Context // ends when the run is to come to no further host
	facts  *Facts
	remark string // what people should know of a host that is done
	halted string // why the host was left untouched
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

// wayAfter is the rest of the way from a state on.
func wayAfter(state HostState) []stage {
	at := slices.IndexFunc(way, func(s stage) bool { return s.to == state })
	return way[at+1:]
}

func (v *visit) prepares() bool { return v.hp.Change.prepares() }
func (v *visit) switched() bool { return v.hp.Change.switched() }

// id is the run's as the host knows it: of one that ended in an earlier run, that
// one's.
func (v *visit) id() string { return cmp.Or(v.at().In, v.run.ID) }

// at is what the journal has of the host.
func (v *visit) at() *HostRun {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.run.Host(v.hp.Host.Name)
}

// walk takes the host through the stages. The error is the ledger's.
func (v *visit) walk(ctx context.Context, stages []stage) (HostState, error) {
	for _, s := range stages {
		if s.wanted != nil && !s.wanted(v) {
			continue
		}
		if state, err := v.halt(); err != nil || state != "" {
			return state, err
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

// halt leaves a host untouched to which nothing was done yet, if changes are
// not to be begun any more. One that was begun is always finished.
func (v *visit) halt() (HostState, error) {
	if v.at().touched() || v.outside() {
		return "", nil
	}
	why, err := v.Roller.halted(v.asked, v.journal)
	if err != nil || why == "" {
		return "", err
	}
	v.halted = why
	return Untouched, v.conclude(v.hp.Host.Name, Untouched, why)
}

// end brings a host whose stage failed to a safe end.
func (v *visit) end(ctx context.Context, failure error) (HostState, error) {
	var broken unwritten
	if errors.As(failure, &broken) {
		return "", failure // nothing more is begun that could not be written down
	}
	if ctx.Err() != nil {
		return "", ctx.Err() // what was seen is not the end: the next start looks again
	}
	if errors.Is(failure, ErrSound) {
		state, why := v.sound(ctx, failure)
		return v.giveUp(ctx, state, why)
	}
	failure, err := v.withdraw(ctx, failure)
	if err != nil {
		return "", err
	}
	return v.putRight(ctx, failure)
}

// putRight settles what became of the host, and ends its part in the run.
func (v *visit) putRight(ctx context.Context, failure error) (HostState, error) {
	if at := v.at(); at.touched() && (at.underSwitch() || v.hp.Change.undoable()) {
		if err := v.intend(v.hp.Host.Name, Undone); err != nil {
			return "", err
		}
	}
	state, why := v.settle(ctx, failure)
	return v.giveUp(ctx, state, why)
}

// giveUp ends the host's part in the run, back in rotation where it may be.
func (v *visit) giveUp(ctx context.Context, state HostState, why string) (HostState, error) {
	state, why, err := v.comeBack(ctx, state, why)
	if err != nil {
		return "", err
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	return state, v.conclude(v.hp.Host.Name, state, why)
}

// sound ends a host that has nothing to mend. An earlier run may have left it
// like that without a login or its health, so both are looked at before the next
// host.
func (v *visit) sound(ctx context.Context, found error) (HostState, string) {
	for _, look := range []func(context.Context) error{v.prove, v.healthy} {
		if err := look(ctx); err != nil {
			return Refused, fmt.Sprintf("%v, but %v", found, err)
		}
	}
	return AlreadySound, found.Error()
}

func (v *visit) arm(ctx context.Context) error {
	after := v.ProofTime
	for _, s := range v.hp.Change.Steps[v.hp.Change.risky():] {
		after += s.Timeout
	}
	if err := v.willPutItselfBack(v.hp.Host.Name, v.Now().UTC().Add(after)); err != nil {
		return err
	}
	if err := v.Fleet.Arm(ctx, v.hp.Host, v.id(), v.hp.Change.UndoScript(), after); err != nil {
		return fmt.Errorf("the dead-man switch could not be armed: %w", err)
	}
	return nil
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
	return v.Fleet.Disarm(ctx, v.hp.Host, v.id())
}

func (v *visit) verify(ctx context.Context) error {
	remedy, err := Find(v.Catalogue, v.plan.Remedy)
	if err != nil {
		return err
	}
	if v.plan.Undoes != "" {
		return v.foundAgain(ctx, remedy)
	}
	return Verify(ctx, v.Fleet, v.hp.Host, remedy, v.plan.Subject)
}

// foundAgain looks at a host that was put back. Where the weakness is not found
// again, something else keeps it away, which is worth a remark.
func (v *visit) foundAgain(ctx context.Context, remedy Remedy) error {
	facts, err := v.Fleet.Collect(ctx, v.hp.Host)
	if err != nil {
		return fmt.Errorf("the result could not be checked: %w", err)
	}
	found := slices.ContainsFunc(Examine(facts, []Remedy{remedy}), func(f Finding) bool { return f.answers(v.plan.Subject) })
	if !found {
		v.remark = "what it had been changed for is not found, although it was put back"
	}
	return nil
}
