package awsfake

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// TargetGroup is what a load balancer sends requests to.
type TargetGroup struct {
	ARN        string // given out
	Name       string
	VPC        string
	Port       int
	Protocol   string        // "HTTP" if empty
	HealthPort int           // that health checks go to; the target's own if zero
	CrossZone  string        // the attribute load_balancing.cross_zone.enabled; "use_load_balancer_configuration" if empty
	Type       string        // of its targets: "instance" if empty, "ip" or "alb"
	Delay      time.Duration // for which a deregistered target is draining; 300 s if zero, none if negative
	Interval   time.Duration // between health checks, for which a registered target is initial; 30 s if zero, none if negative
	SlowStart  time.Duration // told only: the fake sends no requests

	Targets []Target
	Failing map[string]string // target's id → why its checks fail: a reason such as "Target.Timeout"
}

// Target is a target by id and port. One that is registered by Go long was.
type Target struct {
	ID           string // of an instance, or an address, or a load balancer's ARN
	Port         int    // the group's if zero
	Zone         string // of a target by address, where it was given; "all" for one outside of the VPC
	Registered   time.Time
	Deregistered time.Time // zero for one that is not
}

// AddTargetGroup adds a target group with its targets, and returns its ARN.
func (p *Place) AddTargetGroup(g TargetGroup) string {
	p.Update(func(s *State) {
		known(s.VPCs, "VPC", g.VPC)
		g.Protocol, g.Type = cmp.Or(g.Protocol, "HTTP"), cmp.Or(g.Type, "instance")
		g.Delay, g.Interval = max(cmp.Or(g.Delay, 300*time.Second), 0), max(cmp.Or(g.Interval, 30*time.Second), 0)
		g.Targets = slices.Clone(g.Targets)
		for i := range g.Targets {
			g.Targets[i].Port = cmp.Or(g.Targets[i].Port, g.Port)
		}
		g.ARN = p.arn("elasticloadbalancing", "targetgroup/"+g.Name+"/"+p.fake.number())
		s.TargetGroups[g.ARN] = g
	})
	return g.ARN
}

func noTargetGroup() error {
	return refusal("TargetGroupNotFound", "One or more target groups not found")
}

func (g TargetGroup) healthPort(own string) string {
	if g.HealthPort == 0 {
		return own
	}
	return strconv.Itoa(g.HealthPort)
}

// balancersOf returns the load balancers with a listener that leads to a group.
func (s *State) balancersOf(group string) (arns []string) {
	for _, l := range sorted(s.Listeners) {
		if l.TargetGroup == group && !slices.Contains(arns, l.Balancer) {
			arns = append(arns, l.Balancer)
		}
	}
	return arns
}

func describeTargetGroups(r *request) (any, error) {
	k := elbKind[TargetGroup]{
		arns: "TargetGroupArns", names: "Names", missing: noTargetGroup,
		arn: func(g TargetGroup) string { return g.ARN }, name: func(g TargetGroup) string { return g.Name },
	}
	all := sorted(r.TargetGroups)
	if balancer := r.text("LoadBalancerArn"); balancer != "" {
		if _, ok := r.LoadBalancers[balancer]; !ok {
			return nil, noBalancer()
		}
		all = keep(all, func(g TargetGroup) bool { return slices.Contains(r.balancersOf(g.ARN), balancer) })
	}
	list, next, err := k.describe(r, all)
	if err != nil {
		return nil, err
	}
	wire := each(list, func(g TargetGroup) fields {
		return fields{
			{"TargetGroupArn", g.ARN}, {"TargetGroupName", g.Name}, {"Protocol", g.Protocol}, {"Port", g.Port}, {"VpcId", g.VPC},
			{"TargetType", g.Type}, {"HealthCheckEnabled", true}, {"HealthCheckProtocol", g.Protocol}, {"HealthCheckPort", g.healthPort("traffic-port")},
			{"HealthCheckIntervalSeconds", seconds(g.Interval)}, {"LoadBalancerArns", members[string]{r.balancersOf(g.ARN)}},
		}
	})
	return fields{{"TargetGroups", members[fields]{wire}}, {"NextMarker", next}}, nil
}

func describeTargetGroupAttributes(r *request) (any, error) {
	g, ok := r.TargetGroups[r.text("TargetGroupArn")]
	if !ok {
		return nil, noTargetGroup()
	}
	attributes := []fields{
		{{"Key", "deregistration_delay.timeout_seconds"}, {"Value", seconds(g.Delay)}},
		{{"Key", "slow_start.duration_seconds"}, {"Value", seconds(g.SlowStart)}},
		{{"Key", "stickiness.enabled"}, {"Value", "false"}},
		{{"Key", "load_balancing.cross_zone.enabled"}, {"Value", cmp.Or(g.CrossZone, "use_load_balancer_configuration")}},
	}
	return fields{{"Attributes", members[fields]{attributes}}}, nil
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
