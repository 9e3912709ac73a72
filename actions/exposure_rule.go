package actions

import (
	"cmp"
	"net/netip"
	"slices"
)

// Rule returns the ingress rule by that id, with its group, if one of the
// host's groups has it.
func (c *Cloud) Rule(id string) (IngressRule, SecurityGroup, bool) {
	for _, g := range c.groups() {
		for _, r := range g.Rules {
			if id != "" && r.ID == id {
				return r, g, true
			}
		}
	}
	return IngressRule{}, SecurityGroup{}, false
}

// Same reports whether two rules of a group are one to EC2, which refuses the
// second as a duplicate: the same ports for the same source, whatever their
// ids, descriptions and tags.
func (r IngressRule) Same(o IngressRule) bool {
	ours, known := protocolNumber(r.Proto)
	theirs, ok := protocolNumber(o.Proto)
	proto := known && ok && ours == theirs || r.Proto == o.Proto
	ports := ours == everyProtocol || r.From == o.From && r.To == o.To
	return proto && ports && r.Group == o.Group && r.Source == o.Source && r.PrefixList == o.PrefixList &&
		(r.CIDR == o.CIDR || sameRange(r.CIDR, o.CIDR))
}

func sameRange(a, b string) bool {
	x, ok := parseRange(a)
	y, too := parseRange(b)
	return ok && too && slices.Equal(x, y)
}

// Covers reports whether the rule is about the port. One that is not
// understood is taken to be about every port.
func (r IngressRule) Covers(proto string, number int) bool {
	about, _ := port{proto, number}.in(r.Proto, r.From, r.To)
	return about
}

// Unclear says what of the rule is not understood, or nothing.
func (r IngressRule) Unclear() string {
	_, doubt := port{r.Proto, r.From}.in(r.Proto, r.From, r.To)
	_, unread := r.sources()
	return cmp.Or(doubt, unread)
}

// Everything reports a rule for all ports of all protocols.
func (r IngressRule) Everything() bool {
	number, known := protocolNumber(r.Proto)
	return known && number == everyProtocol
}

// Outsiders reports whether the rule lets in public addresses that are not
// declared.
func (r IngressRule) Outsiders(d Declared) bool {
	from, _ := r.sources()
	return len(from.intersect(public).minus(d.addresses())) > 0
}

// privateNetworks are the private addresses: RFC 1918 and RFC 4193.
var privateNetworks = []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"}

// Named reports whether the configuration names internal networks. As in
// Exposures, what is not understood names nothing, and neither does what means
// everybody.
func (n Networks) Named() bool { return len(prefixes(n.Internal)) > 0 }

// Prefixes returns the internal networks, or the private ranges where none are
// named.
func (n Networks) Prefixes() []netip.Prefix {
	if !n.Named() {
		return prefixes(privateNetworks)
	}
	return prefixes(n.Internal)
}

// TrustedPrefixes returns the trusted addresses and ranges in the same way.
func (d Declared) TrustedPrefixes() []netip.Prefix { return prefixes(d.Trusted) }

func prefixes(texts []string) []netip.Prefix {
	var all []netip.Prefix
	var sum ranges
	for _, text := range texts {
		p, err := netip.ParsePrefix(text)
		if ip, bad := netip.ParseAddr(text); bad == nil {
			ip = ip.Unmap().WithZone("")
			p, err = netip.PrefixFrom(ip, ip.BitLen()), nil
		}
		if err == nil && !p.Addr().Is4In6() {
			all = append(all, p.Masked())
			sum = sum.union(ranges{{p.Masked().Addr(), lastOf(p)}})
		}
	}
	for _, family := range []ranges{publicIPv4, publicIPv6} {
		if sum.moreThanHalf(family) {
			all = slices.DeleteFunc(all, func(p netip.Prefix) bool {
				return len(ranges{{p.Addr(), lastOf(p)}}.intersect(family)) > 0
			})
		}
	}
	return all
}

// Words names the rule, whom it lets in, to which ports, and its group.
func (r IngressRule) Words(g SecurityGroup) string { return r.words(g) }

// Who words whom the rule lets in.
func (r IngressRule) Who() string {
	if r.Source != "" {
		return "members of " + r.Source
	}
	return cmp.Or(r.CIDR, r.PrefixList)
}

// Ports words the ports that the rule is about.
func (r IngressRule) Ports() string { return r.ports() }

// Words names the group by its id and, where it has one, its name.
func (g SecurityGroup) Words() string { return g.words() }
