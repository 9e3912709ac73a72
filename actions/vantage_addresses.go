package actions

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
)

// StandsOutside returns why the host is no vantage, in one sentence; nil where it
// may be one. It is reached by SSH, and has a public address that the
// configuration does not declare as one of its own.
func StandsOutside(h Host) error {
	if h.Transport != "" {
		return fmt.Errorf("%s is reached by %s: connections are tried from hosts that are reached by SSH", h.Name, h.Transport)
	}
	if !h.Public {
		return fmt.Errorf("%s has no public address, so it does not stand outside: name a host that does, or say public: true where it is listed", h.Name)
	}
	own, _ := parseRangeOrAddress(h.Address) // a name is not looked up
	if len(own.intersect(h.Declared.addresses())) > 0 {
		return fmt.Errorf("%s is at %s, which networks.internal or trusted declares as one of your own: what gets in from there proves nothing about anybody else", h.Name, h.Address)
	}
	return nil
}

// worthTrying returns the addresses to try, HOST:PORT each, those of the widest
// reach first, at most MostTried.
func worthTrying(f *Facts) []string {
	type door struct {
		reach   Reach
		address string
	}
	var doors []door
	for _, s := range sockets(f.Listeners) {
		reach := expose(f, s).Unfiltered // what only the host's filter closes is worth it, too
		if s.proto != "tcp" || reach.Order() > ReachLB.Order() {
			continue
		}
		for _, a := range s.publicAddresses(f) {
			doors = append(doors, door{reach, net.JoinHostPort(a, strconv.Itoa(s.number))})
		}
	}
	slices.SortStableFunc(doors, func(a, b door) int { return cmp.Compare(a.reach.Order(), b.reach.Order()) })
	var all []string
	for _, d := range doors {
		if all = appendNew(all, d.address); len(all) == MostTried {
			break
		}
	}
	return all
}

// publicAddresses returns those at which the socket would answer the internet:
// of the interfaces that it answers on, or without them the host's own.
func (s socket) publicAddresses(f *Facts) []string {
	cloud, ok := f.joinable()
	if !ok {
		return s.publicAddressesOf(f.Host)
	}
	var all []string
	for _, e := range s.endpoints(cloud.Interfaces) {
		for _, a := range slices.Concat(e.Public, publicOnly(e.IPv6)) {
			if ip, ok := bound(a); ok && e.families.has(ip) {
				all = appendNew(all, ip.WithZone("").String())
			}
		}
	}
	return all
}

func (s socket) publicAddressesOf(h Host) []string {
	if !h.Public {
		return nil
	}
	var all []string
	for _, l := range s.listeners {
		ip, families := boundTo(l.Address)
		own, isAddress := bound(h.Address)
		switch {
		case !ip.IsUnspecified():
			if PublicAddress(ip.String()) {
				all = appendNew(all, ip.String())
			}
		case !isAddress:
			all = appendNew(all, h.Address)
		case PublicAddress(own.String()) && families.has(own):
			all = appendNew(all, own.String())
		}
	}
	return all
}

func (r ranges) has(ip netip.Addr) bool { return len(ranges{{ip, ip}}.intersect(r)) > 0 }

// tried adds what attempts to connect have shown. One that was not accepted
// narrows no reach: what stops it is unknown, and may be gone tomorrow.
func tried(f *Facts, s socket, e *Exposure) {
	for _, t := range f.Outside {
		if t.Port == s.number {
			e.Tried = append(e.Tried, t)
			e.Inferred = e.Inferred && !t.Open
		}
	}
	_, e.Untried, _ = f.Missing(SectionOutside)
}

// accepted reports whether any attempt got through.
func (e *Exposure) accepted() bool {
	return slices.ContainsFunc(e.Tried, func(t Tried) bool { return t.Open })
}
