package calendar

import (
	"fmt"
	"time"
)

// Freeze is on at From, and no longer at Until.
type Freeze struct {
	From, Until time.Time
	Why         string // in words, for people; may be empty
}

func (f Freeze) on(at time.Time) bool { return !at.Before(f.From) && at.Before(f.Until) }

func (f Freeze) says() string {
	if f.Why == "" {
		return "a freeze is on"
	}
	return fmt.Sprintf("a freeze is on (%s)", f.Why)
}

// ParseFrom reads when a freeze begins: a date, with whose first moment in the
// zone it does, or a time as RFC 3339 writes it. The error is a sentence for
// people.
func ParseFrom(text string, zone *time.Location) (time.Time, error) {
	return parseTime(text, zone, 0)
}

// ParseUntil reads when a freeze ends: a date, which still belongs to it, or a
// time, which does not. The error is a sentence for people.
func ParseUntil(text string, zone *time.Location) (time.Time, error) {
	return parseTime(text, zone, 1)
}

// parseTime reads a time, or the beginning of the day that is so many days after
// a date.
func parseTime(text string, zone *time.Location, days int) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.In(zone), nil
	}
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s is neither a date such as 2026-12-20 nor a time such as 2026-12-20T18:00:00+01:00", short(text))
	}
	return midnight(d.AddDate(0, 0, days), zone), nil
}

// midnight is the first moment of the date in the zone. Where the clock is put
// forward at midnight, time.Date returns one that is still of the day before.
func midnight(d time.Time, zone *time.Location) time.Time {
	t := time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, zone)
	if t.Day() != d.Day() {
		_, t = t.ZoneBounds()
	}
	return t
}
