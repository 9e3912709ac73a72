package bot

import (
	"testing"
	"time"
)

func TestMomentsAreShownInTheReadersTime(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	for _, test := range []struct{ got, want string }{
		{at(noon), "<!date^1772452800^{time}|12:00 UTC>"},
		{at(noon.In(berlin)), "<!date^1772452800^{time}|12:00 UTC>"},
		{on(noon), "<!date^1772452800^{date_short_pretty}|2 Mar 2026>"},
		{onAt(noon), "<!date^1772452800^{date_short_pretty} at {time}|2 Mar 2026 at 12:00 UTC>"},
		{at(time.Time{}), "no time"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}

func TestElapsedNamesTheTwoLargestUnits(t *testing.T) {
	for _, test := range []struct {
		d    time.Duration
		want string
	}{
		{-time.Minute, "0 s"}, {900 * time.Millisecond, "0 s"}, {45 * time.Second, "45 s"},
		{60 * time.Second, "1 min"}, {200 * time.Second, "3 min 20 s"},
		{time.Hour, "1 h"}, {2*time.Hour + 5*time.Minute + 59*time.Second, "2 h 5 min"},
		{47*time.Hour + 59*time.Minute, "47 h 59 min"}, {48 * time.Hour, "2 days"}, {100 * time.Hour, "4 days"},
	} {
		if got := elapsed(test.d); got != test.want {
			t.Errorf("elapsed(%s) is %q, want %q", test.d, got, test.want)
		}
	}
	if got := ago(noon, noon.Add(5*time.Minute)); got != "5 min ago" {
		t.Errorf("got %q", got)
	}
	if got := ago(noon.Add(5*time.Minute), noon); got != "in 5 min" {
		t.Errorf("got %q", got)
	}
}
