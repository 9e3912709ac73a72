package actions

import (
	"cmp"
	"slices"
)

// passage is whom the host's own packet filter lets in to a socket.
type passage struct {
	from    ranges
	asked   ranges   // whom it would let in if it let in everybody
	by      []string // chains that keep most others out
	past    string   // why packets to the socket go past the filter, if they may
	unclear string   // what of it is not understood and taken as open
}

var everybody = everyIPv4.union(everyIPv6)

// filters reports whether there is any chain that may keep somebody out.
func (f Firewall) filters() bool {
	return f.Unclear != "" || slices.ContainsFunc(f.Chains, func(c FirewallChain) bool { return c.Hook == "input" })
}

// pass follows unicast packets to the socket by every interface, apart from
// those of the host to itself. Each chain on the way in has to accept them. It
// looks at so many rules at most.
func (f Firewall) pass(s socket, steps int) passage {
	attempts, why := f.attempts(s)
	if why != "" {
		return passage{from: everybody, asked: everybody, unclear: why}
	}
	chains := f.byWords()
	if why := f.past(s, attempts, chains, steps); why != "" {
		return passage{from: everybody, asked: everybody, past: why}
	}
	p := passage{}
	for _, a := range attempts {
		in := a.from
		for _, c := range f.Chains {
			if c.Hook == "input" && c.carries(a.family) {
				in = p.enter(&walk{attempt: a, chains: chains, wanted: FirewallAccept, steps: &steps}, c, in)
			}
		}
		p.asked, p.from = p.asked.union(a.from), p.from.union(in)
	}
	return p
}

// enter returns whom a chain with the hook lets in, out of those who come.
func (p *passage) enter(w *walk, c FirewallChain, in ranges) ranges {
	got, rest := w.through(c, in, 0)
	if c.Policy != "drop" {
		got = got.union(rest)
	}
	if p.unclear == "" {
		p.unclear = w.unclear
	}
	if !got.mostOf(in) {
		p.by = appendNew(p.by, c.Words())
	}
	return got
}

// mostOf reports whether what lets in these out of those keeps out single
// addresses at most, as bans do.
func (r ranges) mostOf(of ranges) bool {
	whole := false
	for _, family := range []ranges{publicIPv4, publicIPv6} {
		if of.moreThanHalf(family) {
			if whole = r.moreThanHalf(family); !whole {
				return false
			}
		}
	}
	return whole || slices.Equal(r, of)
}

// past tells why packets to the socket never come to the chains on the way in:
// something sends them elsewhere before, or sends other packets here.
func (f Firewall) past(s socket, attempts []attempt, chains map[string]FirewallChain, steps int) string {
	if slices.ContainsFunc(s.listeners, func(l Listener) bool { return l.Process == "docker-proxy" }) {
		return "the port is published for a container (docker-proxy)"
	}
	for _, c := range f.Chains {
		for _, r := range c.Rules {
			here := r.ToPort == s.number || r.ToPort < 0
			if r.Verdict == FirewallDNAT && here && (attempt{port: s.port}).speaksAs(r) {
				return c.Words() + " forwards packets to it"
			}
		}
	}
	for _, a := range attempts {
		for _, c := range f.Chains {
			if c.Hook != "prerouting" || !c.carries(a.family) {
				continue
			}
			w := &walk{attempt: a, chains: chains, wanted: FirewallDNAT, steps: &steps}
			if got, _ := w.through(c, a.from, 0); len(got) > 0 {
				return c.Words() + " forwards it"
			}
		}
	}
	return ""
}

// speaksAs reports whether the rule may be about the port's protocol.
func (p attempt) speaksAs(r FirewallRule) bool {
	return r.Proto.Any == nil || p.speaks(r.Proto.Any).of(r.Proto) != no
}

func (c FirewallChain) carries(family string) bool { return c.Family == "inet" || c.Family == family }

func (f Firewall) byWords() map[string]FirewallChain {
	all := make(map[string]FirewallChain, len(f.Chains))
	for _, c := range f.Chains {
		all[c.Words()] = c
	}
	return all
}

// unicast is the addresses that a host on the internet may have.
var unicast = everybody.minus(mustRanges("127.0.0.0/8", "224.0.0.0/4", "255.255.255.255/32", "::1/128", "ff00::/8"))

// attempts returns the packets to the socket in each family that it answers in,
// by each interface that rules name, and by one that none names. Otherwise why
// is why nothing is to be concluded.
func (f Firewall) attempts(s socket) (all []attempt, why string) {
	interfaces := f.interfaces()
	if f.Unclear != "" || len(interfaces) > mostInterfaces {
		return nil, cmp.Or(f.Unclear, "its rules name too many interfaces")
	}
	for _, family := range []struct {
		name string
		from ranges
	}{{"ip", everyIPv4}, {"ip6", everyIPv6}} {
		to := s.answersOn().intersect(family.from)
		if len(to) == 0 {
			continue
		}
		for _, in := range interfaces {
			all = append(all, attempt{port: s.port, family: family.name, from: family.from, to: to, in: in, untracked: f.Untracked})
		}
	}
	return all, ""
}

// answersOn returns the addresses that others reach the socket on.
func (s socket) answersOn() ranges {
	var all ranges
	for _, l := range s.listeners {
		ip, families := boundTo(l.Address)
		switch {
		case loopback(l.Address):
		case ip.IsUnspecified():
			all = all.union(unicast.intersect(families))
		default:
			ip = ip.WithZone("")
			all = all.union(ranges{{ip, ip}})
		}
	}
	return all
}

const mostInterfaces = 64

// interfaces stands for all but the host's own (lo): each name in a rule is one
// of its own, each wildcard is one of its kind that no longer name fits, and the
// empty name is one that no rule names. It stops at more than mostInterfaces.
func (f Firewall) interfaces() []string {
	names := []string{""}
	for _, c := range f.Chains {
		for _, r := range c.Rules {
			for _, name := range r.In.Any {
				if name != "lo" && len(names) <= mostInterfaces {
					names = appendNew(names, name)
				}
			}
		}
	}
	return names
}
