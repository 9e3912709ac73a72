package guards

import (
	"net/netip"
	"slices"

	"hardenbot/actions"
)

// admission is what becomes of an address when calls change security groups.
type admission string

const (
	admitted  admission = "admitted"   // by its address, after the change as well
	asMember  admission = "as member"  // not by its address; the groups whose members get in stay the same
	cutOff    admission = "cut off"    // by its address now, and not after the change
	groupGone admission = "group gone" // not by its address; a group whose members get in now is no longer let in
	notByRule admission = "unknown"    // no rule that is understood lets it in even now
)

// judge follows one address to one listener. An address does not tell of which
// groups it is a member: whoever gets in by address now is judged by that
// alone, for the other way may not exist.
func judge(before, after *actions.Cloud, l actions.Listener, from netip.Addr) admission {
	members := before.Members(l)
	left := after.Members(l)
	lost := slices.ContainsFunc(members, func(id string) bool { return !slices.Contains(left, id) })
	switch {
	case after.Admits(l, from):
		return admitted
	case before.Admits(l, from):
		return cutOff
	case lost:
		return groupGone
	case len(members) > 0:
		return asMember
	}
	return notByRule
}

// calls returns the change's calls of the provider's API.
func calls(c actions.Change) []actions.Call {
	var all []actions.Call
	for _, s := range c.Steps {
		if s.Call != nil {
			all = append(all, *s.Call)
		}
	}
	return all
}

// inCloud returns the facts of the cloud before and after the change, or why
// they are not known.
func inCloud(q actions.Question) (before, after *actions.Cloud, no *actions.Answer) {
	if a, missing := needs(q.Facts, actions.SectionCloud); missing {
		return nil, nil, &a
	}
	if q.Facts.Cloud == nil {
		a := actions.Refuse("the host is not known to be an instance in a cloud, so nothing is known of its security groups",
			"have hardenbot's inventory find the host there")
		return nil, nil, &a
	}
	return q.Facts.Cloud, q.Facts.Cloud.After(calls(q.Change)), nil
}
