package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"hardenbot/actions"
)

// past keeps how hosts stood by each scan, so that each scan is read from the
// ledger once.
type past struct {
	ledger actions.Ledger

	mu    sync.Mutex
	scans map[string][]actions.HostPosture // by id; nil if nothing will ask for it any more
}

// stood returns by name how each host stood at that moment. The moments have to
// go forward: what an earlier one would need is let go of.
func (p *past) stood(ctx context.Context, moment time.Time) (map[string]actions.HostPosture, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.scans == nil {
		p.scans = map[string][]actions.HostPosture{}
	}
	if err := p.ledger.View(ctx, p.read); err != nil {
		return nil, fmt.Errorf("read how the hosts stood: %w", err)
	}
	var all []actions.HostPosture
	for _, hosts := range p.scans {
		all = append(all, hosts...)
	}
	stood := actions.StoodAt(all, moment)
	for id, hosts := range p.scans {
		needed := func(h actions.HostPosture) bool { return h.At.After(moment) || stood[h.Host].Scan == id }
		if !slices.ContainsFunc(hosts, needed) {
			p.scans[id] = nil
		}
	}
	return stood, nil
}

// read takes in the scans that are new. Those that are put together from others
// tell nothing of their own.
func (p *past) read(r actions.Reader) error {
	return r.Each(actions.KindScan, func(id string, raw json.RawMessage) error {
		if _, had := p.scans[id]; had {
			return nil
		}
		var scan actions.Scan
		if err := json.Unmarshal(raw, &scan); err != nil {
			return fmt.Errorf("read scan %s: %w", id, err)
		}
		p.scans[id] = nil
		if len(scan.Of) == 0 {
			p.scans[id] = scan.Stands()
		}
		return nil
	})
}
