package cloud_test

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"hardenbot/actions"
	"hardenbot/actions/cloud"
	"hardenbot/actions/cloud/cloudtest"
)

const (
	describeHealth = "elasticloadbalancing:DescribeTargetHealth"
	deregister     = "elasticloadbalancing:DeregisterTargets"
	register       = "elasticloadbalancing:RegisterTargets"
	enterStandby   = "autoscaling:EnterStandby"
	exitStandby    = "autoscaling:ExitStandby"
)

func TestRotation(t *testing.T) {
	cloudtest.Credentials(t)
	url := cloudtest.Start(t)
	for _, test := range []struct {
		name string
		run  func(*pool)
	}{
		{"seats: by id, by address, and none", rotationSeats},
		{"seats: an address that others have too", rotationAmbiguous},
		{"drain and return, in order", rotationOrder},
		{"drain refused", rotationRefused},
		{"one host out at a time", rotationOneOut},
		{"room for several", roomOfMoto},
		{"ports and zones are kept", rotationPorts},
		{"lost answers", rotationLost},
		{"throttled", rotationThrottled},
		{"denied", rotationDenied},
		{"never drained", rotationStuck},
		{"never healthy", rotationUnhealthy},
		{"not in use", rotationIdle},
		{"slow start", rotationSlowStart},
		{"replaced by another instance", rotationReplaced},
		{"auto scaling: standby and back", scalingStandby},
		{"auto scaling: deregisters by itself", scalingDeregisters},
		{"auto scaling: refused", scalingRefused},
		{"auto scaling: lost answers", scalingLost},
		{"auto scaling: throttled and denied", scalingThrottled},
		{"auto scaling: on the way elsewhere", scalingStates},
		{"calls are the ones declared", rotationActions},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(newPool(t, url)) })
	}
}

// pool is web-1 and web-2 behind a load balancer.
type pool struct {
	*world
	vpc, subnet string
	group       string // ARN of the target group
	ids         []string
	hosts       []actions.Host
	rotation    *cloud.Rotation
}

func newPool(t *testing.T, url string) *pool {
	p := &pool{world: newWorld(t, url)}
	p.vpc = p.world.vpc("10.7.0.0/16")
	p.subnet = p.world.subnet(p.vpc, "10.7.1.0/24")
	for n := range 2 {
		h := host(fmt.Sprintf("web-%d", n+1), fmt.Sprintf("10.7.1.%d", n+10))
		p.hosts = append(p.hosts, h)
		p.ids = append(p.ids, p.server(h.Name, p.subnet, h.Address))
	}
	p.group = p.targets("front", elbtypes.TargetTypeEnumInstance, p.ids...)
	p.anew()
	return p
}

// targets makes a target group, with a deregistration delay of 0, behind a load
// balancer of its own and returns its ARN.
func (p *pool) targets(name string, kind elbtypes.TargetTypeEnum, targets ...string) string {
	subnets := []string{p.subnet, p.world.subnet(p.vpc, fmt.Sprintf("10.7.%d.0/24", 10+len(name)))}
	p.balancer(name, p.vpc, subnets, nil, kind, targets...)
	out := made[*elb.DescribeTargetGroupsOutput](p.world)(p.elb.DescribeTargetGroups(p.ctx(), &elb.DescribeTargetGroupsInput{Names: []string{name}}))
	arn := *out.TargetGroups[0].TargetGroupArn
	p.attribute(arn, "deregistration_delay.timeout_seconds", "0")
	return arn
}

func (p *pool) attribute(arn, key, value string) {
	_, err := p.elb.ModifyTargetGroupAttributes(p.ctx(), &elb.ModifyTargetGroupAttributesInput{
		TargetGroupArn: &arn, Attributes: []elbtypes.TargetGroupAttribute{{Key: &key, Value: &value}},
	})
	p.must(err)
}

// hurry makes the Rotation wait for little time.
func (p *pool) hurry() {
	p.rotation.Margin, p.rotation.Limit = 300*time.Millisecond, 300*time.Millisecond
}

// seats returns the seats of web-1.
func (p *pool) seats() []actions.Seat {
	p.t.Helper()
	seats, err := p.rotation.Seats(p.ctx(), p.hosts[0])
	p.must(err)
	return seats
}

// says fails the test unless the error has all of the words.
func (p *pool) says(what string, err error, words ...string) {
	p.t.Helper()
	for _, w := range words {
		if err == nil || !strings.Contains(err.Error(), w) {
			p.t.Errorf("%s: %v, want an error that says %q", what, err, w)
		}
	}
}

// changes returns the changing calls that came in since the last time.
func (p *pool) changes() (list []string) {
	for _, c := range p.proxy.Calls() {
		if slices.Contains(cloud.RotationActions, c.Action) {
			list = append(list, c.Action)
		}
	}
	return list
}

// then scripts the health of the target group: after a call of the action, each
// look at it finds the next of the answers, and the last one from then on.
func (p *pool) then(action string, answers ...string) {
	called := false // under the proxy's lock
	p.proxy.Inject(cloudtest.Fault{Action: action, If: func(cloudtest.Call) bool { called = true; return false }})
	for i, body := range answers {
		f := cloudtest.Fault{Action: describeHealth, Times: 1, Body: body, If: func(c cloudtest.Call) bool {
			return called && c.Form.Get("TargetGroupArn") == p.group
		}}
		if i == len(answers)-1 {
			f.Times = 0
		}
		p.proxy.Inject(f)
	}
}

// looks makes every look at the target group find the targets.
func (p *pool) looks(targets ...string) {
	p.proxy.Inject(cloudtest.Fault{Action: describeHealth, Body: health(targets...), If: func(c cloudtest.Call) bool {
		return c.Form.Get("TargetGroupArn") == p.group
	}})
}

// anew stands a proxy without faults before moto, and a Rotation that does not
// remember anything.
func (p *pool) anew() {
	p.proxy = cloudtest.NewProxy(p.t, p.url)
	p.rotation = &cloud.Rotation{Client: p.client(), Poll: 5 * time.Millisecond, Margin: 20 * time.Second, Limit: 20 * time.Second}
}

// health is an answer of DescribeTargetHealth with targets written as
// "id port state reason zone description".
func health(targets ...string) string {
	var b strings.Builder
	b.WriteString(`<DescribeTargetHealthResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><DescribeTargetHealthResult><TargetHealthDescriptions>`)
	for _, target := range targets {
		f := strings.SplitN(target+"     ", " ", 6)
		fmt.Fprintf(&b, "<member><HealthCheckPort>%s</HealthCheckPort><TargetHealth><State>%s</State>", f[1], f[2])
		for i, name := range []string{"Reason", "Zone", "Description"} {
			if text := strings.TrimSpace(f[3+i]); text != "" && name != "Zone" {
				fmt.Fprintf(&b, "<%s>", name)
				_ = xml.EscapeText(&b, []byte(text))
				fmt.Fprintf(&b, "</%s>", name)
			}
		}
		fmt.Fprintf(&b, "</TargetHealth><Target><Port>%s</Port><Id>%s</Id>", f[1], f[0])
		if f[4] != "" {
			fmt.Fprintf(&b, "<AvailabilityZone>%s</AvailabilityZone>", f[4])
		}
		b.WriteString("</Target></member>")
	}
	b.WriteString(`</TargetHealthDescriptions></DescribeTargetHealthResult><ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></DescribeTargetHealthResponse>`)
	return b.String()
}

// registered returns the ids of a group's targets, past the proxy.
func (p *pool) registered(arn string) (ids []string) {
	p.t.Helper()
	out := made[*elb.DescribeTargetHealthOutput](p.world)(p.elb.DescribeTargetHealth(p.ctx(), &elb.DescribeTargetHealthInput{TargetGroupArn: &arn}))
	for _, h := range out.TargetHealthDescriptions {
		ids = append(ids, *h.Target.Id)
	}
	return ids
}
