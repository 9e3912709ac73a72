package cloud

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"golang.org/x/sync/errgroup"

	"hardenbot/actions"
)

// balancing is the load balancers of a place, and what of them leads to the
// instances.
type balancing struct {
	balancers []elbtypes.LoadBalancer                // all of the place, by ARN
	targets   map[string]map[string][]actions.Target // balancer → instance → its places
	ports     map[string][]int                       // that a balancer of targets listens on
}

// groups returns the groups of the balancers that lead to an instance.
func (b balancing) groups() (ids []string) {
	for _, lb := range b.balancers {
		if b.targets[aws.ToString(lb.LoadBalancerArn)] != nil {
			ids = append(ids, lb.SecurityGroups...)
		}
	}
	return ids
}

func (n *network) askBalancers(ctx context.Context, own []types.NetworkInterface) (err error) {
	n.balancing = balancing{targets: map[string]map[string][]actions.Target{}, ports: map[string][]int{}}
	in := &elb.DescribeLoadBalancersInput{PageSize: n.limit(400)}
	n.balancing.balancers, err = all(ctx, elb.NewDescribeLoadBalancersPaginator(n.elb, in),
		func(o *elb.DescribeLoadBalancersOutput) []elbtypes.LoadBalancer { return o.LoadBalancers })
	if err != nil || len(n.balancing.balancers) == 0 {
		return err
	}
	slices.SortFunc(n.balancing.balancers, func(a, b elbtypes.LoadBalancer) int {
		return cmp.Compare(aws.ToString(a.LoadBalancerArn), aws.ToString(b.LoadBalancerArn))
	})
	groups, err := n.targetGroups(ctx, vpcs(own))
	if err != nil {
		return err
	}
	n.findTargets(groups, own)
	return n.askListeners(ctx)
}

// targetGroup is a target group with its targets.
type targetGroup struct {
	elbtypes.TargetGroup
	health []elbtypes.TargetHealthDescription
}

// targetGroups returns those that could lead to an instance in the VPCs.
// Instances are registered in their own VPC only; addresses in any.
func (n *network) targetGroups(ctx context.Context, vpcs []string) ([]targetGroup, error) {
	in := &elb.DescribeTargetGroupsInput{PageSize: n.limit(400)}
	every, err := all(ctx, elb.NewDescribeTargetGroupsPaginator(n.elb, in),
		func(o *elb.DescribeTargetGroupsOutput) []elbtypes.TargetGroup { return o.TargetGroups })
	if err != nil {
		return nil, err
	}
	var some []targetGroup
	for _, g := range every {
		idle := len(g.LoadBalancerArns) == 0 || g.TargetType == elbtypes.TargetTypeEnumLambda
		elsewhere := g.TargetType == elbtypes.TargetTypeEnumInstance && !slices.Contains(vpcs, aws.ToString(g.VpcId))
		if !idle && !elsewhere {
			some = append(some, targetGroup{TargetGroup: g})
		}
	}
	return some, n.askHealth(ctx, some)
}

// askHealth asks for each group on its own: the API takes one at a time.
func (n *network) askHealth(ctx context.Context, groups []targetGroup) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for i := range groups {
		g.Go(func() error {
			out, err := n.elb.DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: groups[i].TargetGroupArn})
			if err == nil {
				groups[i].health = out.TargetHealthDescriptions
			}
			return err
		})
	}
	return g.Wait()
}

// findTargets finds the instances among the targets. A network load balancer whose
// target is an application load balancer leads where that one does.
func (n *network) findTargets(groups []targetGroup, own []types.NetworkInterface) {
	index := byTarget(own)
	front := map[string][]string{} // application load balancer → those before it
	for _, g := range groups {
		for _, h := range g.health {
			if g.TargetType == elbtypes.TargetTypeEnumAlb {
				front[aws.ToString(h.Target.Id)] = append(front[aws.ToString(h.Target.Id)], g.LoadBalancerArns...)
				continue
			}
			for _, id := range g.instances(h, index) {
				for _, arn := range g.LoadBalancerArns {
					n.balancing.add(arn, id, g.target(h))
				}
			}
		}
	}
	for alb, before := range front {
		for id, targets := range n.balancing.targets[alb] {
			for _, arn := range before {
				n.balancing.add(arn, id, targets...)
			}
		}
	}
}

func (b balancing) add(arn, id string, targets ...actions.Target) {
	if b.targets[arn] == nil {
		b.targets[arn] = map[string][]actions.Target{}
	}
	for _, t := range targets {
		if !slices.Contains(b.targets[arn][id], t) {
			b.targets[arn][id] = append(b.targets[arn][id], t)
		}
	}
}

func (g targetGroup) target(h elbtypes.TargetHealthDescription) actions.Target {
	t := actions.Target{Group: aws.ToString(g.TargetGroupArn), Port: int(aws.ToInt32(g.Port))}
	if h.Target.Port != nil {
		t.Port = int(*h.Target.Port)
	}
	checked := cmp.Or(aws.ToString(h.HealthCheckPort), aws.ToString(g.HealthCheckPort))
	// Otherwise it is "traffic-port": the target's own.
	if port, err := strconv.ParseUint(checked, 10, 16); err == nil && int(port) != t.Port {
		t.HealthPort = int(port)
	}
	if h.TargetHealth != nil {
		t.State = string(h.TargetHealth.State)
	}
	return t
}

// byTarget indexes interfaces by what may be registered of them: the instance's
// id and each address.
func byTarget(own []types.NetworkInterface) map[string][]types.NetworkInterface {
	index := map[string][]types.NetworkInterface{}
	for _, eni := range own {
		v4, _, v6 := addresses(eni)
		for _, key := range slices.Concat([]string{attachedTo(eni)}, v4, v6) {
			index[key] = append(index[key], eni)
		}
	}
	return index
}

// instances returns the ids of the instances that a target stands for. An
// address outside of the group's VPC is registered with the zone "all".
func (g targetGroup) instances(h elbtypes.TargetHealthDescription, index map[string][]types.NetworkInterface) (found []string) {
	target := aws.ToString(h.Target.Id)
	anywhere := aws.ToString(h.Target.AvailabilityZone) == "all"
	for _, eni := range index[target] {
		if target == attachedTo(eni) || anywhere || aws.ToString(g.VpcId) == aws.ToString(eni.VpcId) {
			found = append(found, attachedTo(eni))
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func (n *network) askListeners(ctx context.Context) error {
	for arn := range n.balancing.targets {
		in := &elb.DescribeListenersInput{LoadBalancerArn: &arn, PageSize: n.limit(400)}
		listeners, err := all(ctx, elb.NewDescribeListenersPaginator(n.elb, in),
			func(o *elb.DescribeListenersOutput) []elbtypes.Listener { return o.Listeners })
		if err != nil {
			return err
		}
		var ports []int
		for _, l := range listeners {
			if l.Port != nil { // a gateway load balancer's has none
				ports = append(ports, int(*l.Port))
			}
		}
		slices.Sort(ports)
		n.balancing.ports[arn] = slices.Compact(ports)
	}
	return nil
}
