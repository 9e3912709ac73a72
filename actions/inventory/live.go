package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"hardenbot/actions"
)

// How long is waited for a source.
const (
	maxRead  = 2 * time.Minute  // for one answer
	patience = 15 * time.Second // by who can do with an older one
	pause    = 30 * time.Second // between two attempts after one that failed
)

// Config is what a live inventory is made of.
type Config struct {
	Static []actions.Host // they win over what the source lists
	Source Source         // nil: there are the static hosts only
	Name   string         // of the source, as people know it: "EC2"
	MaxAge time.Duration  // of what the source said, until it is asked again

	// Complete fills in what the source leaves out of a host. Its error says
	// why it cannot be a host.
	Complete func(actions.Host) (actions.Host, error)
	Log      *slog.Logger
}

// Live is an inventory of hosts that come and go. It implements
// actions.Inventory and may be used by many goroutines. Static hosts are known
// at all times, those of the source as it told them last.
type Live struct {
	cfg Config
	log *slog.Logger

	mu      sync.Mutex
	hosts   snapshot
	read    time.Time // when the source was asked for hosts; zero for never
	tried   time.Time // when the last attempt ended
	err     error     // of the last attempt
	reading *reading  // goes on now; nil if none does
}

// reading is one attempt to read the source.
type reading struct {
	began time.Time
	done  chan struct{}
}

var _ actions.Inventory = (*Live)(nil)

// NewLive makes an inventory. It does not ask the source yet. Its error is as
// New's.
func NewLive(c Config) (*Live, error) {
	static, err := New(c.Static)
	return &Live{
		cfg: c, log: cmp.Or(c.Log, slog.New(slog.DiscardHandler)), hosts: snapshot{Inventory: static},
	}, err
}

// Select is as Inventory.Select. What the source said is read again first if it
// is older than Config.MaxAge. A source that does not answer is no error: the
// hosts that were known last count, and Doubt says so. Where nothing fits the
// pattern, the error says that, too.
func (l *Live) Select(ctx context.Context, pattern string) ([]actions.Host, error) {
	if _, err := ParsePattern(pattern); err != nil {
		return nil, err
	}
	if r := l.due(ctx); r != nil {
		l.wait(ctx, r)
	}
	hosts, err := l.current().Select(ctx, pattern)
	var unknown *actions.UnknownError
	if doubt := l.Status().Doubt(); doubt != "" && errors.As(err, &unknown) {
		return nil, &actions.UnknownError{Says: unknown.Says + " (" + doubt + ")", Known: unknown.Known}
	}
	return hosts, err
}

// All returns every host that is known now. It does not ask the source.
func (l *Live) All() []actions.Host { return l.current().All() }

// Refresh reads the source and returns when that has ended, or ctx has.
func (l *Live) Refresh(ctx context.Context) error {
	if l.cfg.Source == nil {
		return nil
	}
	l.mu.Lock()
	r := l.start(ctx)
	l.mu.Unlock()
	select {
	case <-r.done:
		return l.Status().Err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// due returns the reading to wait for, which it starts if need be; nil if what
// is known will do.
func (l *Live) due(ctx context.Context) *reading {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch now := time.Now(); {
	case l.cfg.Source == nil, !l.read.IsZero() && now.Sub(l.read) <= l.cfg.MaxAge:
		return nil
	case l.reading == nil && l.err != nil && now.Sub(l.tried) < pause:
		return nil
	}
	return l.start(ctx)
}

// start begins a reading unless one goes on. It does not end with ctx: others
// may wait for it too. Call it with the lock held.
func (l *Live) start(ctx context.Context) *reading {
	if l.reading == nil {
		l.reading = &reading{began: time.Now(), done: make(chan struct{})}
		go l.readSource(context.WithoutCancel(ctx), l.reading)
	}
	return l.reading
}

// wait waits for the reading: to its end where nothing is known from earlier.
func (l *Live) wait(ctx context.Context, r *reading) {
	if !l.Status().Read.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, r.began.Add(patience))
		defer cancel()
	}
	select {
	case <-r.done:
	case <-ctx.Done():
	}
}

func (l *Live) readSource(ctx context.Context, r *reading) {
	defer close(r.done)
	ctx, cancel := context.WithTimeout(ctx, maxRead)
	defer cancel()
	listing, err := l.cfg.Source.List(ctx)
	var hosts snapshot
	if err == nil {
		hosts, err = merge(l.cfg.Static, listing, l.cfg.Complete)
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && err != nil {
		err = fmt.Errorf("it did not answer within %s: %w", maxRead, err)
	}
	l.keep(r, hosts, err)
	l.tell(l.Status())
}

// keep ends the reading with what it brought.
func (l *Live) keep(r *reading, hosts snapshot, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tried, l.err, l.reading = time.Now(), err, nil
	if err == nil {
		l.hosts, l.read = hosts, r.began
	}
}

func (l *Live) current() *Inventory {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.hosts.Inventory
}
