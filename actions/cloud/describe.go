package cloud

import (
	"context"
	"sync"
	"time"

	"hardenbot/actions"
)

// Describe tells what AWS knows of the hosts, by host name. A host that is no
// instance of the accounts and regions is in neither map; one of which it is
// not known, or not known in full, is in the second, with a reason that may be
// shown. The calls are batched: their number grows with the places and the
// pages, not with the hosts.
func (c *Client) Describe(ctx context.Context, hosts []actions.Host) (map[string]*actions.Cloud, map[string]error) {
	d := &description{clouds: map[string]*actions.Cloud{}, errs: map[string]error{}, at: c.now().UTC()}
	if len(hosts) == 0 {
		return d.clouds, d.errs
	}
	var wg sync.WaitGroup
	for l, tied := range c.tieAll(ctx, hosts, d) {
		wg.Go(func() {
			n, err := gather(ctx, l, tied)
			for host, id := range tied {
				d.tell(n, host, id, err)
			}
		})
	}
	wg.Wait()
	return d.clouds, d.errs
}

// description is what Describe returns, while it is made.
type description struct {
	mu     sync.Mutex
	clouds map[string]*actions.Cloud
	errs   map[string]error
	at     time.Time
}

// tieAll returns, for each place, its hosts with their instances' ids.
func (c *Client) tieAll(ctx context.Context, hosts []actions.Host, d *description) map[*look]map[string]string {
	return c.tieIn(ctx, c.look(ctx), hosts, d)
}

// tieIn is tieAll by what was seen already.
func (c *Client) tieIn(ctx context.Context, looks []*look, hosts []actions.Host, d *description) map[*look]map[string]string {
	f := newFinder(looks)
	addrs, unresolved := c.addressesOf(ctx, hosts)
	places := map[*look]map[string]string{}
	for i, h := range hosts {
		if unresolved[i] != nil {
			d.errs[h.Name] = unresolved[i]
			continue
		}
		s, ok, err := f.tie(h, addrs[i])
		if err != nil {
			d.errs[h.Name] = err
		}
		if !ok {
			continue
		}
		if places[s.look] == nil {
			places[s.look] = map[string]string{}
		}
		places[s.look][h.Name] = s.id
	}
	return places
}

// tell puts one host's part into the description.
func (d *description) tell(n *network, host, id string, err error) {
	var told *actions.Cloud
	if err == nil {
		told, err = n.assemble(id)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.errs[host] = err
		return
	}
	told.Described = d.at
	d.clouds[host] = told
}
