// Package haproxy takes hosts out of the backends of HAProxy and puts them
// back, over its runtime API (management guide, chapter 9.3, "Unix Socket
// commands").
//
// In come hosts, and what the stats sockets say of their servers. Out go the
// commands that drain a server, hold it in maintenance and make it ready again.
//
// Several HAProxys with the same backends are one balancer here: they have to
// agree on which servers a host is and on whether these are in rotation, and
// nothing is done unless all of them answer.
//
// HAProxy forgets the state of its servers when it is reloaded, unless it is
// told to keep it (load-server-state-from-file). A reload while a host is out
// takes that host back in.
//
// The files: haproxy.go is the rotation, servers.go finds a host's servers,
// peers.go decides whether it may leave the others, stat.go parses, socket.go
// talks.
package haproxy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"hardenbot/actions"
)

// Driver is the driver of the seats here.
const Driver = "haproxy"

// Rotation implements actions.Rotation. A host's servers are those that have
// one of its addresses.
type Rotation struct {
	Sockets []string // stats sockets with `level admin`: a path, or host:port

	Poll     time.Duration // between looks at a state that should change; 1 s if zero
	Limit    time.Duration // for the last session of a server that drains; 5 min if zero
	Ready    time.Duration // for a host that returns to be up everywhere; 5 min if zero
	Timeout  time.Duration // of each command; 10 s if zero
	Resolver Resolver      // of hosts' names

	mu     sync.Mutex      // from the check whether a host may leave until it has left
	coming map[string]bool // servers that were made ready, and that have not passed a check since
}

// Resolver finds the addresses of host names.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

var _ actions.Rotation = (*Rotation)(nil)

// Seats implements actions.Rotation. A server in maintenance, or one that
// drains, is no seat.
func (r *Rotation) Seats(ctx context.Context, h actions.Host) ([]actions.Seat, error) {
	addrs, err := r.addresses(ctx, h)
	if err != nil {
		return nil, err
	}
	views, err := r.look(ctx)
	if err != nil {
		return nil, err
	}
	return seats(views, h, addrs)
}

// Drain implements actions.Rotation. Sessions that outlast the limit do not
// hold it up: the servers then go into maintenance with them, and HAProxy does
// not cut them off.
func (r *Rotation) Drain(ctx context.Context, h actions.Host, seats []actions.Seat, room actions.Room) error {
	if len(seats) == 0 {
		return nil
	}
	if err := r.begin(ctx, h, seats, room); err != nil {
		return err
	}
	end := time.Now().Add(cmp.Or(r.Limit, 5*time.Minute))
	if _, err := r.await(ctx, h, seats, end, server.busy); err != nil {
		return err
	}
	// A server that drains still gets those who are bound to it by a cookie,
	// one in maintenance gets nobody.
	if err := r.set(ctx, seats, "maint"); err != nil {
		return err
	}
	_, err := r.await(ctx, h, seats, end, server.busy)
	return err
}

// begin drains the servers if they may leave.
func (r *Rotation) begin(ctx context.Context, h actions.Host, seats []actions.Seat, room actions.Room) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	views, err := r.own(ctx, h, seats)
	if err != nil {
		return err
	}
	r.arrived(views)
	for _, v := range views {
		if err := v.mayLeave(h, seats, room, r.coming); err != nil {
			return err
		}
	}
	for _, v := range views {
		if err := r.setOn(ctx, v.socket, v.taking(seats), "drain"); err != nil {
			return err
		}
	}
	return nil
}

// Return implements actions.Rotation. It makes the servers ready wherever it
// can, even if one of the HAProxys does not answer.
func (r *Rotation) Return(ctx context.Context, h actions.Host, seats []actions.Seat) error {
	if len(seats) == 0 {
		return nil
	}
	r.comes(seats, true)
	if err := r.set(ctx, seats, "ready"); err != nil {
		return err
	}
	limit := cmp.Or(r.Ready, 5*time.Minute)
	left, err := r.await(ctx, h, seats, time.Now().Add(limit), server.unready)
	if left != "" && err == nil {
		err = fmt.Errorf("after %s, %s", limit, left)
	}
	if err == nil {
		r.comes(seats, false)
	}
	return err
}

// Serving implements actions.Rotation.
func (r *Rotation) Serving(ctx context.Context, h actions.Host, seats []actions.Seat) error {
	views, err := r.own(ctx, h, seats)
	if err != nil {
		return err
	}
	if left := first(views, h, seats, server.unserved); left != "" {
		return errors.New(left)
	}
	return nil
}

// await looks at the servers until none of them is left to wait for, or the
// time is over, and tells of the first one that is left.
func (r *Rotation) await(ctx context.Context, h actions.Host, seats []actions.Seat, end time.Time, wait func(server) string) (left string, err error) {
	again := time.NewTicker(cmp.Or(r.Poll, time.Second))
	defer again.Stop()
	for {
		views, err := r.own(ctx, h, seats)
		if err != nil {
			return "", err
		}
		if left = first(views, h, seats, wait); left == "" || time.Now().After(end) {
			return left, nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return left, fmt.Errorf("%s: %w", left, ctx.Err())
		}
	}
}
