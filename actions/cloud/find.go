package cloud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"hardenbot/actions"
)

// Match returns the instance that the last call of Hosts made the host from.
func (c *Client) Match(h actions.Host) (Instance, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i, ok := c.made[h.Instance]
	return i, ok
}

// remember forgets what was known before: the instances are all there are now.
func (c *Client) remember(made map[string]Instance) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made = make(map[string]Instance, len(made))
	for _, i := range made {
		c.made[i.ID] = i
	}
}

// look is every network interface of a place, or why they are not known.
type look struct {
	*place
	interfaces []types.NetworkInterface
	err        error
}

// look lists interfaces whole instead of asking for addresses: an instance has
// them in many ways (secondary, public, IPv6), and who else carries a group
// must be known anyway.
func (c *Client) look(ctx context.Context) []*look {
	looks := make([]*look, len(c.places))
	var wg sync.WaitGroup
	for i, p := range c.places {
		wg.Go(func() {
			in := &ec2.DescribeNetworkInterfacesInput{MaxResults: p.limit(1000)}
			every, err := firstly(ctx, p, func(ctx context.Context) ([]types.NetworkInterface, error) {
				return all(ctx, ec2.NewDescribeNetworkInterfacesPaginator(p.ec2, in),
					func(o *ec2.DescribeNetworkInterfacesOutput) []types.NetworkInterface { return o.NetworkInterfaces })
			})
			looks[i] = &look{place: p, interfaces: every}
			if err != nil {
				looks[i].err = p.fail(err)
			}
		})
	}
	wg.Wait()
	return looks
}

// spot is an instance found in a place.
type spot struct {
	look *look
	id   string
}

// finder ties hosts to instances by address.
type finder struct {
	at     map[netip.Addr][]spot
	failed error // the first place's that did not answer
}

func newFinder(looks []*look) *finder {
	f := &finder{at: map[netip.Addr][]spot{}}
	for _, l := range looks {
		if l.err != nil && f.failed == nil {
			f.failed = l.err
		}
		for _, eni := range l.interfaces {
			if id := attachedTo(eni); id != "" {
				f.add(spot{l, id}, eni)
			}
		}
	}
	return f
}

func (f *finder) add(s spot, eni types.NetworkInterface) {
	v4, public, v6 := addresses(eni)
	for _, a := range slices.Concat(v4, public, v6) {
		ip, err := netip.ParseAddr(a)
		if err == nil && !slices.ContainsFunc(f.at[ip], func(o spot) bool { return o.id == s.id }) {
			f.at[ip] = append(f.at[ip], s)
		}
	}
}

// errBehindJump is why a host that the configuration names is not tied to who
// has its private address here: that may be another machine.
var errBehindJump = errors.New("it is reached through a jump host, so that its private address does not tell which instance it is: take it from inventory.ec2")

// tie returns the host's instance as find does. A host that was made from an
// instance is never tied to another one.
func (f *finder) tie(h actions.Host, addrs []netip.Addr) (spot, bool, error) {
	s, ok, err := f.find(addrs, h.Instance)
	private := func(ip netip.Addr) bool { return !actions.PublicAddress(ip.String()) }
	if (ok || err != nil) && h.Instance == "" && len(h.Route.Jumps) > 0 && slices.ContainsFunc(addrs, private) {
		return spot{}, false, errBehindJump
	}
	return s, ok, err
}

// find returns the instance that has one of the addresses, false if none has.
// The error says why it cannot be known: private addresses are unique within a
// VPC only, so one place that did not answer leaves them open.
func (f *finder) find(addrs []netip.Addr, origin string) (spot, bool, error) {
	var spots []spot
	unique := true
	for _, ip := range addrs {
		unique = unique && actions.PublicAddress(ip.String())
		spots = append(spots, f.at[ip]...)
	}
	slices.SortFunc(spots, func(a, b spot) int { return cmp.Compare(a.id, b.id) })
	spots = slices.CompactFunc(spots, func(a, b spot) bool { return a.id == b.id })
	if i := slices.IndexFunc(spots, func(s spot) bool { return s.id == origin }); i >= 0 {
		return spots[i], true, nil
	}
	switch {
	case f.failed != nil && (len(spots) == 0 || !unique):
		return spot{}, false, f.failed
	case origin != "":
		return spot{}, false, fmt.Errorf("%s, which it was made from, no longer has its address", origin)
	case len(spots) > 1:
		return spot{}, false, fmt.Errorf("its address belongs to several instances: %s", strings.Join(ids(spots), ", "))
	case len(spots) == 0:
		return spot{}, false, nil
	}
	return spots[0], true, nil
}

func ids(spots []spot) []string {
	list := make([]string, len(spots))
	for i, s := range spots {
		list[i] = s.id + " in " + s.look.region
	}
	return list
}
