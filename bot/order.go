package bot

import (
	"fmt"
	"strings"

	"hardenbot/actions"
)

// maxBatches is how many batches of a rollout are named one by one.
const maxBatches = 4

// order tells in which order the hosts are changed, and what has to be so
// before the next one begins.
func order(plan actions.Plan) []string {
	if len(plan.Hosts) == 0 {
		return nil
	}
	lines := []string{"• " + turns(plan)}
	if len(plan.Hosts) > 1 {
		lines = append(lines, "• Before the next: "+before(plan)+". The first failure stops the run, and the rest stays untouched.")
	}
	return append(lines, "• Of a load balancer's group: "+outAtATime(plan.Rollout)+".")
}

// turns names who goes first, and who goes together.
func turns(plan actions.Plan) string {
	hosts, sizes := plan.HostNames(), plan.Rollout.Batches(len(plan.Hosts))
	var turn []string
	for i, size := range sizes {
		if i == maxBatches {
			turn = append(turn, fmt.Sprintf("%s more in %s", count(len(hosts), "host"), number(len(sizes)-i, "batch", "batches")))
			break
		}
		who := names(hosts[:size], 6)
		if i < plan.Rollout.Canary && len(plan.Hosts) > 1 {
			who += " (canary)"
		}
		if size > 1 {
			who += " together"
		}
		turn = append(turn, who)
		hosts = hosts[size:]
	}
	return "Order: " + strings.Join(turn, ", then ")
}

func number(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// before is what a host has to show before the next one begins.
func before(plan actions.Plan) string {
	r, text := plan.Rollout, "the weakness is gone, and the health checks pass"
	if plan.Undoes != "" {
		text = "the host was read again, and the health checks pass"
	}
	if r.InARow > 1 {
		text += fmt.Sprintf(" %d times in a row", r.InARow)
	}
	if r.HealthyWithin > 0 {
		text += " (within " + elapsed(r.HealthyWithin) + ")"
	}
	if r.Soak > 0 {
		text += "; where it is balanced, also for " + elapsed(r.Soak) + " in rotation"
	}
	return text
}

// outAtATime is how far a balancer's group may be emptied.
func outAtATime(r actions.Rollout) string {
	return "at most " + share(r.MaxUnavailable) + " out at a time, at least " + share(r.MinHealthy) + " serving"
}

// share words a number of hosts; none is one, as the rollout takes it.
func share(s actions.Share) string {
	if s == (actions.Share{}) {
		return "1"
	}
	return s.String()
}
