package cloud

import (
	"context"
	"maps"
	"slices"

	"hardenbot/actions"
)

// groupKey is a group. Auto Scaling groups of the same name are in many places.
type groupKey struct{ account, region, group string }

func keyOf(s actions.Seat) groupKey { return groupKey{s.Account, s.Region, s.Group} }

// claim is a host that is out of its groups, or about to be, or not yet back.
type claim struct {
	host     actions.Host
	instance string
	seats    []actions.Seat
	settled  bool // nobody is at work on it: it is out, and if it is served somebody else has put it back
}

// claim takes the host out of its groups for all others, if each of them has
// room for that. What AWS says may be older than the claims: a host that has
// one is out whatever AWS says, so that of many that look at the same time as
// many get through as there is room for.
func (r *Rotation) claim(c *claim, circles []circle, room actions.Room) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, group := range circles {
		others := maps.Clone(r.claims[group.key])
		delete(others, c.host.Name)
		if err := group.mayLeave(c.host, room, others); err != nil {
			return err
		}
	}
	r.note(c)
	return nil
}

// keep has the host count as out, whether there is room or not.
func (r *Rotation) keep(c *claim) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.note(c)
}

// note replaces what was claimed for the host. The lock is held.
func (r *Rotation) note(c *claim) {
	if r.claims == nil {
		r.claims = map[groupKey]map[string]*claim{}
	}
	for _, s := range c.seats {
		if r.claims[keyOf(s)] == nil {
			r.claims[keyOf(s)] = map[string]*claim{}
		}
		r.claims[keyOf(s)][c.host.Name] = c
	}
}

// settle tells that nobody is at work on the host any more.
func (r *Rotation) settle(c *claim) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.settled = true
}

// giveBack lets go of claims, but not of newer ones for the same hosts.
func (r *Rotation) giveBack(claims ...*claim) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range claims {
		for _, s := range c.seats {
			if hosts := r.claims[keyOf(s)]; hosts[c.host.Name] == c {
				delete(hosts, c.host.Name)
			}
		}
	}
}

// claimsOf returns what is claimed for a host in its seats.
func (r *Rotation) claimsOf(h actions.Host, seats []actions.Seat) (own []*claim) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range seats {
		if c := r.claims[keyOf(s)][h.Name]; c != nil && !slices.Contains(own, c) {
			own = append(own, c)
		}
	}
	return own
}

// settledBut returns the settled claims of other hosts in the seats' groups.
func (r *Rotation) settledBut(h actions.Host, seats []actions.Seat) (others []*claim) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range seats {
		for name, c := range r.claims[keyOf(s)] {
			if name != h.Name && c.settled && !slices.Contains(others, c) {
				others = append(others, c)
			}
		}
	}
	return others
}

// forgetReturned lets go of what hosts claim that somebody else has put back:
// they are served again.
func (r *Rotation) forgetReturned(ctx context.Context, h actions.Host, seats []actions.Seat) {
	for _, c := range r.settledBut(h, seats) {
		m, err := r.member(ctx, c.host, c.seats)
		if err != nil {
			continue // it stays out until it is known to be served
		}
		if missing, err := m.unserved(ctx); missing == "" && err == nil {
			r.giveBack(c)
		}
	}
}
