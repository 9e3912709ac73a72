package awsfake

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"time"
)

// targets reads the call's target group and targets. A target without a port
// is the one at the group's own.
func (r *request) targets() (TargetGroup, []Target, error) {
	g, ok := r.TargetGroups[r.text("TargetGroupArn")]
	if !ok {
		return g, nil, noTargetGroup()
	}
	var list []Target
	for _, part := range r.parts("Targets.member") {
		t := Target{ID: r.text(part + "Id"), Port: orElse(r.number(part+"Port"), g.Port), Zone: r.text(part + "AvailabilityZone")}
		if t.ID == "" || t.Port < 1 || t.Port > 65535 {
			return g, nil, validation("A target needs an id, and a port of 1 to 65535")
		}
		list = append(list, t)
	}
	return g, list, nil
}

// find returns the index of a target in the group, -1 if it is not there.
func (g TargetGroup) find(t Target) int {
	return slices.IndexFunc(g.Targets, func(o Target) bool { return o.ID == t.ID && o.Port == t.Port })
}

// someTargets is targets for the calls that need one.
func (r *request) someTargets() (TargetGroup, []Target, error) {
	g, list, err := r.targets()
	if err == nil && len(list) == 0 {
		err = validation("At least one target must be specified")
	}
	return g, list, err
}

func registerTargets(r *request) (any, error) {
	g, list, err := r.someTargets()
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		if err := r.registrable(g, t); err != nil {
			return nil, err
		}
	}
	r.TargetGroups[g.ARN] = r.register(g, list)
	return fields{}, nil
}

// register adds targets. One that is registered stays as it is; one that drains
// begins anew.
func (r *request) register(g TargetGroup, list []Target) TargetGroup {
	g.Targets = slices.Clone(g.Targets)
	for _, t := range list {
		t.Registered = r.now
		switch i := g.find(t); {
		case i < 0:
			g.Targets = append(g.Targets, t)
		case !g.Targets[i].Deregistered.IsZero():
			g.Targets[i] = t
		}
	}
	return g
}

// registrable checks that the target can be one of the group's.
func (r *request) registrable(g TargetGroup, t Target) error {
	if g.Type == "ip" {
		if _, err := netip.ParseAddr(t.ID); err != nil {
			return validation("The IP address '%s' is not a valid IPv4 or IPv6 address", t.ID)
		}
		return nil
	}
	if g.Type == "alb" {
		if _, ok := r.LoadBalancers[t.ID]; !ok {
			return refusal("InvalidTarget", "The following targets do not exist: '%s'", t.ID)
		}
		return nil
	}
	i, ok := r.Instances[t.ID]
	faces := r.interfacesOf(t.ID)
	switch {
	case instances.wellFormed(t.ID) != nil:
		return validation("Instance ID '%s' is not valid", t.ID)
	case !ok:
		return refusal("InvalidTarget", "The following targets do not exist: '%s'", t.ID)
	case i.State != "running":
		return refusal("InvalidTarget", "The following targets are not in a running state and cannot be registered: '%s'", t.ID)
	case len(faces) == 0 || r.Subnets[faces[0].Subnet].VPC != g.VPC:
		return refusal("InvalidTarget", "The following targets are not in the target group VPC '%s': '%s'", g.VPC, t.ID)
	}
	return nil
}

// deregisterTargets begins to drain. As on AWS, a target that is not there is
// no error, nor one that was registered at a port which the call leaves out.
func deregisterTargets(r *request) (any, error) {
	g, list, err := r.someTargets()
	if err != nil {
		return nil, err
	}
	r.TargetGroups[g.ARN] = r.deregister(g, list)
	return fields{}, nil
}

// deregister lets targets drain. Those that drained before are forgotten.
func (r *request) deregister(g TargetGroup, list []Target) TargetGroup {
	g.Targets = keep(g.Targets, func(t Target) bool { return !g.gone(t, r.now) })
	for _, t := range list {
		if i := g.find(t); i >= 0 && g.Targets[i].Deregistered.IsZero() {
			g.Targets[i].Deregistered = r.now
		}
	}
	return g
}

// gone reports whether the target has drained.
func (g TargetGroup) gone(t Target, now time.Time) bool {
	return !t.Deregistered.IsZero() && !now.Before(t.Deregistered.Add(g.Delay))
}

func describeTargetHealth(r *request) (any, error) {
	g, asked, err := r.targets()
	if err != nil {
		return nil, err
	}
	r.texts("Include.member") // anomaly detection is not known here
	list := keep(g.Targets, func(t Target) bool { return !g.gone(t, r.now) })
	slices.SortStableFunc(list, func(a, b Target) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Port, b.Port)) })
	if len(asked) > 0 {
		list = asked
	}
	wire := each(list, func(t Target) fields {
		h := r.health(g, t, r.now)
		return fields{
			{"Target", fields{{"Id", t.ID}, {"Port", t.Port}, {"AvailabilityZone", t.Zone}}}, {"HealthCheckPort", g.healthPort(strconv.Itoa(t.Port))},
			{"TargetHealth", fields{{"State", h.State}, {"Reason", h.Reason}, {"Description", h.Description}}},
		}
	})
	return fields{{"TargetHealthDescriptions", members[fields]{wire}}}, nil
}
