package actions

import (
	"context"
	"fmt"
	"time"
)

// healthEvery is the time between two looks at a host that has to be healthy
// several times in a row.
const healthEvery = 2 * time.Second

// healthy waits until the host, and whoever shares a group with it, is well.
func (v *visit) healthy(ctx context.Context) error {
	if err := v.well(ctx, v.hp.Host); err != nil {
		return fmt.Errorf("it is not healthy after the change: %w", err)
	}
	return v.ofSharers(func(h Host) error {
		if err := v.well(ctx, h); err != nil {
			return fmt.Errorf("it is not healthy after the change: %w", err)
		}
		return nil
	})
}

// well is nil once the host's checks have passed several times in a row. For a
// while they may fail: services that were restarted take their time.
func (v *visit) well(ctx context.Context, h Host) error {
	rollout := v.plan.Rollout
	wanted := max(1, rollout.InARow)
	if len(h.Declared.Health) == 0 {
		wanted = 1
	}
	for end, passed := v.Now().Add(rollout.HealthyWithin), 0; ; pause(ctx, healthEvery) {
		err := v.Fleet.Healthy(ctx, h)
		passed++
		switch {
		case err == nil && passed >= wanted:
			return nil
		case err != nil && (!v.Now().Before(end) || ctx.Err() != nil):
			return err
		case err != nil:
			passed = 0
		}
	}
}
