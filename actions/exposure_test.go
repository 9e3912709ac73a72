package actions_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hardenbot/actions"
)

type (
	rules  = []actions.IngressRule
	change func(*actions.Facts)
)

// inCloud returns a host with a public IPv4 and IPv6 address, both routed, an
// open network ACL, a database on every address, and one group with the rules.
func inCloud(list rules, changes ...change) *actions.Facts {
	f := &actions.Facts{
		Listeners: []actions.Listener{{Proto: "tcp", Address: "*", Port: 3306, Process: "mariadbd"}},
		Cloud: &actions.Cloud{Instance: "i-1", Interfaces: []actions.Interface{{
			ID: "eni-1", Subnet: "subnet-1", Private: []string{"10.0.0.5"}, Public: []string{"203.0.113.5"},
			IPv6: []string{"2001:db8::5"}, Gateway4: true, Gateway6: true,
			ACL: []actions.ACL{
				{Number: 100, Allow: true, Proto: "-1", To: 65535, CIDR: "0.0.0.0/0"},
				{Number: 101, Allow: true, Proto: "-1", To: 65535, CIDR: "::/0"},
			},
			Groups: []actions.SecurityGroup{{ID: "sg-1", Name: "web", Rules: list}},
		}}},
	}
	f.Host.Declared.Trusted = []string{"192.0.2.0/24", "192.0.2.9"}
	f.Host.Declared.Networks.Internal = []string{"198.51.100.0/24"}
	for _, change := range changes {
		change(f)
	}
	return f
}

func tcp(id, cidr string) actions.IngressRule {
	return actions.IngressRule{ID: id, Proto: "tcp", From: 3306, To: 3306, CIDR: cidr}
}

func ofGroup(id, source string) actions.IngressRule {
	return actions.IngressRule{ID: id, Proto: "tcp", From: 3306, To: 3306, Source: source}
}

func first(f *actions.Facts) *actions.Interface { return &f.Cloud.Interfaces[0] }

func bound(address string) change {
	return func(f *actions.Facts) { f.Listeners[0].Address = address }
}

func noAddress(f *actions.Facts) { first(f).Public, first(f).IPv6 = nil, nil }
func noRoute4(f *actions.Facts)  { first(f).Gateway4 = false }
func noRoute6(f *actions.Facts)  { first(f).Gateway6 = false }

func acl(entries ...actions.ACL) change {
	return func(f *actions.Facts) { first(f).ACL = entries }
}

// second gives the host another interface, with one public address and one group.
func second(list ...actions.IngressRule) change {
	return func(f *actions.Facts) {
		i := *first(f)
		i.ID, i.Private, i.Public, i.IPv6 = "eni-2", []string{"10.0.1.5"}, []string{"203.0.113.6"}, nil
		i.Groups = []actions.SecurityGroup{{ID: "sg-2", Rules: list}}
		f.Cloud.Interfaces = append(f.Cloud.Interfaces, i)
	}
}

func balanced(b actions.Balancer) change {
	return func(f *actions.Facts) { f.Cloud.Balancers = append(f.Cloud.Balancers, b) }
}

// balancer returns one with the host's port as its target.
func balancer(internet bool, port int, groups ...string) actions.Balancer {
	b := actions.Balancer{Name: "front", Internet: internet, Ports: []int{443}, Targets: []actions.Target{{Port: port}}}
	for _, id := range groups {
		b.Groups = append(b.Groups, actions.SecurityGroup{ID: id})
	}
	return b
}

func TestExposureJoin(t *testing.T) {
	everywhere := tcp("sgr-1", "0.0.0.0/0")
	for _, c := range []struct {
		name  string
		facts *actions.Facts
		reach actions.Reach
		rules string
		says  string // a phrase of Because
	}{
		{"IPv4", inCloud(rules{everywhere}), "internet", "sgr-1", "sgr-1 (0.0.0.0/0, port 3306/tcp) of sg-1 (web) lets it in"},
		{"IPv6", inCloud(rules{tcp("sgr-1", "::/0")}), "internet", "sgr-1", "eni-1 has the public IPv6 address 2001:db8::5"},
		{"IPv6 of global unicast alone", inCloud(rules{tcp("sgr-1", "2000::/3")}), "internet", "sgr-1", ""},
		{"IPv4 written as IPv6", inCloud(rules{tcp("sgr-1", "::ffff:0.0.0.0/96")}, noRoute6), "internet", "sgr-1", ""},
		{"split range", inCloud(rules{tcp("sgr-1", "0.0.0.0/1"), tcp("sgr-2", "128.0.0.0/1")}), "internet", "sgr-1 sgr-2", ""},
		{"range split into quarters", inCloud(rules{tcp("sgr-1", "0.0.0.0/2"), tcp("sgr-2", "64.0.0.0/2"), tcp("sgr-3", "128.0.0.0/2")}),
			"internet", "sgr-3 sgr-2 sgr-1", ""},
		{"range split over two groups", inCloud(rules{tcp("sgr-1", "64.0.0.0/2")}, func(f *actions.Facts) {
			i := first(f)
			i.Groups = append(i.Groups, actions.SecurityGroup{ID: "sg-2", Rules: rules{tcp("sgr-2", "128.0.0.0/2"), tcp("sgr-3", "0.0.0.0/2")}})
		}), "internet", "sgr-2 sgr-1 sgr-3", "of sg-2 lets it in"},
		{"range split in IPv6", inCloud(rules{tcp("sgr-1", "2000::/4"), tcp("sgr-2", "3000::/4")}), "internet", "sgr-1 sgr-2", ""},
		{"half of IPv6", inCloud(rules{tcp("sgr-1", "2000::/4")}), "wide", "sgr-1", ""},
		{"a narrow rule beside a wide one", inCloud(rules{tcp("sgr-2", "8.8.8.0/24"), everywhere, tcp("sgr-3", "192.0.2.0/24")}), "internet", "sgr-1 sgr-2", ""},
		{"everything is declared", inCloud(rules{everywhere}, func(f *actions.Facts) { f.Host.Declared.Networks.Internal = []string{"0.0.0.0/0"} }), "internet", "sgr-1", ""},
		{"wide range", inCloud(rules{tcp("sgr-1", "8.0.0.0/6")}), "wide", "sgr-1", "sgr-1 (8.0.0.0/6, port 3306/tcp)"},
		{"one address", inCloud(rules{tcp("sgr-1", "8.8.8.8/32"), tcp("sgr-2", "10.0.0.0/8")}), "wide", "sgr-1", ""},
		{"trusted addresses", inCloud(rules{tcp("sgr-1", "192.0.2.0/25"), tcp("sgr-2", "192.0.2.9/32")}), "internal", "sgr-1 sgr-2", ""},
		{"declared network", inCloud(rules{tcp("sgr-1", "198.51.100.0/24")}), "internal", "sgr-1", ""},
		{"more than declared", inCloud(rules{tcp("sgr-1", "198.51.100.0/23")}), "wide", "sgr-1", ""},
		{"private range", inCloud(rules{tcp("sgr-1", "10.0.0.0/8"), tcp("sgr-2", "fd00::/8")}), "internal", "sgr-1 sgr-2", ""},
		{"prefix list", inCloud(rules{{ID: "sgr-1", Proto: "tcp", From: 3306, To: 3306, PrefixList: "pl-1", Prefixes: []string{"10.0.0.0/8", "0.0.0.0/1", "128.0.0.0/1"}}}),
			"internet", "sgr-1", "sgr-1 (pl-1, port 3306/tcp)"},
		{"prefix list of trusted addresses", inCloud(rules{{ID: "sgr-1", Proto: "tcp", From: 3306, To: 3306, PrefixList: "pl-1", Prefixes: []string{"192.0.2.7/32"}}}),
			"internal", "sgr-1", ""},
		{"group reference", inCloud(rules{ofGroup("sgr-1", "sg-9")}), "internal", "sgr-1", "sgr-1 (members of sg-9, port 3306/tcp)"},
		{"port range", inCloud(rules{{ID: "sgr-1", Proto: "tcp", From: 3000, To: 4000, CIDR: "0.0.0.0/0"}}), "internet", "sgr-1", "ports 3000-4000/tcp"},
		{"port range beside it", inCloud(rules{{ID: "sgr-1", Proto: "tcp", From: 3307, To: 4000, CIDR: "0.0.0.0/0"}}), "host", "", "no rule lets anybody in"},
		{"protocol -1", inCloud(rules{{ID: "sgr-1", Proto: "-1", From: -1, To: -1, CIDR: "0.0.0.0/0"}}), "internet", "sgr-1", "all ports of all protocols"},
		{"protocol by number", inCloud(rules{{ID: "sgr-1", Proto: "6", From: 0, To: 65535, CIDR: "0.0.0.0/0"}}), "internet", "sgr-1", "ports 0-65535/tcp"},
		{"other protocols", inCloud(rules{
			{ID: "sgr-1", Proto: "udp", From: 3306, To: 3306, CIDR: "0.0.0.0/0"},
			{ID: "sgr-2", Proto: "icmp", From: -1, To: -1, CIDR: "0.0.0.0/0"},
			{ID: "sgr-3", Proto: "50", CIDR: "0.0.0.0/0"},
		}), "host", "", "no rule lets anybody in"},
		{"no rule", inCloud(nil), "host", "", "no rule lets anybody in"},

		{"several interfaces, the second is open", inCloud(rules{tcp("sgr-1", "10.0.0.0/8")}, second(tcp("sgr-2", "0.0.0.0/0"))),
			"internet", "sgr-2", "eni-2 has the public IPv4 address 203.0.113.6"},
		{"several interfaces, bound to the closed one", inCloud(rules{tcp("sgr-1", "10.0.0.0/8")}, second(tcp("sgr-2", "0.0.0.0/0")), bound("10.0.0.5")),
			"internal", "sgr-1", ""},
		{"several interfaces, bound to the open one", inCloud(rules{tcp("sgr-1", "10.0.0.0/8")}, second(tcp("sgr-2", "0.0.0.0/0")), bound("10.0.1.5")),
			"internet", "sgr-2", "bound to 10.0.1.5"},
		{"several interfaces, range split over them", inCloud(rules{tcp("sgr-1", "64.0.0.0/2"), tcp("sgr-2", "128.0.0.0/2")}, second(tcp("sgr-3", "0.0.0.0/2"))),
			"internet", "sgr-2 sgr-1 sgr-3", ""},
		{"several interfaces, one without public address", inCloud(rules{everywhere}, noAddress, second()),
			"internal", "sgr-1", "eni-1 has no public IPv4 address"},

		{"bound to every IPv4 address", inCloud(rules{tcp("sgr-1", "::/0")}, bound("0.0.0.0")), "host", "", ""},
		{"bound to every IPv6 address", inCloud(rules{everywhere}, bound("::")), "host", "", ""},
		{"bound to the IPv6 address", inCloud(rules{tcp("sgr-1", "::/0")}, bound("2001:db8::5")), "internet", "sgr-1", ""},
		{"bound to the private address", inCloud(rules{everywhere}, bound("10.0.0.5")), "internet", "sgr-1", ""},
		{"bound to it as IPv6", inCloud(rules{everywhere}, bound("::ffff:10.0.0.5")), "internet", "sgr-1", ""},
		{"bound to loopback", inCloud(rules{everywhere}, bound("127.0.0.53%lo")), "host", "", ""},
		{"bound to a VPN's address", inCloud(rules{everywhere}, bound("10.8.0.1")), "internal", "", "no network interface has 10.8.0.1"},
		{"bound to a public address that no interface has", inCloud(rules{everywhere}, bound("203.0.113.99")), "internet", "sgr-1", ""},
		{"bound to a link-local address", inCloud(rules{everywhere}, bound("fe80::1%eth0")), "internal", "", ""},

		{"no public address", inCloud(rules{everywhere}, noAddress), "internal", "sgr-1", "eni-1 has no public IPv4 address"},
		{"private IPv6 address", inCloud(rules{tcp("sgr-1", "::/0")}, func(f *actions.Facts) { first(f).IPv6 = []string{"fd00::5"} }),
			"internal", "sgr-1", "eni-1 has no public IPv6 address"},
		{"no route of IPv4", inCloud(rules{everywhere}, noRoute4), "internal", "sgr-1", "its subnet subnet-1 has no IPv4 route to an internet gateway"},
		{"no route of IPv6", inCloud(rules{tcp("sgr-1", "::/0")}, noRoute6), "internal", "sgr-1", "no IPv6 route to an internet gateway"},
		{"routes are apart", inCloud(rules{everywhere, tcp("sgr-2", "::/0")}, noRoute4), "internet", "sgr-2", ""},
		{"public addresses alone without a route", inCloud(rules{tcp("sgr-1", "8.8.8.0/24")}, noRoute4), "host", "", "no IPv4 route"},

		{"network ACL denies", inCloud(rules{everywhere}, acl(
			actions.ACL{Number: 100, Proto: "6", From: 3306, To: 3306, CIDR: "0.0.0.0/0"},
			actions.ACL{Number: 200, Allow: true, Proto: "-1", To: 65535, CIDR: "0.0.0.0/0"},
		)), "internal", "sgr-1", "the network ACL's entry 100 (0.0.0.0/0) denies it"},
		{"network ACL allows first", inCloud(rules{everywhere}, acl(
			actions.ACL{Number: 200, Proto: "6", From: 3306, To: 3306, CIDR: "0.0.0.0/0"},
			actions.ACL{Number: 100, Allow: true, Proto: "-1", To: 65535, CIDR: "0.0.0.0/0"},
		)), "internet", "sgr-1", ""},
		{"network ACL denies another port", inCloud(rules{everywhere}, acl(
			actions.ACL{Number: 100, Proto: "tcp", From: 0, To: 3305, CIDR: "0.0.0.0/0"},
			actions.ACL{Number: 200, Allow: true, Proto: "tcp", From: 3306, To: 3306, CIDR: "0.0.0.0/0"},
		)), "internet", "sgr-1", ""},
		{"network ACL leaves a part", inCloud(rules{everywhere}, acl(actions.ACL{Number: 100, Allow: true, Proto: "-1", CIDR: "8.0.0.0/8"})),
			"wide", "sgr-1", "no entry of the network ACL allows it"},
		{"network ACL is not known", inCloud(rules{everywhere}, acl()), "internet", "sgr-1", ""},

		{"load balancer's group", inCloud(rules{ofGroup("sgr-1", "sg-lb")}, balanced(balancer(true, 3306, "sg-lb"))),
			"lb", "sgr-1", "it is a target of the internet-facing load balancer front"},
		{"group of an internal load balancer", inCloud(rules{ofGroup("sgr-1", "sg-lb")}, balanced(balancer(false, 3306, "sg-lb"))), "lb", "sgr-1", ""},
		{"load balancer and private range", inCloud(rules{ofGroup("sgr-1", "sg-lb"), ofGroup("sgr-2", "sg-9")}, balanced(balancer(true, 3306, "sg-lb"))),
			"lb", "sgr-1", ""},
		{"load balancer by its addresses", inCloud(rules{tcp("sgr-1", "10.0.0.0/8")}, balanced(balancer(true, 3306, "sg-lb"))), "lb", "sgr-1", ""},
		{"load balancer of another port", inCloud(rules{tcp("sgr-1", "10.0.0.0/8")}, balanced(balancer(true, 80, "sg-lb"))), "internal", "sgr-1", ""},
		{"internal load balancer by its addresses", inCloud(rules{tcp("sgr-1", "10.0.0.0/8")}, balanced(balancer(false, 3306, "sg-lb"))), "internal", "sgr-1", ""},
		{"load balancer that nobody lets in", inCloud(nil, balanced(balancer(true, 3306, "sg-lb"))), "host", "", ""},
		{"load balancer and the internet", inCloud(rules{ofGroup("sgr-1", "sg-lb"), tcp("sgr-2", "0.0.0.0/0")}, balanced(balancer(true, 3306, "sg-lb"))),
			"internet", "sgr-2", ""},
		{"network load balancer without groups", inCloud(rules{everywhere}, noAddress, balanced(balancer(true, 3306))), "lb", "sgr-1", ""},
		{"network load balancer passes its clients", inCloud(rules{tcp("sgr-1", "8.8.8.0/24")}, noAddress, balanced(balancer(true, 3306))), "lb", "sgr-1", ""},
		{"network load balancer on a public host", inCloud(rules{everywhere}, balanced(balancer(true, 3306))), "internet", "sgr-1", ""},

		{"range that is not understood", inCloud(rules{tcp("sgr-1", "10.0.0.0/99")}), "wide", "sgr-1", `sgr-1 of sg-1 (web) is not understood (source "10.0.0.0/99") and taken as open`},
		{"one bad entry of a prefix list", inCloud(rules{{ID: "sgr-1", Proto: "tcp", From: 3306, To: 3306, PrefixList: "pl-1", Prefixes: []string{"10.0.0.0/8", "x"}}}), "wide", "sgr-1", `source "x"`},
		{"prefix list without entries", inCloud(rules{{ID: "sgr-1", Proto: "tcp", From: 3306, To: 3306, PrefixList: "pl-1"}}), "wide", "sgr-1", "the entries of pl-1 are not known"},
		{"no source", inCloud(rules{tcp("sgr-1", "")}), "wide", "sgr-1", "it names no source"},
		{"ports reversed", inCloud(rules{{ID: "sgr-1", Proto: "tcp", From: 90, To: 10, CIDR: "10.0.0.0/8"}}), "wide", "sgr-1", "ports 90 to 10"},
		{"ports reversed, from everywhere", inCloud(rules{{ID: "sgr-1", Proto: "tcp", From: 90, To: 10, CIDR: "0.0.0.0/0"}}), "internet", "sgr-1", ""},
		{"protocol that is not understood", inCloud(rules{{ID: "sgr-1", Proto: "tpc", From: 1, To: 2, CIDR: "10.0.0.0/8"}}), "wide", "sgr-1", `protocol "tpc"`},
		{"denial that is not understood", inCloud(rules{everywhere}, acl(
			actions.ACL{Number: 100, Proto: "-1", CIDR: "x"},
			actions.ACL{Number: 200, Proto: "tcp", From: 9, To: 1, CIDR: "0.0.0.0/0"},
			actions.ACL{Number: 300, Allow: true, Proto: "-1", CIDR: "0.0.0.0/0"},
		)), "internet", "sgr-1", ""},
		{"allowance that is not understood", inCloud(rules{tcp("sgr-1", "8.8.8.0/24")}, acl(actions.ACL{Number: 100, Allow: true, Proto: "-1", CIDR: "x"})),
			"wide", "sgr-1", "the network ACL's entry 100 is not understood and taken as open"},
		{"address of the listener that is not understood", inCloud(rules{everywhere}, bound("?")), "internet", "sgr-1", "bound to ?"},
		{"address of the interface that is not understood", inCloud(rules{everywhere}, bound("10.0.0.9"), func(f *actions.Facts) { first(f).Private = []string{"?"} }),
			"internet", "sgr-1", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := actions.Exposures(c.facts)[0]
			if e.Reach != c.reach || strings.Join(e.Rules, " ") != c.rules || !strings.Contains(strings.Join(e.Because, "; "), c.says) {
				t.Errorf("got %s by %q because %q\nwant %s by %q because …%s…", e.Reach, e.Rules, e.Because, c.reach, c.rules, c.says)
			}
			if !e.Inferred && !strings.HasPrefix(c.facts.Listeners[0].Address, "127.") {
				t.Error("nobody tried it, and it does not say that it is inferred")
			}
		})
	}
}

// One port on several addresses is one exposure, by all that reaches any of them.
func TestExposureOfSeveralSockets(t *testing.T) {
	f := inCloud(rules{tcp("sgr-1", "10.0.0.0/8")}, bound("10.0.0.5"), second(tcp("sgr-2", "0.0.0.0/0")))
	f.Listeners = append(f.Listeners,
		actions.Listener{Proto: "tcp", Address: "127.0.0.1", Port: 3306}, actions.Listener{Proto: "tcp", Address: "10.0.1.5", Port: 3306},
		actions.Listener{Proto: "udp", Address: "127.0.0.1", Port: 3306})
	all := actions.Exposures(f)
	if len(all) != 2 || all[0].Reach != actions.ReachInternet || all[1].Reach != actions.ReachHost || all[0].Because[0] != "bound to 10.0.0.5 and 10.0.1.5" {
		t.Errorf("got %+v", all)
	}
}

func TestExposureWithoutTheCloud(t *testing.T) {
	for _, c := range []struct {
		name   string
		public bool
		cloud  *actions.Cloud
		absent map[actions.Section]string
		want   string
	}{
		{"known to be in none", true, nil, nil, "internet: bound to every address, the host is public, the host has no firewall rules"},
		{"inside", false, nil, nil, "internal: bound to every address, the host has no firewall rules"},
		{"no answer", true, nil, map[actions.Section]string{actions.SectionCloud: "no credentials"},
			"internet: bound to every address, the host is public, its security groups could not be read (no credentials), the host has no firewall rules"},
		{"half an answer", true, inCloud(nil).Cloud, map[actions.Section]string{actions.SectionCloud: "denied"},
			"internet: bound to every address, the host is public, its security groups could not be read (denied), the host has no firewall rules"},
		{"no interfaces", true, &actions.Cloud{Instance: "i-1"}, nil,
			"internet: bound to every address, the host is public, its security groups are not known (i-1 has no network interface), the host has no firewall rules"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := inCloud(nil)
			f.Host.Public, f.Cloud, f.Absent = c.public, c.cloud, c.absent
			e := actions.Exposures(f)[0]
			if got := fmt.Sprintf("%s: %s", e.Reach, strings.Join(e.Because, ", ")); got != c.want || !e.Inferred || e.Joined || len(e.Rules) > 0 {
				t.Errorf("got %s (%+v), want %s", got, e, c.want)
			}
		})
	}
}

func TestExposureNamesFewRulesInWords(t *testing.T) {
	var many rules
	for n := range 9 {
		many = append(many, tcp(fmt.Sprintf("sgr-%d", n), fmt.Sprintf("8.8.%d.0/24", n)))
	}
	e := actions.Exposures(inCloud(many))[0]
	if len(e.Rules) != 9 || !slices.Contains(e.Because, "4 more rules do so too") {
		t.Errorf("names %q because %q", e.Rules, e.Because)
	}
}

func TestReachOrder(t *testing.T) {
	for n, r := range []actions.Reach{"internet", "wide", "lb", "internal", "host"} {
		if r.Order() != n {
			t.Errorf("%s has order %d, want %d", r, r.Order(), n)
		}
	}
}
