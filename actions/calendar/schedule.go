package calendar

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/robfig/cron/v3"
)

// Schedule is the times of a cron expression. The zero value has none.
type Schedule struct {
	cron cron.Schedule
}

// Five fields: no @daily, whose hour one has to know by heart, and no @every,
// which counts from whenever it is asked.
var parser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// spoken keeps away TZ=, which has a key of its own here, and over which the
// library panics where nothing follows it.
var spoken = regexp.MustCompile(`^[0-9A-Za-z*/, -]{1,200}$`)

// ParseSchedule reads minute, hour, day of the month, month and day of the week
// (0 to 6 from Sunday, or SUN to SAT) of crontab(5). Where both days are
// restricted, either is enough. The error is a sentence for people.
func ParseSchedule(text string) (Schedule, error) {
	if !spoken.MatchString(text) {
		return Schedule{}, fmt.Errorf("%s is no cron expression: write minute, hour, day of the month, month and day of the week, for example 0 9 * * 1-4", short(text))
	}
	parsed, err := parser.Parse(text)
	if err != nil {
		return Schedule{}, fmt.Errorf("%s is no cron expression of minute, hour, day of the month, month and day of the week (0 to 6): %w", short(text), err)
	}
	s := Schedule{parsed}
	if s.next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Schedule{}, fmt.Errorf("%s never comes, so that the window would never open", short(text))
	}
	return s, nil
}

// next is the first of the times after t, by the clock of t's zone; zero if that
// is more than five years away.
func (s Schedule) next(t time.Time) time.Time {
	if s.cron == nil {
		return time.Time{}
	}
	return s.cron.Next(t)
}

// short quotes what was typed, cut where it is long.
func short(text string) string {
	if len(text) > 60 {
		text = text[:60] + "…"
	}
	return strconv.QuoteToGraphic(text)
}
