package calendar

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestAgainstOracle compares with a clock that is watched minute by minute, with
// a reading of cron expressions of its own.
func TestAgainstOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stage := rapid.SampledFrom(stages).Draw(t, "stage")
		begin := stage.begin
		c, texts := drawCalendar(t, begin, stage.zone)
		open := oracle(t, c, texts, begin)
		for i := rapid.IntRange(0, 29).Draw(t, "first"); i < watched; i += 30 {
			at := begin.Add(time.Duration(i)*time.Minute + time.Duration(i%60)*999*time.Millisecond)
			if says := c.Closed(at); (says == "") != open[i] {
				t.Fatalf("%s with %v and %v: open %v, and %q", at, texts, c.Freezes, open[i], says)
			}
			if next := slices.Index(open[i:], true); next > 0 {
				if want := begin.Add(time.Duration(i+next) * time.Minute); !c.next(at).Equal(want) {
					t.Fatalf("%s with %v and %v: next %s, want %s", at, texts, c.Freezes, c.next(at), want)
				}
			}
		}
	})
}

// watched is how long the clock is, in minutes.
const watched = 3 * 24 * 60

// stages are zones before their clock is put forward or back, half an hour in
// Lord Howe and at midnight in Santiago, before a leap day, and some other.
var stages = []struct {
	zone  string
	begin time.Time
}{
	{"Europe/Berlin", time.Date(2026, 3, 27, 22, 0, 0, 0, time.UTC)},
	{"Europe/Berlin", time.Date(2026, 10, 23, 22, 0, 0, 0, time.UTC)},
	{"America/New_York", time.Date(2026, 3, 7, 0, 0, 0, 0, time.UTC)},
	{"America/New_York", time.Date(2026, 10, 31, 0, 0, 0, 0, time.UTC)},
	{"Australia/Lord_Howe", time.Date(2026, 4, 3, 0, 0, 0, 0, time.UTC)},
	{"Australia/Lord_Howe", time.Date(2026, 10, 2, 0, 0, 0, 0, time.UTC)},
	{"America/Santiago", time.Date(2026, 9, 4, 0, 0, 0, 0, time.UTC)},
	{"America/Santiago", time.Date(2026, 4, 3, 0, 0, 0, 0, time.UTC)},
	{"Asia/Kolkata", time.Date(2028, 2, 27, 0, 0, 0, 0, time.UTC)},
	{"Pacific/Kiritimati", time.Date(2026, 6, 29, 0, 0, 0, 0, time.UTC)},
}

// drawCalendar draws windows and freezes, and returns the windows' expressions.
func drawCalendar(t *rapid.T, begin time.Time, zone string) (c Calendar, texts []string) {
	for range rapid.IntRange(0, 3).Draw(t, "windows") {
		text := strings.Join([]string{
			drawField(t, "minute", 0, 59), drawField(t, "hour", 0, rapid.SampledFrom([]int{3, 23}).Draw(t, "latest")),
			drawField(t, "day", 1, 31), drawField(t, "month", 1, 12), drawField(t, "weekday", 0, 6),
		}, " ")
		schedule, err := ParseSchedule(text)
		if err != nil {
			t.Skip("a window that never opens is refused")
		}
		zone, err := ParseZone(rapid.SampledFrom([]string{zone, zone, "UTC"}).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		length := rapid.OneOf(rapid.IntRange(1, 90), rapid.IntRange(1, 90), rapid.IntRange(1, 7*24*60)).Draw(t, "minutes")
		c.Windows = append(c.Windows, Window{Allow: schedule, For: time.Duration(length) * time.Minute, Zone: zone})
		texts = append(texts, text+" "+zone.String())
	}
	for range rapid.IntRange(0, 2).Draw(t, "freezes") {
		from := begin.Add(time.Duration(rapid.IntRange(-600, watched).Draw(t, "from")) * time.Minute)
		until := from.Add(time.Duration(rapid.IntRange(1, 2000).Draw(t, "length")) * time.Minute)
		c.Freezes = append(c.Freezes, Freeze{From: from, Until: until})
	}
	return c, texts
}

// drawField draws a field. Days are asterisks most often, so that windows open.
func drawField(t *rapid.T, name string, least, most int) string {
	a, b := rapid.IntRange(least, most).Draw(t, name), rapid.IntRange(least, most).Draw(t, name)
	kind := rapid.IntRange(0, 4).Draw(t, name+" kind")
	if strings.Contains("day month weekday", name) && rapid.IntRange(0, 3).Draw(t, name+" named") > 0 {
		return "*"
	}
	switch kind {
	case 0:
		return strconv.Itoa(a)
	case 1:
		return fmt.Sprintf("%d-%d", min(a, b), max(a, b))
	case 2:
		return fmt.Sprintf("%d,%d", a, b)
	case 3:
		return fmt.Sprintf("*/%d", 2+a%6)
	}
	return "*"
}

// oracle tells for each minute from begin on whether changes may begin.
func oracle(t *rapid.T, c Calendar, texts []string, begin time.Time) []bool {
	open := make([]bool, watched)
	for i := range open {
		open[i] = len(c.Windows) == 0
	}
	for n, w := range c.Windows {
		fields := strings.Fields(texts[n])[:5]
		length := int(w.For / time.Minute)
		for i := -length; i < watched; i++ {
			at := begin.Add(time.Duration(i) * time.Minute).In(w.Zone)
			if !slices.ContainsFunc(shown(at), func(clock time.Time) bool { return named(fields, clock) }) {
				continue
			}
			for j := max(0, i); j < min(watched, i+length); j++ {
				open[j] = true
			}
		}
	}
	for i := range open {
		at := begin.Add(time.Duration(i) * time.Minute)
		open[i] = open[i] && !slices.ContainsFunc(c.Freezes, func(f Freeze) bool { return !f.From.After(at) && f.Until.After(at) })
	}
	return open
}

// shown is what the clock shows in that minute, and all that it leaves out right
// before, as if it were UTC.
func shown(at time.Time) []time.Time {
	clock := func(at time.Time) time.Time {
		return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), 0, 0, time.UTC)
	}
	all := []time.Time{clock(at)}
	for m := clock(at.Add(-time.Minute)).Add(time.Minute); m.Before(all[0]); m = m.Add(time.Minute) {
		all = append(all, m)
	}
	return all
}

// named reports whether a cron expression names the time: either of the days is
// enough where neither field is an asterisk.
func named(fields []string, at time.Time) bool {
	day, weekday := matches(fields[2], at.Day()-1, 1), matches(fields[4], int(at.Weekday()), 0)
	days := day && weekday
	if fields[2] != "*" && fields[4] != "*" {
		days = day || weekday
	}
	return days && matches(fields[0], at.Minute(), 0) && matches(fields[1], at.Hour(), 0) && matches(fields[3], int(at.Month())-1, 1)
}

// matches reports whether a field names n, counted from its least value. What
// has a step begins with that.
func matches(field string, n, least int) bool {
	number := func(text string) int {
		i, _ := strconv.Atoi(text)
		return i - least
	}
	if field == "*" {
		return true
	}
	if step, ok := strings.CutPrefix(field, "*/"); ok {
		return n%(number(step)+least) == 0
	}
	if from, to, ok := strings.Cut(field, "-"); ok {
		return number(from) <= n && n <= number(to)
	}
	return slices.ContainsFunc(strings.Split(field, ","), func(text string) bool { return number(text) == n })
}
