package actions

import (
	"fmt"
	"time"
)

// ParseSince reads a time span before now ("24h", "30d"), a date or a time (RFC
// 3339). Empty text is the zero time. Its error is a sentence for people.
func ParseSince(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	var days int
	if n, err := fmt.Sscanf(text, "%dd", &days); err == nil && n == 1 && text == fmt.Sprintf("%dd", days) && days >= 0 {
		return now.AddDate(0, 0, -days), nil
	}
	if span, err := time.ParseDuration(text); err == nil && span >= 0 {
		return now.Add(-span), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%.60q is no time: write a span (24h, 30d), a date (2026-01-31) or a time (2026-01-31T08:00:00Z)", text)
}
