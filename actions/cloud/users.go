package cloud

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// users returns what else the group serves: interfaces of others than the
// instance, load balancers other than the balancer, and groups with a rule that
// lets in its members. Sorted in that order, each as "ID (what people call it)".
func (n *network) users(group, instance, balancer string) []string {
	var faces, balancers, groups []string
	for _, eni := range n.interfaces {
		own := instance != "" && attachedTo(eni) == instance
		if slices.Contains(groupIDs(eni), group) && !own && !n.ofBalancer(eni) {
			faces = append(faces, label(aws.ToString(eni.NetworkInterfaceId), n.called(eni)))
		}
	}
	for _, lb := range n.balancing.balancers {
		if slices.Contains(lb.SecurityGroups, group) && aws.ToString(lb.LoadBalancerArn) != balancer {
			balancers = append(balancers, "load balancer "+aws.ToString(lb.LoadBalancerName))
		}
	}
	for _, g := range n.every {
		if aws.ToString(g.GroupId) != group && letsIn(g, group) {
			groups = append(groups, label(aws.ToString(g.GroupId), aws.ToString(g.GroupName)))
		}
	}
	for _, list := range [][]string{faces, balancers, groups} {
		slices.Sort(list)
	}
	return slices.Compact(slices.Concat(faces, balancers, groups))
}

func label(id, name string) string {
	if name == "" {
		return id
	}
	return id + " (" + name + ")"
}

// called is what people call an interface: its instance's name, the instance,
// or what made the interface says of it.
func (n *network) called(eni types.NetworkInterface) string {
	id := attachedTo(eni)
	return cmp.Or(tags(n.instances[id].Tags)["Name"], id, aws.ToString(eni.Description))
}

// ofBalancer reports whether the interface belongs to a load balancer that is
// known, and so is named by itself. EC2 describes those interfaces as
// "ELB app/NAME/ID", the end of the balancer's ARN.
func (n *network) ofBalancer(eni types.NetworkInterface) bool {
	return slices.ContainsFunc(n.balancing.balancers, func(lb elbtypes.LoadBalancer) bool {
		return carries(eni, aws.ToString(lb.LoadBalancerArn))
	})
}

func carries(eni types.NetworkInterface, balancer string) bool {
	name, ok := strings.CutPrefix(aws.ToString(eni.Description), "ELB ")
	return ok && aws.ToBool(eni.RequesterManaged) && strings.HasSuffix(balancer, ":loadbalancer/"+name)
}

// privateOf returns the addresses of the balancer's interfaces, sorted.
func (n *network) privateOf(balancer string) []string {
	var all []string
	for _, eni := range n.interfaces {
		if carries(eni, balancer) {
			v4, _, v6 := addresses(eni)
			all = slices.Concat(all, v4, v6)
		}
	}
	slices.Sort(all)
	return all
}

func letsIn(g types.SecurityGroup, member string) bool {
	for _, p := range g.IpPermissions {
		for _, pair := range p.UserIdGroupPairs {
			if aws.ToString(pair.GroupId) == member {
				return true
			}
		}
	}
	return false
}
