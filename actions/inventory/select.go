package inventory

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"hardenbot/actions"
)

// Select returns the hosts that the pattern names, sorted by name, each once.
// Whatever the pattern names has to exist: a name that is not known, a
// wildcard that fits nothing, in an exclusion as well, is an error and never
// left out in silence. The error is a sentence for people.
func (inv *Inventory) Select(ctx context.Context, pattern string) ([]actions.Host, error) {
	p, err := ParsePattern(pattern)
	if err != nil {
		return nil, err
	}
	chosen, excluded := make([]bool, len(inv.hosts)), make([]bool, len(inv.hosts))
	for _, part := range p.parts {
		set := chosen
		if part.exclude {
			set = excluded
		}
		for _, t := range part.terms {
			if err := inv.mark(ctx, t, set, part.exclude); err != nil {
				return nil, err
			}
		}
	}
	var hosts []actions.Host
	for i, h := range inv.hosts {
		if chosen[i] && !excluded[i] {
			hosts = append(hosts, h)
		}
	}
	if len(hosts) == 0 {
		return nil, fmt.Errorf("%s takes away every host that it names: nothing is left", shown(pattern))
	}
	return hosts, nil
}

// mark sets the places of the hosts that the term names. Of hosts that do not
// run there is nothing to take away, so that to exclude them is no mistake.
func (inv *Inventory) mark(ctx context.Context, t term, set []bool, exclude bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	names, index := inv.names, inv.byName
	if t.group {
		names, index = inv.groups, inv.byGroup
	}
	if t.literal() {
		names = []string{t.glob}
	}
	found := false
	for _, name := range names {
		// parseTerm has seen to it that the glob is well formed.
		if fits, _ := path.Match(t.glob, name); !fits {
			continue
		}
		for _, i := range index[name] {
			set[i], found = true, true
		}
	}
	if found {
		return nil
	}
	away := inv.awayFor(t)
	switch {
	case len(away) == 0:
		return inv.unknown(t)
	case exclude:
		return nil
	}
	return notRunning(t, away)
}

func (inv *Inventory) awayFor(t term) (some []Away) {
	for _, a := range inv.away {
		if a.fits(t) {
			some = append(some, a)
		}
	}
	return some
}

// notRunning says that all that the term names is away. Names that were not
// typed are in the part of the error that not everybody is shown.
func notRunning(t term, away []Away) error {
	if t.literal() && !t.group {
		return errors.New(away[0].String())
	}
	const some = 5
	var says []string
	for _, a := range away[:min(some, len(away))] {
		says = append(says, a.String())
	}
	if more := len(away) - some; more > 0 {
		says = append(says, fmt.Sprintf("and %d more", more))
	}
	return &actions.UnknownError{Says: "no host that " + shown(t.String()) + " names is running", Known: strings.Join(says, ", ")}
}

// unknown says that nothing fits the term, and what there is.
func (inv *Inventory) unknown(t term) error {
	kind, known := "host", inv.names
	if t.group {
		kind, known = "group", inv.groups
	}
	problem := "no " + kind + " is called"
	if !t.literal() {
		problem = "no " + kind + " matches"
	}
	return &actions.UnknownError{Says: problem + " " + shown(t.String()), Known: whatIsKnown(kind, known)}
}

// whatIsKnown names some of the names, so that the error stays one line.
func whatIsKnown(kind string, known []string) string {
	const some = 5
	switch n := len(known); {
	case n == 0:
		return "no " + kind + "s are known"
	case n <= some:
		return "known are " + strings.Join(known, ", ")
	default:
		return fmt.Sprintf("known are %s and %d more", strings.Join(known[:some], ", "), n-some)
	}
}
