package cloud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"hardenbot/actions"
)

// groups returns the ARNs of the host's target groups, each once.
func (m *member) groups() []string {
	var arns []string
	for _, s := range m.targets {
		arns = append(arns, s.Group)
	}
	slices.Sort(arns)
	return slices.Compact(arns)
}

// seatsIn returns the host's seats in a target group.
func (m *member) seatsIn(arn string) []actions.Seat {
	return slices.DeleteFunc(slices.Clone(m.targets), func(s actions.Seat) bool { return s.Group != arn })
}

// health reads the states of all targets of a group.
func (m *member) health(ctx context.Context, arn string) (states targetStates, err error) {
	out, err := m.elb.DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: &arn})
	if err != nil {
		return nil, m.fail(err)
	}
	for _, h := range out.TargetHealthDescriptions {
		states = append(states, stateOf(h))
	}
	return states, nil
}

func (m *member) deregister(ctx context.Context, arn string) error {
	return m.change(ctx, arn, targetState.registered, func(targets []elbtypes.TargetDescription) error {
		_, err := m.elb.DeregisterTargets(ctx, &elb.DeregisterTargetsInput{TargetGroupArn: &arn, Targets: targets})
		return err
	})
}

func (m *member) register(ctx context.Context, arn string) error {
	absent := func(t targetState) bool { return !t.registered() }
	return m.change(ctx, arn, absent, func(targets []elbtypes.TargetDescription) error {
		_, err := m.elb.RegisterTargets(ctx, &elb.RegisterTargetsInput{TargetGroupArn: &arn, Targets: targets})
		return err
	})
}

// change makes a call for those seats of a group that need it. After an error
// the state is read again: the call may have had its effect all the same.
func (m *member) change(ctx context.Context, arn string, need func(targetState) bool, call func([]elbtypes.TargetDescription) error) error {
	targets, err := m.those(ctx, arn, need)
	if err != nil || len(targets) == 0 {
		return err
	}
	refused := call(targets)
	if refused == nil {
		return nil
	}
	if targets, err = m.those(ctx, arn, need); err == nil && len(targets) == 0 {
		return nil
	}
	return m.fail(refused)
}

// those returns the host's targets in a group that are in need, exactly as they
// are registered.
func (m *member) those(ctx context.Context, arn string, need func(targetState) bool) ([]elbtypes.TargetDescription, error) {
	states, err := m.health(ctx, arn)
	if err != nil {
		return nil, err
	}
	var some []elbtypes.TargetDescription
	for _, s := range m.seatsIn(arn) {
		if !need(states.of(s)) {
			continue
		}
		t := elbtypes.TargetDescription{Id: &s.Target, Port: aws.Int32(int32(s.Port))}
		if s.Zone != "" {
			t.AvailabilityZone = &s.Zone
		}
		some = append(some, t)
	}
	return some, nil
}

// undrained says which seat is not given up yet.
func (m *member) undrained(ctx context.Context) (string, error) {
	return m.unlike(ctx, "still", targetState.out)
}

// unserved says in which seat the host is not served.
func (m *member) unserved(ctx context.Context) (string, error) {
	if missing, err := m.notInService(ctx); missing != "" || err != nil {
		return missing, err
	}
	return m.unlike(ctx, "not healthy but", targetState.serves)
}

func (m *member) unlike(ctx context.Context, words string, wanted func(targetState) bool) (string, error) {
	for _, arn := range m.groups() {
		states, err := m.health(ctx, arn)
		if err != nil {
			return "", err
		}
		for _, s := range m.seatsIn(arn) {
			if t := states.of(s); !wanted(t) {
				return fmt.Sprintf("%s as %s in %s is %s %s", m.host.Name, t.name(), groupName(arn), words, t), nil
			}
		}
	}
	return "", nil
}

// drainLimit bounds the wait for the last request.
func (m *member) drainLimit(ctx context.Context) (time.Duration, error) {
	delay, err := m.longest(ctx, "deregistration_delay.timeout_seconds")
	return delay + cmp.Or(m.rotation.Margin, time.Minute), err
}

// slowStart waits until the load balancers send full traffic.
func (m *member) slowStart(ctx context.Context) error {
	duration, err := m.longest(ctx, "slow_start.duration_seconds")
	if err != nil || duration == 0 {
		return err
	}
	started := time.NewTimer(duration)
	defer started.Stop()
	select {
	case <-started.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s is healthy, but its slow start of %s was not waited for: %w", m.host.Name, duration, ctx.Err())
	}
}

// longest reads an attribute in seconds of all of the host's target groups. A
// group that does not have it counts as 0.
func (m *member) longest(ctx context.Context, attribute string) (most time.Duration, err error) {
	for _, arn := range m.groups() {
		text, err := m.attribute(ctx, arn, attribute)
		if err != nil {
			return 0, err
		}
		seconds, err := strconv.ParseUint(cmp.Or(text, "0"), 10, 16)
		if err != nil {
			return 0, m.fail(errors.New(attribute + " of " + groupName(arn) + " is no number of seconds"))
		}
		most = max(most, time.Duration(seconds)*time.Second)
	}
	return most, nil
}

// attribute reads an attribute of a target group, empty if it has none of that
// name.
func (m *member) attribute(ctx context.Context, arn, key string) (string, error) {
	out, err := m.elb.DescribeTargetGroupAttributes(ctx, &elb.DescribeTargetGroupAttributesInput{TargetGroupArn: &arn})
	if err != nil {
		return "", m.fail(err)
	}
	for _, a := range out.Attributes {
		if aws.ToString(a.Key) == key {
			return aws.ToString(a.Value), nil
		}
	}
	return "", nil
}
