package inventory

import (
	"fmt"
	"slices"
	"strings"

	"hardenbot/actions"
)

// snapshot is all hosts at one time. It does not change.
type snapshot struct {
	*Inventory
	listed  int // hosts that the source gave
	refused []string
}

// merge puts the hosts of a source beside the static ones, which win where
// both have the name or the address. Hosts of the source that lead to one
// machine are all refused: nobody could tell which of them answers. A static
// host takes nothing from the source, and no Host.Instance either.
func merge(static []actions.Host, l Listing, complete func(actions.Host) (actions.Host, error)) (snapshot, error) {
	taken := takenBy(static)
	refused := slices.Clone(l.Refused)
	machines := map[string][]Listed{}
	for _, listed := range l.Hosts {
		if taken.name[listed.Name] {
			continue
		}
		h, err := complete(listed.Host)
		if err != nil {
			refused = append(refused, fmt.Sprintf("%s cannot be a host: %s", listed, err))
			continue
		}
		listed.Host = h
		if !taken.address(listed) {
			machines[Machine(h)] = append(machines[Machine(h)], listed)
		}
	}
	hosts := slices.Clone(static)
	for machine, several := range machines {
		if len(several) > 1 {
			refused = append(refused, oneMachine(machine, several))
			continue
		}
		hosts = append(hosts, several[0].Host)
	}
	slices.Sort(refused)
	inv, err := New(hosts)
	inv.away = awayOnly(l.Away, hosts)
	return snapshot{inv, len(hosts) - len(static), refused}, err
}

func oneMachine(machine string, several []Listed) string {
	names := make([]string, len(several))
	for i, l := range several {
		names[i] = l.String()
	}
	slices.Sort(names)
	return fmt.Sprintf("%s cannot be hosts: from here each of them is %s; give them jump hosts of their own in inventory.ssh_config",
		strings.Join(names, " and "), machine)
}

// taken is the names and the addresses of static hosts.
type taken struct{ name, place map[string]bool }

func takenBy(static []actions.Host) taken {
	t := taken{map[string]bool{}, map[string]bool{}}
	for _, h := range static {
		t.name[h.Name] = true
		t.place[reached(h.Address, 0, h.Route.Jumps)] = true
	}
	return t
}

// address reports whether a static host has one of the addresses. The port does
// not matter: an address is one machine's.
func (t taken) address(l Listed) bool {
	return slices.ContainsFunc(l.Addresses, func(a string) bool {
		return t.place[reached(a, 0, l.Route.Jumps)]
	})
}
