package actions

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"
)

// passage asks the host's packet filter. One that could not be read keeps
// nobody out.
func (f *Facts) passage(s socket) passage {
	if _, _, missing := f.Missing(SectionFirewall); missing {
		return passage{from: everybody}
	}
	return f.Firewall.pass(s, min(mostSteps, mostStepsAll/max(1, len(f.Listeners))))
}

// filter words what the host's packet filter does to a reach.
func filter(f *Facts, e *Exposure, p passage) string {
	_, _, missing := f.Missing(SectionFirewall)
	switch {
	case missing:
		return "the host's firewall could not be read"
	case !f.Firewall.filters():
		return "the host has no firewall rules"
	case p.past != "":
		return "the host's firewall is not counted: " + p.past + ", past the rules for the host itself"
	case e.Reach == e.Unfiltered && p.from.mostOf(p.asked):
		return "the host's firewall does not close it" + p.doubt()
	}
	by, in := strings.Join(p.by, ", "), "lets in "+p.from.words()+p.doubt()
	if e.Reach != e.Unfiltered {
		return fmt.Sprintf("only the host's firewall keeps others out: %s %s (without it the reach is %s)", cmp.Or(by, "it"), in, e.Unfiltered)
	}
	if by != "" {
		by = "(" + by + ") "
	}
	return "the host's firewall " + by + in
}

func (p passage) doubt() string {
	if p.unclear == "" {
		return ""
	}
	return " (what is not understood is taken as open: " + p.unclear + ")"
}

// mostRanges bounds how many ranges are named in words.
const mostRanges = 5

// words names the addresses, as "10.0.0.0/8 and 192.0.2.7 only".
func (r ranges) words() string {
	switch {
	case len(r) == 0:
		return "nobody"
	case len(r) > mostRanges:
		return fmt.Sprintf("%d ranges of addresses only", len(r))
	}
	var names []string
	for _, s := range r {
		names = append(names, s.words())
	}
	return strings.Join(names, " and ") + " only"
}

// words names the span by its address, its CIDR, or its first and last address.
func (s span) words() string {
	if s.first == s.last {
		return s.first.String()
	}
	for bits := range s.first.BitLen() {
		if p := netip.PrefixFrom(s.first, bits); p.Masked() == p && lastOf(p) == s.last {
			return p.String()
		}
	}
	return s.first.String() + "-" + s.last.String()
}

// outsiders reports whether public addresses that are not declared are in the set.
func (r ranges) outsiders(declared ranges) bool { return len(r.intersect(public).minus(declared)) > 0 }

// through limits an admission to whom the host's filter lets in. Members of
// groups, which balancers are too, come from any address but public ones of
// IPv4. A rule that is not understood lets in all that the filter does, and
// need not be taken for worse if no outsider is among them.
func (a admission) through(from, declared ranges) admission {
	a.public, a.private = a.public.intersect(from), a.private.intersect(from)
	if a.doubt != "" && !from.outsiders(declared) {
		a.public, a.private, a.doubt = from.intersect(public), from.minus(public), ""
	}
	inside := a.rule.Source != "" && len(from.minus(publicIPv4)) > 0
	a.members = a.members && inside
	a.lb = a.lb && (inside || len(a.public)+len(a.private) > 0)
	return a
}

// filtered narrows what was concluded from the host's addresses alone.
func (e *Exposure) filtered(in ranges, d Declared) {
	switch declared := d.addresses(); {
	case len(in) == 0:
		e.Reach = ReachHost
	case e.Reach != ReachInternet || in.moreThanHalf(publicIPv4) || in.moreThanHalf(publicIPv6):
	case in.outsiders(declared):
		e.Reach = ReachWide
	default:
		e.Reach = ReachInternal
	}
}
