package actions

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Inventory knows the hosts.
type Inventory interface {
	// Select returns the hosts that a pattern names (`web-*`,
	// `web-{1..4}.prod`, `@group`, comma lists, `!` exclusions), sorted. Its
	// error is a sentence for people: the pattern is malformed, or an
	// *UnknownError.
	Select(ctx context.Context, pattern string) ([]Host, error)
}

// Doubtful is an Inventory that may not know every host there is.
type Doubtful interface {
	// Doubts says what a scan of the pattern may miss, a sentence each, in
	// words that name no host; nothing while there is no reason for doubt.
	Doubts(pattern string) []string
}

// Target returns the hosts that a pattern names, provided that the channel may
// target every one of them.
func (p Policy) Target(ctx context.Context, inv Inventory, channel, pattern string) ([]Host, error) {
	if _, err := p.Patterns(channel); err != nil {
		return nil, err // before the pattern is looked at: its answer names hosts
	}
	hosts, err := inv.Select(ctx, pattern)
	if err != nil {
		return nil, p.withoutNames(err, channel)
	}
	if err := p.Allows(ctx, inv, channel, hosts); err != nil {
		return nil, err
	}
	return hosts, nil
}

// UnknownError says that a pattern names no host.
type UnknownError struct {
	Says  string // what is not known
	Known string // names of hosts or groups that are
}

func (e *UnknownError) Error() string { return e.Says + ": " + e.Known }

// withoutNames tells the channel what it may target instead of what else there
// is: hosts that are none of its business have names, too.
func (p Policy) withoutNames(err error, channel string) error {
	var unknown *UnknownError
	if !errors.As(err, &unknown) {
		return err
	}
	return fmt.Errorf("%s: this channel may target %s", unknown.Says, strings.Join(p.Channels[channel], ", "))
}

// Allows refuses the first of the hosts that the channel may not target.
func (p Policy) Allows(ctx context.Context, inv Inventory, channel string, hosts []Host) error {
	patterns, err := p.Patterns(channel)
	if err != nil {
		return err
	}
	allowed := map[string]bool{}
	for _, pat := range patterns {
		some, err := inv.Select(ctx, pat)
		if err != nil {
			continue // a channel's pattern may name hosts that are gone
		}
		for _, h := range some {
			allowed[h.Name] = true
		}
	}
	for _, h := range hosts {
		if !allowed[h.Name] {
			return forbidden("%s is outside of what this channel may target (%s)", h.Name, strings.Join(patterns, ", "))
		}
	}
	return nil
}

// SelectNames returns hosts by their exact names, in the order given. The
// error names the first that the inventory no longer knows.
func SelectNames(ctx context.Context, inv Inventory, names []string) ([]Host, error) {
	hosts := make([]Host, 0, len(names))
	for _, name := range names {
		found, err := inv.Select(ctx, name)
		var unknown *UnknownError
		switch {
		case err != nil && !errors.As(err, &unknown):
			return nil, err
		case err != nil || len(found) != 1:
			return nil, fmt.Errorf("%s is no longer in the inventory", name)
		}
		hosts = append(hosts, found[0])
	}
	return hosts, nil
}
