package bot

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"hardenbot/actions"
)

// testClock is a clock that a test can put forward.
type testClock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func newClock() *testClock { return &testClock{} }

func (c *testClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *testClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// stuck is a collector that waits for the end of its context. It says when it
// has got there, to whoever listens.
type stuck struct{ begun chan bool }

func (f stuck) Collect(ctx context.Context, _ actions.Host) (*actions.Facts, error) {
	select {
	case f.begun <- true:
	case <-ctx.Done():
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

// syncBuilder takes down a log.
type syncBuilder struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *syncBuilder) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *syncBuilder) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func (b *syncBuilder) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// brokenRoller cannot write its journal, while web-1 is out of rotation.
type brokenRoller struct{}

func (brokenRoller) Execute(context.Context, string) (actions.Run, error) {
	out := actions.HostRun{Host: "web-1", Seats: []actions.Seat{{Group: "app", Target: "a"}}}
	return actions.Run{Hosts: []actions.HostRun{out}}, errors.New("the disk is full")
}

func (brokenRoller) Recover(context.Context) ([]actions.Run, error)    { return nil, nil }
func (brokenRoller) Revisit(context.Context) ([]actions.Return, error) { return nil, nil }

func (brokenRoller) TakeUp(context.Context, string) (actions.Run, error) {
	return actions.Run{}, errors.New("the disk is full")
}
