package actions

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Share is a number of hosts, or a part of them in percent. The zero value is
// none.
type Share struct {
	Count   int // hosts
	Percent int // 1 to 100; counts where Count is 0
}

// ParseShare reads "3" or "25%". The error is a sentence for people.
func ParseShare(text string) (Share, error) {
	number, percent := strings.CutSuffix(text, "%")
	n, err := strconv.Atoi(number)
	switch {
	case err != nil || n < 1 || n > 100_000:
		return Share{}, fmt.Errorf("%q is neither a number of hosts such as 2 nor a part of them such as 25%%", text)
	case percent && n > 100:
		return Share{}, fmt.Errorf("%q is more than all of them", text)
	case percent:
		return Share{Percent: n}, nil
	}
	return Share{Count: n}, nil
}

// String is what ParseShare reads; "0" for none.
func (s Share) String() string {
	if s.Count == 0 && s.Percent > 0 {
		return strconv.Itoa(s.Percent) + "%"
	}
	return strconv.Itoa(s.Count)
}

// MarshalText implements encoding.TextMarshaler.
func (s Share) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Share) UnmarshalText(text []byte) (err error) {
	if string(text) == "0" {
		*s = Share{}
		return nil
	}
	*s, err = ParseShare(string(text))
	return err
}

// AtMost is the share of n hosts, rounded down.
func (s Share) AtMost(n int) int {
	if s.Count > 0 {
		return min(s.Count, n)
	}
	return n * s.Percent / 100
}

// AtLeast is the share of n hosts, rounded up.
func (s Share) AtLeast(n int) int {
	if s.Count > 0 {
		return s.Count
	}
	return (n*s.Percent + 99) / 100
}

// Rollout is how a plan goes over its hosts. It is part of what is approved.
type Rollout struct {
	Canary         int           `json:"canary"`           // hosts that go first, one at a time
	MaxUnavailable Share         `json:"max_unavailable"`  // hosts at a time after them; at least one
	MinHealthy     Share         `json:"min_healthy"`      // of a group's members, that serve while others are out; at least one
	Soak           time.Duration `json:"soak"`             // how long a host has to stay healthy in rotation before the next one
	InARow         int           `json:"healthy_in_a_row"` // how often its checks have to pass, one time after the other; at least once
	HealthyWithin  time.Duration `json:"healthy_within"`   // how long after the change they may fail
}

// fitting is the rollout for these hosts. Those whose security groups are
// changed go one at a time: what is done to one is done to all that share them.
func (r Rollout) fitting(hosts []HostPlan) Rollout {
	if slices.ContainsFunc(hosts, func(h HostPlan) bool { return len(h.Change.groups()) > 0 }) {
		r.MaxUnavailable = Share{Count: 1}
	}
	return r
}

// Batches is how many of n hosts are at work at a time, in order.
func (r Rollout) Batches(n int) []int {
	var sizes []int
	for left, size := n, 0; left > 0; left -= size {
		size = 1
		if len(sizes) >= r.Canary {
			size = min(left, max(1, r.MaxUnavailable.AtMost(n)))
		}
		sizes = append(sizes, size)
	}
	return sizes
}

// Room is how far a group that a balancer serves from may be emptied.
type Room struct {
	Out  Share // members that may be out of it at a time; at least one
	Keep Share // members that have to serve at the same time; at least one
}

// room is what the rollout leaves for one more host.
func (r Rollout) room() Room { return Room{Out: r.MaxUnavailable, Keep: r.MinHealthy} }

// Refuses says why one more may not leave a group of so many members, of which
// so many are out already and so many others serve. It is empty if it may.
func (r Room) Refuses(members, out, serving int) string {
	most, least := max(1, r.Out.AtMost(members)), max(1, r.Keep.AtLeast(members))
	switch {
	case out >= most:
		return fmt.Sprintf("%d of its %d members %s out already, and rollout.max_unavailable (%s) allows %d", out, members, are(out), r.Out, most)
	case serving < least:
		return fmt.Sprintf("%d of its %d members would serve, and rollout.min_healthy (%s) wants %d", serving, members, r.Keep, least)
	}
	return ""
}

func are(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// Calendar tells when changes may be made: maintenance windows and freezes.
type Calendar interface {
	// Closed says in one sentence why no change may begin at that time, and
	// when the next may. It is empty when one may.
	Closed(at time.Time) string
}
