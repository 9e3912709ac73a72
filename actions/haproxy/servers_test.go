package haproxy

import (
	"strings"
	"testing"

	"hardenbot/actions"
)

func TestMayLeave(t *testing.T) {
	web1 := server{backend: "app", name: "web-1", status: "UP"}
	seat := actions.Seat{Driver: Driver, Group: "app", Target: "web-1"}
	with := func(s server) server {
		s.backend = "app"
		return s
	}
	for _, test := range []struct {
		name    string
		servers []server
		want    string
	}{
		{"another one is up", []server{web1, with(server{name: "web-2", status: "UP"})}, ""},
		{"another one is not checked", []server{web1, with(server{name: "web-2", status: "no check"})}, ""},
		{"a third one is down", []server{web1, with(server{name: "web-2", status: "UP"}), with(server{name: "web-3", status: "DOWN"})}, ""},
		{"places without a host", []server{web1, with(server{name: "web-2", status: "UP"}), with(server{name: "s1", status: "MAINT (resolution)"})}, ""},
		{"it is out already", []server{with(server{name: "web-1", status: "DRAIN"}), with(server{name: "web-2", status: "DOWN"})}, ""},
		{"alone", []server{web1}, "no other server of backend app of HAProxy at a is up"},
		{"only a backup is left", []server{web1, with(server{name: "sorry", status: "UP", backup: true})}, "no other server of backend app"},
		{"the other one begins to fail", []server{web1, with(server{name: "web-2", status: "UP 1/3"})}, "no other server of backend app"},
		{"only in another backend", []server{web1, {backend: "plain", name: "web-2", status: "UP"}}, "no other server of backend app"},
		{"a second one is out", []server{web1, with(server{name: "web-2", status: "MAINT (via app/web-3)"}), with(server{name: "web-3", status: "UP"})}, "app/web-2 of HAProxy at a is MAINT (via app/web-3)"},
	} {
		err := view{"a", test.servers}.mayLeave(actions.Host{Name: "web-1"}, []actions.Seat{seat})
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}
