package actions

import (
	"cmp"
	"slices"
)

// OpenRule is an ingress rule that lets in public addresses, or that is not
// understood.
type OpenRule struct {
	Rule  IngressRule
	Group SecurityGroup
	Says  string // the rule in words
	Doubt string // what of it is not understood, if anything
}

// OpenRules returns the ingress rules for TCP or UDP that let in public
// addresses that are not declared, to ports that nothing listens on: what
// starts there next is reachable at once. Whether an address and a route let
// the internet in today does not matter. Without the sections of listeners and
// of the cloud there are none.
func OpenRules(f *Facts) []OpenRule {
	_, _, missing := f.Missing(SectionListeners, SectionCloud)
	if missing || f.Cloud == nil {
		return nil
	}
	declared := f.Host.Declared.addresses()
	var open []OpenRule
	for _, g := range f.Cloud.groups() {
		for _, r := range g.Rules {
			from, doubt := r.sources()
			_, unread := port{"tcp", r.From}.in(r.Proto, r.From, r.To)
			wide := doubt != "" || len(from.intersect(public).minus(declared)) > 0
			if wide && r.hasPorts() && !r.serves(f.Listeners) {
				open = append(open, OpenRule{Rule: r, Group: g, Says: r.words(g), Doubt: cmp.Or(doubt, unread)})
			}
		}
	}
	return open
}

// hasPorts reports whether the rule is about TCP or UDP, or may be.
func (r IngressRule) hasPorts() bool {
	tcp, _ := port{"tcp", 0}.in(r.Proto, 0, 65535)
	udp, _ := port{"udp", 0}.in(r.Proto, 0, 65535)
	return tcp || udp
}

// serves reports whether the rule is about the port of a listener that others
// than the host itself can reach.
func (r IngressRule) serves(listeners []Listener) bool {
	return slices.ContainsFunc(listeners, func(l Listener) bool {
		about, _ := port{l.Proto, l.Port}.in(r.Proto, r.From, r.To)
		return about && !loopback(l.Address)
	})
}

// OpenGroup is a security group that lets everybody in to very many ports.
type OpenGroup struct {
	Group SecurityGroup
	Says  string // the group in words
	Rules []OpenRule
}

// manyPorts is from how many ports on a rule is very wide: more than the system
// ports (RFC 6335).
const manyPorts = 1025

// OpenGroups returns the groups of the host that let in more than half of the
// public addresses of a family, by rules for all or very many ports (1,025 and
// more), on TCP or on UDP. What is not understood counts as open.
func OpenGroups(f *Facts) []OpenGroup {
	_, _, missing := f.Missing(SectionCloud)
	if missing || f.Cloud == nil {
		return nil
	}
	declared := f.Host.Declared.addresses()
	var open []OpenGroup
	for _, g := range f.Cloud.groups() {
		rules := g.openTo("tcp", declared)
		for _, r := range g.openTo("udp", declared) {
			if !slices.ContainsFunc(rules, func(known OpenRule) bool { return known.Says == r.Says }) {
				rules = append(rules, r)
			}
		}
		if len(rules) > 0 {
			open = append(open, OpenGroup{Group: g, Says: g.words(), Rules: rules})
		}
	}
	return open
}

// openTo returns the rules that let public addresses, without the declared
// ones, in to very many ports of the protocol, if together that is everybody.
func (g SecurityGroup) openTo(proto string, declared ranges) []OpenRule {
	var rules []OpenRule
	var all ranges
	for _, r := range g.Rules {
		about, doubt := port{proto, r.From}.in(r.Proto, r.From, r.To)
		number, _ := protocolNumber(r.Proto)
		from, unread := r.sources()
		if unread != "" {
			from = public
		}
		many := doubt != "" || number == everyProtocol || r.To-r.From >= manyPorts-1
		from = from.intersect(public).minus(declared)
		if about && many && len(from) > 0 {
			rules = append(rules, OpenRule{Rule: r, Group: g, Says: r.words(g), Doubt: cmp.Or(doubt, unread)})
			all = all.union(from)
		}
	}
	if all.moreThanHalf(publicIPv4) || all.moreThanHalf(publicIPv6) {
		return rules
	}
	return nil
}

// groups returns the security groups of all interfaces, each once.
func (c *Cloud) groups() []SecurityGroup {
	var all []SecurityGroup
	for _, i := range c.Interfaces {
		for _, g := range i.Groups {
			if !slices.ContainsFunc(all, func(known SecurityGroup) bool { return g.ID != "" && known.ID == g.ID }) {
				all = append(all, g)
			}
		}
	}
	return all
}
