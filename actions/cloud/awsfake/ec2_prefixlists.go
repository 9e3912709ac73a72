package awsfake

import (
	"slices"
	"strings"
)

// PrefixList is a managed prefix list.
type PrefixList struct {
	ID    string // pl-…; given out if empty
	CIDRs []string
	Max   int // entries that it may have; as many as it has if zero
}

func (l PrefixList) v6() bool { return len(l.CIDRs) > 0 && strings.Contains(l.CIDRs[0], ":") }

// AddPrefixList adds a prefix list and returns its id.
func (p *Place) AddPrefixList(l PrefixList) string {
	return p.add("pl", l.ID, func(s *State, id string) {
		l.ID, l.Max = id, max(l.Max, len(l.CIDRs))
		s.PrefixLists[id] = l
	})
}

func noPrefixList(id string) error {
	if rest, ok := strings.CutPrefix(id, "pl-"); !ok || !hexID.MatchString(rest) {
		return refusal("InvalidPrefixListId.Malformed", "Invalid id: \"%s\" (expecting \"pl-...\")", id)
	}
	return refusal("InvalidPrefixListID.NotFound", "The prefix list ID '%s' does not exist.", id)
}

func prefixListEntries(r *request) (any, error) {
	id, size := r.text("PrefixListId"), r.number("MaxResults")
	list, ok := r.PrefixLists[id]
	switch {
	case id == "":
		return nil, missing("PrefixListId")
	case !ok:
		return nil, noPrefixList(id)
	case size != nil && (*size < 1 || *size > 100):
		return nil, invalid("Value ( %d ) for parameter maxResults is invalid. It must be 1 to 100.", *size)
	}
	cidrs, next, err := page(r, slices.Sorted(slices.Values(list.CIDRs)), strings.Clone, size, r.text("NextToken"))
	if err != nil {
		return nil, err
	}
	wire := each(cidrs, func(cidr string) fields { return fields{{"cidr", cidr}} })
	return fields{{"entrySet", items[fields]{wire}}, {"nextToken", next}}, nil
}
