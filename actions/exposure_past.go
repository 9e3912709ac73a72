package actions

import "slices"

// PastBalancers returns the exposures of the ports that are targets of load
// balancers by everybody else: as if the balancers were not there, and without
// what their groups are let in for.
func PastBalancers(f *Facts) []Exposure {
	cloud, ok := f.joinable()
	if !ok || len(cloud.Balancers) == 0 {
		return nil
	}
	without := *f
	without.Cloud = cloud.withoutBalancers()
	without.Listeners = slices.DeleteFunc(slices.Clone(f.Listeners), func(l Listener) bool {
		return len(cloud.TargetOf(l.Port)) == 0
	})
	return Exposures(&without)
}

// TargetOf returns the balancers with a target on that port of the host.
func (c *Cloud) TargetOf(number int) []Balancer {
	return slices.DeleteFunc(slices.Clone(c.Balancers), func(b Balancer) bool {
		return !slices.ContainsFunc(b.Targets, func(t Target) bool { return t.Port == number })
	})
}

// withoutBalancers copies the facts without load balancers and without the
// rules that let in nobody but their groups.
func (c *Cloud) withoutBalancers() *Cloud {
	theirs := c.balancerGroups()
	copied := *c
	copied.Balancers = nil
	copied.Interfaces = slices.Clone(c.Interfaces)
	for n, i := range copied.Interfaces {
		i.Groups = slices.Clone(i.Groups)
		for m, g := range i.Groups {
			i.Groups[m].Rules = slices.DeleteFunc(slices.Clone(g.Rules), func(r IngressRule) bool {
				return slices.Contains(theirs, r.Source) && r.CIDR == "" && r.PrefixList == ""
			})
		}
		copied.Interfaces[n] = i
	}
	return &copied
}

// balancerGroups returns the ids of all load balancers' groups.
func (c *Cloud) balancerGroups() []string {
	var ids []string
	for _, b := range c.Balancers {
		for _, g := range b.Groups {
			ids = append(ids, g.ID)
		}
	}
	return ids
}
