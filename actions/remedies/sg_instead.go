package remedies

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"hardenbot/actions"
)

// instead returns the rules that take the place of one that goes.
func (n *narrowing) instead(r actions.IngressRule) ([]actions.IngressRule, error) {
	balancers, err := n.letBalancers(r)
	if err != nil {
		return nil, err
	}
	own := unnamed(r)
	if !r.Outsiders(n.before.Host.Declared) {
		return slices.Concat(n.without(own), ping(own), balancers), nil
	}
	rules := slices.Concat(n.within(own), ping(own))
	for _, p := range n.inside(r) {
		rules = append(rules, n.without(from(own, p))...)
	}
	return slices.Concat(rules, n.letTrusted(own), balancers), nil
}

// unnamed copies a rule as a new one is made of it. Tags of AWS itself are left
// out: nobody else may write them.
func unnamed(r actions.IngressRule) actions.IngressRule {
	r.ID, r.Tags = "", maps.Clone(r.Tags)
	maps.DeleteFunc(r.Tags, func(key, _ string) bool { return strings.HasPrefix(strings.ToLower(key), "aws:") })
	return r
}

// from is the rule with another source.
func from(r actions.IngressRule, source netip.Prefix) actions.IngressRule {
	r.CIDR, r.PrefixList, r.Prefixes, r.Source = source.String(), "", nil, ""
	return r
}

// to is the rule with other ports.
func to(r actions.IngressRule, proto string, s span) actions.IngressRule {
	r.Proto, r.From, r.To = proto, s.from, s.to
	return r
}

// within is the rule for those of its ports that stay open. In place of a rule
// for every protocol, that means TCP, and UDP where the host listens by it: a
// port that is declared for its web server is no reason to open it twice.
func (n *narrowing) within(r actions.IngressRule) []actions.IngressRule {
	var rules []actions.IngressRule
	for _, proto := range transports(r) {
		ports := n.open
		if r.Everything() && proto == "udp" {
			ports = slices.DeleteFunc(slices.Clone(ports), func(port int) bool { return !slices.Contains(n.served(r, port), proto) })
		}
		for _, s := range ranges(r).within(ports) {
			rules = append(rules, to(r, proto, s))
		}
	}
	return rules
}

// without is the rule for all of its ports but those that are shut.
func (n *narrowing) without(r actions.IngressRule) []actions.IngressRule {
	if r.Everything() && len(n.shut) == 0 {
		return []actions.IngressRule{r}
	}
	var rules []actions.IngressRule
	for _, proto := range transports(r) {
		for _, s := range ranges(r).without(n.shut) {
			rules = append(rules, to(r, proto, s))
		}
	}
	return rules
}

// ping is what stays of a rule for every protocol beside its ports: ICMP of the
// families that it lets in.
func ping(r actions.IngressRule) []actions.IngressRule {
	if !r.Everything() {
		return nil
	}
	var rules []actions.IngressRule
	v4, v6 := families(r)
	if v4 {
		rules = append(rules, to(r, "icmp", everyPort))
	}
	if v6 {
		rules = append(rules, to(r, "icmpv6", everyPort))
	}
	return rules
}

func families(r actions.IngressRule) (v4, v6 bool) {
	if r.Source != "" {
		return true, true
	}
	for _, p := range sources(r) {
		v4, v6 = v4 || p.Addr().Is4(), v6 || p.Addr().Is6()
	}
	return v4, v6
}

// inside returns which internal networks the rule lets in.
func (n *narrowing) inside(r actions.IngressRule) []netip.Prefix {
	return common(sources(r), n.before.Host.Declared.Networks.Prefixes())
}

// letTrusted keeps the SSH port open to the trusted addresses among those that
// the rule lets in: bastions and offices, where people come from.
func (n *narrowing) letTrusted(r actions.IngressRule) []actions.IngressRule {
	var rules []actions.IngressRule
	for _, port := range loginPorts(n.before) {
		if !r.Covers("tcp", port) || slices.Contains(n.open, port) || slices.Contains(n.shut, port) {
			continue
		}
		for _, p := range common(sources(r), n.before.Host.Declared.TrustedPrefixes()) {
			rules = append(rules, to(from(r, p), "tcp", span{port, port}))
		}
	}
	return rules
}

// letBalancers lets in the groups of the load balancers that the rule let in to
// their targets, and that its own source no longer does.
func (n *narrowing) letBalancers(r actions.IngressRule) ([]actions.IngressRule, error) {
	var rules []actions.IngressRule
	for _, b := range n.before.Cloud.Balancers {
		for _, t := range b.Targets {
			if !slices.Contains(n.balanced, t.Port) || n.stays(r, t.Port) {
				continue
			}
			if protos := n.served(r, t.Port); len(protos) > 0 && len(b.Groups) == 0 && b.Internet {
				return nil, fmt.Errorf("the load balancer %s serves port %d and has no security group, so no rule can let it in without its clients: "+
					"give it a security group (a network load balancer can only get one when it is made) and ask again", b.Name, t.Port)
			}
			rules = append(rules, n.letBalancer(r, b, t.Port)...)
		}
	}
	return rules, nil
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

// stays reports whether the port stays open to the rule's own source.
func (n *narrowing) stays(r actions.IngressRule, port int) bool {
	if r.Outsiders(n.before.Host.Declared) {
		return slices.Contains(n.open, port)
	}
	return !slices.Contains(n.shut, port)
}

// served returns the protocols in which the host listens on the port, TCP if it
// does not, as far as the rule is about them.
func (n *narrowing) served(r actions.IngressRule, port int) []string {
	var protos []string
	for _, l := range n.before.Listeners {
		if l.Port == port && !slices.Contains(protos, l.Proto) {
			protos = append(protos, l.Proto)
		}
	}
	if len(protos) == 0 {
		protos = []string{"tcp"}
	}
	return slices.DeleteFunc(protos, func(proto string) bool { return !r.Covers(proto, port) })
}

// loginPorts returns the ports that people log in by.
func loginPorts(f *actions.Facts) []int {
	var ports []int
	for _, port := range []int{f.Host.Port, f.SSHD.Port} {
		if port != 0 && !slices.Contains(ports, port) {
			ports = append(ports, port)
		}
	}
	return ports
}
