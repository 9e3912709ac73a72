package awsfake

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Health is what a load balancer says of a target.
type Health struct {
	State       string // "initial", "healthy", "unhealthy", "draining", "unused"
	Reason      string // "Target.NotRegistered", …; empty for healthy
	Description string
}

// SetHealth makes the checks of a target fail for a reason such as
// "Target.FailedHealthChecks", or succeed if that is empty. It holds for the
// target when it is registered again, too.
func (p *Place) SetHealth(group, target, reason string) {
	p.Update(func(s *State) {
		g := known(s.TargetGroups, "target group", group)
		if g.Failing = maps.Clone(g.Failing); g.Failing == nil {
			g.Failing = map[string]string{}
		}
		if g.Failing[target] = reason; reason == "" {
			delete(g.Failing, target)
		}
		s.TargetGroups[group] = g
	})
}

// Health returns how the target is now, without any lag; a port of 0 is the
// group's own.
func (p *Place) Health(group, target string, port int) Health {
	s := p.State()
	g := known(s.TargetGroups, "target group", group)
	return s.health(g, Target{ID: target, Port: cmp.Or(port, g.Port)}, p.fake.options.Now())
}

// health follows the states of a target:
//
//	registered → initial → healthy or unhealthy → deregistered → draining → unused
//
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
func (s *State) health(g TargetGroup, t Target, now time.Time) Health {
	i := g.find(t)
	if i < 0 || g.gone(g.Targets[i], now) {
		return Health{"unused", "Target.NotRegistered", "Target is not registered to the target group"}
	}
	t = g.Targets[i]
	instance, known := s.Instances[t.ID]
	failing := g.Failing[t.ID]
	switch {
	case len(s.balancersOf(g.ARN)) == 0:
		return Health{"unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"}
	case known && !s.reaches(g, t.ID):
		return Health{"unused", "Target.NotInUse", "Target is in an Availability Zone that is not enabled for the load balancer"}
	case !t.Deregistered.IsZero():
		return Health{"draining", "Target.DeregistrationInProgress", "Target deregistration is in progress"}
	case known && instance.State != "running":
		return Health{"unused", "Target.InvalidState", "Target is in the " + instance.State + " state"}
	case now.Before(t.Registered.Add(g.Interval)):
		return Health{"initial", "Elb.RegistrationInProgress", "Target registration is in progress"}
	case failing == "Target.Timeout":
		return Health{"unhealthy", failing, "Request timed out"}
	case failing != "":
		return Health{"unhealthy", failing, "Health checks failed"}
	}
	return Health{State: "healthy"}
}

// reaches reports whether a load balancer of the group is in a zone of the
// instance.
func (s *State) reaches(g TargetGroup, instance string) bool {
	zones := map[string]bool{}
	for _, arn := range s.balancersOf(g.ARN) {
		for _, subnet := range s.LoadBalancers[arn].Subnets {
			zones[s.Subnets[subnet].Zone] = true
		}
	}
	return slices.ContainsFunc(s.interfacesOf(instance), func(n Interface) bool { return zones[s.Subnets[n.Subnet].Zone] })
}
