package awsfake_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

func describedBalancers(w *world) {
	out, err := w.elb.DescribeLoadBalancers(w.ctx(), &elb.DescribeLoadBalancersInput{PageSize: aws.Int32(400)})
	b := of(w, out, err).LoadBalancers[0]
	w.same("load balancer", []any{*b.LoadBalancerArn, *b.LoadBalancerName, b.Scheme, b.Type, *b.VpcId, b.SecurityGroups, b.State.Code},
		[]any{w.ids.balancer, "front", "internet-facing", "application", w.ids.vpc, []string{w.ids.web}, "active"})
	byName, err := w.elb.DescribeLoadBalancers(w.ctx(), &elb.DescribeLoadBalancersInput{Names: []string{"front"}})
	w.same("load balancer by name", *of(w, byName, err).LoadBalancers[0].LoadBalancerArn, w.ids.balancer)
	_, err = w.elb.DescribeLoadBalancers(w.ctx(), &elb.DescribeLoadBalancersInput{LoadBalancerArns: []string{w.ids.balancer + "0"}})
	w.refused("no such load balancer", err, "LoadBalancerNotFound")
	_, err = w.elb.DescribeLoadBalancers(w.ctx(), &elb.DescribeLoadBalancersInput{PageSize: aws.Int32(401)})
	w.refused("too large a page", err, "ValidationError")

	listeners, err := w.elb.DescribeListeners(w.ctx(), &elb.DescribeListenersInput{LoadBalancerArn: &w.ids.balancer, PageSize: aws.Int32(400)})
	w.same("listeners", every(of(w, listeners, err).Listeners, func(l types.Listener) string {
		return fmt.Sprint(*l.Port, " ", l.Protocol, " ", *l.DefaultActions[0].TargetGroupArn)
	}), []string{"443 HTTP " + w.ids.tg, "80 HTTP " + w.ids.poolTG})
	_, err = w.elb.DescribeListeners(w.ctx(), &elb.DescribeListenersInput{})
	w.refused("listeners of nothing", err, "ValidationError")

	groups := func(in *elb.DescribeTargetGroupsInput) any {
		out, err := w.elb.DescribeTargetGroups(w.ctx(), in)
		if err != nil {
			return err
		}
		return every(out.TargetGroups, func(g types.TargetGroup) string {
			return fmt.Sprint(*g.TargetGroupName, " ", *g.Port, " ", g.TargetType, " ", *g.VpcId == w.ids.vpc, " ", len(g.LoadBalancerArns))
		})
	}
	w.same("target groups", groups(&elb.DescribeTargetGroupsInput{LoadBalancerArn: &w.ids.balancer}), []string{"pool 8081 instance true 1", "web 8080 instance true 1"})
	w.same("target group by ARN", groups(&elb.DescribeTargetGroupsInput{TargetGroupArns: []string{w.ids.tg}}), []string{"web 8080 instance true 1"})
	w.same("target group by name", groups(&elb.DescribeTargetGroupsInput{Names: []string{"nobody"}}), "error TargetGroupNotFound")

	attributes, err := w.elb.DescribeTargetGroupAttributes(w.ctx(), &elb.DescribeTargetGroupAttributesInput{TargetGroupArn: &w.ids.tg})
	delay := ""
	for _, a := range of(w, attributes, err).Attributes {
		if *a.Key == "deregistration_delay.timeout_seconds" {
			delay = *a.Value
		}
	}
	w.same("deregistration delay", delay, "60")
	pages := elb.NewDescribeTargetGroupsPaginator(w.elb, &elb.DescribeTargetGroupsInput{PageSize: aws.Int32(1)})
	count := 0
	for ; pages.HasMorePages(); count++ {
		page, err := pages.NextPage(w.ctx())
		of(w, page, err)
	}
	w.same("pages of target groups", count, 2)
}

// health tells the state of targets, of all if none is named.
func (w *world) health(arn string, ids ...string) any {
	in := &elb.DescribeTargetHealthInput{TargetGroupArn: &arn}
	for _, id := range ids {
		in.Targets = append(in.Targets, types.TargetDescription{Id: &id})
	}
	out, err := w.elb.DescribeTargetHealth(w.ctx(), in)
	if err != nil {
		return err
	}
	return every(out.TargetHealthDescriptions, func(h types.TargetHealthDescription) string {
		return strings.TrimSpace(fmt.Sprint(*h.Target.Id, " ", *h.Target.Port, " ", h.TargetHealth.State, " ", h.TargetHealth.Reason))
	})
}

func (w *world) deregister(arn, id string, port *int32) error {
	_, err := w.elb.DeregisterTargets(w.ctx(), &elb.DeregisterTargetsInput{TargetGroupArn: &arn, Targets: []types.TargetDescription{{Id: &id, Port: port}}})
	return err
}

func targetHealth(w *world) {
	arn, one, two, three := w.ids.tg, w.ids.servers[0], w.ids.servers[1], w.ids.servers[2]
	w.same("health: registered long ago", w.health(arn), []string{one + " 8080 healthy", two + " 8080 healthy"})
	w.must(w.deregister(arn, one, nil))
	w.same("health: at once after it is deregistered", w.health(arn, one), []string{one + " 8080 draining Target.DeregistrationInProgress"})
	w.wait(59 * time.Second)
	w.same("health: at the end of the delay", w.health(arn), []string{one + " 8080 draining Target.DeregistrationInProgress", two + " 8080 healthy"})
	w.wait(time.Second)
	w.same("health: after the delay", w.health(arn, one), []string{one + " 8080 unused Target.NotRegistered"})
	w.same("health: after the delay, of all", w.health(arn), []string{two + " 8080 healthy"})

	out, err := w.register(arn, one)
	of(w, out, err)
	w.same("health: at once after it is registered", w.health(arn, one), []string{one + " 8080 initial Elb.RegistrationInProgress"})
	w.wait(30 * time.Second)
	w.same("health: after its first check", w.health(arn, one), []string{one + " 8080 healthy"})
	w.same("health: of one that never was registered", w.health(arn, three), []string{three + " 8080 unused Target.NotRegistered"})
	w.must(w.deregister(arn, two, aws.Int32(9)))
	w.same("health: deregistered at another port", w.health(arn, two), []string{two + " 8080 healthy"})
}

func targetsRefused(w *world) {
	none := w.ids.tg + "0"
	_, err := w.register(none, w.ids.servers[0])
	w.refused("register: no such group", err, "TargetGroupNotFound")
	w.refused("deregister: no such group", w.deregister(none, w.ids.servers[0], nil), "TargetGroupNotFound")
	w.same("health: no such group", w.health(none), "error TargetGroupNotFound")
	_, err = w.register(w.ids.tg, "i-0123456789abcdef0")
	w.refused("register: no such instance", err, "InvalidTarget")
	w.same("deregister: what is not there", either("accepted", w.deregister(w.ids.tg, w.ids.servers[5], nil)), "accepted")
	w.same("targets: nothing has changed", w.health(w.ids.tg), []string{w.ids.servers[0] + " 8080 healthy", w.ids.servers[1] + " 8080 healthy"})
}
