package actions

import (
	"context"
	"fmt"
	"slices"
)

// leftOutside is a host that a run took out of rotation and did not bring back.
// A balancer may tell nothing of it any more; the ledger does.
type leftOutside struct {
	host  Host
	seats []Seat
	run   string
	ended bool // its turn in that run is over
}

// allOutside returns the hosts that were last seen outside, by the ledger.
func (r Roller) allOutside(ctx context.Context) ([]leftOutside, error) {
	var out []leftOutside
	err := r.Ledger.View(ctx, func(tx Reader) error {
		runs, err := All[Run](tx, KindRun)
		slices.SortFunc(runs, func(a, b Run) int { return b.Started.Compare(a.Started) })
		seen := map[string]bool{}
		for _, run := range runs {
			for _, h := range run.Hosts {
				if len(h.Seats) == 0 || seen[h.Host] {
					continue
				}
				seen[h.Host] = true
				if h.outside() {
					out = append(out, leftOutside{hostOf(tx, run, h.Host), h.Seats, run.ID, h.State.Ended()})
				}
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for hosts that were left out of rotation: %w", err)
	}
	return out, nil
}

// hostOf returns the host as the run's plan knew it, or its name alone.
func hostOf(tx Reader, run Run, name string) Host {
	var plan Plan
	_ = tx.Get(KindPlan, run.Plan, &plan) // without it, the name is all that is known
	return plan.host(name)
}

// nobodyElseOutside refuses to take a host out of a group that another run has
// left one outside of. One that somebody has put back meanwhile is served
// again. For the other hosts of this run, the rotation knows how many may go.
func (v *visit) nobodyElseOutside(ctx context.Context, seats []Seat) error {
	all, err := v.allOutside(ctx)
	if err != nil {
		return err
	}
	for _, other := range all {
		i := slices.IndexFunc(other.seats, func(s Seat) bool {
			return slices.ContainsFunc(seats, func(own Seat) bool { return s.Driver == own.Driver && s.Group == own.Group })
		})
		if i < 0 || other.host.Name == v.hp.Host.Name || other.run == v.run.ID && !other.ended || v.Rotation.Serving(ctx, other.host, other.seats) == nil {
			continue
		}
		return fmt.Errorf("%s is out of %s since run %s: put that one back first", other.host.Name, other.seats[i].Group, other.run)
	}
	return nil
}

// recall remarks that an earlier run left the host out of rotation: nothing
// sends it traffic, and somebody should know why.
func (v *visit) recall(ctx context.Context) error {
	all, err := v.allOutside(ctx)
	for _, o := range all {
		if o.host.Name == v.hp.Host.Name {
			v.remark = fmt.Sprintf("run %s left it out of rotation (%s), and nothing sends it traffic now", o.run, seatWords(o.seats))
		}
	}
	return err
}
