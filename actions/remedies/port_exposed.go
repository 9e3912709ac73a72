package remedies

import (
	"slices"

	"hardenbot/actions"
)

// portExposed tells which listeners can be reached from wider than the
// configuration declares. Rules of security groups are replaced by narrower
// ones; elsewhere it is reported only. What is not declared at all and no
// public address reaches is left to port-undeclared.
var portExposed = actions.Remedy{
	ID:         "port-exposed",
	Title:      "A port is reachable from wider than declared",
	Why:        "What the internet can reach is attacked within minutes, patched or not; a closed port is not",
	Layer:      actions.Exposed,
	Rank:       1,
	References: []string{"CIS Ubuntu 24.04 2.1.22", "Lynis NETW-3012"},
	Needs:      []actions.Section{actions.SectionListeners},
	Check:      checkPortExposed,
	Plan:       planPortExposed,
}

// portKinds says what stands behind well-known ports and how urgent it is, 1
// for the most urgent. Other ports come after all of these.
var portKinds = []struct {
	rank  int
	what  string
	ports []int
}{
	{1, "a database", []int{
		1433, 1521, 3306, 5432, 5984, 6379, 7000, 8086, 9042, 9200, 9300, 11211, 26379, 27017, 27018, 27019, 33060,
	}},
	{1, "a control port", []int{2375, 2376, 2379, 2380, 6443, 8500, 10250}}, // Docker, etcd, Kubernetes, Consul
	{2, "metrics or an admin interface", []int{
		161, 3000, 5601, 8125, 9000, 9090, 9091, 9093, 9100, 9104, 9113, 9187, 9323, 10000, 15672, 15692,
	}},
	{2, "a service for internal networks", []int{23, 111, 137, 138, 139, 445, 512, 513, 514, 873, 2049, 3389, 5900, 6000}},
}

func checkPortExposed(f *actions.Facts) []actions.Evidence {
	var found []actions.Evidence
	for _, e := range actions.Exposures(f) {
		if tooWide, unless := widerThanDeclared(f.Host.Declared.Ports, e); tooWide {
			found = append(found, portEvidence(f.Host.Declared.Ports, e, unless))
		}
	}
	return found
}

// widerThanDeclared compares the reach with the widest one that is declared for
// the port, and words the latter. Without a declaration for the port or for the
// host, what public addresses reach is too wide, and what they do not reach is
// not judged here.
func widerThanDeclared(p actions.Ports, e actions.Exposure) (bool, string) {
	widest, unless := actions.ReachLB, "which nobody declared"
	switch port := e.Listener.Port; {
	case !p.Known:
		unless = "and nothing is declared for the host"
	case slices.Contains(p.Internet, port):
		return false, ""
	case slices.Contains(p.Internal, port):
		unless = "but declared for internal networks only"
	case slices.Contains(p.Host, port):
		widest, unless = actions.ReachHost, "but declared for the host itself only"
	}
	return e.Reach.Order() < widest.Order(), unless
}

// addressClient reports a DHCP client: it has to listen on its own network
// (RFC 2131, RFC 8415), and offers nothing.
func addressClient(l actions.Listener) bool {
	return l.Proto == "udp" && (l.Port == 68 || l.Port == 546)
}

func portEvidence(p actions.Ports, e actions.Exposure, unless string) actions.Evidence {
	rank, what := portKind(e.Listener.Port)
	return actions.Evidence{
		Subject: portSubject(e.Listener),
		Title:   "Port " + portName(e.Listener) + " is open to " + reachSays[e.Reach] + ", " + unless,
		Rank:    10*e.Reach.Order() + rank,
		Says:    portSays(p, e, what),
	}
}

func portKind(port int) (rank int, what string) {
	for _, k := range portKinds {
		if slices.Contains(k.ports, port) {
			return k.rank, k.what
		}
	}
	return 3, ""
}
