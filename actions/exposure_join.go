package actions

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
)

// join is who gets to one socket through the rules of all its interfaces.
//
// Only the way in is followed: security groups let answers out by themselves,
// and an outbound entry of a network ACL that stops them would make a port that
// is shown here as open look closed from outside. Network ACLs do not filter
// within a subnet, so they close a port only to public addresses.
type join struct {
	socket
	filter   ranges // whom the host's own packet filter lets in
	declared ranges
	balanced []Balancer // internet-facing, with a target on the port
	lbGroups []string   // ids of all load balancers' groups
	stray    []string   // private addresses that the socket is bound to and no interface has

	admitted []admission
	closed   []string // why public addresses that rules let in do not get here, a phrase each
	ways     []string // by which public addresses get to the interfaces, a phrase each
}

// admission is whom one ingress rule lets get to the socket.
type admission struct {
	rule    IngressRule
	group   SecurityGroup
	public  ranges // public addresses that get here
	private ranges // other addresses
	members bool   // of a group that is no load balancer's
	lb      bool
	doubt   string // what of the rule is not understood
}

func newJoin(c *Cloud, d Declared, s socket) *join { return newJoinThrough(everybody, c, d, s) }

func newJoinThrough(filter ranges, c *Cloud, d Declared, s socket) *join {
	j := &join{
		socket: s, filter: filter, declared: d.addresses(), lbGroups: c.balancerGroups(),
	}
	if len(filter) > 0 {
		j.stray = s.stray(c.Interfaces)
	}
	// Targets count in any state: one that drains or fails today serves tomorrow.
	for _, b := range c.TargetOf(s.number) {
		if b.Internet {
			j.balanced = append(j.balanced, b)
		}
	}
	for _, e := range s.endpoints(c.Interfaces) {
		j.add(e)
	}
	return j
}

// addresses returns those that are declared as the host's own networks. What is
// not understood declares nothing, and neither does what means everybody.
func (d Declared) addresses() ranges {
	var all ranges
	for _, text := range slices.Concat(d.Networks.Internal, d.Trusted) {
		r, _ := parseRangeOrAddress(text)
		all = append(all, r...)
	}
	all = normal(all)
	for _, family := range []ranges{publicIPv4, publicIPv6} {
		if all.moreThanHalf(family) {
			all = all.minus(family)
		}
	}
	return all
}

// add lets in whom the rules of one interface let in.
func (j *join) add(e endpoint) {
	var let []admission
	var asked ranges
	for _, g := range e.Groups {
		for _, r := range g.Rules {
			about, doubt := j.in(r.Proto, r.From, r.To)
			if !about {
				continue
			}
			from, unread := r.sources()
			from = from.intersect(e.families)
			a := j.admission(admission{
				rule: r, group: g, public: from.intersect(public), private: from.minus(public), doubt: cmp.Or(doubt, unread),
			})
			a = a.through(j.filter.intersect(e.families), j.declared)
			let = append(let, a)
			asked = asked.union(a.public)
		}
	}
	direct := j.direct(e, asked)
	for _, a := range let {
		a.public = a.public.intersect(direct)
		j.admit(a)
	}
}

// admission completes what a rule lets in by the group that it names and by the
// load balancers that it lets through.
func (j *join) admission(a admission) admission {
	group := slices.Contains(j.lbGroups, a.rule.Source)
	a.members = a.rule.Source != "" && !group
	a.lb = group || len(j.balanced) > 0 && len(a.public)+len(a.private) > 0
	return a
}

// admit adds to what the same rule lets in on other interfaces.
func (j *join) admit(a admission) {
	for n, known := range j.admitted {
		if a.rule.ID == "" || known.rule.ID != a.rule.ID || known.doubt != a.doubt {
			continue
		}
		known.public, known.private = known.public.union(a.public), known.private.union(a.private)
		known.lb, known.members = known.lb || a.lb, known.members || a.members
		j.admitted[n] = known
		return
	}
	j.admitted = append(j.admitted, a)
}

// direct returns which of the public addresses that rules let in get to the
// interface: it needs an address of the family that the internet sees, a route
// to an internet gateway, and a network ACL that does not deny them.
func (j *join) direct(e endpoint, asked ranges) ranges {
	through := ranges{}
	for _, family := range []struct {
		name      string
		addresses []string
		gateway   bool
		asked     ranges
	}{
		{"IPv4", e.Public, e.Gateway4, asked.intersect(everyIPv4)},
		{"IPv6", publicOnly(e.IPv6), e.Gateway6, asked.intersect(everyIPv6)},
	} {
		switch {
		case len(family.asked) == 0:
		case len(family.addresses) == 0:
			j.close(fmt.Sprintf("%s has no public %s address", e.ID, family.name))
		case !family.gateway:
			j.close(fmt.Sprintf("its subnet %s has no %s route to an internet gateway", e.Subnet, family.name))
		default:
			through = through.union(family.asked)
			j.way(fmt.Sprintf("%s has the public %s address %s", e.ID, family.name, family.addresses[0]))
		}
	}
	if len(through) == 0 {
		return nil
	}
	passed, stops := passACL(e.ACL, j.port, through)
	for _, stop := range stops {
		j.close(stop)
	}
	return passed
}

// publicOnly leaves out the private addresses; one that is not understood stays.
func publicOnly(addresses []string) []string {
	return slices.DeleteFunc(slices.Clone(addresses), func(a string) bool {
		ip, err := netip.ParseAddr(a)
		return err == nil && len(ranges{{ip, ip}}.intersect(public)) == 0
	})
}

func (j *join) close(phrase string) { j.closed = appendNew(j.closed, phrase) }
func (j *join) way(phrase string)   { j.ways = appendNew(j.ways, phrase) }

func appendNew(list []string, phrase string) []string {
	if slices.Contains(list, phrase) {
		return list
	}
	return append(list, phrase)
}
