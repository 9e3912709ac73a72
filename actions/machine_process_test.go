package actions_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"hardenbot/actions"
)

var (
	errDead    = errors.New("this process was killed")
	errAway    = errors.New("the ledger is away")
	errDropped = errors.New("the connection was lost")
)

// daemon is hardenbot from one start to the next. Whatever it calls goes
// through here, where it can be cut off: a process that was killed reaches
// nothing any more.
type daemon struct {
	*world
	dead   bool
	died   chan struct{}
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup
	told   map[string]bool // transitions that it has written
	back   map[string]bool // hosts that it puts back, by run
}

func (w *world) start() *daemon {
	p := &daemon{world: w, died: make(chan struct{}), told: map[string]bool{}, back: map[string]bool{}}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	w.fleet.Lock()
	defer w.fleet.Unlock()
	w.now = p
	return p
}

// kill ends the process at once. The fleet is locked.
func (p *daemon) kill() {
	if !p.dead {
		p.dead = true
		close(p.died)
	}
}

// call makes a call that reaches a host, between two moments at which something
// may happen. Each host has its own pace, so that a schedule always runs alike.
func (p *daemon) call(h actions.Host, name string, do func() error) error {
	time.Sleep(p.pace(h.Name))
	p.fleet.Lock()
	then := p.moment(h.Name, "call", name)
	err := p.refuses(h, name)
	p.fleet.Unlock()
	switch {
	case err != nil:
		return err
	case then == "held":
		p.later(func() { _ = do() })
		return errDropped
	}
	err = do()
	p.fleet.Lock()
	defer p.fleet.Unlock()
	then = p.moment(h.Name, "answer", name)
	switch {
	case p.dead:
		return errDead
	case err == nil && then == "lost":
		return errDropped
	}
	return err
}

// refuses says why a call does not reach the host: nobody is there to make it,
// or the change has shut the door.
func (p *daemon) refuses(h actions.Host, name string) error {
	switch at := p.hosts[h.Name]; {
	case p.dead:
		return errDead
	case p.broken(h.Name, "login"), p.broken(h.Name, "proof") && name == "prove":
		return errors.New("publickey was refused")
	case p.broken(h.Name, "health") && name == "health":
		return errors.New("/health answers 503 since the change")
	case at.noLogin && name == "prove":
		return errors.New("a login takes too long")
	}
	return nil
}

func (p *daemon) Collect(ctx context.Context, h actions.Host) (facts *actions.Facts, err error) {
	err = p.call(h, "collect", func() error { facts, err = p.fleet.Collect(ctx, h); return err })
	if err != nil {
		return nil, err
	}
	p.fleet.Lock()
	defer p.fleet.Unlock()
	p.hosts[h.Name].seen = facts.SSHD.Global[passwords]
	return facts, nil
}

func (p *daemon) Run(ctx context.Context, h actions.Host, s actions.Script) (out actions.Output, err error) {
	err = p.call(h, "run", func() error { out, err = p.fleet.Run(ctx, h, s); return err })
	if err != nil {
		out = actions.Output{}
	}
	return out, err
}

func (p *daemon) Prove(ctx context.Context, h actions.Host) error {
	return p.call(h, "prove", func() error { return p.fleet.Prove(ctx, h) })
}

func (p *daemon) Healthy(ctx context.Context, h actions.Host) error {
	err := p.call(h, "health", func() error { return p.fleet.Healthy(ctx, h) })
	p.fleet.Lock()
	defer p.fleet.Unlock()
	p.hosts[h.Name].unwell = err != nil
	return err
}

func (p *daemon) Arm(ctx context.Context, h actions.Host, run, undo string, after time.Duration) error {
	return p.call(h, "arm", func() error { return p.fleet.Arm(ctx, h, run, undo, after) })
}

func (p *daemon) Disarm(ctx context.Context, h actions.Host, run string) error {
	return p.call(h, "disarm", func() error { return p.fleet.Disarm(ctx, h, run) })
}

func (p *daemon) Fire(ctx context.Context, h actions.Host, run string) error {
	return p.call(h, "fire", func() error { return p.fleet.Fire(ctx, h, run) })
}

func (p *daemon) State(ctx context.Context, h actions.Host, run string) (state actions.SwitchState, err error) {
	err = p.call(h, "state", func() error { state, err = p.fleet.State(ctx, h, run); return err })
	return state, err
}
