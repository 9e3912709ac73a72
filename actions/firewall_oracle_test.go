package actions

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// packet is one of a new connection. What a rule asks beyond what is understood,
// and what an unknown verdict is, is drawn anew at each rule.
type packet struct {
	from, to     netip.Addr
	proto, state string
	port, in     string
	chance       func() bool
}

// Whoever gets through the filter as the kernel would follow it is let in by
// the ranges, too. Where all is understood, nobody else is.
func TestPassageAgreesWithOnePacket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, clear := drawFirewall(t)
		l := Listener{Proto: rapid.SampledFrom([]string{"tcp", "udp"}).Draw(t, "proto"), Port: 80,
			Address: rapid.SampledFrom([]string{"*", "0.0.0.0", "::", "10.0.0.5", "203.0.113.5"}).Draw(t, "address")}
		p := f.pass(sockets([]Listener{l})[0], mostSteps)
		chance := func() bool { return rapid.Bool().Draw(t, "chance") }
		for _, from := range drawPacketSources(t, f) {
			arrives := false
			for _, in := range []string{"eth0", "eth1", "wg0", "wg1"} {
				for _, to := range destinations(l.Address, from) {
					one := packet{from, to, l.Proto, "new", "80", in, chance}
					if f.Untracked && chance() {
						one.state = "untracked"
					}
					arrives = arrives || one.passes(f)
				}
			}
			if got := contains(p.from, from); arrives && !got || clear && got && !arrives && len(destinations(l.Address, from)) > 0 {
				t.Fatalf("%s gets to %+v: %v, let in: %v, by %+v", from, l, arrives, got, f)
			}
		}
	})
}

// With the cloud before it, whoever gets through both reaches the port, and
// without the rules that an exposure names its reach is narrower.
func TestFilteredExposureAgreesWithOnePacket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		f.Firewall, _ = drawFirewall(t)
		e := Exposures(f)[0]
		if e.Reach.Order() < e.Unfiltered.Order() {
			t.Fatalf("the reach is %s, and %s without the filter", e.Reach, e.Unfiltered)
		}
		for _, from := range drawSources(t, f.Cloud) {
			if !packetArrives(f.Cloud, f.Listeners[0], from) {
				continue
			}
			for _, to := range destinations(f.Listeners[0].Address, from) {
				one := packet{from, to, f.Listeners[0].Proto, "new", "80", "eth0", func() bool { return rapid.Bool().Draw(t, "chance") }}
				if one.passes(f.Firewall) && e.Reach.Order() > narrowest(f.Host.Declared, from).Order() {
					t.Fatalf("%s arrives, and the reach is %s because %q", from, e.Reach, e.Because)
				}
			}
		}
		if (e.Reach == ReachHost) != (len(e.Rules) == 0) {
			t.Fatalf("reach %s with the rules %q", e.Reach, e.Rules)
		}
		var without []Call
		for _, id := range e.Rules {
			rule, group, _ := f.Cloud.Rule(id)
			rule.Group = group.ID
			without = append(without, Call{Action: RevokeIngress, Rule: &rule})
		}
		f.Cloud = f.Cloud.After(without)
		if after := Exposures(f)[0]; e.Reach != ReachHost && after.Reach.Order() <= e.Reach.Order() {
			t.Fatalf("without %q the reach is still %s", e.Rules, after.Reach)
		}
	})
}

func destinations(address string, from netip.Addr) []netip.Addr {
	all := []netip.Addr{netip.MustParseAddr("10.0.0.5"), netip.MustParseAddr("203.0.113.5"), netip.MustParseAddr("2001:db8::5")}
	return slices.DeleteFunc(all, func(to netip.Addr) bool {
		every := address == "*" || address == "0.0.0.0" && to.Is4() || address == "::" && to.Is6()
		return to.Is4() != from.Is4() || !every && address != to.String()
	})
}

func (p packet) passes(f Firewall) bool {
	for _, c := range f.Chains {
		if c.Hook == "input" && p.carried(c.Family) {
			verdict := p.follow(f, c, 0)
			if verdict == "" {
				verdict = FirewallVerdict(c.Policy)
			}
			if verdict != FirewallAccept {
				return false
			}
		}
	}
	return true
}

func (p packet) carried(family string) bool {
	return family == "inet" || family == "" || (family == "ip") == p.from.Is4()
}

// follow returns accept or drop, or nothing if the packet comes out at the end.
func (p packet) follow(f Firewall, c FirewallChain, depth int) FirewallVerdict {
	for _, r := range c.Rules {
		if !p.meets(r) {
			continue
		}
		verdict := r.Verdict
		if verdict == FirewallOther {
			switch {
			case p.chance():
				verdict = FirewallAccept
			case p.chance():
				verdict = FirewallDrop
			default:
				continue
			}
		}
		switch verdict {
		case FirewallAccept, FirewallDrop:
			return verdict
		case FirewallReturn:
			return ""
		}
		n := slices.IndexFunc(f.Chains, func(o FirewallChain) bool {
			return o.Name == r.Target && o.Table == c.Table && o.Family == c.Family
		})
		if n < 0 || depth > 20 { // the kernel has no such rules
			return FirewallDrop
		}
		if got := p.follow(f, f.Chains[n], depth+1); got != "" || verdict == FirewallGoto {
			return got
		}
	}
	return ""
}

func (p packet) meets(r FirewallRule) bool {
	return p.carried(r.Family) && (r.Unclear == "" || p.chance()) &&
		one(r.Proto, func(v string) bool { return v == p.proto }) &&
		one(r.Ports, func(v string) bool { return v == p.port || v == "79-81" || v == "0-65535" }) &&
		one(r.From, func(v string) bool { return inside(v, p.from) }) &&
		one(r.To, func(v string) bool { return inside(v, p.to) }) &&
		one(r.In, func(v string) bool { return v == p.in || v == "wg*" && strings.HasPrefix(p.in, "wg") }) &&
		one(r.State, func(v string) bool { return v == p.state })
}

func one(m FirewallMatch, is func(string) bool) bool {
	return m.Any == nil || slices.ContainsFunc(m.Any, is) != m.Not
}

func inside(text string, ip netip.Addr) bool {
	if first, last, ok := strings.Cut(text, "-"); ok {
		a, b := netip.MustParseAddr(first), netip.MustParseAddr(last)
		return a.Is4() == ip.Is4() && a.Compare(ip) <= 0 && ip.Compare(b) <= 0
	}
	return netip.MustParsePrefix(text).Contains(ip)
}

// drawFirewall draws one or two chains with a hook and chains that they jump
// to, in which jumps only go forward. It reports whether all is understood.
func drawFirewall(t *rapid.T) (Firewall, bool) {
	f := Firewall{Untracked: rapid.IntRange(0, 4).Draw(t, "untracked") == 0}
	clear := !f.Untracked
	understood := rapid.Bool().Draw(t, "understood")
	for table := range rapid.IntRange(1, 2).Draw(t, "tables") {
		family := rapid.SampledFrom([]string{"inet", "inet", "ip", "ip6"}).Draw(t, "family")
		for n := range 4 {
			c := FirewallChain{Family: family, Table: fmt.Sprintf("t%d", table), Name: fmt.Sprintf("c%d", n)}
			if n == 0 {
				c.Hook, c.Policy = "input", rapid.SampledFrom([]string{"accept", "drop"}).Draw(t, "policy")
			}
			for range rapid.IntRange(0, 4).Draw(t, "rules") {
				r := drawFirewallRule(t, n, understood)
				clear = clear && r.Unclear == "" && r.Verdict != FirewallOther && r.To.Any == nil
				c.Rules = append(c.Rules, r)
			}
			f.Chains = append(f.Chains, c)
		}
	}
	return f, clear
}

func drawFirewallRule(t *rapid.T, chain int, understood bool) FirewallRule {
	r := FirewallRule{
		Family: rapid.SampledFrom([]string{"", "", "ip", "ip6"}).Draw(t, "only"),
		Proto:  drawMatch(t, "tcp", "udp", "icmp"),
		Ports:  drawMatch(t, "80", "79-81", "0-65535", "22"),
		In:     drawMatch(t, "lo", "eth0", "wg*", "wg0"),
		State:  drawMatch(t, "new", "established", "related", "untracked"),
		From:   drawMatch(t, firewallSources...),
	}
	verdicts := []FirewallVerdict{FirewallAccept, FirewallAccept, FirewallDrop, FirewallReturn}
	if !understood {
		r.To = drawMatch(t, "10.0.0.0/8", "0.0.0.0/0", "224.0.0.0/4", "2001:db8::/32")
		r.Unclear = rapid.SampledFrom([]string{"", "limit"}).Draw(t, "unclear")
		verdicts = append(verdicts, FirewallOther)
	}
	if chain < 3 {
		verdicts = append(verdicts, FirewallJump, FirewallGoto, FirewallJump)
		r.Target = fmt.Sprintf("c%d", rapid.IntRange(chain+1, 3).Draw(t, "target"))
	}
	r.Verdict = rapid.SampledFrom(verdicts).Draw(t, "verdict")
	return r
}

var firewallSources = []string{
	"10.0.0.0/8", "0.0.0.0/1", "128.0.0.0/1", "0.0.0.0/0", "8.8.8.0/24", "8.8.8.8-8.8.9.9", "::/0", "2000::/3", "2001:db8::/33", "fd00::/8",
}

func drawMatch(t *rapid.T, values ...string) FirewallMatch {
	if rapid.IntRange(0, 2).Draw(t, "any") < 2 {
		return FirewallMatch{}
	}
	return FirewallMatch{
		Not: rapid.IntRange(0, 3).Draw(t, "not") == 0,
		Any: rapid.SliceOfN(rapid.SampledFrom(values), 0, 2).Draw(t, "values"),
	}
}

// drawPacketSources draws addresses at the edges of what rules name, and others.
func drawPacketSources(t *rapid.T, f Firewall) []netip.Addr {
	all := []netip.Addr{netip.MustParseAddr("8.8.4.4"), netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2600::1"), netip.MustParseAddr("fd00::1")}
	for _, c := range f.Chains {
		for _, r := range c.Rules {
			some, _ := firewallRanges(r.From.Any)
			for _, s := range some {
				all = append(all, s.first, s.last, s.first.Prev(), s.last.Next())
			}
		}
	}
	all = slices.DeleteFunc(all, func(a netip.Addr) bool { return !a.IsValid() || a.Is4In6() })
	return rapid.SliceOfNDistinct(rapid.SampledFrom(all), 1, 4, netip.Addr.String).Draw(t, "sources")
}
