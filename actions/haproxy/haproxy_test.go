package haproxy_test

import (
	"context"
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
)

// status returns a server's status at the n-th HAProxy.
func (s *site) status(n int, backend, name string) string {
	s.t.Helper()
	return s.field(n, backend, name, "status")
}

// field returns what the n-th HAProxy shows of a server in a column.
func (s *site) field(n int, backend, name, column string) string {
	s.t.Helper()
	rows, err := csv.NewReader(strings.NewReader(s.tell(n, "show stat -1 4 -1"))).ReadAll()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, row := range rows {
		if row[0] == backend && row[1] == name {
			return row[slices.Index(rows[0], column)]
		}
	}
	s.t.Fatalf("no server %s/%s", backend, name)
	return ""
}

func says(t *testing.T, what string, err error, words ...string) {
	t.Helper()
	for _, w := range words {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("%s: %v, want an error that says %q", what, err, w)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestDrainUnderLoad(t *testing.T) {
	s := newSite(t)
	web1 := s.webs[0]
	seats, err := s.rotation.Seats(t.Context(), web1.host)
	must(t, err)
	if want := s.seats(web1); !slices.Equal(seats, want) {
		t.Fatalf("seats %+v, want %+v", seats, want)
	}
	ctx, stop := context.WithCancel(t.Context())
	lost := s.load(ctx, 4)
	long := s.hold()
	drained := make(chan error, 1)
	go func() { drained <- s.rotation.Drain(t.Context(), web1.host, seats, actions.Room{}) }()
	s.eventually("web-1 drains everywhere", func() bool { return s.status(1, "app", "web-1") == "DRAIN" && s.status(2, "plain", "one") == "DRAIN" })
	// Many requests later the long one still runs, and so does the drain.
	begin := s.webs[1].seen.Load()
	s.eventually("web-2 serves", func() bool { return s.webs[1].seen.Load() > begin+50 })
	select {
	case err := <-drained:
		t.Fatal("drained before the last request had ended: ", err)
	default:
	}
	web1.release()
	must(t, <-drained)
	must(t, <-long)

	for n := 1; n <= 2; n++ {
		if got := s.status(n, "app", "web-1") + s.status(n, "plain", "one"); got != "MAINTMAINT" {
			t.Errorf("HAProxy %d has %s", n, got)
		}
	}
	served := web1.seen.Load()
	begin = s.webs[1].seen.Load()
	s.eventually("web-2 serves", func() bool { return s.webs[1].seen.Load() > begin+50 })
	if now := web1.seen.Load(); now != served {
		t.Errorf("%d requests came to web-1 after it was drained", now-served)
	}
	says(t, "serving", s.rotation.Serving(t.Context(), web1.host, seats), "web-1 as app/web-1 of HAProxy at /", "is MAINT")
	must(t, s.rotation.Drain(t.Context(), web1.host, seats, actions.Room{}))
	if now, err := s.rotation.Seats(t.Context(), web1.host); err != nil || len(now) > 0 {
		t.Errorf("drained, it has seats %v, error %v", now, err)
	}

	must(t, s.rotation.Return(t.Context(), web1.host, seats))
	must(t, s.rotation.Return(t.Context(), web1.host, seats))
	s.eventually("web-1 serves again", func() bool { return web1.seen.Load() > served+10 })
	stop()
	for err := range lost {
		t.Error("a request was lost: ", err)
	}
}

// load makes requests, one after another in each of some goroutines, until the
// context ends, and returns those that failed.
func (s *site) load(ctx context.Context, goroutines int) <-chan error {
	lost, ended := make(chan error, 100), make(chan struct{})
	for range goroutines {
		go func() {
			for ctx.Err() == nil {
				if _, err := s.get("/"); err != nil {
					lost <- err
				}
			}
			ended <- struct{}{}
		}()
	}
	go func() {
		for range goroutines {
			<-ended
		}
		close(lost)
	}()
	return lost
}

// hold makes requests until one is held by web-1, and returns how that ends.
func (s *site) hold() <-chan error {
	ended := make(chan error, 1)
	for {
		done := make(chan error, 1)
		go func() {
			_, err := s.get("/hold")
			done <- err
		}()
		select {
		case <-s.webs[0].held:
			go func() { ended <- <-done }()
			return ended
		case err := <-done: // by web-2
			must(s.t, err)
		}
	}
}

func TestDrainDoesNotWaitForever(t *testing.T) {
	s := newSite(t)
	s.rotation.Limit = 50 * time.Millisecond
	long := s.hold()
	must(t, s.rotation.Drain(t.Context(), s.webs[0].host, s.seats(s.webs[0]), actions.Room{}))
	if got := s.status(1, "app", "web-1"); got != "MAINT" {
		t.Errorf("after the limit it is %s", got)
	}
	s.webs[0].release()
	must(t, <-long) // not cut off
}

func TestDrainEndsWithItsContext(t *testing.T) {
	s := newSite(t)
	long := s.hold()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := s.rotation.Drain(ctx, s.webs[0].host, s.seats(s.webs[0]), actions.Room{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with little time: %v", err)
	}
	s.webs[0].release()
	must(t, <-long)
}

func TestDrainRefuses(t *testing.T) {
	s := newSite(t)
	web1, web2 := s.webs[0], s.webs[1]
	drain := func(w *web) error { return s.rotation.Drain(t.Context(), w.host, s.seats(w), actions.Room{}) }

	for _, state := range []string{"drain", "maint"} {
		s.tell(2, "set server app/web-2 state "+state)
		says(t, "another one out", drain(web1),
			"web-1 stays in rotation: in backend app of HAProxy at "+s.rotation.Sockets[1]+", 1 of its 2 members is out already", "wait for app/web-2 ("+strings.ToUpper(state)+"), or put it back")
	}
	s.tell(2, "set server app/web-2 state ready")
	s.tell(2, "disable health app/web-2")
	s.tell(2, "set server app/web-2 health down")
	says(t, "the last one of the second", drain(web1), "in backend app of HAProxy at "+s.rotation.Sockets[1]+", 0 of its 2 members would serve")

	web2.http.Close()
	s.eventually("web-2 is down", func() bool { return strings.HasPrefix(s.status(1, "app", "web-2"), "DOWN") })
	says(t, "the last one", drain(web1), "web-1 stays in rotation: in backend app of HAProxy at /", "0 of its 2 members would serve", "add one, or mend those that are there")
	for n := 1; n <= 2; n++ {
		if got := s.status(n, "app", "web-1") + " " + s.status(n, "plain", "one"); got != "UP no check" {
			t.Errorf("refused, and yet HAProxy %d has %s", n, got)
		}
	}
}

func TestDrainOneOfTwo(t *testing.T) {
	s := newSite(t)
	errs := make(chan error)
	for _, w := range s.webs {
		go func() { errs <- s.rotation.Drain(t.Context(), w.host, s.seats(w), actions.Room{}) }()
	}
	if a, b := <-errs, <-errs; (a == nil) == (b == nil) {
		t.Errorf("two at the same time: %v and %v, want one of them refused", a, b)
	}
}

func TestReturnWaitsForTheCheck(t *testing.T) {
	s := newSite(t)
	web1 := s.webs[0]
	must(t, s.rotation.Drain(t.Context(), web1.host, s.seats(web1), actions.Room{}))
	web1.http.Close()
	s.rotation.Ready = 900 * time.Millisecond
	says(t, "return", s.rotation.Return(t.Context(), web1.host, s.seats(web1)), "after 900ms, web-1 as app/web-1 of HAProxy at /", "is DOWN L4CON")
}
