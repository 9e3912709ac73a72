package cloud

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// Each answer begins the time anew, and is told to who waits for the call, too.
func TestHeard(t *testing.T) {
	for _, c := range []struct {
		name    string
		answers int // every ten seconds
		ends    time.Duration
		took    time.Duration
		says    string
	}{
		{"nothing is said", 0, 0, 15 * time.Second, "it did not answer within 15s"},
		{"in time", 0, 14 * time.Second, 14 * time.Second, ""},
		{"throttled, then in time", 5, time.Minute, time.Minute, ""},
		{"throttled, and never answered", 5, 0, 65 * time.Second, "it did not answer within 15s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				told := 0
				ctx := context.WithValue(t.Context(), onAnswer{}, func() { told++ })
				begin := time.Now()
				_, err := heard(ctx, "sts:AssumeRole", 15*time.Second, func(ctx context.Context) (int, error) {
					for range c.answers {
						time.Sleep(10 * time.Second)
						ctx.Value(onAnswer{}).(func())()
					}
					return 0, scripted(ctx, 0, max(0, c.ends-time.Since(begin)))
				})
				if took := time.Since(begin); took != c.took || told != c.answers {
					t.Errorf("took %s and told %d times, want %s and %d", took, told, c.took, c.answers)
				}
				if (err == nil) != (c.says == "") || err != nil && err.Error() != c.says {
					t.Errorf("got %v, want %q", err, c.says)
				}
			})
		})
	}
}
