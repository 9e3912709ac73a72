package actions

import (
	"net"
	"slices"
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
		if !taken[h.Host.Name] {
			continue
		}
		taken[address(h.Host)] = true
		for _, group := range h.Change.groups() {
			taken[group] = true
		}
	}
	for _, h := range plan.Hosts {
		if taken[h.Host.Name] || taken[address(h.Host)] || slices.ContainsFunc(h.Change.groups(), func(g string) bool { return taken[g] }) {
			return h.Host.Name, nil
		}
	}
	return "", nil
}

// groups returns the security groups whose rules the change's calls change,
// each once.
func (c Change) groups() []string {
	var ids []string
	for _, s := range c.Steps {
		if s.Call != nil && s.Call.Rule != nil && !slices.Contains(ids, s.Call.Rule.Group) {
			ids = append(ids, s.Call.Rule.Group)
		}
	}
	return ids
}

func address(h Host) string { return net.JoinHostPort(h.Address, strconv.Itoa(h.Port)) }
