package calendar

import "time"

// The bounds of Window.For.
const (
	MinWindow = time.Minute
	MaxWindow = 7 * 24 * time.Hour
)

// Window opens at each time of Allow by the clock of Zone, and is open For so
// long as time passes, whatever the clock does meanwhile. A time that comes
// twice, because the clock is put back, opens it twice; one that is left out,
// because the clock is put forward, opens it as soon as that has happened.
type Window struct {
	Allow Schedule
	For   time.Duration
	Zone  *time.Location
}

// open reports whether the window has opened and not closed again.
func (w Window) open(at time.Time) bool {
	opened := w.next(at.Add(-w.For))
	return !opened.IsZero() && !opened.After(at)
}

// next is when the window opens after t; zero if that is more than five years
// away. The schedule is asked for a stretch of time with one and the same offset
// from UTC after the other: over a change of it the library leaves times out.
func (w Window) next(t time.Time) time.Time {
	for during := t.In(w.Zone); ; {
		next := w.Allow.next(t.In(fixed(during)))
		_, end := during.ZoneBounds()
		switch {
		case end.IsZero() || next.Before(end): // also if next is zero
			return next.In(w.Zone)
		case next.Before(end.Add(forward(during, end))):
			return end
		}
		t, during = end.Add(-time.Second), end
	}
}

// fixed is the zone that never has another offset than at t.
func fixed(t time.Time) *time.Location { return time.FixedZone(t.Zone()) }

// forward is how far the clock is put forward from one time to the other.
func forward(from, to time.Time) time.Duration {
	_, before := from.Zone()
	_, after := to.Zone()
	return time.Duration(after-before) * time.Second
}
