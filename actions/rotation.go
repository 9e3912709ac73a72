package actions

import (
	"context"
	"fmt"
)

// Rotation takes hosts out of what sends them traffic, and puts them back.
// Every method may be called again after its answer got lost.
type Rotation interface {
	// Seats tells where the host is in rotation now. A host to which nothing
	// sends traffic has none.
	Seats(ctx context.Context, h Host) ([]Seat, error)

	// Drain takes the host out of the seats and returns when the last request
	// has ended, or the time for that is over. It refuses, and changes nothing,
	// where a seat is the last one that serves, or where a group has no room
	// for one more to leave.
	Drain(ctx context.Context, h Host, seats []Seat, room Room) error

	// Return puts the host back into the seats, and returns when it is served
	// there again (healthy by the balancer's own checks).
	Return(ctx context.Context, h Host, seats []Seat) error

	// Serving is nil when the host is served in all of the seats.
	Serving(ctx context.Context, h Host, seats []Seat) error
}

// Drivers is the rotations by name. Each host is in that one which is declared
// for it (Declared.Rotation).
type Drivers map[string]Rotation

// NoRotation, declared for a host, says that nothing has to be drained.
const NoRotation = "none"

func (d Drivers) of(h Host) (Rotation, error) {
	if r, ok := d[h.Declared.Rotation]; ok {
		return r, nil
	}
	return nil, fmt.Errorf("the rotation %q, which is declared for %s, is not configured", h.Declared.Rotation, h.Name)
}

// Seats implements Rotation.
func (d Drivers) Seats(ctx context.Context, h Host) ([]Seat, error) {
	if h.Declared.Rotation == "" || h.Declared.Rotation == NoRotation {
		return nil, nil
	}
	r, err := d.of(h)
	if err != nil {
		return nil, err
	}
	return r.Seats(ctx, h)
}

// Drain implements Rotation.
func (d Drivers) Drain(ctx context.Context, h Host, seats []Seat, room Room) error {
	r, err := d.of(h)
	if err != nil {
		return err
	}
	return r.Drain(ctx, h, seats, room)
}

// Return implements Rotation.
func (d Drivers) Return(ctx context.Context, h Host, seats []Seat) error {
	r, err := d.of(h)
	if err != nil {
		return err
	}
	return r.Return(ctx, h, seats)
}

// Serving implements Rotation.
func (d Drivers) Serving(ctx context.Context, h Host, seats []Seat) error {
	r, err := d.of(h)
	if err != nil {
		return err
	}
	return r.Serving(ctx, h, seats)
}

// Seat is one place where a host takes part in rotation: a target in a target
// group, a server in a backend, an instance in an Auto Scaling group.
type Seat struct {
	Driver  string `json:"driver"`            // "elbv2", "autoscaling", "haproxy"
	Account string `json:"account,omitempty"` // twelve digits
	Region  string `json:"region,omitempty"`
	Group   string `json:"group"`  // ARN of the target group, name of the Auto Scaling group or of the backend
	Target  string `json:"target"` // what the group calls the host: instance id, address, name of the server
	Port    int    `json:"port,omitempty"`
	Zone    string `json:"zone,omitempty"` // AvailabilityZone of a target by address, where it was given
}
