package remedies

import (
	"fmt"
	"net/netip"
	"slices"

	"hardenbot/actions"
)

// sharedWithBalancer refuses where a load balancer of the host carries the group
// itself and takes in its clients by the rule.
func (n *narrowing) sharedWithBalancer(r actions.IngressRule, group actions.SecurityGroup) error {
	listens := func(port int) bool { return r.Covers("tcp", port) || r.Covers("udp", port) }
	for _, b := range n.before.Cloud.Balancers {
		carries := slices.ContainsFunc(b.Groups, func(g actions.SecurityGroup) bool { return g.ID == group.ID })
		if carries && slices.ContainsFunc(b.Ports, listens) {
			return fmt.Errorf("the load balancer %s carries %s too: its clients would be shut out; give it a group of its own first", b.Name, group.Words())
		}
	}
	return nil
}

// letBalancers lets in the groups of the load balancers that the rule let in to
// their targets, health checks included, and that its own source no longer does.
func (n *narrowing) letBalancers(r actions.IngressRule) ([]actions.IngressRule, error) {
	var rules []actions.IngressRule
	for _, b := range n.before.Cloud.Balancers {
		for _, port := range portsOf(b) {
			if !slices.Contains(n.balanced, port) || n.stays(r, port) {
				continue
			}
			if protos := n.served(r, port); len(protos) > 0 && len(b.Groups) == 0 && !n.keepsIn(r, b, port) {
				return nil, fmt.Errorf("the load balancer %s serves port %d and has no security group, so no rule can let it in without its clients: "+
					"give it a security group (a network load balancer can only get one when it is made) and ask again", b.Name, port)
			}
			rules = append(rules, n.letBalancer(r, b, port)...)
		}
	}
	return rules, nil
}

// portsOf returns the ports of the host that the balancer gets to, each once.
func portsOf(b actions.Balancer) []int {
	var ports []int
	for _, t := range b.Targets {
		ports = append(ports, t.Ports()...)
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

// keepsIn reports whether a balancer without a group stays let in to the port by
// its addresses: an internal one of which all are known to be in the internal
// networks that the rule lets in.
func (n *narrowing) keepsIn(r actions.IngressRule, b actions.Balancer, port int) bool {
	if b.Internet || len(b.Private) == 0 || slices.Contains(n.shut, port) {
		return false
	}
	return !slices.ContainsFunc(b.Private, func(a string) bool { return !holds(n.inside(r), a) })
}

// holds reports whether one of the prefixes has the address.
func holds(prefixes []netip.Prefix, address string) bool {
	ip, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(ip) })
}

func (n *narrowing) letBalancer(r actions.IngressRule, b actions.Balancer, port int) []actions.IngressRule {
	var rules []actions.IngressRule
	for _, proto := range n.served(r, port) {
		for _, g := range b.Groups {
			one := to(unnamed(r), proto, span{port, port})
			one.CIDR, one.PrefixList, one.Prefixes, one.Source = "", "", nil, g.ID
			rules = append(rules, one)
		}
	}
	return rules
}
