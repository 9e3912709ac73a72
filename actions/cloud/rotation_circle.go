package cloud

import (
	"context"
	"slices"

	"hardenbot/actions"
)

// circles looks at all groups that the host is to leave.
func (m *member) circles(ctx context.Context) ([]circle, error) {
	var all []circle
	if m.scaling != nil {
		c, err := m.scalingCircle(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	for _, arn := range m.groups() {
		c, err := m.targetCircle(ctx, arn)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// targetCircle looks at a target group. A host that is on its way out already
// is not there any more.
func (m *member) targetCircle(ctx context.Context, arn string) (circle, error) {
	states, err := m.health(ctx, arn)
	if err != nil {
		return circle{}, err
	}
	seats := m.seatsIn(arn)
	c := circle{key: keyOf(seats[0])}
	for _, s := range seats {
		if t := states.of(s); t.takesTraffic() {
			c.there, c.zones = true, append(c.zones, m.zone(t))
		}
	}
	if !c.there {
		return c, nil
	}
	for _, t := range states {
		own := slices.ContainsFunc(seats, func(s actions.Seat) bool { return s.Target == t.id })
		if whose := m.whose(t.id); !own && whose != m.instance && !t.idle() && !t.out() {
			c.neighbours = append(c.neighbours, neighbour{instance: whose, target: t.id, name: t.name(), says: t.String(), presence: t.presence(), zone: m.zone(t)})
		}
	}
	apart, err := m.zonesApart(ctx, arn)
	if !apart {
		c.zones = nil
	}
	return c, err
}

// whose is the instance of a target, or the target itself where that is not
// known.
func (m *member) whose(target string) string {
	var instances []string
	for _, eni := range byTarget(m.interfaces)[target] {
		instances = append(instances, attachedTo(eni))
	}
	slices.Sort(instances)
	if instances = slices.Compact(instances); len(instances) != 1 || instances[0] == "" { // an interface may be on no instance
		return target
	}
	return instances[0]
}
