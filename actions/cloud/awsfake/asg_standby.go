package awsfake

import (
	"fmt"
	"slices"
	"time"
)

// moved reads the call's group and its members that are to move. Each must be
// in the state.
func (r *request) moved(state string) (g AutoScalingGroup, moving []int, err error) {
	name := r.text("AutoScalingGroupName")
	g, ok := r.Scaling[name]
	if !ok {
		return g, nil, validation("AutoScalingGroup name not found - AutoScalingGroup '%s' not found", name)
	}
	g.Members = slices.Clone(g.Members)
	for _, id := range r.texts("InstanceIds.member") {
		i := slices.IndexFunc(g.Members, func(m Member) bool { return m.Instance == id })
		switch {
		case i < 0:
			return g, nil, validation("The instance %s is not part of Auto Scaling group %s.", id, name)
		case g.Members[i].lifecycle(r.now) != state:
			return g, nil, validation("The instance %s is not in %s.", id, state)
		}
		moving = append(moving, i)
	}
	return g, moving, nil
}

// enterStandby moves members out of service: they leave the group's target
// groups, and are in standby when they have drained there.
func enterStandby(r *request) (any, error) {
	g, moving, err := r.moved("InService")
	if err != nil {
		return nil, err
	}
	switch less := r.text("ShouldDecrementDesiredCapacity"); {
	case less == "":
		return nil, validation("1 validation error detected: Value null at 'shouldDecrementDesiredCapacity' failed to satisfy constraint: Member must not be null")
	case less != "true":
		return nil, refusal("UnknownParameter", "This stand-in for AWS launches no replacements: ShouldDecrementDesiredCapacity must be true.")
	case g.Desired-len(moving) < g.Min:
		return nil, validation("AutoScalingGroup %s has min-size=%d, max-size=%d, and desired-size=%d. To place into standby %d instance(s), please update the AutoScalingGroup sizes appropriately.",
			g.Name, g.Min, g.Max, g.Desired, len(moving))
	}
	activities := r.activities(g, moving, "Moving EC2 instance to Standby: %s", -len(moving))
	for _, i := range moving {
		m := &g.Members[i]
		m.Standby = true
		m.Until = r.now.Add(max(r.fake.options.Transit, r.leave(g, m.Instance)))
	}
	g.Desired -= len(moving)
	r.Scaling[g.Name] = g
	return fields{{"Activities", activities}}, nil
}

// leave deregisters an instance from the group's target groups, and returns how
// long that takes.
func (r *request) leave(g AutoScalingGroup, instance string) (longest time.Duration) {
	for _, arn := range g.TargetGroups {
		tg := r.TargetGroups[arn]
		var there []Target
		for _, t := range tg.Targets {
			if t.ID == instance && t.Deregistered.IsZero() {
				there = append(there, t)
				longest = max(longest, tg.Delay)
			}
		}
		r.TargetGroups[arn] = r.deregister(tg, there)
	}
	return longest
}

// exitStandby moves members back into service: they are registered with the
// group's target groups at once.
func exitStandby(r *request) (any, error) {
	g, moving, err := r.moved("Standby")
	switch {
	case err != nil:
		return nil, err
	case g.Desired+len(moving) > g.Max:
		return nil, validation("AutoScalingGroup %s has min-size=%d, max-size=%d, and desired-size=%d. To move %d instance(s) out of standby, please update the AutoScalingGroup sizes appropriately.",
			g.Name, g.Min, g.Max, g.Desired, len(moving))
	}
	activities := r.activities(g, moving, "Moving EC2 instance out of Standby: %s", len(moving))
	for _, i := range moving {
		m := &g.Members[i]
		m.Standby, m.Until = false, r.now.Add(r.fake.options.Transit)
		for _, arn := range g.TargetGroups {
			tg := r.TargetGroups[arn]
			r.TargetGroups[arn] = r.register(tg, []Target{{ID: m.Instance, Port: tg.Port}})
		}
	}
	g.Desired += len(moving)
	r.Scaling[g.Name] = g
	return fields{{"Activities", activities}}, nil
}

// activities tells what begins to happen.
func (r *request) activities(g AutoScalingGroup, moving []int, what string, change int) members[fields] {
	return members[fields]{each(moving, func(i int) fields {
		id := g.Members[i].Instance
		return fields{
			{"ActivityId", r.fake.number()}, {"AutoScalingGroupName", g.Name}, {"Description", fmt.Sprintf(what, id)},
			{"Cause", fmt.Sprintf("At %s instance %s was moved in response to a user request, changing the capacity from %d to %d.",
				stamp(r.now), id, g.Desired, g.Desired+change)},
			{"StartTime", stamp(r.now)}, {"StatusCode", "InProgress"}, {"Progress", 30},
		}
	})}
}
