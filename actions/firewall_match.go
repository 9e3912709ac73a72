package actions

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// attempt is the packets of new connections to one socket that come in by one
// interface in one family.
type attempt struct {
	port
	family    string // "ip" or "ip6"
	from      ranges // every address of the family
	to        ranges // addresses of the host that the socket answers on
	in        string
	untracked bool // they may be exempt from connection tracking
}

// answer is whether packets meet a condition.
type answer int

const (
	no answer = iota
	maybe
	yes
)

func answerOf(is bool) answer {
	if is {
		return yes
	}
	return no
}

// and is the answer to both.
func (a answer) and(b answer) answer { return min(a, b) }

// of turns the answer around for a match that excludes.
func (a answer) of(m FirewallMatch) answer {
	if m.Not {
		return yes - a
	}
	return a
}

// meets returns whether the packets meet all that the rule asks, apart from
// their source.
func (p attempt) meets(r FirewallRule) answer {
	all := answerOf(r.Family == "" || r.Family == p.family)
	for _, one := range []struct {
		match FirewallMatch
		is    func([]string) answer
	}{
		{r.Proto, p.speaks}, {r.Ports, p.goesTo}, {r.To, p.isSentTo}, {r.In, p.comesBy}, {r.State, p.isIn},
	} {
		if one.match.Any != nil {
			all = all.and(one.is(one.match.Any).of(one.match))
		}
	}
	if r.Unclear != "" {
		all = all.and(maybe)
	}
	return all
}

func (p attempt) speaks(protocols []string) answer {
	ours, _ := protocolNumber(p.proto)
	best := no
	for _, text := range protocols {
		switch theirs, known := protocolNumber(text); {
		case known && theirs == ours:
			return yes
		case known && theirs <= 0: // iptables takes 0 for all
			best = maybe
		}
	}
	return best
}

func (p attempt) goesTo(ports []string) answer {
	best := no
	for _, text := range ports {
		first, last, isRange := strings.Cut(text, "-")
		if !isRange {
			last = first
		}
		from, err := strconv.Atoi(first)
		to, bad := strconv.Atoi(last)
		switch {
		case err != nil || bad != nil || !portRange(from, to):
			best = maybe
		case from <= p.number && p.number <= to:
			return yes
		}
	}
	return best
}

func (p attempt) isSentTo(texts []string) answer {
	some, understood := firewallRanges(texts)
	some = some.intersect(p.to)
	switch {
	case len(p.to) > 0 && slices.Equal(some, p.to):
		return yes
	case len(some) == 0 && understood:
		return no
	}
	return maybe
}

func (p attempt) comesBy(interfaces []string) answer {
	return answerOf(slices.ContainsFunc(interfaces, func(name string) bool {
		begin, all := strings.CutSuffix(name, "*")
		return name == p.in || all && strings.HasPrefix(p.in, begin)
	}))
}

// isIn answers for the first packet of a connection, which is new unless it is
// exempt from tracking.
func (p attempt) isIn(states []string) answer {
	is := answerOf(slices.Contains(states, "new"))
	if p.untracked && is != answerOf(slices.Contains(states, "untracked")) {
		return maybe
	}
	return is
}

// sources returns from where packets surely meet the rule, and from where they
// may.
func (p attempt) sources(r FirewallRule) (surely, perhaps ranges) {
	met := p.meets(r)
	if met == no {
		return nil, nil
	}
	surely, perhaps = p.from, p.from
	if r.From.Any != nil {
		named, understood := firewallRanges(r.From.Any)
		surely = named.intersect(p.from)
		if r.From.Not {
			surely = p.from.minus(named)
		}
		if perhaps = surely; !understood {
			surely, perhaps = nil, p.from
		}
	}
	if met == maybe {
		surely = nil
	}
	return surely, perhaps
}

// firewallRanges reads addresses as FirewallRule has them, and whether all were
// understood.
func firewallRanges(texts []string) (all ranges, understood bool) {
	understood = true
	for _, text := range texts {
		one, ok := parseRangeOrAddress(text)
		if first, last, isRange := strings.Cut(text, "-"); isRange {
			a, err := netip.ParseAddr(first)
			b, bad := netip.ParseAddr(last)
			ok = err == nil && bad == nil && a.Is4() == b.Is4() && !b.Less(a) && a.Zone()+b.Zone() == ""
			one = ranges{{a, b}}
		}
		if ok {
			all = append(all, one...)
		}
		understood = understood && ok
	}
	return normal(all), understood
}
