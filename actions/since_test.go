package actions_test

import (
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
)

func TestParseSince(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"": {}, "2h": now.Add(-2 * time.Hour), "90m": now.Add(-90 * time.Minute), "3d": now.AddDate(0, 0, -3), "0d": now,
		"2026-02-20": time.Date(2026, 2, 20, 0, 0, 0, 0, time.UTC), "2026-02-20T08:00:00Z": time.Date(2026, 2, 20, 8, 0, 0, 0, time.UTC),
	} {
		if got, err := actions.ParseSince(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q: %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"yesterday", "30", "3dd", "0x3d", "31.01.2026", "-2h", "-3d", "3D", "1d2h", "2026-13-01", "d", "99999999999999999999d", strings.Repeat("9", 500), "\x1b[31m", "3d "} {
		if got, err := actions.ParseSince(text, now); err == nil || len(err.Error()) > 400 || strings.ContainsAny(err.Error(), "\x1b\n") {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
}

func FuzzParseSince(f *testing.F) {
	for _, seed := range []string{"2h", "3d", "2026-11-20", "2026-11-20T08:00:00Z", "-1d", "999999999d", "1e9h"} {
		f.Add(seed)
	}
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := actions.ParseSince(text, now); err != nil && (len(err.Error()) > 400 || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%q fails with %q", text, err)
		}
	})
}
