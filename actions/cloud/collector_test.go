package cloud_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/cloud"
)

// api answers after a second with the number of the call as the state. The
// hosts "elsewhere" and "hidden" are no instance and not to be known.
type api struct {
	mu    sync.Mutex
	calls [][]string
}

func (a *api) Describe(ctx context.Context, hosts []actions.Host) (map[string]*actions.Cloud, map[string]error) {
	a.mu.Lock()
	var names []string
	for _, h := range hosts {
		names = append(names, h.Name)
	}
	slices.Sort(names)
	a.calls = append(a.calls, names)
	state := fmt.Sprintf("call %d", len(a.calls))
	a.mu.Unlock()
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
	}
	clouds, errs := map[string]*actions.Cloud{}, map[string]error{}
	for _, name := range names {
		switch name {
		case "elsewhere":
		case "hidden":
			errs[name], clouds[name] = errors.New("AWS says no"), &actions.Cloud{State: "in part"}
		default:
			clouds[name] = &actions.Cloud{State: state}
		}
	}
	return clouds, errs
}

// probe is the inner collector. The host "down" is unreachable.
type probe struct{}

func (probe) Collect(_ context.Context, h actions.Host) (*actions.Facts, error) {
	if h.Name == "down" {
		return nil, errors.New("down is unreachable")
	}
	return &actions.Facts{Host: h}, nil
}

// outcome is a collection in short.
func outcome(c actions.Collector, ctx context.Context, name string) string {
	facts, err := c.Collect(ctx, actions.Host{Name: name})
	switch {
	case err != nil:
		return "error: " + err.Error()
	case facts.Absent[actions.SectionCloud] != "" && facts.Cloud != nil:
		return "absent and there"
	case facts.Absent[actions.SectionCloud] != "":
		return "absent: " + facts.Absent[actions.SectionCloud]
	case facts.Cloud == nil:
		return "nil"
	}
	return facts.Cloud.State
}

func TestCollectorJoins(t *testing.T) {
	for name, want := range map[string]string{
		"web-1": "call 1", "elsewhere": "nil", "hidden": "absent: AWS says no", "down": "error: down is unreachable",
	} {
		synctest.Test(t, func(t *testing.T) {
			defer time.Sleep(time.Minute) // of the bubble's time: the last call ends
			c := &cloud.Collector{Next: probe{}, Client: &api{}}
			if got := outcome(c, t.Context(), name); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		})
	}
}

func TestCollectorAsksTogetherAndAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		defer time.Sleep(time.Minute) // of the bubble's time: the last call ends
		a := &api{}
		c := &cloud.Collector{Next: probe{}, Client: a}
		got := make([]string, 5)
		var wg sync.WaitGroup
		wg.Go(func() { got[0] = outcome(c, t.Context(), "web-0") })
		synctest.Wait() // its call is under way, and so too old for the others
		for i := 1; i < 5; i++ {
			wg.Go(func() { got[i] = outcome(c, t.Context(), fmt.Sprintf("web-%d", i)) })
		}
		wg.Wait()
		if strings.Join(got, ",") != "call 1,call 2,call 2,call 2,call 2" {
			t.Errorf("got %q: the later four should share the second call", got)
		}
		if again := outcome(c, t.Context(), "web-0"); again != "call 3" {
			t.Errorf("asked again: %q, want a new answer", again)
		}
	})
}

func TestCollectorDoesNotWaitForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		defer time.Sleep(time.Minute) // of the bubble's time: the last call ends
		c := &cloud.Collector{Next: probe{}, Client: &api{}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if got := outcome(c, ctx, "web-1"); got != "absent: AWS was not waited for: context deadline exceeded" {
			t.Errorf("got %q", got)
		}
		if got := outcome(c, t.Context(), "web-2"); got != "call 2" {
			t.Errorf("after somebody left: %q", got)
		}
	})
}

func TestPrepareAsksOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		defer time.Sleep(time.Minute) // of the bubble's time: the last call ends
		a := &api{}
		c := &cloud.Collector{Next: probe{}, Client: a}
		p := c.Prepare(t.Context(), []actions.Host{{Name: "web-1"}, {Name: "web-2"}, {Name: "hidden"}, {Name: "elsewhere"}})
		for name, want := range map[string]string{
			"web-1": "call 1", "web-2": "call 1", "hidden": "absent: AWS says no", "elsewhere": "nil",
		} {
			if got := outcome(p, t.Context(), name); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
		if len(a.calls) != 1 {
			t.Errorf("calls %v, want one", a.calls)
		}
		if got := outcome(p, t.Context(), "web-3"); got != "call 2" {
			t.Errorf("a host that was not named: %q", got)
		}
	})
}
