package actions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// soakEvery is how often a host is looked at while it soaks.
const soakEvery = 5 * time.Second

// disturbs reports whether the change interrupts what a balancer sends here.
func (v *visit) disturbs() bool { return v.Rotation != nil && v.hp.Change.Disruptive() }

func (v *visit) outside() bool { return v.at().outside() }

// observed reports whether a balancer has to like the host after the change.
func (v *visit) observed() bool {
	return len(v.at().Seats) > 0 || len(v.at().Watched) > 0
}

// watch remembers where the host, and who shares its group, is served before a
// change of security groups, which may shut out a balancer or its health checks.
func (v *visit) watch(ctx context.Context) error {
	if v.Rotation == nil || len(v.hp.Change.groups()) == 0 {
		return nil
	}
	var served []Served
	for _, h := range append(v.sharers(), v.hp.Host) {
		seats, err := v.Rotation.Seats(ctx, h)
		if err != nil {
			return fmt.Errorf("where %s is in rotation is not known: %w", h.Name, err)
		}
		if len(seats) > 0 && v.Rotation.Serving(ctx, h, seats) == nil {
			served = append(served, Served{h.Name, seats})
		}
	}
	if len(served) == 0 {
		return nil
	}
	return v.watches(v.hp.Host.Name, served)
}

// drain takes the host out of rotation. Which seats it leaves is committed
// before it leaves the first.
func (v *visit) drain(ctx context.Context) error {
	seats, err := v.Rotation.Seats(ctx, v.hp.Host)
	switch {
	case err != nil:
		return fmt.Errorf("where it is in rotation is not known: %w", err)
	case len(seats) == 0 && v.outside():
		return nil
	case len(seats) == 0:
		return v.recall(ctx)
	}
	if err := v.Rotation.Serving(ctx, v.hp.Host, seats); err != nil {
		return fmt.Errorf("it is not served in rotation before the change: %w", err)
	}
	if err := v.nobodyElseOutside(ctx, seats); err != nil {
		return err
	}
	for _, s := range v.at().Seats {
		if !slices.Contains(seats, s) {
			seats = append(seats, s)
		}
	}
	if err := v.leaves(v.hp.Host.Name, seats); err != nil {
		return err
	}
	for {
		err := v.Rotation.Drain(ctx, v.hp.Host, seats, v.plan.Rollout.room())
		if err == nil {
			return nil
		}
		if !v.othersOut() {
			return fmt.Errorf("it could not be taken out of rotation: %w", err)
		}
		pause(ctx, lookAgain) // there is room once they are back
	}
}

// othersOut reports whether hosts of the same batch are out of rotation now, and
// will come back.
func (v *visit) othersOut() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return !v.broken && slices.ContainsFunc(v.run.Hosts, func(h HostRun) bool {
		waits := h.State == Queued || h.State == Probed || h.State == Guarded
		return h.Host != v.hp.Host.Name && h.outside() && !waits && !h.State.Ended()
	})
}

// rejoin puts the host back into the seats that it left.
func (v *visit) rejoin(ctx context.Context) error {
	seats := v.at().Seats
	if v.Rotation == nil {
		return errors.New("what takes hosts into rotation is not configured any more")
	}
	if err := v.Rotation.Return(ctx, v.hp.Host, seats); err != nil {
		return fmt.Errorf("it could not be put back into rotation: %w", err)
	}
	return v.back(v.hp.Host.Name)
}

// noticing is how many times longer than a host soaks a balancer is given to
// notice that it cannot reach it any more: by default one that asks every 30 s
// and believes it the third time.
const noticing = 3

// soak waits until the host has stayed healthy in rotation for a while.
func (v *visit) soak(ctx context.Context) error {
	if v.Rotation == nil {
		return errors.New("what takes hosts into rotation is not configured any more")
	}
	in, while := v.at().Watched, noticing*v.plan.Rollout.Soak
	if seats := v.at().Seats; len(seats) > 0 {
		in, while = []Served{{v.hp.Host.Name, seats}}, v.plan.Rollout.Soak
	}
	for end := v.Now().Add(while); ; pause(ctx, min(soakEvery, max(0, end.Sub(v.Now())))) {
		for _, s := range in {
			h := v.plan.host(s.Host)
			if err := errors.Join(v.Rotation.Serving(ctx, h, s.Seats), v.Fleet.Healthy(ctx, h)); err != nil {
				return fmt.Errorf("%s did not stay healthy in rotation: %w", s.Host, err)
			}
		}
		if !v.Now().Before(end) {
			return nil
		}
	}
}

// comeBack puts a host that left its seats and is fit for them back, whatever
// else became of it, and otherwise tells that it is outside.
func (v *visit) comeBack(ctx context.Context, state HostState, why string) (HostState, string, error) {
	if !v.outside() {
		return state, why, nil
	}
	seats := seatWords(v.at().Seats)
	switch state {
	case Lost:
		return Lost, fmt.Sprintf("%s; it is out of rotation (%s)", why, seats), nil
	case Failed:
		return Outside, fmt.Sprintf("%s; it is left out of rotation (%s)", why, seats), nil
	}
	if v.at().Left && !state.Good() {
		return Outside, fmt.Sprintf("%s; it is still out of rotation (%s), where an earlier run left it", why, seats), nil
	}
	if err := v.intend(v.hp.Host.Name, Rejoined); err != nil {
		return state, why, err
	}
	var broken unwritten
	switch err := v.readmit(ctx); {
	case errors.As(err, &broken):
		return state, why, err
	case err != nil:
		return Outside, fmt.Sprintf("%s; it is out of rotation (%s): %v", why, seats, err), nil
	}
	return state, why + "; it is in rotation again", nil
}

// withdraw takes a host out again that failed after it was put back, so that
// what serves is neither ill nor put back under requests. The first result is
// the failure, and what more went wrong; the second the ledger's.
func (v *visit) withdraw(ctx context.Context, failure error) (error, error) {
	seats := v.at().Seats
	if len(seats) == 0 || !v.at().Back || v.Rotation == nil {
		return failure, nil
	}
	if err := v.intend(v.hp.Host.Name, Drained); err != nil {
		return failure, err
	}
	if err := v.leaves(v.hp.Host.Name, seats); err != nil {
		return failure, err
	}
	err := v.Rotation.Drain(ctx, v.hp.Host, seats, v.plan.Rollout.room())
	if err == nil {
		return failure, nil
	}
	failure = fmt.Errorf("%w; it could not be taken out of rotation again: %w", failure, err)
	if v.Rotation.Serving(ctx, v.hp.Host, seats) == nil {
		return failure, v.back(v.hp.Host.Name) // it never left
	}
	return failure, nil
}

// readmit puts the host back into its seats, unless it never left them, if it
// is healthy.
func (v *visit) readmit(ctx context.Context) error {
	seats := v.at().Seats
	if v.Rotation != nil && v.Rotation.Serving(ctx, v.hp.Host, seats) == nil {
		return v.back(v.hp.Host.Name)
	}
	if err := v.healthy(ctx); err != nil {
		return err
	}
	return v.rejoin(ctx)
}

// seatWords names the seats for people.
func seatWords(seats []Seat) string {
	words := make([]string, len(seats))
	for i, s := range seats {
		words[i] = fmt.Sprintf("%s as %s", s.Group, s.Target)
		if s.Port != 0 {
			words[i] += fmt.Sprintf(":%d", s.Port)
		}
	}
	return strings.Join(words, ", ")
}
