package cloud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"hardenbot/actions"
)

// The drivers of the seats that Rotation finds.
const (
	DriverTargets = "elbv2"
	DriverScaling = "autoscaling"
)

// RotationReadActions lists every API action by which Rotation reads, sorted,
// as an IAM policy names them. sts:AssumeRole is needed for accounts with a
// role.
var RotationReadActions = []string{
	"autoscaling:DescribeAutoScalingGroups",
	"autoscaling:DescribeAutoScalingInstances",
	"ec2:DescribeNetworkInterfaces",
	"elasticloadbalancing:DescribeTargetGroupAttributes",
	"elasticloadbalancing:DescribeTargetGroups",
	"elasticloadbalancing:DescribeTargetHealth",
}

// RotationActions lists every API action by which Rotation changes something.
var RotationActions = []string{
	"autoscaling:EnterStandby",
	"autoscaling:ExitStandby",
	"elasticloadbalancing:DeregisterTargets",
	"elasticloadbalancing:RegisterTargets",
}

// Rotation takes instances out of their target groups and puts them back. One
// that an Auto Scaling group would replace goes into Standby there first.
//
// A target that is unused because no load balancer sends to its group or its
// zone (Target.NotInUse) gets no traffic, so that it is no seat, and nobody
// waits for it to become healthy.
//
// A target that has been deregistered leaves no trace in its group. That it is
// out, only the Rotation that took it out remembers, and only until the end of
// the process.
//
// Not looked at: classic load balancers, and target groups of other accounts
// and regions than the instance's.
type Rotation struct {
	Client *Client
	Poll   time.Duration // between looks at a state that should change; 5 s if zero
	Margin time.Duration // to wait beyond the groups' deregistration delay; 1 min if zero
	Limit  time.Duration // for a host that returns to be healthy everywhere, slow start not counted; 10 min if zero

	mu     sync.Mutex                     // of what is remembered; no call to AWS is made under it
	claims map[groupKey]map[string]*claim // who is out of a group, or about to be, by the host's name
}

var _ actions.Rotation = (*Rotation)(nil)

// Seats implements actions.Rotation.
func (r *Rotation) Seats(ctx context.Context, h actions.Host) ([]actions.Seat, error) {
	m, err := r.tie(ctx, h)
	if m == nil || err != nil {
		return nil, err
	}
	return m.find(ctx)
}

// Drain implements actions.Rotation. It waits until no target is draining any
// more, which the groups' deregistration delay bounds. Hosts that drain at the
// same time wait side by side.
func (r *Rotation) Drain(ctx context.Context, h actions.Host, seats []actions.Seat, room actions.Room) error {
	m, err := r.member(ctx, h, seats)
	if m == nil || err != nil {
		return err
	}
	r.forgetReturned(ctx, h, seats)
	circles, err := m.circles(ctx)
	if err != nil {
		return err
	}
	c := &claim{host: h, instance: m.instance, seats: seats}
	if err := r.claim(c, circles, room); err != nil {
		return err
	}
	if err := m.leave(ctx); err != nil {
		return err
	}
	r.settle(c)
	return nil
}

// Return implements actions.Rotation. Until it is over the host counts as out.
// Slow start is waited out even where the target is healthy already: since when
// it is, AWS does not tell.
func (r *Rotation) Return(ctx context.Context, h actions.Host, seats []actions.Seat) error {
	m, err := r.member(ctx, h, seats)
	if m == nil || err != nil {
		return err
	}
	c := &claim{host: h, instance: m.instance, seats: seats}
	r.keep(c)
	if err := m.comeBack(ctx); err != nil {
		r.settle(c)
		return err
	}
	r.giveBack(c)
	return nil
}

// Serving implements actions.Rotation.
func (r *Rotation) Serving(ctx context.Context, h actions.Host, seats []actions.Seat) error {
	before := r.claimsOf(h, seats)
	m, err := r.member(ctx, h, seats)
	if m == nil || err != nil {
		return err
	}
	missing, err := m.unserved(ctx)
	if err != nil {
		return err
	}
	if missing != "" {
		return errors.New(missing)
	}
	r.giveBack(before...)
	return nil
}

// until looks again and again, until nothing is missing. When the limit is over
// its error is what was missing last.
func (r *Rotation) until(ctx context.Context, limit time.Duration, look func() (missing string, err error)) error {
	over := time.NewTimer(limit)
	defer over.Stop()
	again := time.NewTicker(cmp.Or(r.Poll, 5*time.Second))
	defer again.Stop()
	for {
		missing, err := look()
		if missing == "" || err != nil {
			return err
		}
		select {
		case <-again.C:
		case <-over.C:
			return fmt.Errorf("after %s, %s", limit, missing)
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", missing, ctx.Err())
		}
	}
}
