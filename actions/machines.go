package actions

import (
	"fmt"
	"slices"
	"strings"
)

// machines is the names of hosts by the instance that each says it is. Two
// names for one machine would be changed as if they were two, perhaps at once.
type machines map[string][]string

// add notes what a host says of itself. One that says nothing is left out.
func (m machines) add(name string, f *Facts) {
	if f != nil && f.OS.Instance != "" {
		m[f.OS.Instance] = append(m[f.OS.Instance], name)
	}
}

// doubts names the hosts that are one machine, a sentence for each machine.
func (m machines) doubts() []string {
	var all []string
	for instance, names := range m {
		if len(names) > 1 {
			slices.SortFunc(names, NaturalCompare)
			all = append(all, fmt.Sprintf("%s are one machine, for each says that it is the instance %s: keep one of the names in the inventory, or two runs could change it at once", Line(strings.Join(names, " and "), 300), instance))
		}
	}
	slices.Sort(all)
	return all
}

// heedMachines excludes a host that is the same machine as one before it: it is
// at the same address, or says that it is the same instance.
func heedMachines(drafts []draft) {
	instances, addresses := map[string]string{}, map[string]string{}
	for i := range drafts {
		d := &drafts[i]
		if d.facts == nil || d.excluded != nil {
			continue
		}
		instance, at := d.facts.OS.Instance, address(d.Host)
		if other, taken := addresses[at]; taken {
			d.exclude(fmt.Sprintf("it is the same machine as %s, for both are at %s: keep one of the two names in the inventory", other, at), nil)
			continue
		}
		if other, taken := instances[instance]; taken {
			d.exclude(fmt.Sprintf("it is the same machine as %s, for both say that they are the instance %s: keep one of the two names in the inventory", other, instance), nil)
			continue
		}
		addresses[at] = d.Host.Name
		if instance != "" {
			instances[instance] = d.Host.Name
		}
	}
}
