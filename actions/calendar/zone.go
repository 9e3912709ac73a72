package calendar

import (
	"fmt"
	"time"
)

// ParseZone reads the name of a time zone of the IANA database. The error is a
// sentence for people.
func ParseZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, fmt.Errorf("%s is no time zone: write UTC, or a name such as Europe/Berlin", short(name))
	}
	return zone, nil
}

// stamp writes a time by the clock of its zone and by UTC's.
func stamp(t time.Time) string {
	const date, clock = "Mon 2006-01-02 ", "15:04"
	utc := t.UTC()
	if _, offset := t.Zone(); offset == 0 && t.Format("MST") == "UTC" {
		return utc.Format(date + clock + " MST")
	}
	if t.Day() == utc.Day() {
		return t.Format(date+clock+" MST") + utc.Format(" (15:04 MST)")
	}
	return t.Format(date+clock+" MST") + utc.Format(" (Mon 2006-01-02 15:04 MST)")
}
