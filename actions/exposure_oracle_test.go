package actions

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The join is checked against what AWS does with one packet: an oracle that
// follows a single source address through interfaces, rules and entries, and
// knows nothing of ranges.
func TestJoinAgreesWithOnePacket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		s := sockets(f.Listeners)[0]
		j := newJoin(f.Cloud, f.Host.Declared, s)
		var union ranges
		for _, a := range j.admitted {
			union = union.union(a.public).union(a.private)
		}
		reach, _ := j.reach()
		for _, source := range drawSources(t, f.Cloud) {
			want := packetArrives(f.Cloud, f.Listeners[0], source)
			if got := contains(union, source); got != want {
				t.Fatalf("%s reaches %+v: %v, want %v, by %+v", source, f.Listeners[0], got, want, f.Cloud)
			}
			if want && reach.Order() > narrowest(f.Host.Declared, source).Order() {
				t.Fatalf("%s arrives, and the reach is %s", source, reach)
			}
		}
	})
}

// The rules that an exposure names are the ones to mend: without them the
// port's reach is narrower.
func TestWithoutItsRulesAReachIsNarrower(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		before := Exposures(f)[0]
		if (before.Reach == ReachHost) != (len(before.Rules) == 0) {
			t.Fatalf("reach %s with the rules %q", before.Reach, before.Rules)
		}
		if before.Reach == ReachHost {
			return
		}
		for n, i := range f.Cloud.Interfaces {
			f.Cloud.Interfaces[n].Groups = slices.Clone(i.Groups)
			for m, g := range i.Groups {
				f.Cloud.Interfaces[n].Groups[m].Rules = slices.DeleteFunc(slices.Clone(g.Rules), func(r IngressRule) bool {
					return slices.Contains(before.Rules, r.ID)
				})
			}
		}
		if after := Exposures(f)[0]; after.Reach.Order() <= before.Reach.Order() {
			t.Fatalf("without %q the reach is still %s: %q", before.Rules, after.Reach, after.Because)
		}
	})
}

// narrowest is the narrowest reach that a port may have when the source gets to it.
func narrowest(d Declared, source netip.Addr) Reach {
	declared := slices.ContainsFunc(d.Trusted, func(cidr string) bool { return covers(cidr, source) && !tooWideToDeclare(cidr) })
	if !onTheInternet(source) || declared {
		return ReachInternal
	}
	return ReachWide
}

// tooWideToDeclare reports a range of more than half of the public addresses of
// its family. Of IPv4 the lower half is one: multicast and the reserved blocks,
// which are not public, are in the upper half.
func tooWideToDeclare(cidr string) bool {
	p := netip.MustParsePrefix(cidr)
	switch {
	case p.Addr().Is4():
		return p.Bits() == 0 || p.Bits() == 1 && p.Addr().As4()[0] < 128
	case p.Addr().Is4In6() && p.Bits() >= 96:
		return p.Bits() == 96 || p.Bits() == 97 && p.Addr().Unmap().As4()[0] < 128
	}
	return p.Bits() <= 3 && covers(cidr, netip.MustParseAddr("2000::"))
}

// packetArrives follows a packet from the source to the listener.
func packetArrives(c *Cloud, l Listener, source netip.Addr) bool {
	return slices.ContainsFunc(c.Interfaces, func(i Interface) bool {
		return listensOn(i, l, source) && groupsAllow(i, l, source) && (!onTheInternet(source) || arrivesFromOutside(i, l, source))
	})
}

func listensOn(i Interface, l Listener, source netip.Addr) bool {
	switch l.Address {
	case "*":
		return true
	case "0.0.0.0":
		return source.Is4()
	case "::":
		return source.Is6()
	}
	own := slices.Contains(i.Private, l.Address) || slices.Contains(i.IPv6, l.Address)
	return own && netip.MustParseAddr(l.Address).Is4() == source.Is4()
}

func groupsAllow(i Interface, l Listener, source netip.Addr) bool {
	for _, g := range i.Groups {
		for _, r := range g.Rules {
			in := r.CIDR != "" && covers(r.CIDR, source)
			for _, p := range r.Prefixes {
				in = in || covers(p, source)
			}
			if in && speaks(r.Proto, l.Proto) && (r.Proto == "-1" || r.From <= l.Port && l.Port <= r.To) {
				return true
			}
		}
	}
	return false
}

func arrivesFromOutside(i Interface, l Listener, source netip.Addr) bool {
	if source.Is4() && (len(i.Public) == 0 || !i.Gateway4) || source.Is6() && (len(i.IPv6) == 0 || !i.Gateway6) {
		return false
	}
	for number := 1; number <= 32767; number++ {
		for _, e := range i.ACL {
			if e.Number == number && covers(e.CIDR, source) && speaks(e.Proto, l.Proto) && (e.Proto == "-1" || e.From <= l.Port && l.Port <= e.To) {
				return e.Allow
			}
		}
	}
	return false
}

func speaks(rule, listener string) bool {
	return rule == "-1" || rule == listener || rule == map[string]string{"tcp": "6", "udp": "17"}[listener]
}

// covers compares bit by bit, an IPv4 address as the IPv6 one that stands for it.
func covers(cidr string, source netip.Addr) bool {
	p := netip.MustParsePrefix(cidr)
	bits := p.Bits()
	if p.Addr().Is4() {
		bits += 96
	}
	if a := p.Addr(); (a.Is4() || a.Is4In6() && bits >= 96) != source.Is4() {
		return false
	}
	a, b := p.Addr().As16(), source.As16()
	for bit := range bits {
		if (a[bit/8]^b[bit/8])&(0x80>>(bit%8)) != 0 {
			return false
		}
	}
	return true
}

func onTheInternet(a netip.Addr) bool {
	if a.Is6() {
		return a.As16()[0]>>5 == 1
	}
	b := a.As4()
	special := b[0] == 0 || b[0] == 10 || b[0] == 127 || b[0] >= 224 ||
		b[0] == 100 && b[1]>>6 == 1 || b[0] == 169 && b[1] == 254 ||
		b[0] == 172 && b[1]>>4 == 1 || b[0] == 192 && b[1] == 168 || b[0] == 198 && b[1]>>1 == 9
	return !special
}

func contains(r ranges, ip netip.Addr) bool {
	return slices.ContainsFunc(r, func(s span) bool { return s.first.Compare(ip) <= 0 && ip.Compare(s.last) <= 0 })
}

// drawFacts draws a host with one listener on one or two interfaces.
func drawFacts(t *rapid.T) *Facts {
	rules := 0
	c := &Cloud{}
	for n := range rapid.IntRange(1, 2).Draw(t, "interfaces") {
		i := Interface{
			ID: fmt.Sprintf("eni-%d", n), Private: []string{fmt.Sprintf("10.0.%d.5", n)},
			Gateway4: rapid.Bool().Draw(t, "gateway4"), Gateway6: rapid.Bool().Draw(t, "gateway6"),
		}
		if rapid.Bool().Draw(t, "public") {
			i.Public = []string{fmt.Sprintf("203.0.113.%d", n)}
		}
		if rapid.Bool().Draw(t, "ipv6") {
			i.IPv6 = []string{fmt.Sprintf("2001:db8::%d", n)}
		}
		for number := range rapid.IntRange(1, 5).Draw(t, "entries") {
			from, to := drawPorts(t)
			i.ACL = append(i.ACL, ACL{
				Number: 100 * (number + 1), Allow: rapid.Bool().Draw(t, "allow"),
				Proto: drawProto(t), From: from, To: to, CIDR: drawCIDR(t),
			})
		}
		i.ACL = rapid.Permutation(i.ACL).Draw(t, "order")
		for g := range rapid.IntRange(0, 2).Draw(t, "groups") {
			group := SecurityGroup{ID: fmt.Sprintf("sg-%d-%d", n, g)}
			for range rapid.IntRange(0, 4).Draw(t, "rules") {
				group.Rules = append(group.Rules, drawRule(t, rules))
				rules++
			}
			i.Groups = append(i.Groups, group)
		}
		if n > 0 && rapid.Bool().Draw(t, "shared group") {
			i.Groups = append(i.Groups, c.Interfaces[0].Groups...)
		}
		c.Interfaces = append(c.Interfaces, i)
	}
	addresses := []string{"*", "0.0.0.0", "::", "10.0.0.5"}
	f := &Facts{Cloud: c, Listeners: []Listener{{
		Proto: rapid.SampledFrom([]string{"tcp", "udp"}).Draw(t, "proto"), Port: 80,
		Address: rapid.SampledFrom(append(addresses, c.Interfaces[0].IPv6...)).Draw(t, "address"),
	}}}
	f.Host.Declared.Trusted = []string{drawCIDR(t)}
	return f
}

func drawRule(t *rapid.T, n int) IngressRule {
	r := IngressRule{ID: fmt.Sprintf("sgr-%d", n), Proto: drawProto(t)}
	r.From, r.To = drawPorts(t)
	if rapid.Bool().Draw(t, "list") {
		r.PrefixList = "pl-1"
		r.Prefixes = rapid.SliceOfN(rapid.Custom(drawCIDR), 1, 3).Draw(t, "prefixes")
	} else {
		r.CIDR = drawCIDR(t)
	}
	return r
}

func drawProto(t *rapid.T) string {
	return rapid.SampledFrom([]string{"tcp", "udp", "-1", "6", "17", "icmp", "tcp", "-1"}).Draw(t, "protocol")
}

// drawPorts draws ports around 80.
func drawPorts(t *rapid.T) (from, to int) {
	a, b := rapid.SampledFrom([]int{0, 22, 79, 80}).Draw(t, "from"), rapid.SampledFrom([]int{79, 80, 81, 65535}).Draw(t, "to")
	return min(a, b), max(a, b)
}

// drawCIDR draws ranges of which many are very wide, and host bits may be set.
func drawCIDR(t *rapid.T) string {
	b := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bytes")
	v4, v6 := netip.AddrFrom4([4]byte(b)), netip.AddrFrom16([16]byte(b))
	wide := rapid.IntRange(0, 3).Draw(t, "few bits")
	many := rapid.IntRange(0, 32).Draw(t, "bits")
	return rapid.SampledFrom([]string{
		netip.PrefixFrom(v4, wide).String(), netip.PrefixFrom(v4, many).String(),
		netip.PrefixFrom(v6, wide).String(), netip.PrefixFrom(v6, 4*many).String(),
		fmt.Sprintf("::ffff:%s/%d", v4, 96+wide), fmt.Sprintf("10.0.%d.0/24", b[0]), "0.0.0.0/0", "::/0", "2000::/3",
	}).Draw(t, "CIDR")
}

// drawSources draws addresses anywhere and at the edges of every range.
func drawSources(t *rapid.T, c *Cloud) []netip.Addr {
	var all []netip.Addr
	edges := func(cidr string) {
		r, _ := parseRange(cidr)
		for _, s := range r {
			all = append(all, s.first, s.last, s.first.Prev(), s.last.Next())
		}
	}
	for _, i := range c.Interfaces {
		for _, e := range i.ACL {
			edges(e.CIDR)
		}
		for _, g := range i.Groups {
			for _, r := range g.Rules {
				for _, cidr := range append(r.Prefixes, cmp.Or(r.CIDR, "10.0.0.0/8")) {
					edges(cidr)
				}
			}
		}
	}
	for range 5 {
		b := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "source")
		all = append(all, netip.AddrFrom4([4]byte(b)), netip.AddrFrom16([16]byte(b)))
	}
	return slices.DeleteFunc(all, func(a netip.Addr) bool { return !a.IsValid() || a.Is4In6() })
}
