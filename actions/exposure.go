package actions

import (
	"fmt"
	"net/netip"
	"slices"
)

// Reach says from where a listener can be reached.
type Reach string

// The reaches, widest first.
const (
	ReachInternet Reach = "internet" // from anywhere
	ReachInternal Reach = "internal" // from the host's own networks
	ReachHost     Reach = "host"     // from the host itself
)

// Order is the reach's place, 0 for the widest.
func (r Reach) Order() int {
	return slices.Index([]Reach{ReachInternet, ReachInternal, ReachHost}, r)
}

// Exposure is a listener and who can reach it, as far as is known.
type Exposure struct {
	Listener Listener
	Reach    Reach
	Inferred bool     // concluded from addresses, not tried from outside
	Because  []string // the links of the chain, a phrase each
}

// Exposures joins each listener with the host's address and its packet filter.
// Sockets on the same port that differ only in the address family count once,
// with the wider reach.
func Exposures(f *Facts) []Exposure {
	byPort := map[string]Exposure{}
	var order []string
	for _, l := range f.Listeners {
		e := expose(f, l)
		key := fmt.Sprintf("%s/%d", l.Proto, l.Port)
		known, seen := byPort[key]
		if !seen {
			order = append(order, key)
		}
		if !seen || e.Reach.Order() < known.Reach.Order() {
			byPort[key] = e
		}
	}
	exposures := make([]Exposure, len(order))
	for i, key := range order {
		exposures[i] = byPort[key]
	}
	return exposures
}

func expose(f *Facts, l Listener) Exposure {
	e := Exposure{Listener: l, Because: []string{"bound to " + bind(l.Address)}}
	if loopback(l.Address) {
		e.Reach = ReachHost
		return e
	}
	e.Reach, e.Inferred = ReachInternal, true
	if f.Host.Public && !privateBind(l.Address) {
		e.Reach = ReachInternet
		e.Because = append(e.Because, "the host is public")
	}
	e.Because = append(e.Because, filter(f))
	return e
}

// filter words what is known of the host's own packet filter. Its rules are
// not followed, so they never narrow a reach: an open port that a rule closes
// is a remark too many, a closed one that no rule closes would be a hole unseen.
func filter(f *Facts) string {
	_, _, missing := f.Missing(SectionFirewall)
	switch {
	case missing:
		return "the host's firewall could not be read"
	case f.Firewall.Rules:
		return "the host's firewall has rules, which are not followed here"
	}
	return "the host has no firewall rules"
}

// bind words the address that a socket is bound to.
func bind(address string) string {
	switch address {
	case "*":
		return "every address"
	case "0.0.0.0":
		return "every IPv4 address"
	case "::":
		return "every IPv6 address"
	}
	return address
}

func loopback(address string) bool {
	ip, err := netip.ParseAddr(address)
	return err == nil && ip.Unmap().IsLoopback()
}

// privateBind reports whether the socket is bound to one private address.
func privateBind(address string) bool {
	ip, err := netip.ParseAddr(address)
	return err == nil && !ip.IsUnspecified() && (ip.IsPrivate() || ip.IsLinkLocalUnicast())
}
