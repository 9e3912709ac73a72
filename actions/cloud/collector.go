package cloud

import (
	"context"
	"fmt"
	"sync"
	"time"

	"hardenbot/actions"
)

// maxDescribe bounds one Describe that several callers wait for.
const maxDescribe = 5 * time.Minute

// Collector adds what AWS knows of a host to what the host says of itself. It
// keeps no answer, so that a look after a change sees the change. Calls that
// come while AWS is being asked wait and are then asked for together; a scan
// asks for all of its hosts at once by Prepare.
type Collector struct {
	Next   actions.Collector
	Client Describer

	mu      sync.Mutex
	waiting *batch // of the next Describe
	running bool
}

// Describer is a Client.
type Describer interface {
	// Describe is as Client.Describe.
	Describe(ctx context.Context, hosts []actions.Host) (map[string]*actions.Cloud, map[string]error)
}

var (
	_ Describer         = (*Client)(nil)
	_ actions.Collector = (*Collector)(nil)
)

// batch is the hosts of one Describe, and its answer once done is closed.
type batch struct {
	hosts  []actions.Host
	done   chan struct{}
	clouds map[string]*actions.Cloud
	errs   map[string]error
}

// Collect reads the host by Next and asks AWS in the meantime. Only Next's
// errors are errors; what AWS does not tell is absent.
func (c *Collector) Collect(ctx context.Context, h actions.Host) (*actions.Facts, error) {
	b := c.ask(ctx, h)
	facts, err := c.Next.Collect(ctx, h)
	if err != nil {
		return facts, err
	}
	select {
	case <-b.done:
		b.join(facts, h)
	case <-ctx.Done():
		absent(facts, fmt.Errorf("AWS was not waited for: %w", ctx.Err()))
	}
	return facts, nil
}

// ask puts the host into the next batch and sees to it that one runs.
func (c *Collector) ask(ctx context.Context, h actions.Host) *batch {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting == nil {
		c.waiting = &batch{done: make(chan struct{})}
	}
	b := c.waiting
	b.hosts = append(b.hosts, h)
	if !c.running {
		c.running = true
		go c.run(context.WithoutCancel(ctx)) // others wait for it too
	}
	return b
}

// run describes batch after batch until none waits.
func (c *Collector) run(ctx context.Context) {
	for {
		c.mu.Lock()
		b := c.waiting
		c.waiting, c.running = nil, b != nil
		c.mu.Unlock()
		if b == nil {
			return
		}
		b.describe(ctx, c.Client)
	}
}

func (b *batch) describe(ctx context.Context, client Describer) {
	defer close(b.done)
	ctx, cancel := context.WithTimeout(ctx, maxDescribe)
	defer cancel()
	b.clouds, b.errs = client.Describe(ctx, b.hosts)
}

func (b *batch) join(facts *actions.Facts, h actions.Host) {
	facts.Cloud = b.clouds[h.Name]
	if err := b.errs[h.Name]; err != nil {
		absent(facts, err)
	}
}

func absent(facts *actions.Facts, err error) {
	facts.Cloud = nil
	if facts.Absent == nil {
		facts.Absent = map[actions.Section]string{}
	}
	facts.Absent[actions.SectionCloud] = err.Error()
}

// Prepare asks AWS for all hosts of a scan at once. The collector that it
// returns is for that scan: its answers are as old as the call, which
// Cloud.Described tells. Hosts that were not named it asks for on their own.
func (c *Collector) Prepare(ctx context.Context, hosts []actions.Host) actions.Collector {
	b := &batch{hosts: hosts, done: make(chan struct{})}
	b.describe(ctx, c.Client)
	p := &prepared{collector: c, batch: b, named: map[string]bool{}}
	for _, h := range hosts {
		p.named[h.Name] = true
	}
	return p
}

type prepared struct {
	collector *Collector
	batch     *batch
	named     map[string]bool
}

func (p *prepared) Collect(ctx context.Context, h actions.Host) (*actions.Facts, error) {
	if !p.named[h.Name] {
		return p.collector.Collect(ctx, h)
	}
	facts, err := p.collector.Next.Collect(ctx, h)
	if err == nil {
		p.batch.join(facts, h)
	}
	return facts, err
}
