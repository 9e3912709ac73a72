// Package calendar tells when changes may begin. In go maintenance windows, as
// cron expressions with a length and a time zone, and freezes, as times from and
// until; out comes, for a time, a sentence that says why no change may begin
// then, and when the next may.
//
// calendar.go joins both, window.go knows when a window is open, schedule.go
// reads cron expressions, freeze.go reads dates and times, zone.go zones.
package calendar

import (
	"fmt"
	"time"

	"hardenbot/actions"
)

// Calendar is when changes may begin: within one of the windows, or at any time
// where there are none, and never within a freeze.
type Calendar struct {
	Windows []Window
	Freezes []Freeze
}

var _ actions.Calendar = Calendar{}

// Closed implements actions.Calendar.
func (c Calendar) Closed(at time.Time) string {
	var why string
	if f := c.freeze(at); f != nil {
		why = f.says()
	} else if !c.open(at) {
		why = "no maintenance window is open"
	} else {
		return ""
	}
	next := c.next(at)
	if next.IsZero() {
		return why + ", and none opens within five years: no change may begin"
	}
	return fmt.Sprintf("%s: the next change may begin on %s", why, stamp(next))
}

// next is the first time from t on when a change may begin; zero if that is more
// than five years away.
func (c Calendar) next(t time.Time) time.Time {
	for {
		if f := c.freeze(t); f != nil {
			t = f.Until
			continue
		}
		if c.open(t) {
			return t
		}
		if t = c.opens(t); t.IsZero() {
			return t
		}
	}
}

// freeze returns one that is on.
func (c Calendar) freeze(at time.Time) *Freeze {
	for i, f := range c.Freezes {
		if f.on(at) {
			return &c.Freezes[i]
		}
	}
	return nil
}

// open reports whether the windows allow a change.
func (c Calendar) open(at time.Time) bool {
	for _, w := range c.Windows {
		if w.open(at) {
			return true
		}
	}
	return len(c.Windows) == 0
}

// opens is when the first window opens after t; zero if that is too far away.
func (c Calendar) opens(t time.Time) time.Time {
	var first time.Time
	for _, w := range c.Windows {
		if next := w.next(t); first.IsZero() || !next.IsZero() && next.Before(first) {
			first = next
		}
	}
	return first
}
