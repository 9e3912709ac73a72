package inventory

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"hardenbot/actions"
)

// Machine is where a connection to the host ends. Hosts of which it is the same
// are one machine, whatever their names.
func Machine(h actions.Host) string { return reached(h.Address, h.Port, h.Route.Jumps) }

// reached is an address as the hosts on the way see it: unless it is a public
// one, it may be another machine behind another jump host.
func reached(address string, port int, jumps []actions.Jump) string {
	address = strings.ToLower(strings.TrimSuffix(strings.Trim(address, "[]"), "."))
	if ip, err := netip.ParseAddr(address); err == nil {
		address = ip.Unmap().String()
	}
	way := net.JoinHostPort(address, strconv.Itoa(port))
	if actions.PublicAddress(address) {
		return way
	}
	for _, j := range jumps {
		way += " through " + net.JoinHostPort(strings.ToLower(strings.Trim(j.Address, "[]")), strconv.Itoa(j.Port))
	}
	return way
}
