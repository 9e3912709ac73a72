package cloud

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/smithy-go"

	"hardenbot/actions"
)

// The lifecycle states that a host goes back and forth between.
const (
	inService = string(types.LifecycleStateInService)
	entering  = string(types.LifecycleStateEnteringStandby)
	standby   = string(types.LifecycleStateStandby)
)

// lifecycle reads which Auto Scaling group the instance is in, and in which
// state; both are empty if it is in none.
func (m *member) lifecycle(ctx context.Context) (group, state string, err error) {
	out, err := m.asg.DescribeAutoScalingInstances(ctx, &autoscaling.DescribeAutoScalingInstancesInput{InstanceIds: []string{m.instance}})
	if err != nil {
		return "", "", m.fail(err)
	}
	if len(out.AutoScalingInstances) == 0 {
		return "", "", nil
	}
	i := out.AutoScalingInstances[0]
	return aws.ToString(i.AutoScalingGroupName), aws.ToString(i.LifecycleState), nil
}

// scalingSeat returns the instance's seat in its Auto Scaling group, if it has
// one. In Standby and in a warm pool it has none.
func (m *member) scalingSeat(ctx context.Context) ([]actions.Seat, error) {
	group, state, err := m.lifecycle(ctx)
	switch {
	case err != nil:
		return nil, err
	case state == inService:
		return []actions.Seat{{Driver: DriverScaling, Account: m.owner(), Region: m.region, Group: group, Target: m.instance}}, nil
	case group == "", state == standby, strings.HasPrefix(state, "Warmed:"):
		return nil, nil
	}
	return nil, fmt.Errorf("%s is %s in %s: try again when it is %s", m.host.Name, actions.Line(state, 40), groupName(group), inService)
}

// scalingCircle looks at the host's Auto Scaling group. A host that is on its
// way to Standby already is not there any more.
func (m *member) scalingCircle(ctx context.Context) (circle, error) {
	c := circle{key: keyOf(*m.scaling)}
	state, err := m.stateInGroup(ctx)
	switch {
	case err != nil:
		return c, err
	case state == entering, state == standby:
		return c, nil
	case state != inService:
		return c, fmt.Errorf("%s stays in rotation: it is %s in %s; try again when it is %s", m.host.Name, actions.Line(state, 40), groupName(m.scaling.Group), inService)
	}
	group, err := m.scalingGroup(ctx)
	if err != nil {
		return c, err
	}
	c.there = true
	c.size = &capacity{desired: int(aws.ToInt32(group.DesiredCapacity)), least: int(aws.ToInt32(group.MinSize))}
	for _, i := range group.Instances {
		id, state := aws.ToString(i.InstanceId), string(i.LifecycleState)
		if id != m.instance && !strings.HasPrefix(state, "Warmed:") {
			c.neighbours = append(c.neighbours, neighbour{instance: id, target: id, name: id, says: actions.Line(state, 40), presence: presenceOf(i)})
		}
	}
	return c, nil
}

// presenceOf is how an instance stands in its Auto Scaling group.
func presenceOf(i types.Instance) presence {
	switch {
	case string(i.LifecycleState) != inService:
		return away
	case aws.ToString(i.HealthStatus) == "Healthy":
		return serves
	}
	return ails
}

func (m *member) scalingGroup(ctx context.Context) (types.AutoScalingGroup, error) {
	out, err := m.asg.DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{m.scaling.Group}})
	if err != nil {
		return types.AutoScalingGroup{}, m.fail(err)
	}
	i := slices.IndexFunc(out.AutoScalingGroups, func(g types.AutoScalingGroup) bool { return aws.ToString(g.AutoScalingGroupName) == m.scaling.Group })
	if i < 0 {
		return types.AutoScalingGroup{}, fmt.Errorf("%s is gone", groupName(m.scaling.Group))
	}
	return out.AutoScalingGroups[i], nil
}

// stateInGroup is the lifecycle state in the group of the seat.
func (m *member) stateInGroup(ctx context.Context) (string, error) {
	group, state, err := m.lifecycle(ctx)
	if err == nil && group != m.scaling.Group {
		err = fmt.Errorf("%s is not in %s any more", m.host.Name, groupName(m.scaling.Group))
	}
	return state, err
}

// notInService says in which state the host is instead; empty where it is in
// service, or in no Auto Scaling group.
func (m *member) notInService(ctx context.Context) (string, error) {
	if m.scaling == nil {
		return "", nil
	}
	state, err := m.stateInGroup(ctx)
	if err != nil || state == inService {
		return "", err
	}
	return m.inState(state), nil
}

func (m *member) inState(state string) string {
	return fmt.Sprintf("%s is %s in %s", m.host.Name, actions.Line(state, 40), groupName(m.scaling.Group))
}

// standBy puts the instance into Standby, and lowers the desired capacity so
// that none is launched in its place.
func (m *member) standBy(ctx context.Context, limit time.Duration) error {
	return m.move(ctx, limit, inService, standby, func() error {
		_, err := m.asg.EnterStandby(ctx, &autoscaling.EnterStandbyInput{
			AutoScalingGroupName: &m.scaling.Group, InstanceIds: []string{m.instance}, ShouldDecrementDesiredCapacity: aws.Bool(true),
		}, once)
		return err
	})
}

// standIn takes the instance out of Standby, which raises the desired capacity
// again.
func (m *member) standIn(ctx context.Context, limit time.Duration) error {
	return m.move(ctx, limit, standby, inService, func() error {
		_, err := m.asg.ExitStandby(ctx, &autoscaling.ExitStandbyInput{
			AutoScalingGroupName: &m.scaling.Group, InstanceIds: []string{m.instance},
		}, once)
		return err
	})
}

// move waits until the instance is in the state that the call leads to. A call
// without an answer is made again only while the state says that it had no
// effect.
func (m *member) move(ctx context.Context, limit time.Duration, from, to string, call func() error) error {
	if m.scaling == nil {
		return nil
	}
	made, failed := false, error(nil)
	return m.rotation.until(ctx, limit, func() (string, error) {
		state, err := m.stateInGroup(ctx)
		var refused smithy.APIError
		switch {
		case err != nil, state == to:
			return "", err
		case strings.HasPrefix(state, "Terminat"), strings.HasPrefix(state, "Detach"):
			return "", errors.New(m.inState(state) + " and will not come back")
		case state != from, made && failed == nil:
		case errors.As(failed, &refused):
			return "", m.fail(failed)
		default:
			made, failed = true, call()
		}
		return m.inState(state), nil
	})
}

// once lets the SDK repeat a call that was throttled, and none of which it is
// unknown whether it had its effect: each changes the desired capacity.
func once(o *autoscaling.Options) { o.Retryer = throttledOnly{o.Retryer} }

type throttledOnly struct{ aws.Retryer }

func (throttledOnly) IsErrorRetryable(err error) bool {
	return retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err) == aws.TrueTernary
}
