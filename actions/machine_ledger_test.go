package actions_test

import (
	"context"

	"hardenbot/actions"
)

// book is the ledger as a process reaches it.
type book struct{ *daemon }

func (b book) Update(ctx context.Context, fn func(actions.Tx) error) error {
	written := &page{}
	err := b.ledger.Update(ctx, func(tx actions.Tx) error {
		if err := b.may(); err != nil {
			return err
		}
		written.Tx = tx
		if err := fn(written); err != nil {
			return err
		}
		b.fleet.Lock()
		b.moment(written.host(), "write", written.words())
		b.fleet.Unlock()
		return b.may()
	})
	if err != nil {
		return err
	}
	b.fleet.Lock()
	defer b.fleet.Unlock()
	b.commits(b.daemon, written)
	b.moment(written.host(), "written", written.words())
	if b.dead {
		return errDead
	}
	return nil
}

func (b book) View(ctx context.Context, fn func(actions.Reader) error) error {
	if err := b.may(); err != nil {
		return err
	}
	return b.ledger.View(ctx, fn)
}

// may says why the ledger cannot be used.
func (b book) may() error {
	b.fleet.Lock()
	defer b.fleet.Unlock()
	switch {
	case b.dead:
		return errDead
	case b.away > 0:
		return errAway
	}
	return nil
}

// page is what one update writes.
type page struct {
	actions.Tx
	runs    []actions.Run
	plans   []actions.Plan
	entries []actions.Entry
}

func (p *page) Put(kind actions.Kind, id string, record any) error {
	switch r := record.(type) {
	case actions.Run:
		p.runs = append(p.runs, copied(r))
	case actions.Plan:
		p.plans = append(p.plans, r)
	}
	return p.Tx.Put(kind, id, record)
}

func (p *page) Audit(e actions.Entry) error {
	p.entries = append(p.entries, e)
	return p.Tx.Audit(e)
}

// host is the host that it is about, or "".
func (p *page) host() string {
	for _, e := range p.entries {
		if e.Host != "" {
			return e.Host
		}
	}
	return ""
}

func (p *page) words() string {
	for _, e := range p.entries {
		return e.Action + " " + e.Detail["to"]
	}
	return "nothing"
}

func copied(r actions.Run) actions.Run {
	r.Hosts = append([]actions.HostRun(nil), r.Hosts...)
	for i := range r.Hosts {
		r.Hosts[i].Steps = append([]actions.StepRun(nil), r.Hosts[i].Steps...)
	}
	return r
}
