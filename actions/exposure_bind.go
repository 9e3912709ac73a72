package actions

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
)

// socket is the listeners that share a port, whatever addresses they are bound
// to: who reaches one of them reaches the port.
type socket struct {
	port
	listeners []Listener
}

// sockets groups listeners by port, in order of appearance.
func sockets(listeners []Listener) []socket {
	var all []socket
	at := map[port]int{}
	for _, l := range listeners {
		p := port{l.Proto, l.Port}
		i, seen := at[p]
		if !seen {
			i = len(all)
			at[p] = i
			all = append(all, socket{port: p})
		}
		all[i].listeners = append(all[i].listeners, l)
	}
	return all
}

// widest returns the listener that is bound to most.
func (s socket) widest() Listener {
	return slices.MinFunc(s.listeners, func(a, b Listener) int {
		return cmp.Compare(bindOrder(a.Address), bindOrder(b.Address))
	})
}

func bindOrder(address string) int {
	switch {
	case loopback(address):
		return 2
	case privateBind(address):
		return 1
	}
	return 0
}

// binds words the addresses that the socket is bound to, without those that
// only the host itself reaches, unless there are no others.
func (s socket) binds() string {
	var words []string
	for _, l := range s.listeners {
		word := bind(l.Address)
		if loopback(l.Address) == loopback(s.widest().Address) && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return strings.Join(words, " and ")
}

// endpoint is an interface that a socket answers on, and the families it
// answers in.
type endpoint struct {
	Interface
	families ranges
}

// endpoints finds the interfaces that the socket answers on: those that have
// the address that it is bound to, or all. An address that is not understood is
// taken for every address. A private address that no interface has (stray) makes
// none of them an endpoint.
func (s socket) endpoints(interfaces []Interface) []endpoint {
	all := make([]endpoint, len(interfaces))
	for n, i := range interfaces {
		all[n].Interface = i
	}
	for _, l := range s.listeners {
		if loopback(l.Address) {
			continue
		}
		ip, families := boundTo(l.Address)
		has := func(i Interface) bool { return i.has(ip) }
		anywhere := ip.IsUnspecified() || !privateBind(l.Address) && !slices.ContainsFunc(interfaces, has)
		for n, i := range interfaces {
			if anywhere || i.has(ip) || i.mayHave() {
				all[n].families = all[n].families.union(families)
			}
		}
	}
	return slices.DeleteFunc(all, func(e endpoint) bool { return len(e.families) == 0 })
}

// stray returns the private addresses that the socket is bound to and that no
// interface has or may have: those of a VPN, or of a bridge for containers.
func (s socket) stray(interfaces []Interface) []string {
	var all []string
	for _, l := range s.listeners {
		ip, _ := boundTo(l.Address)
		known := slices.ContainsFunc(interfaces, func(i Interface) bool { return i.has(ip) || i.mayHave() })
		if privateBind(l.Address) && !known {
			all = append(all, l.Address)
		}
	}
	return all
}

// has reports whether the interface has the address.
func (i Interface) has(ip netip.Addr) bool {
	return slices.ContainsFunc(i.addresses(), func(a string) bool {
		one, ok := bound(a)
		return ok && one == ip
	})
}

// mayHave reports whether the interface has an address that is not understood,
// which may be any.
func (i Interface) mayHave() bool {
	return slices.ContainsFunc(i.addresses(), func(a string) bool {
		_, ok := bound(a)
		return !ok
	})
}

func (i Interface) addresses() []string { return slices.Concat(i.Private, i.Public, i.IPv6) }

// boundTo reads the address of a socket and the families it answers in.
func boundTo(address string) (netip.Addr, ranges) {
	ip, ok := bound(address)
	switch {
	case !ok: // "*", or not understood
		return netip.IPv6Unspecified(), everyIPv4.union(everyIPv6)
	case ip.Is4():
		return ip, everyIPv4
	}
	return ip, everyIPv6
}

// bound reads the address of a socket, without its zone.
func bound(address string) (netip.Addr, bool) {
	address, _, _ = strings.Cut(address, "%")
	ip, err := netip.ParseAddr(address)
	return ip.Unmap(), err == nil
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
	ip, ok := bound(address)
	return ok && ip.IsLoopback()
}

// privateBind reports whether the socket is bound to one private address.
func privateBind(address string) bool {
	ip, ok := bound(address)
	return ok && !ip.IsUnspecified() && (ip.IsPrivate() || ip.IsLinkLocalUnicast())
}
