package cloud_test

import (
	"bytes"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"

	"hardenbot/actions"
	"hardenbot/actions/cloud/cloudtest"
)

const describeScaling = "autoscaling:DescribeAutoScalingInstances"

// asg goes around the proxy.
func (p *pool) asg() *autoscaling.Client {
	cfg, err := config.LoadDefaultConfig(p.ctx(), config.WithRegion(region), config.WithBaseEndpoint(p.url),
		config.WithHTTPClient(awshttp.NewBuildableClient()))
	p.must(err)
	return autoscaling.NewFromConfig(cfg)
}

// scale puts instances into an Auto Scaling group "web" of no fewer than least.
func (p *pool) scale(least int32, ids ...string) {
	p.t.Helper()
	client := p.asg()
	_, err := client.CreateLaunchConfiguration(p.ctx(), &autoscaling.CreateLaunchConfigurationInput{
		LaunchConfigurationName: aws.String("web"), ImageId: aws.String("ami-12345678"), InstanceType: aws.String("t3.micro"),
	})
	p.must(err)
	_, err = client.CreateAutoScalingGroup(p.ctx(), &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String("web"), LaunchConfigurationName: aws.String("web"), MinSize: aws.Int32(0), MaxSize: aws.Int32(5),
		DesiredCapacity: aws.Int32(0), VPCZoneIdentifier: &p.subnet,
	})
	p.must(err)
	_, err = client.AttachInstances(p.ctx(), &autoscaling.AttachInstancesInput{AutoScalingGroupName: aws.String("web"), InstanceIds: ids})
	p.must(err)
	p.least(least)
}

// least sets the group's minimum size.
func (p *pool) least(n int32) {
	_, err := p.asg().UpdateAutoScalingGroup(p.ctx(), &autoscaling.UpdateAutoScalingGroupInput{AutoScalingGroupName: aws.String("web"), MinSize: &n})
	p.must(err)
}

// scaled returns the group's desired capacity and the state of web-1.
func (p *pool) scaled() (desired int32, state string) {
	p.t.Helper()
	client := p.asg()
	groups := made[*autoscaling.DescribeAutoScalingGroupsOutput](p.world)(client.DescribeAutoScalingGroups(p.ctx(), &autoscaling.DescribeAutoScalingGroupsInput{}))
	members := made[*autoscaling.DescribeAutoScalingInstancesOutput](p.world)(client.DescribeAutoScalingInstances(p.ctx(),
		&autoscaling.DescribeAutoScalingInstancesInput{InstanceIds: p.ids[:1]}))
	return *groups.AutoScalingGroups[0].DesiredCapacity, *members.AutoScalingInstances[0].LifecycleState
}

func (p *pool) wantScaled(what string, desired int32, state string) {
	p.t.Helper()
	if d, s := p.scaled(); d != desired || s != state {
		p.t.Errorf("%s: desired capacity %d and web-1 %s, want %d and %s", what, d, s, desired, state)
	}
}

// scalingStandby is with target groups that are not the Auto Scaling group's
// own, which it leaves alone.
func scalingStandby(p *pool) {
	p.scale(1, p.ids...)
	seats := p.seats()
	if len(seats) != 2 || seats[1] != (actions.Seat{Driver: "autoscaling", Account: seats[0].Account, Region: region, Group: "web", Target: p.ids[0]}) {
		p.t.Fatalf("seats %+v", seats)
	}
	entered := false
	p.proxy.Inject(cloudtest.Fault{Action: enterStandby, If: func(cloudtest.Call) bool { entered = true; return false }})
	p.state("InService", 2, func(cloudtest.Call) bool { return entered }) // it shows late
	p.must(p.rotation.Drain(p.ctx(), p.hosts[0], seats, actions.Room{}))
	p.wantScaled("drained", 1, "Standby")
	p.says("drained", p.rotation.Serving(p.ctx(), p.hosts[0], seats), "web-1 is Standby in Auto Scaling group web")
	if now := p.seats(); len(now) > 0 {
		p.t.Errorf("drained, it has seats %v", now)
	}
	p.must(p.rotation.Drain(p.ctx(), p.hosts[0], seats, actions.Room{}))
	p.wantScaled("drained again", 1, "Standby")

	p.must(p.rotation.Return(p.ctx(), p.hosts[0], seats))
	p.wantScaled("returned", 2, "InService")
	p.must(p.rotation.Return(p.ctx(), p.hosts[0], seats))
	p.wantScaled("returned again", 2, "InService")
	p.must(p.rotation.Serving(p.ctx(), p.hosts[0], seats))
	p.same("changes", p.changes(), []string{enterStandby, deregister, exitStandby, register})
}

// state makes the next looks at web-1 find it in a lifecycle state.
func (p *pool) state(state string, times int, when func(cloudtest.Call) bool) {
	p.proxy.Inject(cloudtest.Fault{Action: describeScaling, Times: times, If: when, Rewrite: func(b []byte) []byte {
		for _, s := range []string{"InService", "Standby"} {
			b = bytes.ReplaceAll(b, []byte("<LifecycleState>"+s), []byte("<LifecycleState>"+state))
		}
		return b
	}})
}

// scalingDeregisters is as AWS does it: the group itself takes its instances
// out of its target groups, and into them.
func scalingDeregisters(p *pool) {
	p.scale(1, p.ids...)
	seats := p.seats()
	p.then(enterStandby, health(p.ids[0]+" 8080 draining Target.DeregistrationInProgress", p.ids[1]+" 8080 healthy"), health(p.ids[1]+" 8080 healthy"))
	entered := false
	p.proxy.Inject(cloudtest.Fault{Action: enterStandby, If: func(cloudtest.Call) bool { entered = true; return false }})
	p.state("EnteringStandby", 2, func(cloudtest.Call) bool { return entered })
	p.must(p.rotation.Drain(p.ctx(), p.hosts[0], seats, actions.Room{}))

	p.anewWithMemory()
	p.then(exitStandby, health(p.ids[0]+" 8080 initial Elb.RegistrationInProgress", p.ids[1]+" 8080 healthy"), health(p.ids[0]+" 8080 healthy", p.ids[1]+" 8080 healthy"))
	exited := false
	p.proxy.Inject(cloudtest.Fault{Action: exitStandby, If: func(cloudtest.Call) bool { exited = true; return false }})
	p.state("Pending", 2, func(cloudtest.Call) bool { return exited })
	p.must(p.rotation.Return(p.ctx(), p.hosts[0], seats))
	p.same("changes", p.changes(), []string{exitStandby})
	p.wantScaled("returned", 2, "InService")
}

func scalingRefused(p *pool) {
	p.scale(2, p.ids...)
	seats := p.seats()
	drain := func() error { return p.rotation.Drain(p.ctx(), p.hosts[0], seats, actions.Room{}) }
	p.says("at its minimum size", drain(), "Auto Scaling group web may have no fewer than 2 instances; lower its minimum size by one, or raise its desired capacity")

	p.least(0)
	group := func(from, to string) {
		p.anew()
		p.proxy.Inject(cloudtest.Fault{Action: "autoscaling:DescribeAutoScalingGroups", Rewrite: func(b []byte) []byte {
			i := bytes.Index(b, []byte("<InstanceId>"+p.ids[1])) // of web-2 only, whose member this is in
			begin := bytes.LastIndex(b[:i], []byte("<member>"))
			end := i + bytes.Index(b[i:], []byte("</member>"))
			if !bytes.Contains(b[begin:end], []byte(from)) {
				return nil
			}
			return bytes.Join([][]byte{b[:begin], bytes.ReplaceAll(b[begin:end], []byte(from), []byte(to)), b[end:]}, nil)
		}})
	}
	group("InService", "Standby")
	p.says("another one in standby", drain(), "in Auto Scaling group web, 1 of its 2 members is out already", "wait for "+p.ids[1]+" (Standby), or put it back")
	group("InService", "Pending:Wait")
	p.says("another one coming", drain(), "1 of its 2 members is out already", p.ids[1]+" (Pending:Wait)")
	group("Healthy", "Unhealthy")
	p.says("the others are unhealthy", drain(), "in Auto Scaling group web, 0 of its 2 members would serve", "add one, or mend those that are there")

	p.anew()
	p.looks(p.ids[0] + " 8080 healthy")
	p.says("the last target", drain(), "in target group front, 0 of its 1 members would serve")
	if got := p.changes(); len(got) > 0 {
		p.t.Errorf("refused, and yet %v", got)
	}
	p.anew()
	p.must(drain())
	p.wantScaled("drained at last", 1, "Standby")
}

// scalingLost shows that no call is repeated blindly: each repetition would
// change the desired capacity once more.
func scalingLost(p *pool) {
	p.scale(0, p.ids...)
	seats := p.seats()
	p.proxy.Inject(cloudtest.Fault{Action: enterStandby, Times: 1, Lose: true}, cloudtest.Fault{Action: exitStandby, Times: 1, Lose: true})
	p.must(p.rotation.Drain(p.ctx(), p.hosts[0], seats, actions.Room{}))
	p.wantScaled("drained", 1, "Standby")
	p.must(p.rotation.Return(p.ctx(), p.hosts[0], seats))
	p.wantScaled("returned", 2, "InService")
	p.same("changes", p.changes(), []string{enterStandby, deregister, exitStandby, register})
}

func scalingThrottled(p *pool) {
	p.scale(1, p.ids...)
	seats := p.seats()
	for _, action := range []string{enterStandby, exitStandby, describeScaling, "autoscaling:DescribeAutoScalingGroups"} {
		f := cloudtest.Throttle(action, 2)
		f.Code = "Throttling"
		p.proxy.Inject(f)
	}
	p.must(p.rotation.Drain(p.ctx(), p.hosts[0], seats, actions.Room{}))
	p.must(p.rotation.Return(p.ctx(), p.hosts[0], seats))
	p.wantScaled("returned", 2, "InService")

	p.anew()
	p.proxy.Inject(cloudtest.Fault{Action: enterStandby, Code: "ValidationError", Message: "The instance is not in InService."})
	p.says("refused by AWS", p.rotation.Drain(p.ctx(), p.hosts[0], seats, actions.Room{}), "autoscaling:EnterStandby failed with ValidationError: The instance is not in InService.")
	p.same("changes", p.changes(), []string{enterStandby})
	p.wantScaled("refused", 2, "InService")
}

func scalingStates(p *pool) {
	p.scale(1, p.ids...)
	seats := p.seats()
	p.state("Terminating:Wait", 0, nil)
	_, err := p.rotation.Seats(p.ctx(), p.hosts[0])
	p.says("seats", err, "web-1 is Terminating:Wait in Auto Scaling group web: try again when it is InService")
	p.says("drain", p.rotation.Drain(p.ctx(), p.hosts[0], seats, actions.Room{}), "web-1 stays in rotation: it is Terminating:Wait")
	p.says("return", p.rotation.Return(p.ctx(), p.hosts[0], seats), "web-1 is Terminating:Wait in Auto Scaling group web and will not come back")

	p.anew()
	p.hurry()
	p.state("EnteringStandby", 0, nil)
	p.says("return", p.rotation.Return(p.ctx(), p.hosts[0], seats), "after 300ms, web-1 is EnteringStandby in Auto Scaling group web")

	p.anew()
	p.state("Warmed:Stopped", 0, nil)
	if now := p.seats(); len(now) != 1 || now[0].Driver != "elbv2" {
		p.t.Errorf("in a warm pool it has seats %v", now)
	}

	p.anew()
	p.proxy.Inject(cloudtest.Fault{Action: describeScaling, Rewrite: func(b []byte) []byte {
		return []byte(strings.ReplaceAll(string(b), "<AutoScalingGroupName>web<", "<AutoScalingGroupName>other<"))
	}})
	p.says("serving", p.rotation.Serving(p.ctx(), p.hosts[0], seats), "web-1 is not in Auto Scaling group web any more")
	if got := p.changes(); len(got) > 0 {
		p.t.Errorf("changes: %v", got)
	}
}
