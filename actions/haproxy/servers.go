package haproxy

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"hardenbot/actions"
)

// view is what one HAProxy says of its servers.
type view struct {
	socket  string
	servers []server
}

// of returns the server of a seat.
func (v view) of(s actions.Seat) (server, bool) {
	i := slices.IndexFunc(v.servers, func(o server) bool { return o.backend == s.Group && o.name == s.Target })
	if i < 0 {
		return server{}, false
	}
	return v.servers[i], true
}

// seats returns the host's servers that are in rotation, which all views have
// to agree on.
func seats(views []view, h actions.Host, addrs []netip.Addr) ([]actions.Seat, error) {
	var agreed []actions.Seat
	for n, v := range views {
		var own []actions.Seat
		for _, s := range v.servers {
			if slices.Contains(addrs, s.addr.Addr()) && !s.out() {
				own = append(own, actions.Seat{Driver: Driver, Group: s.backend, Target: s.name, Port: int(s.addr.Port())})
			}
		}
		slices.SortFunc(own, func(a, b actions.Seat) int { return cmp.Compare(words(a), words(b)) })
		if n > 0 && !slices.Equal(own, agreed) {
			return nil, fmt.Errorf("the HAProxys do not agree on %s: %s has %s in rotation, %s has %s; make them the same", h.Name, views[0].socket, list(agreed), v.socket, list(own))
		}
		agreed = own
	}
	return agreed, nil
}

func words(s actions.Seat) string { return s.Group + "/" + s.Target }

func list(seats []actions.Seat) string {
	if len(seats) == 0 {
		return "nothing of it"
	}
	names := make([]string, len(seats))
	for i, s := range seats {
		names[i] = words(s)
	}
	return actions.Line(strings.Join(names, ", "), 200)
}

// own looks at all HAProxys, and makes sure that the seats' servers are there
// and are the host.
func (r *Rotation) own(ctx context.Context, h actions.Host, seats []actions.Seat) ([]view, error) {
	addrs, err := r.addresses(ctx, h)
	if err != nil {
		return nil, err
	}
	views, err := r.look(ctx)
	if err != nil {
		return nil, err
	}
	for _, v := range views {
		for _, seat := range seats {
			s, ok := v.of(seat)
			if !ok {
				return nil, fmt.Errorf("HAProxy at %s has no server %s, where %s was in rotation", v.socket, words(seat), h.Name)
			}
			if !slices.Contains(addrs, s.addr.Addr()) {
				return nil, fmt.Errorf("%s of HAProxy at %s is at %s now, which is not %s", words(seat), v.socket, s.addr, h.Name)
			}
		}
	}
	return views, nil
}

// taking returns the seats whose servers are not out yet.
func (v view) taking(seats []actions.Seat) []actions.Seat {
	return slices.DeleteFunc(slices.Clone(seats), func(seat actions.Seat) bool {
		s, _ := v.of(seat)
		return s.out()
	})
}

// first tells of the first of the host's servers that is to be waited for.
func first(views []view, h actions.Host, seats []actions.Seat, wait func(server) string) string {
	for _, v := range views {
		for _, seat := range seats {
			s, _ := v.of(seat)
			if why := wait(s); why != "" {
				return fmt.Sprintf("%s as %s of HAProxy at %s %s", h.Name, s, v.socket, why)
			}
		}
	}
	return ""
}

// addresses resolves the host's address.
func (r *Rotation) addresses(ctx context.Context, h actions.Host) ([]netip.Addr, error) {
	if ip, err := netip.ParseAddr(h.Address); err == nil {
		return []netip.Addr{ip.Unmap().WithZone("")}, nil
	}
	resolver := r.Resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	found, err := resolver.LookupNetIP(ctx, "ip", h.Address)
	if err != nil {
		return nil, fmt.Errorf("the name %.100q of %s has no address here, so that its servers are not known: %w", h.Address, h.Name, err)
	}
	for i, ip := range found {
		found[i] = ip.Unmap()
	}
	return found, nil
}
