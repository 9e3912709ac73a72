package workspace

import (
	"math"
	"time"
)

// Rate allows one call every Every, and Burst calls at once after a rest.
// The zero Rate has no limit.
type Rate struct {
	Every time.Duration
	Burst int
}

// Slack documents its tiers as calls a minute, and one posted message a second
// a channel with "short bursts". It does not give the size of a burst. Here a
// minute's calls may come at once, and five messages.
// Source: Slack, "Rate limits".
var (
	tier2    = Rate{Every: time.Minute / 20, Burst: 20}
	tier3    = Rate{Every: time.Minute / 50, Burst: 50}
	tier4    = Rate{Every: time.Minute / 100, Burst: 100}
	postRate = Rate{Every: time.Second, Burst: 5}
)

// limiter holds a token bucket for each method, or method and channel.
// Workspace.mu guards it.
type limiter struct {
	buckets   map[string]*bucket
	overrides map[string]Rate
}

type bucket struct {
	tokens float64
	at     time.Time
}

func newLimiter() limiter {
	return limiter{buckets: map[string]*bucket{}, overrides: map[string]Rate{}}
}

// SetRate replaces the rate of a method. For chat.postMessage it holds for each
// channel. Rate{} lifts the limit; Rate{time.Second, 1} allows no burst.
func (w *Workspace) SetRate(method string, r Rate) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.overrides[method] = r
	clear(w.buckets)
}

// throttle takes a token for the call, or refuses it with the time to wait.
func (c *call) throttle(m method) error {
	rate := m.rate
	if r, ok := c.overrides[c.method]; ok {
		rate = r
	}
	if rate.Every <= 0 {
		return nil
	}
	key := c.method + " " + c.str(m.each)
	wait := c.take(key, rate, c.now())
	if wait <= 0 {
		return nil
	}
	return &apiError{code: "ratelimited", retryAfter: wait}
}

// take returns zero if the call may pass, and else how long to wait.
func (l *limiter) take(key string, r Rate, now time.Time) time.Duration {
	full := float64(max(r.Burst, 1))
	b := l.buckets[key]
	if b == nil {
		b = &bucket{tokens: full, at: now}
		l.buckets[key] = b
	}
	b.tokens = min(full, b.tokens+float64(now.Sub(b.at))/float64(r.Every))
	b.at = now
	if b.tokens >= 1 {
		b.tokens--
		return 0
	}
	return time.Duration((1 - b.tokens) * float64(r.Every))
}

// wholeSeconds rounds up, because Retry-After has no fractions.
func wholeSeconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }
