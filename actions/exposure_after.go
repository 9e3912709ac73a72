package actions

import (
	"net/netip"
	"slices"
	"strings"
)

// After returns the facts as they are once the calls were made, as far as calls
// change them: whom the rules of security groups let in, and whether the
// instance's metadata answers without a token. Rules that are authorized have
// no id; where one of that content is there already, none is added.
func (c *Cloud) After(calls []Call) *Cloud {
	after := c.withRules(calls, afterOne)
	for _, call := range calls {
		if call.Action == ModifyMetadata && call.Instance == c.Instance {
			after.MetadataV1 = call.Tokens != "required"
		}
	}
	return after
}

// Before returns the facts as they were before the calls on rules were made,
// each of which did change something. A rule that one of them made is told by
// its id, if the call has it.
func (c *Cloud) Before(calls []Call) *Cloud {
	latest := slices.Clone(calls)
	slices.Reverse(latest)
	return c.withRules(latest, beforeOne)
}

// withRules copies the facts with the rules that each call makes of a group's.
func (c *Cloud) withRules(calls []Call, by func([]IngressRule, Call) []IngressRule) *Cloud {
	changed := *c
	changed.Interfaces = slices.Clone(c.Interfaces)
	for n, i := range changed.Interfaces {
		changed.Interfaces[n].Groups = changeRules(i.Groups, calls, by)
	}
	changed.Balancers = slices.Clone(c.Balancers)
	for n, b := range changed.Balancers {
		changed.Balancers[n].Groups = changeRules(b.Groups, calls, by)
	}
	changed.Unused = changeRules(c.Unused, calls, by)
	return &changed
}

func changeRules(groups []SecurityGroup, calls []Call, by func([]IngressRule, Call) []IngressRule) []SecurityGroup {
	groups = slices.Clone(groups)
	for n := range groups {
		groups[n].Rules = slices.Clone(groups[n].Rules)
		for _, call := range calls {
			if call.Rule != nil && call.Rule.Group == groups[n].ID {
				groups[n].Rules = by(groups[n].Rules, call)
			}
		}
	}
	return groups
}

// beforeOne takes a call back. Rules stand in the order of their ids.
func beforeOne(rules []IngressRule, call Call) []IngressRule {
	same := func(r IngressRule) bool { return r.ID != "" && r.ID == call.Rule.ID || r.Same(*call.Rule) }
	switch {
	case call.Action == AuthorizeIngress:
		return slices.DeleteFunc(rules, same)
	case call.Action == RevokeIngress && !slices.ContainsFunc(rules, same):
		rules = append(rules, *call.Rule)
		slices.SortFunc(rules, func(a, b IngressRule) int { return strings.Compare(a.ID, b.ID) })
	}
	return rules
}

func afterOne(rules []IngressRule, call Call) []IngressRule {
	meant := func(r IngressRule) bool {
		if call.Action == RevokeIngress && call.Rule.ID != "" {
			return r.ID == call.Rule.ID
		}
		return r.Same(*call.Rule)
	}
	switch {
	case call.Action == RevokeIngress:
		return slices.DeleteFunc(rules, meant)
	case call.Action == AuthorizeIngress && !slices.ContainsFunc(rules, meant):
		added := *call.Rule
		added.ID = ""
		return append(rules, added)
	}
	return rules
}

// Admits reports whether an address gets to the listener, as Exposures has it:
// by the rules of the interfaces that it is bound to and, for a public address,
// by public addresses, routes and network ACLs.
//
// An address does not tell of which groups it is a member, so whoever is let in
// only as a member is not admitted here: see Members. Neither is anybody by a
// source that is not understood.
func (c *Cloud) Admits(l Listener, from netip.Addr) bool {
	from = from.Unmap().WithZone("")
	one := ranges{{from, from}}
	for _, a := range c.join(l).admitted {
		if len(a.public.intersect(one))+len(a.private.intersect(one)) > 0 {
			return true
		}
	}
	return false
}

// Members returns the groups whose members get to the listener, by id, sorted.
func (c *Cloud) Members(l Listener) []string {
	var ids []string
	for _, a := range c.join(l).admitted {
		if a.rule.Source != "" {
			ids = append(ids, a.rule.Source)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Answers reports whether the listener is bound to an address that a network
// interface has: only then do security groups decide on who gets to it.
func (c *Cloud) Answers(l Listener) bool {
	s := sockets([]Listener{l})[0]
	return len(s.endpoints(c.Interfaces)) > 0 && len(s.stray(c.Interfaces)) == 0
}

func (c *Cloud) join(l Listener) *join {
	return newJoin(c, Declared{}, sockets([]Listener{l})[0])
}
