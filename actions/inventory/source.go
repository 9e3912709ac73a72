package inventory

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"hardenbot/actions"
)

// Source lists hosts that come and go.
type Source interface {
	// List returns everything that there is now. Its error is a sentence that
	// may be shown: a list that is not whole is no list.
	List(ctx context.Context) (Listing, error)
}

// Listing is what a source said at one time.
type Listing struct {
	Hosts   []Listed
	Away    []Away
	Refused []string // sentences: what the source has and cannot be a host
}

// Listed is a host that a source has. Its name is one that CheckName takes, and
// no other one's in the listing.
type Listed struct {
	actions.Host          // may leave out port and user
	ID           string   // what the source calls it: "i-0123456789abcdef0"
	Addresses    []string // IP addresses that it has, the host's own among them
}

// String names it as both sides do: "i-… (web-1)".
func (l Listed) String() string { return l.ID + " (" + l.Name + ")" }

// Away is a host that a source knows, and that does not run.
type Away struct {
	Name   string
	Groups []string
	ID     string
	State  string // in the words of the source: "stopped"
	Gone   bool   // for good
}

// String says so: "web-9 is stopped (i-…)".
func (a Away) String() string { return fmt.Sprintf("%s is %s (%s)", a.Name, a.State, a.ID) }

// fits reports whether the term names it.
func (a Away) fits(t term) bool { return t.fits(a.Name, a.Groups) }

// last is 1 for what stands behind the others.
func (a Away) last() int {
	if a.Gone {
		return 1
	}
	return 0
}

// awayOnly returns those whose name no host has, each name once: that of what
// may come back rather than of what is gone.
func awayOnly(all []Away, hosts []actions.Host) []Away {
	seen := map[string]bool{}
	for _, h := range hosts {
		seen[h.Name] = true
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b Away) int {
		return cmp.Or(cmp.Compare(a.last(), b.last()), actions.NaturalCompare(a.Name, b.Name))
	})
	return slices.DeleteFunc(all, func(a Away) bool {
		twice := seen[a.Name]
		seen[a.Name] = true
		return twice
	})
}
