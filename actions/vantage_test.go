package actions_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

// trier answers for a vantage, and keeps what it was asked.
type trier struct {
	mu     sync.Mutex
	asked  [][]string
	answer func(addresses []string) (map[string]bool, error)
}

func (d *trier) Try(_ context.Context, from actions.Host, addresses []string) (map[string]bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, append([]string{from.Name}, addresses...))
	return d.answer(addresses)
}

// answers says the same of every address.
func answers(open bool) func([]string) (map[string]bool, error) {
	return func(addresses []string) (map[string]bool, error) {
		all := map[string]bool{}
		for _, a := range addresses {
			all[a] = open
		}
		return all, nil
	}
}

func fails(says string) func([]string) (map[string]bool, error) {
	return func([]string) (map[string]bool, error) { return nil, errors.New(says) }
}

// stock is an inventory that knows hosts by their names.
type stock []actions.Host

func (s stock) Select(_ context.Context, pattern string) ([]actions.Host, error) {
	i := slices.IndexFunc(s, func(h actions.Host) bool { return h.Name == pattern })
	if i < 0 {
		return nil, fmt.Errorf("no host is called %q", pattern)
	}
	return s[i : i+1], nil
}

var relay = actions.Host{Name: "relay-1", Address: "198.51.100.1", Public: true}

// fixed collects the same facts of every host.
type fixed struct{ facts *actions.Facts }

func (c fixed) Collect(_ context.Context, h actions.Host) (*actions.Facts, error) {
	f := *c.facts
	f.Host.Name = h.Name
	return &f, nil
}

func listeners(all ...string) []actions.Listener {
	var list []actions.Listener
	for _, text := range all {
		var l actions.Listener
		if _, err := fmt.Sscanf(text, "%s %s %d", &l.Proto, &l.Address, &l.Port); err != nil {
			panic(err)
		}
		list = append(list, l)
	}
	return list
}

func TestVantageTriesPublicAddresses(t *testing.T) {
	out := func(address string, public bool, list ...string) *actions.Facts {
		return &actions.Facts{Host: actions.Host{Address: address, Public: public}, Listeners: listeners(list...)}
	}
	unread := func(f *actions.Facts) {
		f.Absent = map[actions.Section]string{actions.SectionCloud: "no credentials"}
		f.Host.Address, f.Host.Public = "203.0.113.5", true
	}
	for _, tc := range []struct {
		name  string
		facts *actions.Facts
		want  string
	}{
		{"every address", out("203.0.113.5", true, "tcp 0.0.0.0 80", "tcp * 22"), "203.0.113.5:80 203.0.113.5:22"},
		{"both families on one port", out("203.0.113.5", true, "tcp 0.0.0.0 80", "tcp :: 80"), "203.0.113.5:80"},
		{"the other family", out("203.0.113.5", true, "tcp :: 80"), ""},
		{"IPv6", out("2001:db8::5", true, "tcp :: 80"), "[2001:db8::5]:80"},
		{"UDP", out("203.0.113.5", true, "udp 0.0.0.0 53"), ""},
		{"itself", out("203.0.113.5", true, "tcp 127.0.0.1 3306", "tcp ::1 25"), ""},
		{"a private address", out("203.0.113.5", true, "tcp 10.0.0.5 3306"), ""},
		{"another public address", out("203.0.113.5", true, "tcp 203.0.113.6 80"), "203.0.113.6:80"},
		{"a private and a public address", out("203.0.113.5", true, "tcp 10.0.0.5 80", "tcp 203.0.113.5 80"), "203.0.113.5:80"},
		{"a name", out("web-1.example.com", true, "tcp 0.0.0.0 80"), "web-1.example.com:80"},
		{"public behind a private address", out("10.0.0.5", true, "tcp 0.0.0.0 80"), ""},
		{"not public", out("10.0.0.5", false, "tcp 0.0.0.0 80"), ""},
		{"in the cloud", inCloud(rules{tcp("sgr-1", "0.0.0.0/0"), tcp("sgr-2", "::/0")}), "203.0.113.5:3306 [2001:db8::5]:3306"},
		{"in the cloud, by IPv4", inCloud(rules{tcp("sgr-1", "0.0.0.0/0")}, bound("0.0.0.0")), "203.0.113.5:3306"},
		{"in the cloud, wide", inCloud(rules{tcp("sgr-1", "8.8.8.0/24")}, bound("10.0.0.5")), "203.0.113.5:3306"},
		{"in the cloud, internal", inCloud(rules{tcp("sgr-1", "10.0.0.0/8")}), ""},
		{"in the cloud, without an address", inCloud(rules{tcp("sgr-1", "0.0.0.0/0")}, noAddress), ""},
		{"a load balancer's", inCloud(rules{ofGroup("sgr-1", "sg-lb")}, behindFront), "203.0.113.5:3306 [2001:db8::5]:3306"},
		{"the cloud unread", inCloud(rules{tcp("sgr-1", "0.0.0.0/0")}, unread), "203.0.113.5:3306"},
		{"the widest first", inCloud(rules{ofGroup("sgr-1", "sg-lb"), {ID: "sgr-2", Proto: "tcp", From: 22, To: 22, CIDR: "0.0.0.0/0"}}, behindFront, bound("0.0.0.0"),
			func(f *actions.Facts) { f.Listeners = append(f.Listeners, listeners("tcp 0.0.0.0 22")...) }), "203.0.113.5:22 203.0.113.5:3306"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := &trier{answer: answers(true)}
			if _, err := vantage(fixed{tc.facts}, d).Collect(t.Context(), actions.Host{Name: "web-1"}); err != nil {
				t.Fatal(err)
			}
			var got string
			for _, asked := range d.asked {
				got += strings.TrimPrefix(strings.Join(asked, " "), "relay-1 ")
			}
			if got != tc.want {
				t.Errorf("tries %q, want %q", got, tc.want)
			}
		})
	}
}

var behindFront = balanced(balancer(true, 3306, "sg-lb"))

func vantage(next actions.Collector, d actions.Trier) *actions.Vantage {
	return actions.NewVantage(next, d, stock{relay}, "relay-1")
}

func TestVantageTriesSoManyAtMost(t *testing.T) {
	f := &actions.Facts{Host: actions.Host{Address: "203.0.113.5", Public: true}}
	for port := range 300 {
		f.Listeners = append(f.Listeners, actions.Listener{Proto: "tcp", Address: "*", Port: port + 1})
	}
	d := &trier{answer: answers(false)}
	facts, err := vantage(fixed{f}, d).Collect(t.Context(), actions.Host{Name: "web-1"})
	if err != nil || len(facts.Outside) != actions.MostTried {
		t.Errorf("%d were tried, %v", len(facts.Outside), err)
	}
}

// TestVantageTells: what is accepted is no conclusion any more, what is not
// narrows nothing, and what was not told says nothing.
func TestVantageTells(t *testing.T) {
	everybody := inCloud(rules{tcp("sgr-1", "0.0.0.0/0"), tcp("sgr-2", "::/0")}, func(f *actions.Facts) {
		f.Listeners = append(f.Listeners, listeners("udp * 3306", "tcp 127.0.0.1 6379", "tcp * 22")...)
	})
	const four, six = "203.0.113.5:3306", "[2001:db8::5]:3306"
	tried := func(address string, open bool) actions.Tried {
		return actions.Tried{From: "relay-1", Address: address, Port: 3306, Open: open}
	}
	for _, tc := range []struct {
		name     string
		answer   func([]string) (map[string]bool, error)
		inferred bool
		tried    []actions.Tried
		untried  string
	}{
		{"accepted", answers(true), false, []actions.Tried{tried("203.0.113.5", true), tried("2001:db8::5", true)}, ""},
		{"not accepted", answers(false), true, []actions.Tried{tried("203.0.113.5", false), tried("2001:db8::5", false)}, ""},
		{"one of two", func([]string) (map[string]bool, error) { return map[string]bool{six: true, four: false}, nil }, false,
			[]actions.Tried{tried("203.0.113.5", false), tried("2001:db8::5", true)}, ""},
		{"the other of two", func([]string) (map[string]bool, error) { return map[string]bool{six: false, four: true}, nil }, false,
			[]actions.Tried{tried("203.0.113.5", true), tried("2001:db8::5", false)}, ""},
		{"one told", func([]string) (map[string]bool, error) { return map[string]bool{four: false}, nil }, true,
			[]actions.Tried{tried("203.0.113.5", false)}, ""},
		{"none told", func([]string) (map[string]bool, error) { return nil, nil }, true, nil, ""},
		{"something else told", func([]string) (map[string]bool, error) { return map[string]bool{"192.0.2.1:1": true}, nil }, true, nil, ""},
		{"down", fails("relay-1 could not be reached"), true, nil, "relay-1 could not be reached"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			facts, err := vantage(fixed{everybody}, &trier{answer: tc.answer}).Collect(t.Context(), actions.Host{Name: "web-1"})
			if err != nil {
				t.Fatal(err)
			}
			all := actions.Exposures(facts)
			if e := all[0]; e.Reach != actions.ReachInternet || e.Inferred != tc.inferred || !reflect.DeepEqual(e.Tried, tc.tried) || e.Untried != tc.untried {
				t.Errorf("got %s, inferred %v, %+v, %q", e.Reach, e.Inferred, e.Tried, e.Untried)
			}
			if e := all[1]; e.Listener.Proto != "udp" || !e.Inferred || e.Tried != nil || e.Untried != "" {
				t.Errorf("UDP: %+v", e)
			}
			if e := all[2]; e.Reach != actions.ReachHost || e.Tried != nil {
				t.Errorf("on the host itself: %+v", e)
			}
			if e := all[3]; e.Listener.Port != 22 || e.Tried != nil {
				t.Errorf("another port: %+v", e)
			}
			if why := facts.Absent[actions.SectionOutside]; why != tc.untried {
				t.Errorf("absent: %q", why)
			}
		})
	}
}

func TestStandsOutside(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*actions.Host)
		want   string // empty: it does
	}{
		{"outside", func(*actions.Host) {}, ""},
		{"by a name", func(h *actions.Host) { h.Address = "relay.example.com" }, ""},
		{"forwarded to", func(h *actions.Host) { h.Address = "10.0.0.1" }, ""},
		{"inside", func(h *actions.Host) { h.Public = false }, "has no public address"},
		{"trusted", func(h *actions.Host) { h.Declared.Trusted = []string{"198.51.100.1"} }, "declares as one of your own"},
		{"internal", func(h *actions.Host) { h.Declared.Networks.Internal = []string{"198.51.100.0/24"} }, "declares as one of your own"},
		{"by an agent", func(h *actions.Host) { h.Transport = actions.TransportSSM }, "is reached by ssm"},
	} {
		h := relay
		tc.change(&h)
		if err := actions.StandsOutside(h); (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v", tc.name, err)
		}
	}
}

// TestVantageIsAskedAsItIsNow: the inventory may have changed since the start.
func TestVantageIsAskedAsItIsNow(t *testing.T) {
	f := fixed{&actions.Facts{Host: actions.Host{Address: "203.0.113.5", Public: true}, Listeners: listeners("tcp * 22")}}
	inside := relay
	inside.Public = false
	for name, hosts := range map[string]stock{`no host is called "relay-1"`: nil, "relay-1 has no public address": {inside}} {
		d := &trier{answer: answers(true)}
		facts, err := actions.NewVantage(f, d, hosts, "relay-1").Collect(t.Context(), actions.Host{Name: "web-1"})
		if err != nil || len(d.asked) > 0 || facts.Outside != nil || !strings.Contains(facts.Absent[actions.SectionOutside], name) {
			t.Errorf("got %v, asked %v, absent %v", err, d.asked, facts.Absent)
		}
	}
	d := &trier{answer: answers(true)}
	facts, err := vantage(f, d).Collect(t.Context(), relay)
	if err != nil || len(d.asked) > 0 || len(facts.Absent) > 0 {
		t.Errorf("its own ports: got %v, asked %v, absent %v", err, d.asked, facts.Absent)
	}
}

// TestVantageInAScan goes by the scanner: a host that fails is not tried, one
// that the vantage fails for is seen in part, and after three failures in a row
// the scan goes on without asking again.
func TestVantageInAScan(t *testing.T) {
	fleet := actionstest.NewFleet("web-1", "web-2", "web-3", "web-4", "web-5", "web-6")
	for _, h := range fleet.Inventory() {
		fleet.Host(h.Name).Facts.Listeners = listeners("tcp * 22")
	}
	fleet.Host("web-1").Down = true
	hosts := fleet.Inventory()
	for i := range hosts {
		hosts[i].Public = true
	}
	d := &trier{answer: fails("relay-1 could not be reached")}
	scanner := actions.Scanner{Fleet: vantage(fleet, d), Ledger: actionstest.NewLedger(), Parallel: 1, Now: time.Now}
	for range 2 { // the second scan asks afresh
		scan, err := scanner.Scan(t.Context(), actions.ScanRequest{Pattern: "*", Hosts: hosts})
		if err != nil {
			t.Fatal(err)
		}
		for i, h := range scan.Hosts {
			want := actions.HostScan{Name: h.Name, Address: h.Address, Status: actions.Partial, Error: "could not read outside: relay-1 could not be reached", OS: h.OS}
			if i == 0 {
				want.Status, want.Error = actions.Unreachable, "web-1 could not be reached"
			}
			if h != want {
				t.Errorf("got %+v\nwant %+v", h, want)
			}
		}
	}
	if len(d.asked) != 6 {
		t.Errorf("asked %d times, want 3 in each scan: %v", len(d.asked), d.asked)
	}
}

// TestVantageThatFailsNowAndThen is asked on.
func TestVantageThatFailsNowAndThen(t *testing.T) {
	f := fixed{&actions.Facts{Host: actions.Host{Address: "203.0.113.5", Public: true}, Listeners: listeners("tcp * 22")}}
	d := &trier{}
	d.answer = func(addresses []string) (map[string]bool, error) {
		if len(d.asked)%3 != 0 {
			return nil, errors.New("the connection was lost")
		}
		return answers(true)(addresses)
	}
	scan := vantage(f, d).Prepare(t.Context(), nil)
	for i := range 9 {
		facts, err := scan.Collect(t.Context(), actions.Host{Name: "web-1"})
		if tried := len(facts.Outside) == 1; err != nil || tried != (i%3 == 2) {
			t.Errorf("host %d: %+v, absent %v, %v", i, facts.Outside, facts.Absent, err)
		}
	}
	if len(d.asked) != 9 {
		t.Errorf("asked %d times", len(d.asked))
	}
}

// ahead is a collector that reads elsewhere for a whole scan.
type ahead struct {
	fixed
	told *[]string
}

func (p ahead) Prepare(_ context.Context, hosts []actions.Host) actions.Collector {
	for _, h := range hosts {
		*p.told = append(*p.told, h.Name)
	}
	return p.fixed
}

func TestVantagePreparesWhatItStandsBefore(t *testing.T) {
	f := fixed{&actions.Facts{Host: actions.Host{Address: "203.0.113.5", Public: true}, Listeners: listeners("tcp * 22")}}
	var told []string
	c := vantage(ahead{f, &told}, &trier{answer: answers(true)}).Prepare(t.Context(), []actions.Host{{Name: "web-1"}})
	facts, err := c.Collect(t.Context(), actions.Host{Name: "web-1"})
	if err != nil || len(facts.Outside) != 1 || !slices.Equal(told, []string{"web-1"}) {
		t.Errorf("got %+v, %v, prepared %v", facts.Outside, err, told)
	}
}

// slow is a vantage that takes a second, and counts who asks at once.
type slow struct {
	mu        sync.Mutex
	now, most int
}

func (s *slow) Try(context.Context, actions.Host, []string) (map[string]bool, error) {
	s.mu.Lock()
	s.now++
	s.most = max(s.most, s.now)
	s.mu.Unlock()
	time.Sleep(time.Second) // of the test's own clock
	s.mu.Lock()
	s.now--
	s.mu.Unlock()
	return nil, nil
}

// TestVantageIsNotOverrun: a scan of many hosts asks it eight times at once at
// most, and who gives up does not wait for its turn.
func TestVantageIsNotOverrun(t *testing.T) {
	f := fixed{&actions.Facts{Host: actions.Host{Address: "203.0.113.5", Public: true}, Listeners: listeners("tcp * 22")}}
	synctest.Test(t, func(t *testing.T) {
		s := &slow{}
		v := vantage(f, s)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { _, _ = v.Collect(t.Context(), actions.Host{Name: "web-1"}) })
		}
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		facts, err := v.Collect(ctx, actions.Host{Name: "web-2"})
		if err != nil || !strings.Contains(facts.Absent[actions.SectionOutside], "relay-1 was not waited for") {
			t.Errorf("got %v, %v", facts.Absent, err)
		}
		all.Wait()
		if s.most != 8 {
			t.Errorf("%d asked at once", s.most)
		}
	})
}
