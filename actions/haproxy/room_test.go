package haproxy_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
	"hardenbot/actions/haproxy"
)

// crowd is eight hosts behind two HAProxys. Backend "of-3" has the first three
// of them, and so on.
type crowd struct {
	*site
	hosts  []actions.Host
	mu     sync.Mutex
	failed map[string]bool // by address: its checks fail
}

const most = 8

func newCrowd(t *testing.T) *crowd {
	c := &crowd{site: &site{t: t, dir: t.TempDir()}, failed: map[string]bool{}}
	listener, err := net.Listen("tcp", "0.0.0.0:0") // all of 127.0.0.0/8 is this machine
	must(t, err)
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: c}}
	server.Start()
	t.Cleanup(server.Close)
	port := listener.Addr().(*net.TCPAddr).Port
	for n := range most {
		c.hosts = append(c.hosts, actions.Host{Name: fmt.Sprintf("web-%d", n+1), Address: fmt.Sprintf("127.0.0.%d", n+11)})
	}
	c.config = func(stats, level, _ string) string {
		text := fmt.Sprintf("global\n  stats socket %s level %s\ndefaults\n  mode http\n  timeout client 5s\n  timeout server 5s\n  timeout connect 5s\n  timeout check 5s\n", stats, level)
		for size := 1; size <= most; size++ {
			text += fmt.Sprintf("backend of-%d\n  option httpchk GET /health\n  default-server check inter 500ms fastinter 20ms rise 1 fall 2\n", size)
			for _, h := range c.hosts[:size] {
				text += fmt.Sprintf("  server %s %s:%d\n", h.Name, h.Address, port)
			}
		}
		return text
	}
	for n := 1; n <= 2; n++ {
		c.sockets = append(c.sockets, filepath.Join(c.dir, fmt.Sprintf("stats-%d", n)))
		c.start(n, c.sockets[n-1], "admin")
	}
	c.rotation = &haproxy.Rotation{Sockets: c.sockets, Poll: time.Millisecond, Limit: 20 * time.Second, Ready: 20 * time.Second}
	c.eventually("the HAProxys answer", func() bool {
		_, err := c.rotation.Seats(t.Context(), c.hosts[0])
		return err == nil
	})
	return c
}

// ServeHTTP answers the checks.
func (c *crowd) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	address, _, _ := net.SplitHostPort(r.Context().Value(http.LocalAddrContextKey).(net.Addr).String())
	if c.failed[address] {
		rw.WriteHeader(http.StatusServiceUnavailable)
	}
}

// group is the members of one backend.
type group struct {
	*crowd
	size int
	room actions.Room
}

func (g *group) seats(n int) []actions.Seat {
	return []actions.Seat{{Driver: "haproxy", Group: fmt.Sprintf("of-%d", g.size), Target: g.hosts[n].Name}}
}

func (g *group) drain(n int) error {
	return g.rotation.Drain(g.t.Context(), g.hosts[n], g.seats(n), g.room)
}

// ail has both HAProxys take a host for down, or for up again. A check that
// runs while checks are turned off would undo it.
func (g *group) ail(n int, sick bool) {
	backend, name := fmt.Sprintf("of-%d", g.size), g.hosts[n].Name
	server := backend + "/" + name
	for s := 1; s <= 2; s++ {
		if !sick {
			g.tell(s, "enable health "+server+"; set server "+server+" health up")
			continue
		}
		g.tell(s, "disable health "+server)
		g.eventually("no check runs", func() bool { return !strings.HasPrefix(g.field(s, backend, name, "check_status"), "*") })
		g.tell(s, "set server "+server+" health down")
	}
}

func (g *group) statuses(n int) string {
	backend := fmt.Sprintf("of-%d", g.size)
	return g.status(1, backend, g.hosts[n].Name) + " " + g.status(2, backend, g.hosts[n].Name)
}

// shows is what both HAProxys say.
func (g *group) shows(n int) string {
	now := g.statuses(n)
	if word, ok := map[string]string{"UP UP": "up", "DOWN DOWN": "down", "MAINT MAINT": "out"}[now]; ok {
		return word
	}
	return now
}

// fresh has all members of a backend in rotation and well.
func (c *crowd) fresh(size int, room actions.Room) *group {
	g := &group{crowd: c, size: size, room: room}
	for n := range size {
		for s := 1; s <= 2; s++ {
			c.tell(s, fmt.Sprintf("set server of-%d/%s state ready", size, c.hosts[n].Name))
		}
		g.ail(n, false)
	}
	for n := range size {
		c.eventually(c.hosts[n].Name+" is up", func() bool { return g.shows(n) == "up" })
	}
	return g
}

// TestRoomOfABackend has hosts leave and return in any order.
func TestRoomOfABackend(t *testing.T) {
	c := newCrowd(t)
	rapid.Check(t, func(rt *rapid.T) {
		script := actionstest.ReadRoomScript(most, rapid.SliceOfN(rapid.Byte(), 3, 20).Draw(rt, "script"))
		g := c.fresh(script.Size, script.Room)
		actionstest.PlayRoom(t.Context(), rt, actionstest.Balanced{
			Rotation: c.rotation, Hosts: c.hosts, Seats: g.seats, Shows: g.shows, Ail: g.ail,
		}, script)
	})
}

// TestEightAtOnce is the race alone, with little and with much room.
func TestEightAtOnce(t *testing.T) {
	c := newCrowd(t)
	for _, test := range []struct {
		room actions.Room
		want int
	}{
		{actions.Room{}, 1},
		{actions.Room{Out: actions.Share{Count: 3}}, 3},
		{actions.Room{Out: actions.Share{Percent: 50}, Keep: actions.Share{Count: 6}}, 2},
		{actions.Room{Out: actions.Share{Percent: 100}}, 7},
		{actions.Room{Out: actions.Share{Count: 5}, Keep: actions.Share{Count: 8}}, 0},
	} {
		g := c.fresh(most, test.room)
		errs := make(chan error, most)
		for n := range most {
			go func() { errs <- g.drain(n) }()
		}
		left := 0
		for range most {
			switch err := <-errs; {
			case err == nil:
				left++
			case !strings.Contains(err.Error(), "stays in rotation: in backend of-8"):
				t.Error(err)
			}
		}
		if left != test.want {
			t.Errorf("room %v: %d left, want %d", test.room, left, test.want)
		}
	}
}

// TestNotYetBack has a host on its way back that never passes a check: it is
// out as long as that lasts, although HAProxy takes it for up at first.
func TestNotYetBack(t *testing.T) {
	c := newCrowd(t)
	g := c.fresh(3, actions.Room{})
	must(t, g.drain(0))
	c.mu.Lock()
	c.failed[c.hosts[0].Address] = true
	c.mu.Unlock()
	c.rotation.Ready = 50 * time.Millisecond
	says(t, "return", c.rotation.Return(t.Context(), c.hosts[0], g.seats(0)), "after 50ms, web-1 as of-3/web-1")
	says(t, "another one", g.drain(1), "1 of its 3 members is out already", "wait for of-3/web-1 (")
	c.mu.Lock()
	c.failed[c.hosts[0].Address] = false
	c.mu.Unlock()
	c.eventually("the other one may leave", func() bool { return g.drain(1) == nil })
	if got := []string{g.statuses(0), g.statuses(1), g.statuses(2)}; !slices.Equal(got, []string{"UP UP", "MAINT MAINT", "UP UP"}) {
		t.Errorf("afterwards: %v", got)
	}
}
