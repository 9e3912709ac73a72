package cloud

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"golang.org/x/sync/errgroup"

	"hardenbot/actions"
)

// addressesOf resolves the hosts' addresses, by host name.
func (c *Client) addressesOf(ctx context.Context, hosts []actions.Host) ([][]netip.Addr, []error) {
	addrs, errs := make([][]netip.Addr, len(hosts)), make([]error, len(hosts))
	var g errgroup.Group
	g.SetLimit(16)
	for i, h := range hosts {
		if ip, err := netip.ParseAddr(h.Address); err == nil {
			addrs[i] = []netip.Addr{ip.Unmap().WithZone("")}
			continue
		}
		g.Go(func() error {
			found, err := c.resolver.LookupNetIP(ctx, "ip", h.Address)
			if err != nil {
				errs[i] = fmt.Errorf("its name %.100q has no address here, so that its instance is not known: %w", h.Address, err)
			}
			for _, ip := range found {
				addrs[i] = append(addrs[i], ip.Unmap())
			}
			return nil
		})
	}
	_ = g.Wait() // the errors are in errs
	return addrs, errs
}

func attachedTo(eni types.NetworkInterface) string {
	if eni.Attachment == nil {
		return ""
	}
	return aws.ToString(eni.Attachment.InstanceId)
}

// addresses returns an interface's own IPv4 addresses, the public ones that
// stand for them, and its IPv6 addresses, each in EC2's order.
func addresses(eni types.NetworkInterface) (v4, public, v6 []string) {
	add := func(list *[]string, a *string) {
		if a != nil && *a != "" && !slices.Contains(*list, *a) {
			*list = append(*list, *a)
		}
	}
	add(&v4, eni.PrivateIpAddress)
	if eni.Association != nil {
		add(&public, eni.Association.PublicIp)
	}
	for _, p := range eni.PrivateIpAddresses {
		add(&v4, p.PrivateIpAddress)
		if p.Association != nil {
			add(&public, p.Association.PublicIp)
		}
	}
	for _, a := range eni.Ipv6Addresses {
		add(&v6, a.Ipv6Address)
	}
	return v4, public, v6
}
