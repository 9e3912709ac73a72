package haproxy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"hardenbot/actions"
)

// peers is the servers of a backend's other hosts, by host. Backups are none:
// they serve when nobody else does.
type peers map[string][]server

// peers returns the others of a backend. Servers at one address are one host,
// a server without an address is one of its own.
func (v view) peers(backend string, own []actions.Seat) peers {
	mine := map[string]bool{}
	for _, seat := range own {
		s, _ := v.of(seat)
		mine[s.host()] = true
	}
	others := peers{}
	for _, s := range v.servers {
		if s.backend == backend && !s.empty() && !s.backup && !mine[s.host()] {
			others[s.host()] = append(others[s.host()], s)
		}
	}
	return others
}

// host tells which servers of a backend are the same host.
func (s server) host() string {
	if s.addr.IsValid() {
		return s.addr.Addr().String()
	}
	return s.String()
}

// away returns a server for each host that is out: taken out, or on its way
// back.
func (p peers) away(coming map[string]bool) (away []string) {
	for _, host := range slices.Sorted(maps.Keys(p)) {
		gone := func(s server) bool { return s.out() || coming[s.String()] }
		if i := slices.IndexFunc(p[host], gone); i >= 0 {
			away = append(away, fmt.Sprintf("%s (%s)", p[host][i], p[host][i].status))
		}
	}
	return away
}

// serving counts the hosts all of whose servers serve.
func (p peers) serving(coming map[string]bool) (count int) {
	for _, servers := range p {
		if !slices.ContainsFunc(servers, func(s server) bool { return !s.serves() || coming[s.String()] }) {
			count++
		}
	}
	return count
}

// mayLeave refuses where a backend of the host has no room for it to leave. A
// host that is out itself may go on.
func (v view) mayLeave(h actions.Host, seats []actions.Seat, room actions.Room, coming map[string]bool) error {
	for _, seat := range v.taking(seats) {
		others := v.peers(seat.Group, seats)
		away := others.away(coming)
		why := room.Refuses(1+len(others), len(away), others.serving(coming))
		if why == "" {
			continue
		}
		remedy := "add one, or mend those that are there"
		if len(away) > 0 {
			remedy = "wait for " + actions.Line(strings.Join(away, ", "), 200) + ", or put it back"
		}
		return fmt.Errorf("%s stays in rotation: in backend %s of HAProxy at %s, %s; %s", h.Name, seat.Group, v.socket, why, remedy)
	}
	return nil
}

// comes notes that servers are on their way back, or that they are back.
func (r *Rotation) comes(seats []actions.Seat, coming bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.coming == nil {
		r.coming = map[string]bool{}
	}
	for _, s := range seats {
		if coming {
			r.coming[words(s)] = true
		} else {
			delete(r.coming, words(s))
		}
	}
}

// arrived lets go of the servers that are ready after all, long after Return
// gave up on them.
func (r *Rotation) arrived(views []view) {
	late := func(name string) bool {
		return slices.ContainsFunc(views, func(v view) bool {
			return slices.ContainsFunc(v.servers, func(s server) bool { return s.String() == name && s.unready() != "" })
		})
	}
	maps.DeleteFunc(r.coming, func(name string, _ bool) bool { return !late(name) })
}
