package inventory_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/inventory"
)

// source is a source that tests tell what to say.
type source struct {
	mu    sync.Mutex
	calls int
	said  inventory.Listing
	err   error
	takes time.Duration
}

func (s *source) List(ctx context.Context) (inventory.Listing, error) {
	s.mu.Lock()
	s.calls++
	said, err, takes := s.said, s.err, s.takes
	s.mu.Unlock()
	select {
	case <-time.After(takes):
		return said, err
	case <-ctx.Done():
		return inventory.Listing{}, ctx.Err()
	}
}

// says makes the source answer from now on.
func (s *source) says(takes time.Duration, err error, hosts ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.takes, s.err, s.said = takes, err, inventory.Listing{Away: s.said.Away, Refused: s.said.Refused}
	for _, name := range hosts {
		s.said.Hosts = append(s.said.Hosts, inventory.Listed{Host: actions.Host{Name: name, Address: name + ".example.com"}, ID: "i-" + name})
	}
}

func (s *source) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

var errAway = errors.New("AWS is away")

func live(t *testing.T, s inventory.Source, log *slog.Logger) *inventory.Live {
	t.Helper()
	inv, err := inventory.NewLive(inventory.Config{
		Static: []actions.Host{{Name: "db-1", Address: "10.0.0.1"}}, Source: s, Name: "EC2", MaxAge: 5 * time.Minute, Log: log,
		Complete: func(h actions.Host) (actions.Host, error) {
			h.User = "ops"
			return h, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// selects wants the names, or an error with the text if that is given.
func selects(t *testing.T, inv *inventory.Live, pattern, want, fault string) error {
	t.Helper()
	hosts, err := inv.Select(t.Context(), pattern)
	if got := strings.Join(names(hosts), " "); got != want || (err == nil) != (fault == "") || err != nil && !strings.Contains(err.Error(), fault) {
		t.Errorf("%s: got %q and %v, want %q and %q", pattern, got, err, want, fault)
	}
	return err
}

func TestLiveWithoutSource(t *testing.T) {
	inv := live(t, nil, nil)
	selects(t, inv, "*", "db-1", "")
	selects(t, inv, "web-*", "", `no host matches "web-*": known are db-1`)
	if err := inv.Refresh(t.Context()); err != nil || inv.Status().Doubt() != "" {
		t.Errorf("got %v, %q", err, inv.Status().Doubt())
	}
}

func TestLiveReadsAgainWhenOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		s.says(time.Second, nil, "web-1")
		inv := live(t, s, nil)
		selects(t, inv, "web-[", "", "the brackets")
		if s.count() != 0 {
			t.Error("the source was asked for a pattern that nobody can read")
		}
		selects(t, inv, "*", "db-1 web-1", "")
		hosts, err := inv.Select(t.Context(), "web-1")
		if err != nil || hosts[0].User != "ops" {
			t.Errorf("not completed: %+v, %v", hosts, err)
		}
		s.says(time.Second, nil, "web-1", "web-2")
		time.Sleep(4*time.Minute + 59*time.Second)
		selects(t, inv, "web-*", "web-1", "")
		time.Sleep(time.Second)
		selects(t, inv, "web-*", "web-1 web-2", "")
		if s.count() != 2 {
			t.Errorf("the source was asked %d times, want 2", s.count())
		}
	})
}

func TestLiveReadsOnceForMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		s.says(5*time.Second, nil, "web-1")
		inv := live(t, s, nil)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { selects(t, inv, "*", "db-1 web-1", "") })
			wg.Go(func() {
				if err := inv.Refresh(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if s.count() != 1 {
			t.Errorf("the source was asked %d times", s.count())
		}
	})
}

func TestLiveWhenAwayAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		s.says(time.Second, errAway)
		inv := live(t, s, nil)
		selects(t, inv, "db-*", "db-1", "")
		want := `no host is called "web-1" (the EC2 inventory could not be read, so only the hosts of the configuration are known: AWS is away): known are db-1`
		err := selects(t, inv, "web-1", "", want)
		var unknown *actions.UnknownError
		if !errors.As(err, &unknown) || strings.Contains(unknown.Says, "db-1") {
			t.Errorf("got %#v", err)
		}
		if s.count() != 1 {
			t.Errorf("asked %d times within 30 seconds", s.count())
		}
		s.says(time.Second, nil, "web-1")
		time.Sleep(29 * time.Second)
		selects(t, inv, "web-1", "", "AWS is away")
		time.Sleep(time.Second)
		selects(t, inv, "web-1", "web-1", "")
		if inv.Status().Doubt() != "" {
			t.Errorf("still in doubt: %s", inv.Status().Doubt())
		}
	})
}

func TestLiveWhenAwayLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		s.says(0, nil, "web-1")
		inv := live(t, s, nil)
		if err := inv.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.says(0, errAway)
		time.Sleep(10 * time.Minute)
		selects(t, inv, "*", "db-1 web-1", "")
		doubt := "the EC2 inventory is 10m0s old and could not be read again: AWS is away"
		if got := inv.Status(); got.Doubt() != doubt || !errors.Is(got.Err, errAway) || got.Age != 10*time.Minute {
			t.Errorf("got %q of %+v", got.Doubt(), got)
		}
		selects(t, inv, "web-2", "", `no host is called "web-2" (`+doubt+`): known are`)
		if err := inv.Refresh(t.Context()); !errors.Is(err, errAway) {
			t.Errorf("refresh: %v", err)
		}
	})
}

// Who has an older answer does not wait long for a slow source, and nobody
// waits for it again while the same attempt goes on.
func TestLiveWhenSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		s.says(0, nil, "web-1")
		inv := live(t, s, nil)
		selects(t, inv, "web-*", "web-1", "")
		s.says(time.Minute, nil, "web-1", "web-2")
		time.Sleep(6 * time.Minute)
		began := time.Now()
		for range 20 {
			selects(t, inv, "web-*", "web-1", "")
		}
		if waited := time.Since(began); waited != 15*time.Second {
			t.Errorf("waited %s in all", waited)
		}
		if got := inv.Status().Doubt(); got != "the EC2 inventory is 6m15s old and could not be read again: no answer yet" {
			t.Errorf("got %q", got)
		}
		time.Sleep(46 * time.Second)
		selects(t, inv, "web-*", "web-1 web-2", "")
		if s.count() != 2 {
			t.Errorf("asked %d times", s.count())
		}
	})
}

func TestLiveGivesUpOnASourceThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		s.says(time.Hour, nil)
		inv := live(t, s, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, err := inv.Select(ctx, "db-1"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the end of the caller's time", err)
		}
		began := time.Now()
		selects(t, inv, "db-1", "db-1", "")
		if waited := time.Since(began); waited != 110*time.Second {
			t.Errorf("waited %s, want what was left of two minutes", waited)
		}
		if got := inv.Status().Err; got == nil || !strings.Contains(got.Error(), "it did not answer within 2m0s") {
			t.Errorf("got %v", got)
		}
	})
}

func TestLiveTellsWhatIsNotRunning(t *testing.T) {
	s := &source{said: inventory.Listing{Away: []inventory.Away{
		{Name: "web-9", Groups: []string{"web"}, ID: "i-9", State: "stopped"}, {Name: "batch-1", Groups: []string{"batch"}, ID: "i-1", State: "stopping"},
		{Name: "web-8", Groups: []string{"web"}, ID: "i-8", State: "terminated", Gone: true}, {Name: "web-1", ID: "i-0", State: "terminated", Gone: true},
		{Name: "db-1", ID: "i-7", State: "stopped"},
	}}}
	s.says(0, nil, "web-1")
	inv := live(t, s, nil)
	for _, c := range []struct{ pattern, want, fault, out string }{
		{"web-1", "web-1", "", ""},
		{"db-1", "db-1", "", ""},
		{"web-9", "", "web-9 is stopped (i-9)", "web-9"},
		{"web-8", "", "web-8 is terminated (i-8)", ""},
		{"web-1,web-9", "", "web-9 is stopped (i-9)", "web-9"},
		{"web-*", "web-1", "", "web-9"},
		{"*", "db-1 web-1", "", "batch-1 web-9"},
		{"*,!web-9", "db-1 web-1", "", "batch-1"},
		{"*,!@batch", "db-1 web-1", "", "web-9"},
		{"batch-*", "", `no host that "batch-*" names is running: batch-1 is stopping (i-1)`, "batch-1"},
		{"@web", "", `no host that "@web" names is running: web-9 is stopped (i-9), web-8 is terminated (i-8)`, "web-9"},
		{"*,!web-7", "", `no host is called "web-7"`, "batch-1 web-9"},
	} {
		if err := selects(t, inv, c.pattern, c.want, c.fault); err != nil && !strings.HasPrefix(err.Error(), c.fault) {
			t.Errorf("%s: %v does not begin with %s", c.pattern, err, c.fault)
		}
		var out []string
		for _, a := range inv.Status().LeftOut(c.pattern) {
			out = append(out, a.Name)
		}
		if strings.Join(out, " ") != c.out {
			t.Errorf("%s: left out are %v, want %s", c.pattern, out, c.out)
		}
	}
	if got := inv.Doubts("*"); len(got) != 1 || got[0] != "2 hosts that the pattern names do not run and were left out" {
		t.Errorf("doubts: %q", got)
	}
}

// What cannot be a host may be what a wildcard or a group means. Who asks for
// names alone gets each of them, or an error.
func TestLiveTellsWhatCannotBeAHost(t *testing.T) {
	one, two := "i-5 (shop) cannot be a host", "i-6 (shop) cannot be a host"
	const none, single, several = "",
		"at least 1 instance of EC2 could not be made a host and may be missing: `hardenbot config check` names it",
		"at least 2 instances of EC2 could not be made hosts and may be missing: `hardenbot config check` names them"
	for _, c := range []struct {
		pattern string
		refused []string
		says    string
	}{
		{"*", nil, none},
		{"*", []string{one}, single},
		{"*", []string{one, two}, several},
		{"web-*", []string{one, two}, several},
		{"web-1,db-[12]", []string{one, two}, several},
		{"@web", []string{one, two}, several},
		{"web-1", []string{one, two}, none},
		{"web-1,!db-*", []string{one, two}, none},
		{"{web,db}-1", []string{one, two}, none},
	} {
		inv := live(t, &source{said: inventory.Listing{Refused: c.refused}}, nil)
		if err := inv.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(inv.Doubts(c.pattern), "; "); got != c.says {
			t.Errorf("%s with %q: got %q, want %q", c.pattern, c.refused, got, c.says)
		}
		unfit := inv.Status().Unfit(c.pattern)
		if want := c.says != none; want && !slices.Equal(unfit, c.refused) || !want && len(unfit) > 0 {
			t.Errorf("%s with %q: unfit are %q", c.pattern, c.refused, unfit)
		}
	}
}

func TestLiveLogsEachReading(t *testing.T) {
	var b strings.Builder
	s := &source{said: inventory.Listing{Refused: []string{"i-5 in eu-west-1 cannot be a host: it has no tag Name"}}}
	s.says(0, nil, "web-1")
	inv := live(t, s, slog.New(slog.NewTextHandler(&b, nil)))
	for _, err := range []error{nil, errAway} {
		s.says(0, err, "web-1")
		if got := inv.Refresh(t.Context()); !errors.Is(got, err) {
			t.Error(got)
		}
	}
	for _, want := range []string{
		`level=INFO msg="the inventory was read" source=EC2 hosts=1 away=0`,
		`level=WARN msg="this is no host" source=EC2 why="i-5 in eu-west-1 cannot be a host: it has no tag Name"`,
		`level=ERROR msg="the inventory could not be read" source=EC2 err="AWS is away"`,
	} {
		if strings.Count(b.String(), want) != 1 {
			t.Errorf("not once in the log: %s\n%s", want, b.String())
		}
	}
	if got := inv.Status().Refused; !slices.Equal(got, s.said.Refused) {
		t.Errorf("refused: %q", got)
	}
}
