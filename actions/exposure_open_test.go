package actions_test

import (
	"strings"
	"testing"

	"hardenbot/actions"
)

func TestOpenRulesFindsPortsThatNothingListensOn(t *testing.T) {
	from := func(proto string, from, to int) actions.IngressRule {
		return actions.IngressRule{ID: "sgr-1", Proto: proto, From: from, To: to, CIDR: "0.0.0.0/0"}
	}
	for _, c := range []struct {
		name  string
		facts *actions.Facts
		want  string
	}{
		{"nothing listens", inCloud(rules{from("tcp", 8080, 8080)}), "sgr-1 (0.0.0.0/0, port 8080/tcp) of sg-1 (web)"},
		{"of a range", inCloud(rules{from("tcp", 8000, 9000)}), "sgr-1 (0.0.0.0/0, ports 8000-9000/tcp) of sg-1 (web)"},
		{"in the other protocol", inCloud(rules{from("udp", 3306, 3306)}), "sgr-1 (0.0.0.0/0, port 3306/udp) of sg-1 (web)"},
		{"only the host itself", inCloud(rules{tcp("sgr-1", "0.0.0.0/0")}, bound("127.0.0.1")), "sgr-1 (0.0.0.0/0, port 3306/tcp) of sg-1 (web)"},
		{"nothing at all", inCloud(rules{from("-1", -1, -1)}, bound("::1")), "sgr-1 (0.0.0.0/0, all ports of all protocols) of sg-1 (web)"},
		{"no route today", inCloud(rules{from("17", 53, 53)}, noAddress, noRoute4), "sgr-1 (0.0.0.0/0, port 53/udp) of sg-1 (web)"},
		{"not understood", inCloud(rules{tcp("sgr-1", "x")}, bound("127.0.0.1")), "sgr-1 (x, port 3306/tcp) of sg-1 (web)"},
		{"a group on two interfaces", inCloud(rules{from("tcp", 80, 80)}, func(f *actions.Facts) {
			f.Cloud.Interfaces = append(f.Cloud.Interfaces, *first(f))
		}), "sgr-1 (0.0.0.0/0, port 80/tcp) of sg-1 (web)"},
		{"it listens", inCloud(rules{tcp("sgr-1", "0.0.0.0/0")}), ""},
		{"it listens within the range", inCloud(rules{from("tcp", 3000, 4000)}), ""},
		{"declared addresses", inCloud(rules{tcp("sgr-1", "192.0.2.0/24")}, bound("127.0.0.1")), ""},
		{"private addresses", inCloud(rules{tcp("sgr-1", "10.0.0.0/8")}, bound("127.0.0.1")), ""},
		{"a group", inCloud(rules{ofGroup("sgr-1", "sg-9")}, bound("127.0.0.1")), ""},
		{"without ports", inCloud(rules{from("icmp", 8, -1), from("50", 0, 0)}), ""},
		{"no cloud", &actions.Facts{}, ""},
		{"listeners are not known", inCloud(rules{from("tcp", 80, 80)}, func(f *actions.Facts) {
			f.Listeners, f.Absent = nil, map[actions.Section]string{actions.SectionListeners: "no ss"}
		}), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, r := range actions.OpenRules(c.facts) {
				got = append(got, r.Says)
			}
			if strings.Join(got, "; ") != c.want {
				t.Errorf("finds %q, want %q", got, c.want)
			}
		})
	}
}

func TestOpenGroups(t *testing.T) {
	from := func(id, proto string, from, to int, cidr string) actions.IngressRule {
		return actions.IngressRule{ID: id, Proto: proto, From: from, To: to, CIDR: cidr}
	}
	for _, c := range []struct {
		name string
		list rules
		want string
	}{
		{"all protocols", rules{from("sgr-1", "-1", -1, -1, "0.0.0.0/0")}, "sg-1: sgr-1"},
		{"all ports, IPv6", rules{from("sgr-1", "udp", 0, 65535, "::/0")}, "sg-1: sgr-1"},
		{"1,025 ports", rules{from("sgr-1", "tcp", 1000, 2024, "0.0.0.0/0")}, "sg-1: sgr-1"},
		{"split range", rules{from("sgr-1", "tcp", 0, 65535, "64.0.0.0/2"), from("sgr-2", "-1", 0, 0, "128.0.0.0/2")}, "sg-1: sgr-1 sgr-2"},
		{"ports that are not understood", rules{from("sgr-1", "tcp", 9, 1, "0.0.0.0/0")}, "sg-1: sgr-1"},
		{"source that is not understood", rules{from("sgr-1", "tcp", 0, 65535, "x")}, "sg-1: sgr-1"},
		{"1,024 ports", rules{from("sgr-1", "tcp", 1000, 2023, "0.0.0.0/0")}, ""},
		{"split over protocols", rules{from("sgr-1", "tcp", 0, 65535, "64.0.0.0/2"), from("sgr-2", "udp", 0, 65535, "128.0.0.0/2")}, ""},
		{"some public addresses", rules{from("sgr-1", "-1", 0, 0, "8.0.0.0/8")}, ""},
		{"private addresses", rules{from("sgr-1", "-1", 0, 0, "10.0.0.0/8"), from("sgr-2", "icmp", -1, -1, "0.0.0.0/0")}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got string
			for _, g := range actions.OpenGroups(inCloud(c.list)) {
				got += g.Group.ID + ":"
				for _, r := range g.Rules {
					got += " " + r.Rule.ID
				}
			}
			if got != c.want {
				t.Errorf("finds %q, want %q", got, c.want)
			}
		})
	}
}

func TestPastBalancers(t *testing.T) {
	front := balanced(balancer(true, 3306, "sg-lb"))
	byGroup := ofGroup("sgr-1", "sg-lb")
	for _, c := range []struct {
		name  string
		facts *actions.Facts
		want  string
	}{
		{"the balancer alone", inCloud(rules{byGroup}, front), "host by "},
		{"the internet too", inCloud(rules{byGroup, tcp("sgr-2", "0.0.0.0/0")}, front), "internet by sgr-2"},
		{"some of it too", inCloud(rules{byGroup, tcp("sgr-2", "8.8.8.0/24")}, front), "wide by sgr-2"},
		{"internal networks too", inCloud(rules{byGroup, tcp("sgr-2", "10.0.0.0/8")}, front), "internal by sgr-2"},
		{"another port", inCloud(rules{byGroup}, balanced(balancer(true, 80, "sg-lb"))), ""},
		{"no balancer", inCloud(rules{tcp("sgr-2", "0.0.0.0/0")}), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := len(first(c.facts).Groups[0].Rules)
			var got string
			for _, e := range actions.PastBalancers(c.facts) {
				got += string(e.Reach) + " by " + strings.Join(e.Rules, " ")
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if len(first(c.facts).Groups[0].Rules) != before || len(actions.Exposures(c.facts)) != 1 {
				t.Error("the facts were changed")
			}
		})
	}
}
