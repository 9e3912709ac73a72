package awsfake

import (
	"cmp"
	"strings"
)

// Listener leads from a port of a load balancer to a target group.
type Listener struct {
	ARN         string // given out
	Balancer    string // ARN
	Port        int
	Protocol    string // "HTTP" if empty
	TargetGroup string // ARN
}

// AddListener adds a listener and returns its ARN.
func (p *Place) AddListener(l Listener) string {
	p.Update(func(s *State) {
		known(s.LoadBalancers, "load balancer", l.Balancer)
		known(s.TargetGroups, "target group", l.TargetGroup)
		l.ARN = strings.Replace(l.Balancer, ":loadbalancer/", ":listener/", 1) + "/" + p.fake.number()
		l.Protocol = cmp.Or(l.Protocol, "HTTP")
		s.Listeners[l.ARN] = l
	})
	return l.ARN
}

func describeListeners(r *request) (any, error) {
	balancer, all := r.text("LoadBalancerArn"), sorted(r.Listeners)
	if balancer != "" {
		if _, ok := r.LoadBalancers[balancer]; !ok {
			return nil, noBalancer()
		}
		all = keep(all, func(l Listener) bool { return l.Balancer == balancer })
	} else if !r.has("ListenerArns.member.1") {
		return nil, validation("You must specify either listener ARNs or a load balancer ARN")
	}
	k := elbKind[Listener]{
		arns: "ListenerArns", arn: func(l Listener) string { return l.ARN }, name: func(Listener) string { return "" },
		missing: func() error { return refusal("ListenerNotFound", "One or more listeners not found") },
	}
	list, next, err := k.describe(r, all)
	if err != nil {
		return nil, err
	}
	wire := each(list, func(l Listener) fields {
		forward := fields{{"Type", "forward"}, {"TargetGroupArn", l.TargetGroup}}
		return fields{
			{"ListenerArn", l.ARN}, {"LoadBalancerArn", l.Balancer}, {"Port", l.Port}, {"Protocol", l.Protocol},
			{"DefaultActions", members[fields]{[]fields{forward}}},
		}
	})
	return fields{{"Listeners", members[fields]{wire}}, {"NextMarker", next}}, nil
}
