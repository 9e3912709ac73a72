package acceptance

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
)

const scalingGroup = "app"

// scale puts the hosts into an Auto Scaling group that may miss one of them.
func (a *account) scale(hosts ...string) {
	a.Helper()
	ctx, name := a.Context(), aws.String(scalingGroup)
	_, err := a.asg.CreateLaunchConfiguration(ctx, &autoscaling.CreateLaunchConfigurationInput{
		LaunchConfigurationName: name, ImageId: aws.String("ami-12345678"), InstanceType: aws.String("t3.micro"),
	})
	a.must(err)
	_, err = a.asg.CreateAutoScalingGroup(ctx, &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: name, LaunchConfigurationName: name, MinSize: aws.Int32(0), MaxSize: aws.Int32(4), DesiredCapacity: aws.Int32(0), VPCZoneIdentifier: &a.subnet,
	})
	a.must(err)
	var ids []string
	for _, host := range hosts {
		ids = append(ids, a.instances[host])
	}
	_, err = a.asg.AttachInstances(ctx, &autoscaling.AttachInstancesInput{AutoScalingGroupName: name, InstanceIds: ids})
	a.must(err)
	_, err = a.asg.UpdateAutoScalingGroup(ctx, &autoscaling.UpdateAutoScalingGroupInput{AutoScalingGroupName: name, MinSize: aws.Int32(int32(len(hosts) - 1))})
	a.must(err)
}

// scaled holds that all hosts of the group are in service, as many as it wants.
func (a *account) scaled(hosts ...string) {
	a.Helper()
	group := got[*autoscaling.DescribeAutoScalingGroupsOutput](a)(a.asg.DescribeAutoScalingGroups(a.Context(), &autoscaling.DescribeAutoScalingGroupsInput{})).AutoScalingGroups[0]
	if len(group.Instances) != len(hosts) || int(*group.DesiredCapacity) != len(hosts) {
		a.Errorf("the Auto Scaling group has %d instances and wants %d, not %d", len(group.Instances), *group.DesiredCapacity, len(hosts))
	}
	for _, i := range group.Instances {
		if i.LifecycleState != "InService" {
			a.Errorf("%s is %s in the Auto Scaling group", *i.InstanceId, i.LifecycleState)
		}
	}
}
