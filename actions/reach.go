package actions

import (
	"context"
	"slices"
)

// Reach returns all hosts that the channel may target, sorted, each once. A
// pattern of the policy that names nothing any more adds nothing.
func (p Policy) Reach(ctx context.Context, inv Inventory, channel string) ([]Host, error) {
	patterns, err := p.Patterns(channel)
	if err != nil {
		return nil, err
	}
	var all []Host
	for _, pattern := range patterns {
		some, err := inv.Select(ctx, pattern)
		if err != nil {
			continue
		}
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b Host) int { return NaturalCompare(a.Name, b.Name) })
	return slices.CompactFunc(all, func(a, b Host) bool { return a.Name == b.Name }), nil
}
