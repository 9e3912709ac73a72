package remedies

import (
	"slices"
	"strings"

	"hardenbot/actions"
)

// portLBBypass tells which ports that a load balancer serves can be reached
// past it: from the internet in any case, and from internal networks where that
// is not declared. A balancer without groups cannot be told from its clients by
// a rule, so internal networks that reach its targets are not reported.
var portLBBypass = actions.Remedy{
	ID:         "port-lb-bypass",
	Title:      "A port behind a load balancer is reachable past it",
	Why:        "What comes past the load balancer comes past its TLS, its firewall, its limits and its logs",
	Layer:      actions.Exposed,
	Rank:       2,
	References: []string{"AWS Well-Architected SEC05-BP02"},
	Needs:      []actions.Section{actions.SectionListeners, actions.SectionCloud},
	Check:      checkLBBypass,
	Plan:       planLBBypass,
}

func checkLBBypass(f *actions.Facts) []actions.Evidence {
	var found []actions.Evidence
	for _, e := range actions.PastBalancers(f) {
		balancers := f.Cloud.TargetOf(e.Listener.Port)
		if bypassed(f.Host.Declared.Ports, e, balancers) {
			found = append(found, bypassEvidence(e, balancers))
		}
	}
	return found
}

func bypassed(p actions.Ports, e actions.Exposure, balancers []actions.Balancer) bool {
	if e.Reach != actions.ReachInternal {
		return e.Reach.Order() < actions.ReachInternal.Order()
	}
	port := e.Listener.Port
	declared := !p.Known || slices.Contains(p.Internet, port) || slices.Contains(p.Internal, port)
	apart := slices.ContainsFunc(balancers, func(b actions.Balancer) bool { return len(b.Groups) > 0 })
	return !declared && apart
}

func bypassEvidence(e actions.Exposure, balancers []actions.Balancer) actions.Evidence {
	says := seenFirst(e, "reachable because it is "+strings.Join(e.Because, ", "))
	if len(e.Rules) > 0 {
		says = append(says, "the rules that cause it: "+strings.Join(e.Rules, ", "))
	}
	var names []string
	for _, b := range balancers {
		names = append(names, b.Name)
		says = append(says, balancerSays(b))
	}
	if len(e.Tried) == 0 {
		says = append(says, inferredSays(e))
	}
	return actions.Evidence{
		Subject: portSubject(e.Listener),
		Title: "Port " + portName(e.Listener) + " is served by " + strings.Join(names, " and ") +
			" and reachable past it from " + reachSays[e.Reach],
		Rank: e.Reach.Order(),
		Says: says,
	}
}

// balancerSays words by which group a rule can let the balancer in.
func balancerSays(b actions.Balancer) string {
	if len(b.Groups) == 0 {
		return "the load balancer " + b.Name + " has no security group, so no rule can tell it from its clients"
	}
	var groups []string
	for _, g := range b.Groups {
		groups = append(groups, g.ID)
	}
	return "the load balancer " + b.Name + " is let in by its group " + strings.Join(groups, " or ")
}
