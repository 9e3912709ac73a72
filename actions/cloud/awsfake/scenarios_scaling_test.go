package awsfake_test

import (
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// lifecycle tells the state of instances in their Auto Scaling groups.
func (w *world) lifecycle(ids ...string) any {
	out, err := w.scaling.DescribeAutoScalingInstances(w.ctx(), &autoscaling.DescribeAutoScalingInstancesInput{InstanceIds: ids})
	if err != nil {
		return err
	}
	return every(out.AutoScalingInstances, func(i types.AutoScalingInstanceDetails) string {
		return *i.InstanceId + " " + *i.AutoScalingGroupName + " " + *i.LifecycleState
	})
}

// pool tells the sizes of the group.
func (w *world) pool() string {
	out, err := w.scaling.DescribeAutoScalingGroups(w.ctx(), &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{"pool"}})
	g := of(w, out, err).AutoScalingGroups[0]
	return fmt.Sprint(*g.MinSize, " ", *g.DesiredCapacity, " ", *g.MaxSize, " ", len(g.Instances))
}

func describedScaling(w *world) {
	four, five := w.ids.servers[3], w.ids.servers[4]
	w.same("scaling: members", w.lifecycle(four, five, w.ids.servers[0]), []string{four + " pool InService", five + " pool InService"})
	w.same("scaling: sizes", w.pool(), "1 2 3 2")
	out, err := w.scaling.DescribeAutoScalingGroups(w.ctx(), &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{"pool", "nobody"}})
	groups := of(w, out, err).AutoScalingGroups
	w.same("scaling: target groups", []any{len(groups), groups[0].TargetGroupARNs, len(groups[0].SuspendedProcesses)}, []any{1, []string{w.ids.poolTG}, 0})
	w.same("scaling: health", every(groups[0].Instances, func(i types.Instance) string { return *i.HealthStatus + " " + *i.AvailabilityZone }),
		[]string{"Healthy " + region + "a", "Healthy " + region + "a"})
	w.same("scaling: targets", w.health(w.ids.poolTG), []string{four + " 8081 healthy", five + " 8081 healthy"})
	_, err = w.scaling.DescribeAutoScalingInstances(w.ctx(), &autoscaling.DescribeAutoScalingInstancesInput{MaxRecords: aws.Int32(51)})
	w.refused("scaling: too large a page", err, "ValidationError")
	pages := autoscaling.NewDescribeAutoScalingInstancesPaginator(w.scaling, &autoscaling.DescribeAutoScalingInstancesInput{MaxRecords: aws.Int32(1)})
	count := 0
	for ; pages.HasMorePages(); count++ {
		page, err := pages.NextPage(w.ctx())
		of(w, page, err)
	}
	w.same("scaling: pages", count, 2)
}

func (w *world) enter(group, id string) (*autoscaling.EnterStandbyOutput, error) {
	return w.scaling.EnterStandby(w.ctx(), &autoscaling.EnterStandbyInput{AutoScalingGroupName: &group, InstanceIds: []string{id}, ShouldDecrementDesiredCapacity: aws.Bool(true)})
}

func (w *world) exit(id string) (*autoscaling.ExitStandbyOutput, error) {
	return w.scaling.ExitStandby(w.ctx(), &autoscaling.ExitStandbyInput{AutoScalingGroupName: aws.String("pool"), InstanceIds: []string{id}})
}

func standby(w *world) {
	four, five := w.ids.servers[3], w.ids.servers[4]
	out, err := w.enter("pool", four)
	w.same("standby: the answer", []any{len(of(w, out, err).Activities), *out.Activities[0].AutoScalingGroupName, out.Activities[0].StatusCode}, []any{1, "pool", "InProgress"})
	w.same("standby: sizes", w.pool(), "1 1 3 2")
	w.same("standby: entering", w.lifecycle(four), []string{four + " pool EnteringStandby"})
	w.same("standby: its target drains", w.health(w.ids.poolTG, four), []string{four + " 8081 draining Target.DeregistrationInProgress"})
	w.wait(time.Minute)
	w.same("standby: entered", w.lifecycle(four), []string{four + " pool Standby"})
	w.same("standby: its target is gone", w.health(w.ids.poolTG), []string{five + " 8081 healthy"})

	back, err := w.exit(four)
	w.same("standby: the answer on the way back", len(of(w, back, err).Activities), 1)
	w.same("standby: sizes on the way back", w.pool(), "1 2 3 2")
	w.same("standby: leaving", w.lifecycle(four), []string{four + " pool Pending"})
	w.same("standby: its target is back", w.health(w.ids.poolTG, four), []string{four + " 8081 initial Elb.RegistrationInProgress"})
	w.wait(30 * time.Second)
	w.same("standby: left", w.lifecycle(four), []string{four + " pool InService"})
	w.same("standby: its target is well", w.health(w.ids.poolTG), []string{four + " 8081 healthy", five + " 8081 healthy"})
}

func standbyRefused(w *world) {
	four, five := w.ids.servers[3], w.ids.servers[4]
	_, err := w.enter("nobody", four)
	w.refused("standby: no such group", err, "ValidationError")
	_, err = w.enter("pool", w.ids.servers[0])
	w.refused("standby: not a member", err, "ValidationError")
	_, err = w.exit(four)
	w.refused("standby: leaving where it is not", err, "ValidationError")
	out, err := w.enter("pool", four)
	of(w, out, err)
	_, err = w.enter("pool", four)
	w.refused("standby: entering twice", err, "ValidationError")
	_, err = w.enter("pool", five)
	w.refused("standby: fewer than the least", err, "ValidationError")
}

func describedAgents(w *world) {
	agents := func(in *ssm.DescribeInstanceInformationInput) any {
		out, err := w.ssm.DescribeInstanceInformation(w.ctx(), in)
		if err != nil {
			return err
		}
		return every(out.InstanceInformationList, func(i ssmtypes.InstanceInformation) string {
			return fmt.Sprint(*i.InstanceId, " ", i.PingStatus, " ", i.PlatformType, " ", aws.ToString(i.IPAddress), " ", i.LastPingDateTime.Unix() > 0)
		})
	}
	one, two := w.ids.servers[0], w.ids.servers[1]
	w.same("agents: all", agents(&ssm.DescribeInstanceInformationInput{MaxResults: aws.Int32(50)}),
		[]string{one + " Online Linux 10.7.1.11 true", two + " ConnectionLost Linux 10.7.1.12 true"})
	w.same("agents: by instance", agents(&ssm.DescribeInstanceInformationInput{Filters: []ssmtypes.InstanceInformationStringFilter{
		{Key: aws.String("InstanceIds"), Values: []string{two, w.ids.servers[2]}},
	}}), []string{two + " ConnectionLost Linux 10.7.1.12 true"})
	w.same("agents: too large a page", agents(&ssm.DescribeInstanceInformationInput{MaxResults: aws.Int32(51)}), "error ValidationException")
}
