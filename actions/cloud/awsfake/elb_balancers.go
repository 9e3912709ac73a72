package awsfake

import (
	"cmp"
	"slices"
)

// LoadBalancer is an application or a network load balancer.
type LoadBalancer struct {
	ARN     string // given out
	Name    string
	Type    string // "application" if empty, or "network"
	Scheme  string // "internet-facing" if empty, or "internal"
	Subnets []string
	Groups  []string // the VPC's default one if empty and of type application
}

// AddLoadBalancer adds a load balancer with a network interface in each of its
// subnets, and returns its ARN.
func (p *Place) AddLoadBalancer(b LoadBalancer) string {
	p.Update(func(s *State) {
		b.Type, b.Scheme = cmp.Or(b.Type, "application"), cmp.Or(b.Scheme, "internet-facing")
		end := map[string]string{"application": "app", "network": "net"}[b.Type] + "/" + b.Name + "/" + p.fake.number()
		b.ARN = p.arn("elasticloadbalancing", "loadbalancer/"+end)
		for _, subnet := range b.Subnets {
			eni := p.putInterface(s, Interface{Subnet: subnet, Groups: b.Groups, Managed: true, Description: "ELB " + end})
			if b.Type == "application" {
				b.Groups = s.Interfaces[eni].Groups
			}
		}
		s.LoadBalancers[b.ARN] = b
	})
	return b.ARN
}

// elbKind is what the Describe actions of Elastic Load Balancing have in
// common: ARNs, names and pages.
type elbKind[T any] struct {
	arns, names string // parameters; empty for none
	arn, name   func(T) string
	missing     func() error
}

// maxPage is the largest page of Elastic Load Balancing.
const maxPage = 400

func (k elbKind[T]) describe(r *request, all []T) ([]T, string, error) {
	arns, names := r.texts(k.arns+".member"), []string(nil)
	if k.names != "" {
		names = r.texts(k.names + ".member")
	}
	some := all
	if len(arns)+len(names) > 0 {
		some = keep(all, func(item T) bool { return slices.Contains(arns, k.arn(item)) || slices.Contains(names, k.name(item)) })
		if len(some) < len(arns)+len(names) {
			return nil, "", k.missing()
		}
	}
	size, err := r.sized("PageSize", maxPage)
	if err != nil {
		return nil, "", err
	}
	return page(r, some, k.arn, size, r.text("Marker"))
}

func noBalancer() error {
	return refusal("LoadBalancerNotFound", "One or more load balancers not found")
}

func describeLoadBalancers(r *request) (any, error) {
	k := elbKind[LoadBalancer]{
		arns: "LoadBalancerArns", names: "Names", missing: noBalancer,
		arn: func(b LoadBalancer) string { return b.ARN }, name: func(b LoadBalancer) string { return b.Name },
	}
	list, next, err := k.describe(r, sorted(r.LoadBalancers))
	if err != nil {
		return nil, err
	}
	wire := each(list, func(b LoadBalancer) fields {
		zones := each(b.Subnets, func(id string) fields { return fields{{"ZoneName", r.Subnets[id].Zone}, {"SubnetId", id}} })
		return fields{
			{"LoadBalancerArn", b.ARN}, {"LoadBalancerName", b.Name}, {"Type", b.Type}, {"Scheme", b.Scheme}, {"IpAddressType", "ipv4"},
			{"DNSName", b.Name + ".elb." + r.region + ".amazonaws.com"}, {"State", fields{{"Code", "active"}}},
			{"VpcId", r.vpcOf(b)}, {"AvailabilityZones", members[fields]{zones}}, {"SecurityGroups", members[string]{b.Groups}},
		}
	})
	return fields{{"LoadBalancers", members[fields]{wire}}, {"NextMarker", next}}, nil
}

func (s *State) vpcOf(b LoadBalancer) string {
	if len(b.Subnets) == 0 {
		return ""
	}
	return s.Subnets[b.Subnets[0]].VPC
}
