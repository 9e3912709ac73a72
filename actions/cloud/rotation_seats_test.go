package cloud_test

import (
	"fmt"
	"slices"
	"strings"

	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"hardenbot/actions"
	"hardenbot/actions/cloud"
	"hardenbot/actions/cloud/cloudtest"
)

func rotationSeats(p *pool) {
	second := p.targets("side", elbtypes.TargetTypeEnumIp, "10.7.1.10", "10.7.1.11")
	account := strings.Split(p.group, ":")[4]
	want := []actions.Seat{
		{Driver: "elbv2", Account: account, Region: region, Group: p.group, Target: p.ids[0], Port: 8080},
		{Driver: "elbv2", Account: account, Region: region, Group: second, Target: "10.7.1.10", Port: 8080},
	}
	p.same("seats", p.seats(), want)
	p.must(p.rotation.Serving(p.ctx(), p.hosts[0], want))

	p.server("web-3", p.subnet, "10.7.1.12")
	if seats, err := p.rotation.Seats(p.ctx(), host("web-3", "10.7.1.12")); err != nil || len(seats) > 0 {
		p.t.Errorf("web-3 has seats %v, error %v; want none", seats, err)
	}
	_, err := p.rotation.Seats(p.ctx(), host("elsewhere", "192.0.2.1"))
	p.says("no instance", err, "elsewhere cannot be taken out of rotation: no instance of the configured accounts and regions has this address; declare `driver: none` under rotation")

	p.looks(p.ids[0]+" 8080 draining Target.DeregistrationInProgress", p.ids[1]+" 8080 healthy")
	p.same("while it drains", p.seats(), want[1:])
	p.says("while it drains", p.rotation.Serving(p.ctx(), p.hosts[0], want), "web-1 as "+p.ids[0]+":8080 in target group front is not healthy but draining")
}

// rotationAmbiguous has a second network with the address of web-1, and a group
// that names it from outside of both.
func rotationAmbiguous(p *pool) {
	other := p.world.vpc("10.7.0.0/16")
	p.server("twin", p.world.subnet(other, "10.7.1.0/24"), "10.7.1.10")
	arn := p.targets("side", elbtypes.TargetTypeEnumIp, "10.7.1.10")
	p.proxy.Inject(cloudtest.Fault{Action: describeHealth, Body: health("10.7.1.10 80 healthy - all"), If: func(c cloudtest.Call) bool {
		return c.Form.Get("TargetGroupArn") == arn
	}})
	every, err := p.rotation.Client.Instances(p.ctx(), cloud.Filter{})
	p.must(err)
	hosts, _ := p.rotation.Client.Hosts(every)
	web1 := hosts[slices.IndexFunc(hosts, func(h actions.Host) bool { return h.Name == "web-1" })]
	_, err = p.rotation.Seats(p.ctx(), web1)
	p.says("an address of two", err, "target group side of web-1 has the address 10.7.1.10, and not it alone")
}

func rotationPorts(p *pool) {
	ip := p.targets("side", elbtypes.TargetTypeEnumIp, "10.7.1.10")
	all := func(state string) string {
		return health("10.7.1.10 80 "+state+" - eu-west-1a", "10.7.1.10 81 "+state+" - all", "10.7.1.99 80 healthy - eu-west-1b", "10.7.1.10 82 draining - all")
	}
	side := *p
	side.group = ip
	side.then("ec2:DescribeNetworkInterfaces", all("healthy"))
	seats := slices.DeleteFunc(p.seats(), func(s actions.Seat) bool { return s.Group != ip })
	if len(seats) != 2 || seats[0].Port != 80 || seats[0].Zone != "eu-west-1a" || seats[1].Port != 81 || seats[1].Zone != "all" {
		p.t.Fatalf("seats %+v", seats)
	}
	p.anew()
	side.proxy = p.proxy
	side.then(deregister, health("10.7.1.99 80 healthy - eu-west-1b"))
	side.looks("10.7.1.10 80 healthy - eu-west-1a", "10.7.1.10 81 healthy - all", "10.7.1.99 80 healthy - eu-west-1b")
	p.must(p.rotation.Drain(p.ctx(), p.hosts[0], seats, actions.Room{}))
	p.anewWithMemory()
	side.proxy = p.proxy
	side.then(register, all("healthy"))
	side.looks("10.7.1.99 80 healthy - eu-west-1b")
	p.must(p.rotation.Return(p.ctx(), p.hosts[0], seats))
	p.same("registered", p.targetsOf(register), []string{"10.7.1.10 80 eu-west-1a", "10.7.1.10 81 all"})
}

// targetsOf returns the targets of the one call of the action.
func (p *pool) targetsOf(action string) (list []string) {
	p.t.Helper()
	if p.proxy.Count(action) != 1 {
		p.t.Fatalf("%d calls of %s, want one", p.proxy.Count(action), action)
	}
	calls := p.proxy.Calls()
	form := calls[slices.IndexFunc(calls, func(c cloudtest.Call) bool { return c.Action == action })].Form
	for n := 1; form.Has(fmt.Sprintf("Targets.member.%d.Id", n)); n++ {
		key := fmt.Sprintf("Targets.member.%d.", n)
		list = append(list, form.Get(key+"Id")+" "+form.Get(key+"Port")+" "+form.Get(key+"AvailabilityZone"))
	}
	return list
}

func rotationIdle(p *pool) {
	seats := p.seats()
	p.must(p.rotation.Drain(p.ctx(), p.hosts[0], seats, actions.Room{}))
	p.then(register, health(p.ids[0]+" 8080 unused Target.NotInUse - Target group is not configured to receive traffic from the load balancer"))
	p.must(p.rotation.Return(p.ctx(), p.hosts[0], seats))
	p.must(p.rotation.Serving(p.ctx(), p.hosts[0], seats))
	p.must(p.rotation.Drain(p.ctx(), p.hosts[0], nil, actions.Room{}))
	if got := p.seats(); len(got) > 0 {
		p.t.Errorf("seats where nothing sends traffic: %v", got)
	}
}

func rotationReplaced(p *pool) {
	seats := p.seats()
	web1 := host("web-1", "10.7.1.11") // the address of what was web-2
	for what, err := range map[string]error{
		"drain": p.rotation.Drain(p.ctx(), web1, seats, actions.Room{}), "return": p.rotation.Return(p.ctx(), web1, seats), "serving": p.rotation.Serving(p.ctx(), web1, seats),
	} {
		p.says(what, err, "web-1 is "+p.ids[1]+" in eu-west-1 now", "is that of "+p.ids[0]+": it was replaced")
	}
	p.says("gone", p.rotation.Drain(p.ctx(), host("web-1", "192.0.2.1"), seats, actions.Room{}), "web-1 cannot be taken out of rotation: no instance of the configured accounts and regions has this address")
	foreign := []actions.Seat{seats[0]}
	foreign[0].Driver = "haproxy"
	p.says("foreign", p.rotation.Drain(p.ctx(), p.hosts[0], foreign, actions.Room{}), `the driver "haproxy", which is not one of AWS`)
	if got := p.changes(); len(got) > 0 {
		p.t.Errorf("changes: %v", got)
	}
}
