package remedies

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
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

// letTrusted keeps the ports that are declared internal and those that people
// log in by open to the trusted addresses among those that the rule lets in:
// bastions, offices, monitors.
func (n *narrowing) letTrusted(r actions.IngressRule) []actions.IngressRule {
	inside := n.inside(r)
	trusted := slices.DeleteFunc(common(sources(r), n.before.Host.Declared.TrustedPrefixes()), func(p netip.Prefix) bool {
		return slices.ContainsFunc(inside, func(q netip.Prefix) bool { return q.Bits() <= p.Bits() && q.Overlaps(p) })
	})
	var rules []actions.IngressRule
	for _, proto := range []string{"tcp", "udp"} {
		for _, s := range everyPort.within(n.trustedPorts(r, proto)) {
			for _, p := range trusted {
				rules = append(rules, to(from(r, p), proto, s))
			}
		}
	}
	return rules
}

// trustedPorts returns which ports of the rule stay open to trusted addresses,
// and not to all whom it lets in.
func (n *narrowing) trustedPorts(r actions.IngressRule, proto string) []int {
	var ports []int
	for _, port := range n.before.Host.Declared.Ports.Internal {
		if slices.Contains(n.served(r, port), proto) {
			ports = append(ports, port)
		}
	}
	if proto == "tcp" {
		ports = append(ports, loginPorts(n.before)...)
	}
	return slices.DeleteFunc(ports, func(port int) bool {
		return !r.Covers(proto, port) || slices.Contains(n.open, port) || slices.Contains(n.shut, port)
	})
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

// loginPorts returns the ports that people log in by: that which the bot dials,
// that on which it arrived, and all others of sshd.
func loginPorts(f *actions.Facts) []int {
	ports := []int{f.Host.Port, f.SSHD.Port}
	for _, text := range strings.Fields(f.SSHD.Global["port"]) {
		port, _ := strconv.Atoi(text)
		ports = append(ports, port)
	}
	for _, l := range f.Listeners {
		if l.Process == "sshd" {
			ports = append(ports, l.Port)
		}
	}
	slices.Sort(ports)
	return slices.DeleteFunc(slices.Compact(ports), func(port int) bool { return port == 0 })
}
