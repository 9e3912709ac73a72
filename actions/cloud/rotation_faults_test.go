package cloud_test

import (
	"context"
	"strings"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/cloud/cloudtest"
)

func rotationLost(p *pool) {
	seats := p.seats()
	p.proxy.Inject(cloudtest.Fault{Action: deregister, Times: 1, Lose: true}, cloudtest.Fault{Action: register, Times: 1, Lose: true})
	p.must(p.rotation.Drain(p.ctx(), p.hosts[0], seats, actions.Room{})) // moto, unlike AWS, refuses the repeated call
	p.must(p.rotation.Return(p.ctx(), p.hosts[0], seats))
	p.same("changes", p.changes(), []string{deregister, deregister, register, register})
}

func rotationThrottled(p *pool) {
	seats := p.seats()
	for _, action := range []string{deregister, register, describeHealth, "elasticloadbalancing:DescribeTargetGroupAttributes"} {
		p.proxy.Inject(cloudtest.Throttle(action, 2))
	}
	p.must(p.rotation.Drain(p.ctx(), p.hosts[0], seats, actions.Room{}))
	p.must(p.rotation.Return(p.ctx(), p.hosts[0], seats))
	p.same("changes", p.changes(), []string{deregister, deregister, deregister, register, register, register})
}

func rotationDenied(p *pool) {
	seats := p.seats()
	other, err := p.rotation.Seats(p.ctx(), p.hosts[1])
	p.must(err)
	for _, action := range []string{"ec2:DescribeNetworkInterfaces", describeHealth, "elasticloadbalancing:DescribeTargetGroupAttributes", deregister} {
		p.anew()
		p.proxy.Inject(cloudtest.Deny(action))
		p.says("drain without "+action, p.rotation.Drain(p.ctx(), p.hosts[0], seats, actions.Room{}), action+" failed with UnauthorizedOperation")
	}
	p.says("another one", p.rotation.Drain(p.ctx(), p.hosts[1], other, actions.Room{}), "in target group front, 1 of its 2 members is out already", "wait for web-1 (taken out), or put it back")
	p.must(p.rotation.Serving(p.ctx(), p.hosts[0], seats)) // it was never out
	p.anewWithMemory()
	p.must(p.rotation.Drain(p.ctx(), p.hosts[1], other, actions.Room{}))
	p.must(p.rotation.Return(p.ctx(), p.hosts[1], other))
	for _, action := range []string{"ec2:DescribeNetworkInterfaces", describeHealth, "elasticloadbalancing:DescribeTargetGroups", "autoscaling:DescribeAutoScalingInstances"} {
		p.anew()
		p.proxy.Inject(cloudtest.Deny(action))
		_, err := p.rotation.Seats(p.ctx(), p.hosts[0])
		p.says("seats without "+action, err, action+" failed with UnauthorizedOperation")
	}
	p.anew()
	p.must(p.rotation.Drain(p.ctx(), p.hosts[0], seats, actions.Room{}))
	p.proxy.Inject(cloudtest.Deny(register))
	p.says("return", p.rotation.Return(p.ctx(), p.hosts[0], seats), register+" failed with UnauthorizedOperation")
}

func rotationStuck(p *pool) {
	seats := p.seats()
	p.hurry()
	p.then(deregister, health(p.ids[0]+" 8080 draining Target.DeregistrationInProgress", p.ids[1]+" 8080 healthy"))
	p.says("drain", p.rotation.Drain(p.ctx(), p.hosts[0], seats, actions.Room{}),
		"after 300ms, web-1 as "+p.ids[0]+":8080 in target group front is still draining, Target.DeregistrationInProgress")

	p.rotation.Margin = time.Hour
	ctx, cancel := context.WithTimeout(p.ctx(), 100*time.Millisecond)
	defer cancel()
	if err := p.rotation.Drain(ctx, p.hosts[0], seats, actions.Room{}); ctx.Err() == nil || err == nil || !strings.Contains(err.Error(), "deadline exceeded") {
		p.t.Errorf("drain with little time: %v", err)
	}
}

func rotationUnhealthy(p *pool) {
	seats := p.seats()
	p.hurry()
	p.must(p.rotation.Drain(p.ctx(), p.hosts[0], seats, actions.Room{}))
	hostile := "Health checks failed with these codes: [502]\n\t" + strings.Repeat("x", 500)
	p.then(register, health(p.ids[0]+" 8080 unhealthy Target.ResponseCodeMismatch - "+hostile, p.ids[1]+" 8080 healthy"))
	err := p.rotation.Return(p.ctx(), p.hosts[0], seats)
	p.says("return", err, "after 300ms, web-1 as "+p.ids[0]+":8080 in target group front is not healthy but unhealthy, Target.ResponseCodeMismatch: Health checks failed with these codes: [502] ")
	if strings.ContainsAny(err.Error(), "\n\t") || len(err.Error()) > 450 {
		p.t.Errorf("what AWS says is not one bounded line: %q", err)
	}
	other, err := p.rotation.Seats(p.ctx(), p.hosts[1])
	p.must(err)
	p.says("another one", p.rotation.Drain(p.ctx(), p.hosts[1], other, actions.Room{}), "in target group front, 1 of its 2 members is out already", "wait for web-1 (taken out), or put it back")
}

func rotationSlowStart(p *pool) {
	seats := p.seats()
	p.attribute(p.group, "slow_start.duration_seconds", "1")
	start := time.Now()
	p.must(p.rotation.Return(p.ctx(), p.hosts[0], seats))
	if took := time.Since(start); took < time.Second {
		p.t.Errorf("returned after %s, before the slow start was over", took)
	}
	p.attribute(p.group, "slow_start.duration_seconds", "900")
	ctx, cancel := context.WithTimeout(p.ctx(), 300*time.Millisecond)
	defer cancel()
	if err := p.rotation.Return(ctx, p.hosts[0], seats); err == nil || !strings.Contains(err.Error(), "deadline exceeded") {
		p.t.Errorf("with little time: %v", err)
	}
	p.attribute(p.group, "slow_start.duration_seconds", "soon")
	p.says("no number", p.rotation.Return(p.ctx(), p.hosts[0], seats), "slow_start.duration_seconds of target group front is no number of seconds")
}
