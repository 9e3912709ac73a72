package remedies

import (
	"net/netip"
	"slices"

	"hardenbot/actions"
)

// span is the ports from one to another, both included.
type span struct{ from, to int }

var everyPort = span{0, 65535}

// ranges returns the ports that the rule is about.
func ranges(r actions.IngressRule) span {
	if r.Everything() {
		return everyPort
	}
	return span{r.From, r.To}
}

// transports returns the protocols with ports that the rule is about.
func transports(r actions.IngressRule) []string {
	if r.Everything() {
		return []string{"tcp", "udp"}
	}
	return []string{r.Proto}
}

// within returns the listed ports that are in the span, neighbours as one.
func (s span) within(ports []int) []span {
	var all []span
	for _, p := range slices.Compact(slices.Sorted(slices.Values(ports))) {
		switch end := len(all) - 1; {
		case p < s.from || p > s.to:
		case end >= 0 && all[end].to == p-1:
			all[end].to = p
		default:
			all = append(all, span{p, p})
		}
	}
	return all
}

// without returns what is left of the span without the listed ports.
func (s span) without(ports []int) []span {
	var all []span
	for _, cut := range s.within(ports) {
		if s.from < cut.from {
			all = append(all, span{s.from, cut.from - 1})
		}
		s.from = cut.to + 1
	}
	if s.from <= s.to {
		all = append(all, s)
	}
	return all
}

// sources returns the addresses that the rule lets in.
func sources(r actions.IngressRule) []netip.Prefix {
	var all []netip.Prefix
	for _, text := range append(slices.Clone(r.Prefixes), r.CIDR) {
		if p, err := netip.ParsePrefix(text); err == nil {
			all = append(all, p.Masked())
		}
	}
	return all
}

// common returns what is in both lists, without what another of its entries
// holds already. Of two prefixes that overlap, one holds the other.
func common(a, b []netip.Prefix) []netip.Prefix {
	var both []netip.Prefix
	for _, p := range a {
		for _, q := range b {
			if p.Overlaps(q) {
				narrower := p
				if q.Bits() > p.Bits() {
					narrower = q
				}
				both = append(both, narrower)
			}
		}
	}
	slices.SortStableFunc(both, func(p, q netip.Prefix) int { return p.Bits() - q.Bits() })
	var kept []netip.Prefix
	for _, p := range both {
		if !slices.ContainsFunc(kept, p.Overlaps) {
			kept = append(kept, p)
		}
	}
	slices.SortFunc(kept, netip.Prefix.Compare)
	return kept
}
