package actions

import (
	"slices"
	"strings"
)

// Members says who is in a user group. It answers from memory, because it is
// asked while the ledger is being changed.
type Members interface {
	// In reports whether the person is in the group now. known is false where
	// that cannot be told.
	In(group, user string) (in, known bool)
}

// IsGroup reports whether an entry of a policy is a user group, whose IDs begin
// with S, and no person.
func IsGroup(id string) bool { return strings.HasPrefix(id, "S") }

// Groups lists the user groups that the policy names, each once.
func (p Policy) Groups() []string {
	groups := slices.DeleteFunc(slices.Concat(p.Requesters, p.Approvers), func(id string) bool { return !IsGroup(id) })
	slices.Sort(groups)
	return slices.Compact(groups)
}

// listed reports whether the list has the person, or a group that the person is
// known to be in.
func (p Policy) listed(list []string, who Person) bool {
	if who.ID == "" || IsGroup(who.ID) {
		return false
	}
	return slices.ContainsFunc(list, func(entry string) bool {
		if !IsGroup(entry) || p.Members == nil {
			return entry == who.ID
		}
		in, known := p.Members.In(entry, who.ID)
		return in && known
	})
}

// unread is the rest of a refusal: which groups of the lists let nobody in,
// because nobody knows who is in them.
func (p Policy) unread(lists ...[]string) string {
	var unknown []string
	for _, entry := range slices.Concat(lists...) {
		if !IsGroup(entry) || slices.Contains(unknown, entry) {
			continue
		}
		if p.Members != nil {
			if _, known := p.Members.In(entry, ""); known {
				continue
			}
		}
		unknown = append(unknown, entry)
	}
	if len(unknown) == 0 {
		return ""
	}
	return "; who is in " + strings.Join(unknown, ", ") + " could not be read from Slack, or the group is disabled, so it lets nobody in"
}
