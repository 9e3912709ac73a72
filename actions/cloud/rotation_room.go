package cloud

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hardenbot/actions"
)

// circle is one of a host's groups, as AWS shows it before the host leaves.
type circle struct {
	key        groupKey
	there      bool        // the host takes part in it; otherwise it has left already
	neighbours []neighbour // the others; a member with several ports or addresses is there several times
	zones      []string    // where its targets are, if load balancers stay within zones
	size       *capacity   // of an Auto Scaling group
}

// neighbour is another member of a group.
type neighbour struct {
	instance string // or the target, if its instance is not known
	target   string // what the group calls it
	name     string // for people
	says     string // how it is, in AWS's words
	zone     string
	presence presence
}

// presence is how a member stands, the better before the worse.
type presence int

const (
	serves presence = iota
	ails            // it is registered, and gets no traffic
	away            // it has left, leaves, or comes back
)

// capacity is how many instances an Auto Scaling group has, and has to have.
type capacity struct{ desired, least int }

// mayLeave refuses where the group has no room for the host to leave. Claims
// are those of others.
func (c circle) mayLeave(h actions.Host, room actions.Room, claims map[string]*claim) error {
	if !c.there {
		return nil
	}
	if err := c.mayShrink(h, claims); err != nil {
		return err
	}
	others := c.others(claims)
	out, serving := 0, 0
	for _, p := range others {
		switch p.presence {
		case away:
			out++
		case serves:
			serving++
		}
	}
	if why := room.Refuses(1+len(others), out, serving); why != "" {
		return fmt.Errorf("%s stays in rotation: in %s, %s; %s", h.Name, groupName(c.key.group), why, remedy(others))
	}
	return c.mayLeaveZones(h, others)
}

// others merges what is known of each other member: the worst of it counts.
func (c circle) others(claims map[string]*claim) map[string]neighbour {
	all, whose := map[string]neighbour{}, map[string]string{}
	for _, other := range claims {
		all[other.instance] = neighbour{name: other.host.Name, says: "taken out", presence: away}
		for _, s := range other.seats {
			if keyOf(s) == c.key {
				whose[s.Target] = other.instance
			}
		}
	}
	for _, p := range c.neighbours {
		member := cmp.Or(whose[p.target], p.instance)
		if known, ok := all[member]; !ok || p.presence > known.presence {
			all[member] = p
		}
	}
	return all
}

// mayShrink refuses where the Auto Scaling group would launch another instance
// in the host's place. A claimed member that AWS shows in service has yet to
// lower the desired capacity.
func (c circle) mayShrink(h actions.Host, claims map[string]*claim) error {
	if c.size == nil {
		return nil
	}
	left := c.size.desired - 1
	for _, other := range claims {
		if slices.ContainsFunc(c.neighbours, func(p neighbour) bool { return p.instance == other.instance && p.presence != away }) {
			left--
		}
	}
	if left < c.size.least {
		return fmt.Errorf("%s stays in rotation: %s may have no fewer than %d instances; lower its minimum size by one, or raise its desired capacity", h.Name, groupName(c.key.group), c.size.least)
	}
	return nil
}

// remedy tells what makes room: those who are out, or somebody else.
func remedy(others map[string]neighbour) string {
	var out []string
	for _, p := range others {
		if p.presence == away {
			out = append(out, p.name+" ("+p.says+")")
		}
	}
	if len(out) == 0 {
		return "add one, or mend those that are there"
	}
	slices.Sort(out)
	return "wait for " + actions.Line(strings.Join(out, ", "), 300) + ", or put it back"
}
