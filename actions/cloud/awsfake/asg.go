package awsfake

import (
	"slices"
	"strings"
	"time"
)

// AutoScalingGroup keeps a number of instances running.
type AutoScalingGroup struct {
	Name              string
	Min, Max, Desired int // Desired is the number of members in service; set by AddAutoScalingGroup
	TargetGroups      []string
	Members           []Member
	Suspended         []string // processes, such as "ReplaceUnhealthy"
}

// Member is an instance of an Auto Scaling group.
type Member struct {
	Instance string
	Standby  bool      // where it is, or where it moves to
	Until    time.Time // it is on its way
}

// AddAutoScalingGroup adds a group with its members in service, which it
// registers with its target groups.
func (p *Place) AddAutoScalingGroup(g AutoScalingGroup) {
	p.Update(func(s *State) {
		g.Desired = len(g.Members)
		if g.Name == "" || g.Desired < g.Min || g.Desired > g.Max {
			panic("awsfake: an Auto Scaling group needs a name, and from Min to Max members")
		}
		for _, arn := range g.TargetGroups {
			tg := known(s.TargetGroups, "target group", arn)
			tg.Targets = slices.Clone(tg.Targets)
			for _, m := range g.Members {
				known(s.Instances, "instance", m.Instance)
				if t := (Target{ID: m.Instance, Port: tg.Port}); tg.find(t) < 0 {
					tg.Targets = append(tg.Targets, t)
				}
			}
			s.TargetGroups[arn] = tg
		}
		s.Scaling[g.Name] = g
	})
}

// Lifecycle returns the state of an instance in its Auto Scaling group now,
// without any lag; empty if it is in none.
func (p *Place) Lifecycle(instance string) string {
	for _, g := range p.State().Scaling {
		for _, m := range g.Members {
			if m.Instance == instance {
				return m.lifecycle(p.fake.options.Now())
			}
		}
	}
	return ""
}

func (m Member) lifecycle(now time.Time) string {
	moving := now.Before(m.Until)
	switch {
	case m.Standby && moving:
		return "EnteringStandby"
	case m.Standby:
		return "Standby"
	case moving:
		return "Pending"
	}
	return "InService"
}

// member writes a member as both Describe actions do; they differ in how they
// write its health.
func (r *request) member(m Member, healthy string) fields {
	zone := ""
	if faces := r.interfacesOf(m.Instance); len(faces) > 0 {
		zone = r.Subnets[faces[0].Subnet].Zone
	}
	if r.Instances[m.Instance].State != "running" {
		healthy = strings.Replace(strings.Replace(healthy, "HEALTHY", "UNHEALTHY", 1), "Healthy", "Unhealthy", 1)
	}
	return fields{
		{"InstanceId", m.Instance}, {"InstanceType", r.Instances[m.Instance].Type}, {"AvailabilityZone", zone},
		{"LifecycleState", m.lifecycle(r.now)}, {"HealthStatus", healthy}, {"ProtectedFromScaleIn", false},
	}
}

// maxScalingInstances is the largest page of DescribeAutoScalingInstances, and
// how many ids it takes.
const maxScalingInstances = 50

func describeScalingInstances(r *request) (any, error) {
	ids := r.texts("InstanceIds.member")
	if len(ids) > maxScalingInstances {
		return nil, validation("The number of instance ids that may be passed in is limited to %d", maxScalingInstances)
	}
	type owned struct {
		Member
		group string
	}
	all := map[string]owned{}
	for _, g := range r.Scaling {
		for _, m := range g.Members {
			if len(ids) == 0 || slices.Contains(ids, m.Instance) {
				all[m.Instance] = owned{m, g.Name}
			}
		}
	}
	size, err := r.sized("MaxRecords", maxScalingInstances)
	if err != nil {
		return nil, err
	}
	list, next, err := page(r, sorted(all), func(m owned) string { return m.Instance }, size, r.text("NextToken"))
	if err != nil {
		return nil, err
	}
	wire := each(list, func(m owned) fields {
		return append(r.member(m.Member, "HEALTHY"), field{"AutoScalingGroupName", m.group})
	})
	return fields{{"AutoScalingInstances", members[fields]{wire}}, {"NextToken", next}}, nil
}

func describeScalingGroups(r *request) (any, error) {
	names := r.texts("AutoScalingGroupNames.member")
	all := keep(sorted(r.Scaling), func(g AutoScalingGroup) bool { return len(names) == 0 || slices.Contains(names, g.Name) })
	size, err := r.sized("MaxRecords", 100)
	if err != nil {
		return nil, err
	}
	list, next, err := page(r, all, func(g AutoScalingGroup) string { return g.Name }, size, r.text("NextToken"))
	if err != nil {
		return nil, err
	}
	wire := each(list, func(g AutoScalingGroup) fields {
		inside := each(g.Members, func(m Member) fields { return r.member(m, "Healthy") })
		suspended := each(g.Suspended, func(name string) fields { return fields{{"ProcessName", name}, {"SuspensionReason", "User suspended"}} })
		return fields{
			{"AutoScalingGroupName", g.Name}, {"MinSize", g.Min}, {"MaxSize", g.Max}, {"DesiredCapacity", g.Desired}, {"HealthCheckType", "EC2"},
			{"Instances", members[fields]{inside}}, {"TargetGroupARNs", members[string]{g.TargetGroups}},
			{"SuspendedProcesses", members[fields]{suspended}},
		}
	})
	return fields{{"AutoScalingGroups", members[fields]{wire}}, {"NextToken", next}}, nil
}
