package inventory

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"hardenbot/actions"
)

func listed(name, id string, addresses ...string) Listed {
	return Listed{Host: actions.Host{Name: name, Address: addresses[0]}, ID: id, Addresses: addresses}
}

// through is the completion of hosts: by the jump host that their names begin
// with.
func through(h actions.Host) (actions.Host, error) {
	h.Port, h.User = 22, "ops"
	if gate, _, ok := strings.Cut(h.Name, "."); ok {
		h.Route.Jumps = []actions.Jump{{Address: gate, Port: 22}}
	}
	if h.Name == "loop" {
		return h, errors.New("the way to it goes through itself")
	}
	return h, nil
}

func TestMerge(t *testing.T) {
	static := func(name, address string, port int, jumps ...string) actions.Host {
		h := actions.Host{Name: name, Address: address, Port: port}
		for _, j := range jumps {
			h.Route.Jumps = append(h.Route.Jumps, actions.Jump{Address: j, Port: 22})
		}
		return h
	}
	for _, c := range []struct {
		name    string
		static  []actions.Host
		listed  []Listed
		hosts   string // NAME=ADDRESS
		refused []string
	}{
		{name: "nothing", hosts: ""},
		{name: "beside each other", static: []actions.Host{static("db-1", "10.0.0.1", 22)}, listed: []Listed{listed("web-1", "i-1", "10.0.0.2")}, hosts: "db-1=10.0.0.1 web-1=10.0.0.2"},
		{name: "same name", static: []actions.Host{static("web-1", "web-1.example.com", 2222)}, listed: []Listed{listed("web-1", "i-1", "10.0.0.2")}, hosts: "web-1=web-1.example.com"},
		{name: "same name, and it cannot be completed", static: []actions.Host{static("loop", "10.0.0.1", 22)}, listed: []Listed{listed("loop", "i-1", "10.0.0.2")}, hosts: "loop=10.0.0.1"},
		{name: "same address", static: []actions.Host{static("shop", "10.0.0.2", 2222)}, listed: []Listed{listed("web-1", "i-1", "10.0.0.2")}, hosts: "shop=10.0.0.2"},
		{name: "same public address", static: []actions.Host{static("shop", "203.0.113.2", 22, "gate")}, listed: []Listed{listed("web-1", "i-1", "10.0.0.2", "203.0.113.2")}, hosts: "shop=203.0.113.2"},
		{name: "same IPv6 address", static: []actions.Host{static("shop", "[2001:DB8:0::2]", 22)}, listed: []Listed{listed("web-1", "i-1", "10.0.0.2", "2001:db8::2")}, hosts: "shop=[2001:DB8:0::2]"},
		{name: "same private address elsewhere", static: []actions.Host{static("shop", "10.0.0.2", 22, "gate")}, listed: []Listed{listed("web-1", "i-1", "10.0.0.2")}, hosts: "shop=10.0.0.2 web-1=10.0.0.2"},
		{name: "same private address the same way", static: []actions.Host{static("shop", "10.0.0.2", 22, "gate")}, listed: []Listed{listed("gate.web-1", "i-1", "10.0.0.2")}, hosts: "shop=10.0.0.2"},
		{name: "cannot be completed", listed: []Listed{listed("loop", "i-1", "10.0.0.2"), listed("web-1", "i-2", "10.0.0.3")}, hosts: "web-1=10.0.0.3", refused: []string{"i-1 (loop) cannot be a host: the way to it goes through itself"}},
		{name: "two networks that overlap", listed: []Listed{listed("web-2", "i-2", "10.0.0.2"), listed("web-1", "i-1", "10.0.0.2"), listed("web-3", "i-3", "10.0.0.3")}, hosts: "web-3=10.0.0.3",
			refused: []string{"i-1 (web-1) and i-2 (web-2) cannot be hosts: from here each of them is 10.0.0.2:22; give them jump hosts of their own in inventory.ssh_config"}},
		{name: "two networks with a gate", listed: []Listed{listed("east.web-1", "i-1", "10.0.0.2"), listed("west.web-1", "i-2", "10.0.0.2")}, hosts: "east.web-1=10.0.0.2 west.web-1=10.0.0.2"},
	} {
		s, err := merge(c.static, Listing{Hosts: c.listed}, through)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		for _, h := range s.All() {
			got = append(got, h.Name+"="+h.Address)
		}
		if strings.Join(got, " ") != c.hosts || !slices.Equal(s.refused, c.refused) {
			t.Errorf("%s: got %q and %q", c.name, got, s.refused)
		}
		if s.listed != len(got)-len(c.static) {
			t.Errorf("%s: %d are said to be listed", c.name, s.listed)
		}
	}
}

func TestMergeRefusesWhatTheSourceMustNotSay(t *testing.T) {
	for _, hosts := range [][]Listed{
		{listed("@web", "i-1", "10.0.0.1")},
		{listed("web-1", "i-1", "10.0.0.1"), listed("web-1", "i-2", "10.0.0.2")},
	} {
		if _, err := merge(nil, Listing{Hosts: hosts}, through); err == nil {
			t.Errorf("%v is taken", hosts)
		}
	}
}

func TestAwayOnly(t *testing.T) {
	away := awayOnly([]Away{
		{Name: "web-10", State: "stopped", ID: "i-1"}, {Name: "web-2", State: "terminated", ID: "i-2", Gone: true}, {Name: "web-2", State: "stopped", ID: "i-3"},
		{Name: "web-1", State: "terminated", ID: "i-4", Gone: true}, {Name: "db-1", State: "terminated", ID: "i-5", Gone: true},
	}, []actions.Host{{Name: "web-1"}})
	var got []string
	for _, a := range away {
		got = append(got, a.String())
	}
	want := []string{"web-2 is stopped (i-3)", "web-10 is stopped (i-1)", "db-1 is terminated (i-5)"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Which instance a host is, only the source's own hosts know: whoever may tag
// could otherwise tie a static host to another machine.
func TestMergeKeepsTheInstanceOfListedHostsOnly(t *testing.T) {
	from := func(name, id, address string) Listed {
		l := listed(name, id, address)
		l.Instance = id
		return l
	}
	static := []actions.Host{{Name: "db-1", Address: "10.0.0.1", Port: 22}, {Name: "db-2", Address: "10.0.0.2", Port: 22}}
	s, err := merge(static, Listing{Hosts: []Listed{
		from("db-1", "i-1", "10.9.9.9"), from("other", "i-2", "10.0.0.2"), from("web-1", "i-3", "10.0.0.3"), from("gate.web-2", "i-4", "10.0.0.4"),
	}}, through)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, h := range s.All() {
		got = append(got, h.Name+"="+h.Instance)
	}
	if want := "db-1= db-2= gate.web-2=i-4 web-1=i-3"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
