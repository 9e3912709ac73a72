package actions

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"sync"
)

// Trier tries ports from a host.
type Trier interface {
	// Try tries from the host whether a connection by TCP to each of the
	// addresses is accepted, and sends nothing over it. The addresses are
	// HOST:PORT as for net.Dial, at most MostTried. Those that could not be
	// tried are left out of the answer. An error means that none could, and
	// says why in one sentence that may be shown.
	Try(ctx context.Context, from Host, addresses []string) (map[string]bool, error)
}

// MostTried bounds how many addresses of one host are tried.
const MostTried = 200

// Vantage is a Collector that adds what a host that stands outside can connect
// to: the TCP ports of which Exposures concludes that public addresses or load
// balancers reach them, where the host has a public address.
type Vantage struct {
	next  Collector
	trier Trier
	hosts Inventory
	name  string
	turn  chan struct{} // has room for as many as may ask at once
}

// mostAtOnce is below the ten logins at once from which on sshd turns some away
// (sshd_config(5), MaxStartups).
const mostAtOnce = 8

// NewVantage tries from the host by that name what next collects. That host's
// own ports are not tried.
func NewVantage(next Collector, trier Trier, hosts Inventory, name string) *Vantage {
	return &Vantage{next: next, trier: trier, hosts: hosts, name: name, turn: make(chan struct{}, mostAtOnce)}
}

var _ Preparer = (*Vantage)(nil)

// Collect implements Collector. Only next's errors are errors; what could not
// be tried is absent (SectionOutside).
func (v *Vantage) Collect(ctx context.Context, h Host) (*Facts, error) {
	return v.collect(ctx, v.next, h, &patience{})
}

// Prepare implements Preparer. A vantage that fails again and again is not
// asked any more in that scan.
func (v *Vantage) Prepare(ctx context.Context, hosts []Host) Collector {
	next := v.next
	if p, ok := next.(Preparer); ok {
		next = p.Prepare(ctx, hosts)
	}
	return &vantageScan{v, next, &patience{}}
}

type vantageScan struct {
	vantage  *Vantage
	next     Collector
	patience *patience
}

func (s *vantageScan) Collect(ctx context.Context, h Host) (*Facts, error) {
	return s.vantage.collect(ctx, s.next, h, s.patience)
}

func (v *Vantage) collect(ctx context.Context, next Collector, h Host, p *patience) (*Facts, error) {
	facts, err := next.Collect(ctx, h)
	if err != nil || h.Name == v.name {
		return facts, err
	}
	addresses := worthTrying(facts)
	if len(addresses) == 0 {
		return facts, nil
	}
	accepted, err := v.try(ctx, addresses, p)
	if err != nil {
		facts.miss(SectionOutside, err.Error())
		return facts, nil
	}
	facts.Outside = tries(v.name, addresses, accepted)
	return facts, nil
}

// try waits for its turn, and asks the vantage.
func (v *Vantage) try(ctx context.Context, addresses []string, p *patience) (map[string]bool, error) {
	select {
	case v.turn <- struct{}{}:
		defer func() { <-v.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%s was not waited for: %w", v.name, ctx.Err())
	}
	if err := p.spent(); err != nil {
		return nil, err
	}
	from, err := v.host(ctx)
	if err != nil {
		return nil, err
	}
	accepted, err := v.trier.Try(ctx, from, addresses)
	p.count(err)
	return accepted, err
}

// host finds the vantage in the inventory, where it may have changed.
func (v *Vantage) host(ctx context.Context) (Host, error) {
	found, err := v.hosts.Select(ctx, v.name)
	if err != nil {
		return Host{}, fmt.Errorf("%s was to try it: %w", v.name, err)
	}
	if len(found) != 1 {
		return Host{}, fmt.Errorf("%s was to try it, and names %d hosts", v.name, len(found))
	}
	return found[0], StandsOutside(found[0])
}

// tries pairs the addresses with the answers, in the addresses' order.
func tries(from string, addresses []string, accepted map[string]bool) []Tried {
	var all []Tried
	for _, address := range addresses {
		open, told := accepted[address]
		if !told {
			continue
		}
		host, number, _ := net.SplitHostPort(address) // worthTrying has joined it
		port, _ := strconv.Atoi(number)
		all = append(all, Tried{From: from, Address: host, Port: port, Open: open})
	}
	return all
}

// patience is how often the vantage may fail in a row. Each failure may take as
// long as a connection may.
type patience struct {
	mu     sync.Mutex
	failed int
	last   error
}

const mostFailures = 3

func (p *patience) count(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last = err; err == nil {
		p.failed = 0
		return
	}
	p.failed++
}

// spent is the last failure once there were too many.
func (p *patience) spent() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed < mostFailures {
		return nil
	}
	return p.last
}
