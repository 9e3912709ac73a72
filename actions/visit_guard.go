package actions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

func (v *visit) guard(ctx context.Context) error {
	if err := v.permit(ctx); err != nil {
		return err
	}
	if err := v.Fleet.Healthy(ctx, v.hp.Host); err != nil {
		return fmt.Errorf("it is not healthy before the change: %w", err)
	}
	if err := v.ofSharers(func(h Host) error { return v.guardSharer(ctx, h) }); err != nil {
		return err
	}
	return v.watch(ctx)
}

// For what is in the way and passes by itself, such as somebody else's package
// installation, a host waits so long, and asks again so often.
const (
	guardPatience = 10 * time.Minute
	askAgain      = 10 * time.Second
)

// permit asks the guards. After a wait the host is read again first.
func (v *visit) permit(ctx context.Context) error {
	for end := v.Now().Add(guardPatience); ; {
		no := Refusals(AskGuards(ctx, v.Guards, v.facts, v.hp.Change, v.Fleet))
		if len(no) == 0 {
			return nil
		}
		waits := !slices.ContainsFunc(no, func(a Answer) bool { return !a.Passing })
		why, err := v.Roller.halted(v.asked, v.journal)
		if err != nil || why != "" || !waits || !v.Now().Before(end) {
			return errors.Join(err, fmt.Errorf("%s refuses: %s; %s", no[0].Guard, no[0].Says, no[0].Mend))
		}
		pause(ctx, askAgain)
		if err := v.probe(ctx); err != nil {
			return err
		}
	}
}
