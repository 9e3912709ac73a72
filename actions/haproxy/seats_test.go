package haproxy_test

import (
	"context"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/haproxy"
)

func TestSocketGone(t *testing.T) {
	s := newSite(t)
	web1 := s.webs[0]
	seats := s.seats(web1)
	must(t, s.rotation.Drain(t.Context(), web1.host, seats, actions.Room{}))
	s.stop(2)
	gone := "HAProxy at " + s.sockets[1] + " does not answer"
	s.rotation.Sockets = []string{s.sockets[1], s.sockets[0]} // the first that is asked does not answer
	says(t, "return", s.rotation.Return(t.Context(), web1.host, seats), gone)
	s.eventually("web-1 is up where it can be", func() bool { return s.status(1, "app", "web-1") == "UP" })
	says(t, "drain", s.rotation.Drain(t.Context(), web1.host, seats, actions.Room{}), gone)
	if got := s.status(1, "app", "web-1"); got != "UP" {
		t.Errorf("not all answer, and yet web-1 is %s", got)
	}
	says(t, "serving", s.rotation.Serving(t.Context(), web1.host, seats), gone)
	_, err := s.rotation.Seats(t.Context(), web1.host)
	says(t, "seats", err, gone)
}

func TestSeatsMustAgree(t *testing.T) {
	s := newSite(t)
	s.tell(2, "set server plain/one state maint")
	_, err := s.rotation.Seats(t.Context(), s.webs[0].host)
	says(t, "seats", err, "the HAProxys do not agree on web-1: /", "has app/web-1, plain/one in rotation, "+s.rotation.Sockets[1]+" has app/web-1; make them the same")

	elsewhere, err := s.rotation.Seats(t.Context(), actions.Host{Name: "db-1", Address: "127.0.0.9"})
	if err != nil || len(elsewhere) > 0 {
		t.Errorf("db-1 has seats %v, error %v", elsewhere, err)
	}
}

func TestSeatsOfOthers(t *testing.T) {
	s := newSite(t)
	web1, web2 := s.webs[0], s.webs[1]
	says(t, "those of web-2", s.rotation.Drain(t.Context(), web1.host, s.seats(web2), actions.Room{}), "app/web-2 of HAProxy at /", "is at "+web2.at.String()+" now, which is not web-1")
	unknown := []actions.Seat{{Driver: "haproxy", Group: "app", Target: "web-9"}}
	says(t, "unknown", s.rotation.Drain(t.Context(), web1.host, unknown, actions.Room{}), "has no server app/web-9, where web-1 was in rotation")
	hostile := []actions.Seat{{Driver: "haproxy", Group: "app", Target: "web-1 state maint; set server app/web-2"}}
	says(t, "hostile", s.rotation.Return(t.Context(), web1.host, hostile), "is no server of HAProxy")
	if got := s.status(1, "app", "web-1") + s.status(1, "app", "web-2"); got != "UPUP" {
		t.Errorf("servers are %s", got)
	}
	must(t, s.rotation.Drain(t.Context(), web1.host, nil, actions.Room{}))
	must(t, s.rotation.Return(t.Context(), web1.host, nil))
	must(t, s.rotation.Serving(t.Context(), web1.host, nil))
}

func TestHostsByName(t *testing.T) {
	s := newSite(t)
	s.rotation.Resolver = names{"web-1.example.com": "::ffff:127.0.0.1"}
	seats, err := s.rotation.Seats(t.Context(), actions.Host{Name: "web-1", Address: "web-1.example.com"})
	if err != nil || !slices.Equal(seats, s.seats(s.webs[0])) {
		t.Errorf("seats %v, error %v", seats, err)
	}
	_, err = s.rotation.Seats(t.Context(), actions.Host{Name: "web-2", Address: "web-2.example.com"})
	says(t, "no such name", err, `the name "web-2.example.com" of web-2 has no address here`)
}

type names map[string]string

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	ip, err := netip.ParseAddr(n[host])
	return []netip.Addr{ip}, err
}

func TestSocketWithoutRights(t *testing.T) {
	s := newSite(t)
	for _, test := range []struct{ level, want string }{
		{"user", "does not tell the addresses of its servers: give its stats socket `level admin`"},
		{"operator", "does not set app/web-1 to drain: Permission denied"},
	} {
		socket := filepath.Join(s.dir, "stats-"+test.level)
		s.start(len(s.balances)+1, socket, test.level)
		r := &haproxy.Rotation{Sockets: []string{socket}, Poll: 5 * time.Millisecond}
		s.eventually("it answers", func() bool {
			_, err := r.Seats(t.Context(), s.webs[0].host)
			return err == nil || !strings.Contains(err.Error(), "does not answer")
		})
		var err error
		s.eventually("it has checked", func() bool {
			err = r.Drain(t.Context(), s.webs[0].host, s.seats(s.webs[0]), actions.Room{})
			return !strings.Contains(err.Error(), "would serve")
		})
		says(t, test.level, err, test.want)
	}
	_, err := new(haproxy.Rotation).Seats(t.Context(), s.webs[0].host)
	says(t, "none", err, "no stats socket of HAProxy is configured")
}
