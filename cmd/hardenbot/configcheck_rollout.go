package main

import (
	"cmp"
	"fmt"
	"time"

	"hardenbot/actions"
)

// rolloutLines says how plans go over their hosts, and whether changes may begin
// now.
func rolloutLines(cfg *Config, now time.Time) string {
	r := cfg.Rollout
	lines := indented("rollout    ", fmt.Sprintf(
		"%s first, one at a time, then %s at a time, with at least %s of a group serving; healthy %s within %s, and for %s in rotation",
		count(r.Canary, "host"), r.MaxUnavailable, r.MinHealthy, times(r.InARow), short(r.HealthyWithin), short(r.Soak)))
	lines += indented("reminders  ", "of hosts that need somebody, every "+short(cfg.Remind))
	c := cfg.Calendar
	if len(c.Windows)+len(c.Freezes) == 0 {
		return lines + indented("changes    ", "may begin at any time")
	}
	return lines + indented("changes    ", fmt.Sprintf("%s, %s; now: %s",
		count(len(c.Windows), "window"), count(len(c.Freezes), "freeze"), cmp.Or(c.Closed(now), "changes may begin")))
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times in a row", n)
}

// notifyLine says who is told of plans that wait, if anybody is.
func notifyLine(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return indented("notified   ", some(ids, 20)+", of each plan that waits, and once more before its time is up")
}

// approversLine says who decides on plans, and how many it takes.
func approversLine(p *actions.Policy) string {
	says := fmt.Sprintf("%s; a plan needs %d of them within %s", some(p.Approvers, 20), p.Approvals, short(p.ApprovalTTL))
	if p.LockoutApprovals > p.Approvals {
		says += fmt.Sprintf(", and %d if it could lock people out", p.LockoutApprovals)
	}
	switch p.StepUp {
	case actions.StepUpLockout:
		says += "; a second factor if it could lock people out"
	case actions.StepUpAll:
		says += "; always with a second factor"
	}
	return indented("approvers  ", says)
}
