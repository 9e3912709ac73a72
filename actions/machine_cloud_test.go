package actions_test

import (
	"context"
	"errors"
	"time"

	"hardenbot/actions"
)

// api makes a call of an API, between two moments at which something may happen.
func (p *daemon) api(name string, do func() error) (refused bool, err error) {
	time.Sleep(p.pace(""))
	p.fleet.Lock()
	then := p.moment("", "call", name)
	dead := p.dead
	p.fleet.Unlock()
	switch {
	case dead:
		return false, errDead
	case then == "throttled":
		return false, errors.New("Throttling: Rate exceeded")
	case then == "refused":
		return true, nil
	}
	err = do()
	p.fleet.Lock()
	defer p.fleet.Unlock()
	then = p.moment("", "answer", name)
	switch {
	case p.dead:
		return false, errDead
	case err == nil && then == "lost":
		return false, errDropped
	}
	return false, err
}

func (p *daemon) Make(ctx context.Context, c actions.Call) (made actions.Made, err error) {
	refused, err := p.api("make", func() error { made, err = p.fleet.Make(ctx, c); return err })
	switch {
	case err != nil:
		return actions.Made{}, err
	case refused:
		return actions.Made{Output: actions.Output{Exit: 1, Stderr: "UnauthorizedOperation"}}, nil
	}
	return made, nil
}

func (p *daemon) So(ctx context.Context, c actions.Call) (so bool, err error) {
	refused, err := p.api("so", func() error { so, err = p.fleet.So(ctx, c); return err })
	if refused {
		return false, errors.New("UnauthorizedOperation")
	}
	return so, err
}

// lb is the balancer: what takes hosts out of rotation. It has a name of its own for
// calls, so that it can be reached where the host cannot.
type lb struct{ *daemon }

func (b lb) ask(h actions.Host, name string, do func() error) error {
	refused, err := b.api(name+" "+h.Name, do)
	if refused {
		return errors.New("UnauthorizedOperation")
	}
	return err
}

func (b lb) Seats(ctx context.Context, h actions.Host) (seats []actions.Seat, err error) {
	err = b.ask(h, "seats", func() error { seats, err = b.fleet.Seats(ctx, h); return err })
	return seats, err
}

func (b lb) Drain(ctx context.Context, h actions.Host, seats []actions.Seat, room actions.Room) error {
	return b.ask(h, "drain", func() error { return b.fleet.Drain(ctx, h, seats, room) })
}

func (b lb) Return(ctx context.Context, h actions.Host, seats []actions.Seat) error {
	return b.ask(h, "return", func() error { return b.fleet.Return(ctx, h, seats) })
}

func (b lb) Serving(ctx context.Context, h actions.Host, seats []actions.Seat) error {
	err := b.ask(h, "serving", func() error { return b.fleet.Serving(ctx, h, seats) })
	b.fleet.Lock()
	defer b.fleet.Unlock()
	if err == nil && b.hosts[h.Name].dropped {
		return errors.New("the balancer does not find it healthy")
	}
	return err
}
