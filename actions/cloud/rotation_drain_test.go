package cloud_test

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"hardenbot/actions"
	"hardenbot/actions/cloud"
	"hardenbot/actions/cloud/cloudtest"
)

func rotationOrder(p *pool) {
	seats := p.seats()
	p.attribute(p.group, "deregistration_delay.timeout_seconds", "30")
	draining := health(p.ids[0]+" 8080 draining Target.DeregistrationInProgress - Target deregistration is in progress", p.ids[1]+" 8080 healthy")
	p.then(deregister, draining, draining, health(p.ids[0]+" 8080 unused Target.NotRegistered", p.ids[1]+" 8080 healthy"))
	p.must(p.rotation.Drain(p.ctx(), p.hosts[0], seats, actions.Room{}))
	p.same("drain", p.order(deregister), []string{deregister, describeHealth, describeHealth, describeHealth})

	p.must(p.rotation.Drain(p.ctx(), p.hosts[0], seats, actions.Room{}))
	p.same("drained again", p.changes(), []string{deregister})

	p.anewWithMemory()
	p.then(register,
		health(p.ids[0]+" 8080 initial Elb.RegistrationInProgress", p.ids[1]+" 8080 healthy"),
		health(p.ids[0]+" 8080 unhealthy Target.FailedHealthChecks", p.ids[1]+" 8080 healthy"),
		health(p.ids[0]+" 8080 healthy", p.ids[1]+" 8080 healthy"))
	p.must(p.rotation.Return(p.ctx(), p.hosts[0], seats))
	p.same("return", p.order(register), []string{register, describeHealth, describeHealth, describeHealth, "elasticloadbalancing:DescribeTargetGroupAttributes"})

	p.must(p.rotation.Return(p.ctx(), p.hosts[0], seats))
	p.same("returned again", p.changes(), []string{register})
	p.anew()
	p.must(p.rotation.Serving(p.ctx(), p.hosts[0], seats)) // as moto has it
}

// order returns the calls from the first one of the action on.
func (p *pool) order(from string) (list []string) {
	for _, c := range p.proxy.Calls() {
		if c.Action == from || len(list) > 0 {
			list = append(list, c.Action)
		}
	}
	return list
}

// anewWithMemory stands a proxy without faults before moto, for the same
// Rotation.
func (p *pool) anewWithMemory() {
	p.proxy = cloudtest.NewProxy(p.t, p.url)
	p.rotation.Client = p.client()
}

func rotationRefused(p *pool) {
	seats := p.seats()
	other, err := p.rotation.Seats(p.ctx(), p.hosts[1])
	p.must(err)
	for _, test := range []struct {
		name  string
		state string // of web-2; empty for not registered
		want  []string
	}{
		{"the last target", "", []string{"web-1 stays in rotation: in target group front, 0 of its 1 members would serve, and rollout.min_healthy (0) wants 1"}},
		{"the last healthy target", "unhealthy Target.Timeout - Request timed out", []string{"0 of its 2 members would serve", "; add one, or mend those that are there"}},
		{"the others are not in use", "unused Target.NotInUse", []string{"0 of its 1 members would serve"}},
		{"the others are stopped", "unused Target.InvalidState", []string{"0 of its 2 members would serve"}},
		{"another one drains", "draining Target.DeregistrationInProgress", []string{"1 of its 2 members is out already, and rollout.max_unavailable (0) allows 1; wait for " + p.ids[1] + ":8080 (draining, Target.DeregistrationInProgress), or put it back"}},
		{"another one returns", "initial Elb.InitialHealthChecking", []string{"1 of its 2 members is out already", "wait for " + p.ids[1] + ":8080 (initial, Elb.InitialHealthChecking)"}},
	} {
		p.anew()
		targets := []string{p.ids[0] + " 8080 healthy", p.ids[0] + " 8081 healthy"} // its own other port is no other target
		if test.state != "" {
			targets = append(targets, p.ids[1]+" 8080 "+test.state)
		}
		p.looks(targets...)
		p.says(test.name, p.rotation.Drain(p.ctx(), p.hosts[0], seats, actions.Room{}), test.want...)
		if got := p.changes(); len(got) > 0 {
			p.t.Errorf("%s: refused, and yet %v", test.name, got)
		}
		p.anewWithMemory()
		p.must(p.rotation.Drain(p.ctx(), p.hosts[1], other, actions.Room{})) // a refusal keeps nothing
		p.must(p.rotation.Return(p.ctx(), p.hosts[1], other))
	}
}

// rotationOneOut adds a third target, so that one would be left over.
func rotationOneOut(p *pool) {
	_, err := p.elb.RegisterTargets(p.ctx(), &elb.RegisterTargetsInput{TargetGroupArn: &p.group, Targets: []elbtypes.TargetDescription{
		{Id: aws.String(p.server("web-3", p.subnet, "10.7.1.12"))},
	}})
	p.must(err)
	first := p.seats()
	second, err := p.rotation.Seats(p.ctx(), p.hosts[1])
	p.must(err)

	p.must(p.rotation.Drain(p.ctx(), p.hosts[0], first, actions.Room{}))
	p.says("the second", p.rotation.Drain(p.ctx(), p.hosts[1], second, actions.Room{}), "web-2 stays in rotation: in target group front, 1 of its 3 members is out already", "wait for web-1 (taken out), or put it back")
	p.same("changes", p.changes(), []string{deregister})
	p.must(p.rotation.Return(p.ctx(), p.hosts[0], first))
	p.must(p.rotation.Drain(p.ctx(), p.hosts[1], second, actions.Room{}))
	p.must(p.rotation.Return(p.ctx(), p.hosts[1], second))

	p.must(p.rotation.Drain(p.ctx(), p.hosts[0], first, actions.Room{}))
	_, err = p.elb.RegisterTargets(p.ctx(), &elb.RegisterTargetsInput{TargetGroupArn: &p.group, Targets: []elbtypes.TargetDescription{{Id: &first[0].Target}}})
	p.must(err) // by hand, at the console
	p.must(p.rotation.Drain(p.ctx(), p.hosts[1], second, actions.Room{}))
	p.must(p.rotation.Return(p.ctx(), p.hosts[1], second))

	errs := make(chan error)
	for n, seats := range [][]actions.Seat{first, second} {
		go func() { errs <- p.rotation.Drain(p.ctx(), p.hosts[n], seats, actions.Room{}) }()
	}
	a, b := <-errs, <-errs
	if (a == nil) == (b == nil) {
		p.t.Errorf("two at the same time: %v and %v, want one of them refused", a, b)
	}
}

// rotationActions makes every call that is declared, and no other.
func rotationActions(p *pool) {
	p.scale(1, p.ids...)
	seats := p.seats()
	p.must(p.rotation.Drain(p.ctx(), p.hosts[0], seats, actions.Room{}))
	p.must(p.rotation.Return(p.ctx(), p.hosts[0], seats))
	called := map[string]bool{}
	for _, c := range p.proxy.Calls() {
		called[c.Action] = true
	}
	declared := slices.Concat(cloud.RotationReadActions, cloud.RotationActions)
	slices.Sort(declared)
	p.same("calls", slices.Sorted(maps.Keys(called)), declared)
	if !slices.IsSorted(cloud.RotationReadActions) || !slices.IsSorted(cloud.RotationActions) {
		p.t.Error("the declared actions are not sorted")
	}
}
