package cloud_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
	"hardenbot/actions/cloud"
	"hardenbot/actions/cloud/awsfake"
)

// TestRoomOfATargetGroup has hosts leave and return in any order.
func TestRoomOfATargetGroup(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		k := rapid.SampledFrom([]kind{{}, {ports: true}, {least: 1}, {least: 3}}).Draw(rt, "kind")
		script := actionstest.ReadRoomScript(8, rapid.SliceOfN(rapid.Byte(), 3, 20).Draw(rt, "script"))
		k.size, k.least = script.Size, min(k.least, script.Size)
		f := newFarm(t, k)
		seats := f.allSeats()
		actionstest.PlayRoom(t.Context(), rt, actionstest.Balanced{
			Rotation: f.rotation, Hosts: f.hosts, Shows: f.shows, Ail: f.ail, Least: k.least,
			Seats: func(n int) []actions.Seat { return seats[n] },
		}, script)
	})
}

// TestEightLeaveAtOnce counts who gets through, also where AWS shows everybody
// as they were before.
func TestEightLeaveAtOnce(t *testing.T) {
	all := actions.Share{Percent: 100}
	for _, test := range []struct {
		name string
		kind kind
		room actions.Room
		want int
	}{
		{"no room given", kind{}, actions.Room{}, 1},
		{"three", kind{}, actions.Room{Out: actions.Share{Count: 3}}, 3},
		{"three, two ports each", kind{ports: true}, actions.Room{Out: actions.Share{Count: 3}}, 3},
		{"a half, of which six serve", kind{}, actions.Room{Out: actions.Share{Percent: 50}, Keep: actions.Share{Count: 6}}, 2},
		{"all but the last", kind{}, actions.Room{Out: all}, 7},
		{"nobody", kind{}, actions.Room{Out: all, Keep: all}, 0},
		{"down to the minimum size", kind{least: 5}, actions.Room{Out: all}, 3},
		{"down to the last of each zone", kind{apart: true}, actions.Room{Out: all}, 6},
		{"AWS is late", kind{fake: awsfake.Options{Lag: 200 * time.Millisecond}}, actions.Room{Out: actions.Share{Count: 3}}, 3},
		{"AWS is late, and the minimum size", kind{least: 5, fake: awsfake.Options{Lag: 200 * time.Millisecond}}, actions.Room{Out: all}, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.kind.size = 8
			f := newFarm(t, test.kind)
			left := 0
			for n, err := range f.leave(f.settledSeats(test.kind.fake.Lag), test.room) {
				switch {
				case err == nil:
					left++
				case !strings.Contains(err.Error(), f.hosts[n].Name+" stays in rotation: "):
					t.Error(err)
				}
			}
			serving := 0
			for n := range f.hosts {
				if f.shows(n) == "up" {
					serving++
				}
			}
			if left != test.want || serving != 8-left {
				t.Errorf("%d left, %d serve, want %d to leave", left, serving, test.want)
			}
		})
	}
}

// TestDrainsWaitSideBySide holds the clock, so that no target ends to drain
// before all of them have begun.
func TestDrainsWaitSideBySide(t *testing.T) {
	clock := awsfake.NewClock(time.Now())
	f := newFarm(t, kind{size: 4, delay: time.Minute, fake: awsfake.Options{Now: clock.Now}})
	seats := f.allSeats()
	errs := make(chan error, 3)
	for n := range 3 {
		go func() {
			errs <- f.rotation.Drain(t.Context(), f.hosts[n], seats[n], actions.Room{Out: actions.Share{Count: 3}})
		}()
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		draining := 0
		for n := range 3 {
			if f.place.Health(f.group, f.ids[n], 80).State == "draining" {
				draining++
			}
		}
		if draining == 3 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d drain at the same time, want 3", draining)
		}
	}
	clock.Advance(2 * time.Minute)
	for range 3 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

// TestNotYetBackIsOut has a Rotation that knows nothing put a host back that
// never becomes healthy.
func TestNotYetBackIsOut(t *testing.T) {
	f := newFarm(t, kind{size: 3})
	seats := f.allSeats()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(f.rotation.Drain(t.Context(), f.hosts[0], seats[0], actions.Room{}))
	f.rotation = &cloud.Rotation{Client: f.rotation.Client, Poll: time.Millisecond, Limit: 50 * time.Millisecond}
	f.ail(0, true)
	if err := f.rotation.Return(t.Context(), f.hosts[0], seats[0]); err == nil {
		t.Fatal("it returned")
	}
	err := f.rotation.Drain(t.Context(), f.hosts[1], seats[1], actions.Room{})
	if want := "in target group app, 1 of its 3 members is out already"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("another one: %v, want %q", err, want)
	}
	f.ail(0, false)
	must(f.rotation.Drain(t.Context(), f.hosts[1], seats[1], actions.Room{}))
}
