package remedies

import (
	"fmt"
	"slices"
	"strings"

	"hardenbot/actions"
)

// homeNotes tells that the host's own neighbours are not among those that stay
// let in: a common slip where the configuration names internal networks.
func (n *narrowing) homeNotes() []string {
	if !n.asked() {
		return nil
	}
	internal := n.before.Host.Declared.Networks.Prefixes()
	var notes []string
	for _, i := range n.before.Cloud.Interfaces {
		for _, a := range i.Private {
			if !holds(internal, a) {
				notes = append(notes, "the host's own network (that of "+a+") is not among the internal networks: "+
					"whoever comes from there is let in only where another rule does that")
			}
		}
	}
	return notes
}

// firstEphemeral is from where on Linux gives ports to clients by itself
// (net.ipv4.ip_local_port_range). A UDP client on one of them looks like a
// service, and is gone the next minute.
const firstEphemeral = 32768

// mostClosed bounds how many ports a note names.
const mostClosed = 20

// closesToo names the listeners besides the finding's that whom the rule let in
// no longer gets to by it.
func (n *narrowing) closesToo(r actions.IngressRule, subject string) []string {
	var ports []actions.Listener
	for _, l := range n.before.Listeners {
		client := addressClient(l) || l.Proto == "udp" && l.Port >= firstEphemeral
		if !client && n.before.Cloud.Answers(l) && portSubject(l) != subject && r.Covers(l.Proto, l.Port) && !n.stays(r, l.Port) {
			ports = append(ports, l)
		}
	}
	if len(ports) == 0 {
		return nil
	}
	slices.SortFunc(ports, func(a, b actions.Listener) int {
		return 2*(a.Port-b.Port) + strings.Compare(a.Proto, b.Proto)
	})
	var names []string
	for _, l := range ports {
		names = append(names, portSubject(l))
	}
	names = slices.Compact(names)
	if more := len(names) - mostClosed; more > 0 {
		names = append(names[:mostClosed], fmt.Sprintf("%d more", more))
	}
	return []string{"the rule " + r.ID + " also let " + r.Who() + " in to " + strings.Join(names, ", ") +
		", on which the host listens: that ends as well, but for those that the new rules name"}
}
