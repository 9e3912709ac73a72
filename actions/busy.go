package actions

import (
	"net"
	"strconv"
)

// busy returns a host of the plan that another unfinished run is changing, or "".
// Two names for one address are one host.
func busy(tx Reader, plan Plan) (host, run string, err error) {
	runs, err := All[Run](tx, KindRun)
	if err != nil {
		return "", "", err
	}
	for _, other := range runs {
		if other.State != RunGoing {
			continue
		}
		if host, err = shared(tx, plan, other); err != nil || host != "" {
			return host, other.ID, err
		}
	}
	return "", "", nil
}

func shared(tx Reader, plan Plan, run Run) (string, error) {
	var its Plan
	if err := tx.Get(KindPlan, run.Plan, &its); err != nil && !isNotFound(err) {
		return "", err
	}
	taken := map[string]bool{}
	for _, h := range run.Hosts {
		taken[h.Host] = !h.State.Ended()
	}
	for _, h := range its.Hosts {
		if taken[h.Host.Name] {
			taken[address(h.Host)] = true
		}
	}
	for _, h := range plan.Hosts {
		if taken[h.Host.Name] || taken[address(h.Host)] {
			return h.Host.Name, nil
		}
	}
	return "", nil
}

func address(h Host) string { return net.JoinHostPort(h.Address, strconv.Itoa(h.Port)) }
