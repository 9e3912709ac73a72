package haproxy

import (
	"net/netip"
	"strings"
	"testing"

	"hardenbot/actions"
)

func TestMayLeave(t *testing.T) {
	for _, test := range []struct {
		name    string
		servers []string // of backend app: name, address and status; web-1 is to leave
		room    actions.Room
		want    string
	}{
		{"another one is up", []string{"web-1 1 UP", "web-2 2 UP"}, actions.Room{}, ""},
		{"another one is not checked", []string{"web-1 1 UP", "web-2 2 no check"}, actions.Room{}, ""},
		{"a third one is down", []string{"web-1 1 UP", "web-2 2 UP", "web-3 3 DOWN"}, actions.Room{}, ""},
		{"places without a host", []string{"web-1 1 UP", "web-2 2 UP", "s1 - MAINT (resolution)"}, actions.Room{}, ""},
		{"it is out already", []string{"web-1 1 DRAIN", "web-2 2 DOWN"}, actions.Room{}, ""},
		{"alone", []string{"web-1 1 UP"}, actions.Room{}, "in backend app of HAProxy at a, 0 of its 1 members would serve, and rollout.min_healthy (0) wants 1; add one, or mend those that are there"},
		{"its own second server", []string{"web-1 1 UP", "other 1 UP"}, actions.Room{}, "0 of its 1 members would serve"},
		{"only a backup is left", []string{"web-1 1 UP", "sorry 2 UP backup"}, actions.Room{}, "0 of its 1 members would serve"},
		{"the other one begins to fail", []string{"web-1 1 UP", "web-2 2 UP 1/3"}, actions.Room{}, "0 of its 2 members would serve"},
		{"only in another backend", []string{"web-1 1 UP", "plain/web-2 2 UP"}, actions.Room{}, "0 of its 1 members would serve"},
		{"a second one is out", []string{"web-1 1 UP", "web-2 2 MAINT (via app/web-3)", "web-3 3 UP"}, actions.Room{},
			"1 of its 3 members is out already, and rollout.max_unavailable (0) allows 1; wait for app/web-2 (MAINT (via app/web-3)), or put it back"},
		{"a second one returns", []string{"web-1 1 UP", "back 2 UP", "web-3 3 UP"}, actions.Room{}, "wait for app/back (UP)"},
		{"two may be out", []string{"web-1 1 UP", "web-2 2 MAINT", "web-3 3 UP"}, actions.Room{Out: actions.Share{Count: 2}}, ""},
		{"a third one may not", []string{"web-1 1 UP", "web-2 2 MAINT", "web-3 3 UP", "web-4 4 DRAIN"}, actions.Room{Out: actions.Share{Count: 2}},
			"2 of its 4 members are out already, and rollout.max_unavailable (2) allows 2; wait for app/web-2 (MAINT), app/web-4 (DRAIN), or put it back"},
		{"half of five may be out", []string{"web-1 1 UP", "web-2 2 MAINT", "web-3 3 UP", "web-4 4 UP", "web-5 5 UP"}, actions.Room{Out: actions.Share{Percent: 50}}, ""},
		{"half of three is one", []string{"web-1 1 UP", "web-2 2 MAINT", "web-3 3 UP"}, actions.Room{Out: actions.Share{Percent: 50}}, "max_unavailable (50%) allows 1"},
		{"too few would serve", []string{"web-1 1 UP", "web-2 2 UP", "web-3 3 UP", "web-4 4 DOWN"}, actions.Room{Keep: actions.Share{Percent: 75}},
			"2 of its 4 members would serve, and rollout.min_healthy (75%) wants 3"},
		{"just enough serve", []string{"web-1 1 UP", "web-2 2 UP", "web-3 3 UP", "web-4 4 DOWN"}, actions.Room{Keep: actions.Share{Percent: 50}}, ""},
		{"two servers of a host count once", []string{"web-1 1 UP", "a 2 MAINT", "b 2 MAINT", "web-3 3 UP"}, actions.Room{Out: actions.Share{Count: 2}}, ""},
		{"a host with one server down does not serve", []string{"web-1 1 UP", "a 2 UP", "b 2 DOWN"}, actions.Room{}, "0 of its 2 members would serve"},
	} {
		v := view{socket: "a"}
		for _, text := range test.servers {
			v.servers = append(v.servers, serverFrom(text))
		}
		seats := []actions.Seat{{Driver: Driver, Group: "app", Target: "web-1"}}
		err := v.mayLeave(actions.Host{Name: "web-1"}, seats, test.room, map[string]bool{"app/back": true})
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), "web-1 stays in rotation: in backend app") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

// serverFrom reads "backend/name address status", the backend app if it is
// left out, the address 10.7.1.n as n, and "-" for none.
func serverFrom(text string) server {
	f := strings.SplitN(text, " ", 3)
	s := server{backend: "app", name: f[0]}
	if backend, name, ok := strings.Cut(f[0], "/"); ok {
		s.backend, s.name = backend, name
	}
	if f[1] != "-" {
		s.addr = netip.MustParseAddrPort("10.7.1." + f[1] + ":80")
	}
	s.status, s.backup = strings.CutSuffix(f[2], " backup")
	return s
}
