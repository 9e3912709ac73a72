package bot

import (
	"fmt"
	"strings"
	"time"
)

// Moments are written so that Slack shows each reader their own local time.
// Where it cannot (e-mail, old clients), the text after the bar stands there,
// in UTC. See https://docs.slack.dev/messaging/formatting-message-text#date-formatting

// at is a moment of today: "14:02" to a reader, "13:02 UTC" as the fallback.
func at(t time.Time) string { return local(t, "{time}", "15:04 UTC") }

// on is a day: "Mar 2, 2026", or "today".
func on(t time.Time) string { return local(t, "{date_short_pretty}", "2 Jan 2006") }

// onAt is a moment of any day: "today at 14:02".
func onAt(t time.Time) string {
	return local(t, "{date_short_pretty} at {time}", "2 Jan 2006 at 15:04 UTC")
}

func local(t time.Time, format, fallback string) string {
	if t.IsZero() {
		return "no time"
	}
	return fmt.Sprintf("<!date^%d^%s|%s>", t.Unix(), format, t.UTC().Format(fallback))
}

// elapsed words a time span by its two largest units: "45 s", "3 min 20 s",
// "2 h 5 min", "4 days". Less than a second is "0 s", and so is a negative one.
func elapsed(d time.Duration) string {
	d = max(0, d)
	hours, minutes, seconds := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case hours >= 48:
		return count(hours/24, "day")
	case hours > 0:
		return strings.TrimSuffix(fmt.Sprintf("%d h %d min", hours, minutes), " 0 min")
	case minutes > 0:
		return strings.TrimSuffix(fmt.Sprintf("%d min %d s", minutes, seconds), " 0 s")
	}
	return fmt.Sprintf("%d s", seconds)
}

// ago is how long a moment is past: "3 min 20 s ago". What is to come is
// "in 3 min 20 s".
func ago(t, now time.Time) string {
	if t.After(now) {
		return "in " + elapsed(t.Sub(now))
	}
	return elapsed(now.Sub(t)) + " ago"
}
