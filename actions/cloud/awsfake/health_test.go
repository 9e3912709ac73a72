package awsfake_test

import (
	"testing"
	"time"

	"hardenbot/actions/cloud/awsfake"
)

func TestHealthByReason(t *testing.T) {
	fake, clock, w := newFake(t, awsfake.Options{})
	p := fake.Place("", region)
	w.ids = fill(p)
	one, arn := w.ids.servers[0], w.ids.tg
	p.SetHealth(arn, one, "Target.Timeout")
	w.same("its checks fail", w.health(arn, one), []string{one + " 8080 unhealthy Target.Timeout"})
	w.must(w.deregister(arn, one, nil))
	clock.Advance(time.Hour)
	out, err := w.register(arn, one)
	of(w, out, err)
	w.same("registered anew", p.Health(arn, one, 0).State, "initial")
	clock.Advance(30 * time.Second)
	w.same("its checks fail still", p.Health(arn, one, 0).State, "unhealthy")
	p.SetHealth(arn, one, "")
	w.same("mended", w.health(arn, one), []string{one + " 8080 healthy"})

	p.SetInstanceState(one, "stopped")
	w.same("stopped", w.health(arn, one), []string{one + " 8080 unused Target.InvalidState"})
	w.must(w.deregister(arn, one, nil))
	clock.Advance(time.Hour)
	_, err = w.register(arn, one)
	w.refused("stopped ones are not registered", err, "InvalidTarget")

	idle := p.AddTargetGroup(awsfake.TargetGroup{Name: "idle", VPC: w.ids.vpc, Port: 80, Targets: []awsfake.Target{{ID: w.ids.servers[1]}}})
	w.same("no load balancer", w.health(idle), []string{w.ids.servers[1] + " 80 unused Target.NotInUse"})
	shut := p.AddTargetGroup(awsfake.TargetGroup{Name: "shut", VPC: w.ids.vpc, Port: 80, Targets: []awsfake.Target{{ID: w.ids.servers[1]}}})
	half := p.AddLoadBalancer(awsfake.LoadBalancer{Name: "half", Subnets: []string{w.ids.shut}})
	p.AddListener(awsfake.Listener{Balancer: half, Port: 80, TargetGroup: shut})
	w.same("a load balancer in another zone", w.health(shut), []string{w.ids.servers[1] + " 80 unused Target.NotInUse"})
	other := p.AddVPC(awsfake.VPC{CIDR: "10.8.0.0/16"})
	far := p.AddInstance(awsfake.Instance{}, awsfake.Interface{Subnet: p.AddSubnet(awsfake.Subnet{VPC: other, CIDR: "10.8.1.0/24"})})
	_, err = w.register(arn, far)
	w.refused("another network's are not registered", err, "InvalidTarget")
}

func TestDrainingIsCutShort(t *testing.T) {
	fake, clock, w := newFake(t, awsfake.Options{})
	p := fake.Place("", region)
	w.ids = fill(p)
	one, arn := w.ids.servers[0], w.ids.tg
	w.must(w.deregister(arn, one, nil))
	clock.Advance(10 * time.Second)
	w.must(w.deregister(arn, one, nil)) // again: the delay does not begin anew
	clock.Advance(50 * time.Second)
	w.same("drained", p.Health(arn, one, 0).Reason, "Target.NotRegistered")
	w.must(w.deregister(arn, w.ids.servers[1], nil))
	out, err := w.register(arn, w.ids.servers[1])
	of(w, out, err)
	w.same("registered while it drains", p.Health(arn, w.ids.servers[1], 0).State, "initial")
}

func TestStandbyTakesTime(t *testing.T) {
	fake, clock, w := newFake(t, awsfake.Options{Transit: 90 * time.Second})
	p := fake.Place("", region)
	w.ids = fill(p)
	four := w.ids.servers[3]
	out, err := w.enter("pool", four)
	of(w, out, err)
	clock.Advance(89 * time.Second)
	w.same("on its way", p.Lifecycle(four), "EnteringStandby")
	_, err = w.exit(four)
	w.refused("not yet there", err, "ValidationError")
	clock.Advance(time.Second)
	w.same("there", p.Lifecycle(four), "Standby")
	back, err := w.exit(four)
	of(w, back, err)
	clock.Advance(89 * time.Second)
	w.same("on its way back", p.Lifecycle(four), "Pending")
	clock.Advance(time.Second)
	w.same("back", p.Lifecycle(four), "InService")
	w.same("in no group", p.Lifecycle(w.ids.servers[0]), "")
}
