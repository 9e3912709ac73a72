package calendar

import (
	"testing"
	"time"
	_ "time/tzdata"
)

func window(t testing.TB, allow string, length time.Duration, zone string) Window {
	t.Helper()
	schedule, err := ParseSchedule(allow)
	if err != nil {
		t.Fatal(err)
	}
	return Window{Allow: schedule, For: length, Zone: location(t, zone)}
}

func freeze(t testing.TB, from, until, zone, why string) Freeze {
	t.Helper()
	f := Freeze{Why: why}
	var err error
	if f.From, err = ParseFrom(from, location(t, zone)); err != nil {
		t.Fatal(err)
	}
	if f.Until, err = ParseUntil(until, location(t, zone)); err != nil {
		t.Fatal(err)
	}
	return f
}

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := ParseZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// moment is what is said about a time; empty if changes may begin.
type moment struct{ at, says string }

func check(t *testing.T, c Calendar, moments []moment) {
	t.Helper()
	for _, m := range moments {
		if got := c.Closed(instant(t, m.at)); got != m.says {
			t.Errorf("%s:\n got %q\nwant %q", m.at, got, m.says)
		}
	}
}

func TestNothingSaid(t *testing.T) {
	check(t, Calendar{}, []moment{{"2026-11-22T03:00:00Z", ""}})
}

func TestWindows(t *testing.T) {
	const (
		none    = "no maintenance window is open: the next change may begin on "
		tuesday = none + "Tue 2026-11-24 09:00 CET (08:00 UTC)"
		monday  = none + "Mon 2026-11-30 09:00 CET (08:00 UTC)"
		evening = none + "Thu 2026-11-26 22:00 UTC"
	)
	c := Calendar{Windows: []Window{
		window(t, "0 9 * * 1-4", 7*time.Hour, "Europe/Berlin"),
		window(t, "0 22 * * THU", 4*time.Hour, "UTC"),
	}}
	check(t, c, []moment{
		{"2026-11-23T16:00:00+01:00", tuesday}, // not at its end any more
		{"2026-11-23T15:59:59.999999999+01:00", ""},
		{"2026-11-24T08:59:59.999999999+01:00", tuesday},
		{"2026-11-24T09:00:00+01:00", ""},
		{"2026-11-24T08:00:00.5Z", ""}, // whatever zone the question is in
		{"2026-11-26T15:00:00Z", evening},
		{"2026-11-26T21:59:59Z", evening},
		{"2026-11-26T22:00:00Z", ""},
		{"2026-11-27T01:59:59Z", ""}, // across midnight
		{"2026-11-27T02:00:00Z", monday},
	})
}

// Windows that follow each other at once, or overlap, leave nothing closed.
func TestWindowsThatTouch(t *testing.T) {
	c := Calendar{Windows: []Window{
		window(t, "0 */6 * * *", 6*time.Hour, "Europe/Berlin"),
		window(t, "0 2 * 10 *", 4*time.Hour, "Europe/Berlin"), // when the clock is put back, six hours end at 05:00
	}}
	for at := instant(t, "2026-01-01T00:00:00Z"); at.Year() == 2026; at = at.Add(59 * time.Minute) {
		if says := c.Closed(at); says != "" {
			t.Fatalf("%s: %s", at, says)
		}
	}
}

// On 2026-03-29 the clock in Berlin goes from 02:00 CET to 03:00 CEST, at 01:00
// UTC; on 2026-10-25 from 03:00 CEST to 02:00 CET, at 01:00 UTC as well.
func TestClockIsPutForward(t *testing.T) {
	left := Calendar{Windows: []Window{window(t, "30 2 * * SUN", time.Hour, "Europe/Berlin")}}
	check(t, left, []moment{
		{"2026-03-22T01:30:00Z", ""},
		{"2026-03-22T02:30:00Z", "no maintenance window is open: the next change may begin on Sun 2026-03-29 03:00 CEST (01:00 UTC)"},
		{"2026-03-29T00:59:59Z", "no maintenance window is open: the next change may begin on Sun 2026-03-29 03:00 CEST (01:00 UTC)"},
		{"2026-03-29T01:00:00Z", ""}, // the time was left out: right after
		{"2026-03-29T01:59:59Z", ""},
		{"2026-03-29T02:00:00Z", "no maintenance window is open: the next change may begin on Sun 2026-04-05 02:30 CEST (00:30 UTC)"},
	})
	across := Calendar{Windows: []Window{window(t, "0 1 * * *", 2*time.Hour, "Europe/Berlin")}}
	check(t, across, []moment{
		{"2026-03-28T23:59:59Z", "no maintenance window is open: the next change may begin on Sun 2026-03-29 01:00 CET (00:00 UTC)"},
		{"2026-03-29T00:00:00Z", ""},
		{"2026-03-29T01:59:59Z", ""}, // 03:59:59 CEST: two hours have not passed
		{"2026-03-29T02:00:00Z", "no maintenance window is open: the next change may begin on Mon 2026-03-30 01:00 CEST (Sun 2026-03-29 23:00 UTC)"},
	})
}

func TestClockIsPutBack(t *testing.T) {
	twice := Calendar{Windows: []Window{window(t, "30 2 * * *", 20*time.Minute, "Europe/Berlin")}}
	check(t, twice, []moment{
		{"2026-10-25T00:29:59Z", "no maintenance window is open: the next change may begin on Sun 2026-10-25 02:30 CEST (00:30 UTC)"},
		{"2026-10-25T00:30:00Z", ""},
		{"2026-10-25T00:50:00Z", "no maintenance window is open: the next change may begin on Sun 2026-10-25 02:30 CET (01:30 UTC)"},
		{"2026-10-25T01:30:00Z", ""},
		{"2026-10-25T01:50:00Z", "no maintenance window is open: the next change may begin on Mon 2026-10-26 02:30 CET (01:30 UTC)"},
	})
	across := Calendar{Windows: []Window{window(t, "0 22 * * SAT", 8*time.Hour, "Europe/Berlin")}}
	check(t, across, []moment{
		{"2026-10-24T20:00:00Z", ""},
		{"2026-10-25T03:59:59Z", ""}, // 04:59:59 CET: eight hours have not passed
		{"2026-10-25T04:00:00Z", "no maintenance window is open: the next change may begin on Sat 2026-10-31 22:00 CET (21:00 UTC)"},
	})
	every := Calendar{Windows: []Window{window(t, "* * * * *", time.Minute, "Europe/Berlin")}}
	for at := instant(t, "2026-10-24T23:00:00Z"); at.Before(instant(t, "2026-10-25T03:00:00Z")); at = at.Add(10 * time.Second) {
		if says := every.Closed(at); says != "" {
			t.Fatalf("%s: %s", at, says)
		}
	}
}

func TestFreezes(t *testing.T) {
	const (
		after = "the next change may begin on Mon 2027-01-04 09:00 CET (08:00 UTC)"
		sale  = "a freeze is on (sale): the next change may begin on Fri 2026-11-27 20:00 CET (19:00 UTC)"
	)
	windows := []Window{
		window(t, "0 9 * * 1-4", 7*time.Hour, "Europe/Berlin"),
		window(t, "0 18 * * 5", 4*time.Hour, "Europe/Berlin"),
	}
	c := Calendar{Windows: windows, Freezes: []Freeze{
		freeze(t, "2026-12-20", "2027-01-03", "Europe/Berlin", "Christmas"),
		freeze(t, "2026-12-31T12:00:00+01:00", "2027-01-04T09:00:00+01:00", "Europe/Berlin", ""), // longer than the one before
		freeze(t, "2026-11-26T12:00:00Z", "2026-11-27T19:00:00Z", "Europe/Berlin", "sale"),
	}}
	check(t, c, []moment{
		{"2026-12-17T15:59:59+01:00", ""},
		{"2026-12-19T23:59:59+01:00", "no maintenance window is open: " + after},
		{"2026-12-20T00:00:00+01:00", "a freeze is on (Christmas): " + after},
		{"2027-01-03T23:59:59.9+01:00", "a freeze is on (Christmas): " + after}, // the date still belongs to it
		{"2027-01-04T00:00:00+01:00", "a freeze is on: " + after},
		{"2027-01-04T08:59:59+01:00", "a freeze is on: " + after},
		{"2027-01-04T09:00:00+01:00", ""}, // the time does not
		{"2026-11-26T11:59:59Z", ""},
		{"2026-11-26T12:00:00Z", sale}, // in the middle of a window
		{"2026-11-27T18:59:59Z", sale}, // until the middle of another
		{"2026-11-27T19:00:00Z", ""},
	})
	check(t, Calendar{Freezes: c.Freezes}, []moment{
		{"2026-12-19T23:59:59+01:00", ""},
		{"2026-12-24T18:00:00+01:00", "a freeze is on (Christmas): the next change may begin on Mon 2027-01-04 09:00 CET (08:00 UTC)"},
	})
}

// A freeze of a date begins and ends with the day, also where a day has no
// midnight: in Santiago the clock goes from 24:00 to 01:00 on 2026-09-05.
func TestFreezesOfDates(t *testing.T) {
	for _, test := range []struct{ date, zone, from, until string }{
		{"2026-12-24", "UTC", "2026-12-24T00:00:00Z", "2026-12-25T00:00:00Z"},
		{"2026-03-29", "Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		{"2026-10-25", "Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		{"2026-09-05", "America/Santiago", "2026-09-05T04:00:00Z", "2026-09-06T04:00:00Z"},
		{"2026-09-06", "America/Santiago", "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"},
		{"2028-02-29", "Asia/Kathmandu", "2028-02-28T18:15:00Z", "2028-02-29T18:15:00Z"},
		{"2026-12-31", "Pacific/Kiritimati", "2026-12-30T10:00:00Z", "2026-12-31T10:00:00Z"},
	} {
		f := freeze(t, test.date, test.date, test.zone, "")
		if !f.From.Equal(instant(t, test.from)) || !f.Until.Equal(instant(t, test.until)) {
			t.Errorf("%s in %s: got %s to %s", test.date, test.zone, f.From.UTC(), f.Until.UTC())
		}
	}
}

// The library looks no further than five years.
func TestNoWindowForYears(t *testing.T) {
	c := Calendar{Windows: []Window{window(t, "0 0 29 2 *", time.Hour, "Europe/Berlin")}}
	check(t, c, []moment{
		{"2096-02-29T00:30:00+01:00", ""},
		{"2096-03-01T00:00:00Z", "no maintenance window is open, and none opens within five years: no change may begin"},
		{"2100-02-28T23:30:00Z", "no maintenance window is open: the next change may begin on Fri 2104-02-29 00:00 CET (Thu 2104-02-28 23:00 UTC)"},
	})
	check(t, Calendar{Windows: []Window{{For: time.Hour, Zone: time.UTC}}}, []moment{
		{"2026-01-01T00:00:00Z", "no maintenance window is open, and none opens within five years: no change may begin"},
	})
}
