package calendar

import (
	"strings"
	"testing"
	"time"
	"unicode"
)

func TestParseSchedule(t *testing.T) {
	for _, text := range []string{"0 9 * * 1-4", "*/15 0-6,22-23 1,15 JAN-MAR *", "0 0 29 2 *", "59 23 31 12 SAT", "0 0 31 4 1", "  0   9 * * *"} {
		if _, err := ParseSchedule(text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, test := range []struct{ text, says string }{
		{"", `"" is no cron expression: write minute`},
		{"@daily", `"@daily" is no cron expression: write minute`},
		{"@every 1h", "is no cron expression: write minute"},
		{"TZ=", "is no cron expression: write minute"},
		{"TZ=UTC", "is no cron expression: write minute"},
		{"CRON_TZ=Europe/Berlin 0 9 * * *", "is no cron expression: write minute"},
		{"0\t9 * * *", "is no cron expression: write minute"},
		{"0 9 * *", "expected exactly 5 fields"},
		{"0 0 9 * * *", "expected exactly 5 fields"},
		{"60 9 * * *", "above maximum (59)"},
		{"0 9 * * 7", "of the week (0 to 6)"},
		{"0 9 0 * *", "below minimum (1)"},
		{"*/0 9 * * *", "step of range should be a positive number"},
		{"0 9 30 2 *", `"0 9 30 2 *" never comes, so`},
		{"0 9 31 4,6 *", "never comes"},
		{", 9 * * *", "never comes"},
		{strings.Repeat("1,", 300) + "1 * * * *", "…\" is no cron expression"},
	} {
		_, err := ParseSchedule(test.text)
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%q: got %v, want %q", test.text, err, test.says)
		}
	}
}

func TestParseTimes(t *testing.T) {
	for _, text := range []string{"", "2026", "2026-02-30", "2026-1-1", "20.12.2026", "2026-12-20 18:00", "2026-12-20T18:00:00", "2026-12-20T24:00:00Z", "today", "\x1b[1m"} {
		_, from := ParseFrom(text, time.UTC)
		_, until := ParseUntil(text, time.UTC)
		if from == nil || until == nil {
			t.Errorf("%q: got %v and %v", text, from, until)
		}
	}
	for _, text := range []string{"", "Local", "CEST", "Berlin", "Europe", "../../etc/passwd", "/etc/localtime", "europe/berlin\x00"} {
		if zone, err := ParseZone(text); err == nil {
			t.Errorf("%q: got %s", text, zone)
		}
	}
}

// readable fails on a sentence that could not be shown.
func readable(t *testing.T, err error) {
	t.Helper()
	if err != nil && (len(err.Error()) > 2000 || strings.ContainsFunc(err.Error(), unicode.IsControl)) {
		t.Errorf("bad sentence: %q", err)
	}
}

func FuzzParseSchedule(f *testing.F) {
	for _, text := range []string{"0 9 * * 1-4", "*/15 0-6,22-23 1,15 JAN-MAR ?", "TZ=UTC", "0 0 31 2 *", "*/99999999999999999999 * * * *", "5-1 * * * *", ",,,, * * * *", "0 0 29 2 *"} {
		f.Add(text)
	}
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSchedule(text)
		readable(t, err)
		if err != nil {
			return
		}
		next := s.next(from)
		if !next.After(from) || next.Second() != 0 || next.Nanosecond() != 0 {
			t.Errorf("%q opens at %s", text, next)
		}
	})
}

func FuzzParseTime(f *testing.F) {
	for _, text := range []string{"2026-12-20", "2026-12-20T18:00:00+01:00", "2026-12-20T18:00:00.5Z", "0000-01-01", "9999-12-31", "2026-02-30", "2026-09-06"} {
		f.Add(text, "America/Santiago")
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		zone, err := ParseZone(name)
		if readable(t, err); err != nil {
			zone = time.UTC
		}
		from, err := ParseFrom(text, zone)
		readable(t, err)
		until, notUntil := ParseUntil(text, zone)
		if (err == nil) != (notUntil == nil) {
			t.Errorf("%q: got %v and %v", text, err, notUntil)
		}
		if _, date := time.Parse(time.DateOnly, text); date == nil && err == nil && !from.Before(until) {
			t.Errorf("%q in %s: the day from %s to %s", text, zone, from, until)
		}
	})
}
