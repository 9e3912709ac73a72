package remedies

import (
	"slices"

	"hardenbot/actions"
)

// portUndeclared tells which listeners internal networks or load balancers can
// reach though the configuration does not declare them. It is a remark beside
// port-exposed: narrowing a port to internal networks is a fix at once, and
// whether the service belongs there is for people to decide.
var portUndeclared = actions.Remedy{
	ID:         "port-undeclared",
	Title:      "A port that nobody declared is reachable from inside",
	Why:        "A service that nobody knows of is patched and watched by nobody, and whoever gets into the network gets to it",
	Layer:      actions.Exposed,
	Rank:       5,
	References: []string{"CIS Ubuntu 24.04 2.1.22", "Lynis NETW-3012"},
	Needs:      []actions.Section{actions.SectionListeners},
	Check:      checkPortUndeclared,
	ReportOnly: "whether the service belongs on the host is for people to decide: declare its port in the configuration, " +
		"bind it to 127.0.0.1 and declare it for the host, or remove it",
}

func checkPortUndeclared(f *actions.Facts) []actions.Evidence {
	var found []actions.Evidence
	ports := f.Host.Declared.Ports
	for _, e := range actions.Exposures(f) {
		inside := e.Reach == actions.ReachLB || e.Reach == actions.ReachInternal
		if inside && ports.Known && !isDeclared(ports, e.Listener.Port) && !addressClient(e.Listener) {
			found = append(found, portEvidence(ports, e, "which nobody declared"))
		}
	}
	return found
}

func isDeclared(p actions.Ports, port int) bool {
	return slices.Contains(slices.Concat(p.Internet, p.Internal, p.Host), port)
}
