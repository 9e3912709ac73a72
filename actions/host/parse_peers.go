package host

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"hardenbot/actions"
)

// parsePeers reads port, address and count of each peer. An IPv4 address that
// is written as an IPv6 one is one peer with the same address written plainly.
func parsePeers(text string, f *actions.Facts) error {
	type key struct {
		port    int
		address string
	}
	counts := map[key]int{}
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		parts := fields(strings.TrimSuffix(line, "\n"), 3)
		port, count := number(parts[0]), number(parts[2])
		address, err := netip.ParseAddr(strings.Trim(withoutZone(parts[1]), "[]"))
		if err != nil || port < 1 || port > 65535 || count < 1 {
			return fmt.Errorf("the list of connections has a line that is not understood: %s", clean(line, 80))
		}
		counts[key{port, address.Unmap().String()}] += count
	}
	if len(counts) > actions.MostPeers {
		return fmt.Errorf("there are more than %d peers, and no more were asked for", actions.MostPeers)
	}
	f.Peers = make([]actions.Peer, 0, len(counts))
	for k, n := range counts {
		f.Peers = append(f.Peers, actions.Peer{Port: k.port, Address: k.address, Count: n})
	}
	slices.SortFunc(f.Peers, func(a, b actions.Peer) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Address, b.Address))
	})
	return nil
}

// withoutZone reads "[fe80::1]%eth0" and "fe80::1%eth0".
func withoutZone(address string) string {
	address, _, _ = strings.Cut(address, "%")
	return address
}
