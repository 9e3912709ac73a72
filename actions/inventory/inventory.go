// Package inventory knows the hosts and finds those that a pattern names.
//
// In come hosts from the configuration, completed by an ssh_config(5) file
// where there is one, hosts from a source that is asked again and again, and
// patterns that people type. Out go the hosts that a pattern names, sorted,
// each once, or a sentence that says what is wrong with the pattern.
//
// The files: sshconfig.go reads the ssh_config file, sshhost.go and sshjump.go
// complete hosts with it, check.go says what names and addresses may be,
// inventory.go holds the hosts of one time, pattern.go parses what people type,
// select.go finds the hosts. source.go is where hosts come from that come and
// go, machine.go tells whether two hosts are one, merge.go puts both kinds
// together, live.go keeps them up to date, status.go says how old they are.
package inventory

import (
	"errors"
	"fmt"
	"slices"

	"hardenbot/actions"
)

// Inventory is a fixed set of hosts. It implements actions.Inventory and may
// be used by many goroutines.
type Inventory struct {
	hosts   []actions.Host // in natural order of their names
	names   []string       // of hosts
	byName  map[string][]int
	groups  []string // in natural order
	byGroup map[string][]int
	away    []Away // known, and none of the hosts
}

var _ actions.Inventory = (*Inventory)(nil)

// New makes an inventory. Its error joins a sentence for each host that has no
// proper name or group, or a name that another one has.
func New(hosts []actions.Host) (*Inventory, error) {
	inv := &Inventory{
		hosts:   slices.Clone(hosts),
		byName:  make(map[string][]int, len(hosts)),
		byGroup: map[string][]int{},
	}
	slices.SortStableFunc(inv.hosts, func(a, b actions.Host) int {
		return actions.NaturalCompare(a.Name, b.Name)
	})
	var problems []error
	for i, h := range inv.hosts {
		problems = append(problems, inv.add(i, h)...)
	}
	slices.SortFunc(inv.groups, actions.NaturalCompare)
	return inv, errors.Join(problems...)
}

func (inv *Inventory) add(i int, h actions.Host) (problems []error) {
	if err := CheckName(h.Name); err != nil {
		problems = append(problems, err)
	}
	if len(inv.byName[h.Name]) > 0 {
		problems = append(problems, fmt.Errorf("the host %q is defined twice: keep one of the two", h.Name))
	}
	inv.names = append(inv.names, h.Name)
	inv.byName[h.Name] = append(inv.byName[h.Name], i)
	for _, g := range h.Groups {
		if err := CheckName(g); err != nil {
			problems = append(problems, fmt.Errorf("in the groups of host %q: %w", h.Name, err))
		}
		if len(inv.byGroup[g]) == 0 {
			inv.groups = append(inv.groups, g)
		}
		if !slices.Contains(inv.byGroup[g], i) {
			inv.byGroup[g] = append(inv.byGroup[g], i)
		}
	}
	return problems
}

// All returns every host in natural order of the names.
func (inv *Inventory) All() []actions.Host { return slices.Clone(inv.hosts) }
