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

	mu  sync.Mutex
	out map[groupKey]claim // who is out of the group, or about to be
}

// groupKey is a group. Auto Scaling groups of the same name are in many places.
type groupKey struct{ account, region, group string }

func keyOf(s actions.Seat) groupKey { return groupKey{s.Account, s.Region, s.Group} }

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
// more, which the groups' deregistration delay bounds.
func (r *Rotation) Drain(ctx context.Context, h actions.Host, seats []actions.Seat) error {
	m, err := r.member(ctx, h, seats)
	if m == nil || err != nil {
		return err
	}
	r.forgetReturned(ctx, h, seats)
	claimed, err := r.claim(h, seats)
	if err != nil {
		return err
	}
	if err := m.mayLeave(ctx); err != nil {
		r.giveBack(h, claimed)
		return err
	}
	if err := m.leave(ctx); err != nil {
		return err
	}
	r.hasLeft(seats)
	return nil
}

// Return implements actions.Rotation. Slow start is waited out even where the
// target is healthy already: since when it is, AWS does not tell.
func (r *Rotation) Return(ctx context.Context, h actions.Host, seats []actions.Seat) error {
	m, err := r.member(ctx, h, seats)
	if m == nil || err != nil {
		return err
	}
	if err := m.comeBack(ctx); err != nil {
		return err
	}
	r.giveBack(h, seats)
	return nil
}

// Serving implements actions.Rotation.
func (r *Rotation) Serving(ctx context.Context, h actions.Host, seats []actions.Seat) error {
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
	r.giveBack(h, seats)
	return nil
}

// claim keeps other hosts in the groups until they are given back, so that of
// two that drain at the same time one is refused. It returns the seats that
// were not the host's before.
func (r *Rotation) claim(h actions.Host, seats []actions.Seat) (claimed []actions.Seat, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.out == nil {
		r.out = map[groupKey]claim{}
	}
	for _, s := range seats {
		switch other, taken := r.out[keyOf(s)]; {
		case !taken:
			claimed = append(claimed, s)
		case other.host.Name != h.Name:
			return nil, fmt.Errorf("%s stays in rotation: %s is out of %s already; put that one back first", h.Name, other.host.Name, groupName(s.Group))
		}
	}
	for _, s := range claimed {
		r.out[keyOf(s)] = claim{host: h, seats: seats}
	}
	return claimed, nil
}

// claim is a host that is out, and the seats that it left.
type claim struct {
	host  actions.Host
	seats []actions.Seat
	left  bool // it has left them; until then it is served because it is about to leave
}

func (r *Rotation) hasLeft(seats []actions.Seat) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range seats {
		c := r.out[keyOf(s)]
		c.left = true
		r.out[keyOf(s)] = c
	}
}

// forgetReturned lets go of what hosts claim that somebody else has put back:
// they are served again.
func (r *Rotation) forgetReturned(ctx context.Context, h actions.Host, seats []actions.Seat) {
	for _, s := range seats {
		r.mu.Lock()
		other, taken := r.out[keyOf(s)]
		r.mu.Unlock()
		if taken && other.left && other.host.Name != h.Name {
			_ = r.Serving(ctx, other.host, other.seats) // which gives the seats back if it is served there
		}
	}
}

func (r *Rotation) giveBack(h actions.Host, seats []actions.Seat) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range seats {
		if r.out[keyOf(s)].host.Name == h.Name {
			delete(r.out, keyOf(s))
		}
	}
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
