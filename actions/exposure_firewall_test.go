package actions_test

import (
	"strings"
	"testing"

	"hardenbot/actions"
)

// match is a condition with these values.
func match(values ...string) actions.FirewallMatch { return actions.FirewallMatch{Any: values} }

// accepts returns a rule that lets in these to the host's database.
func accepts(from ...string) actions.FirewallRule {
	r := actions.FirewallRule{Proto: match("tcp"), Ports: match("3306"), Verdict: actions.FirewallAccept}
	if len(from) > 0 {
		r.From = match(from...)
	}
	return r
}

// input is a chain that drops what no rule accepts.
func input(list ...actions.FirewallRule) actions.FirewallChain {
	return actions.FirewallChain{Family: "inet", Table: "filter", Name: "input", Hook: "input", Policy: "drop", Rules: list}
}

func behind(chains ...actions.FirewallChain) change {
	return func(f *actions.Facts) { f.Firewall.Chains = chains }
}

func process(name string) change {
	return func(f *actions.Facts) { f.Listeners[0].Process = name }
}

// noCloud leaves a public host of which only that is known.
func noCloud(f *actions.Facts) { f.Cloud, f.Host.Public = nil, true }

func TestExposureBehindAFirewall(t *testing.T) {
	everywhere := rules{tcp("sgr-1", "0.0.0.0/0"), tcp("sgr-2", "8.8.8.0/24")}
	dnat := func(r actions.FirewallRule) actions.FirewallChain {
		r.Verdict = actions.FirewallDNAT
		return actions.FirewallChain{Family: "ip", Table: "nat", Name: "PREROUTING", Hook: "prerouting", Policy: "accept", Rules: []actions.FirewallRule{r}}
	}
	jump := func(target string, verdict actions.FirewallVerdict) actions.FirewallRule {
		return actions.FirewallRule{Verdict: verdict, Target: target}
	}
	ban := actions.FirewallRule{From: match("8.8.8.8"), Verdict: actions.FirewallDrop}
	open := input(ban)
	open.Policy = "accept"
	office := input(accepts("192.0.2.0/24"))
	office.Table = "office"
	cycle := input(jump("input", actions.FirewallJump))
	limited := accepts()
	limited.Unclear = "limit"
	maybeDrop := actions.FirewallRule{Verdict: actions.FirewallDrop, Unclear: "meta mark"}
	established := actions.FirewallRule{State: match("established", "related"), Verdict: actions.FirewallAccept}
	lo := actions.FirewallRule{In: match("lo"), Verdict: actions.FirewallAccept}
	strange := accepts()
	strange.From = match("office.example")
	for _, c := range []struct {
		name  string
		facts *actions.Facts
		reach actions.Reach
		bare  actions.Reach
		rules string
		says  string
	}{
		{"it lets everybody in", inCloud(everywhere, behind(input(accepts()))), "internet", "internet", "sgr-1 sgr-2", "the host's firewall does not close it"},
		{"bans", inCloud(everywhere, behind(open)), "internet", "internet", "sgr-1 sgr-2", "the host's firewall does not close it"},
		{"private range", inCloud(everywhere, behind(input(accepts("10.0.0.0/8")))), "internal", "internet", "sgr-1",
			"only the host's firewall keeps others out: inet filter input lets in 10.0.0.0/8 only (without it the reach is internet)"},
		{"a range of the internet", inCloud(everywhere, behind(input(accepts("8.8.0.0/16")))), "wide", "internet", "sgr-1 sgr-2", "lets in 8.8.0.0/16 only"},
		{"a part of what one rule lets in", inCloud(everywhere, behind(input(accepts("8.8.4.0/24")))), "wide", "internet", "sgr-1", "lets in 8.8.4.0/24 only"},
		{"trusted range", inCloud(everywhere, behind(input(accepts("192.0.2.0/24")))), "internal", "internet", "sgr-1", ""},
		{"the other family", inCloud(everywhere, behind(input(accepts("::/0")))), "host", "internet", "", "lets in ::/0 only"},
		{"it was tried, and not accepted", inCloud(everywhere, behind(input(accepts("10.0.0.0/8"))), func(f *actions.Facts) {
			f.Outside = []actions.Tried{{From: "probe-1", Address: "203.0.113.1", Port: 3306}}
		}), "internal", "internet", "sgr-1", "only the host's firewall keeps others out"},
		{"it was tried, and accepted", inCloud(everywhere, behind(input(accepts("10.0.0.0/8"))), func(f *actions.Facts) {
			f.Outside = []actions.Tried{{From: "probe-1", Address: "203.0.113.1", Port: 3306, Open: true}}
		}), "internet", "internet", "sgr-1 sgr-2", "and yet a connection from outside was accepted"},
		{"nobody", inCloud(everywhere, behind(input(established, lo))), "host", "internet", "", "inet filter input lets in nobody (without it the reach is internet)"},
		{"chains that agree on nobody", inCloud(everywhere, behind(input(accepts("10.0.0.0/8")), office)), "host", "internet", "", "inet filter input, inet office input lets in nobody"},
		{"a chain of IPv6", inCloud(everywhere, behind(actions.FirewallChain{Family: "ip6", Table: "filter", Name: "INPUT", Hook: "input", Policy: "drop"})),
			"internet", "internet", "sgr-1 sgr-2", "the host's firewall (ip6 filter INPUT) lets in 0.0.0.0/0 only"},
		{"nothing to narrow", inCloud(rules{tcp("sgr-1", "10.1.0.0/16")}, behind(input(accepts("10.0.0.0/8")))), "internal", "internal", "sgr-1",
			"the host's firewall (inet filter input) lets in 10.0.0.0/8 only"},
		{"limit", inCloud(everywhere, behind(input(limited))), "internet", "internet", "sgr-1 sgr-2",
			"does not close it (what is not understood is taken as open: inet filter input: limit)"},
		{"drop that is not understood", inCloud(everywhere, behind(input(maybeDrop, accepts()))), "internet", "internet", "sgr-1 sgr-2", ""},
		{"source that is not understood", inCloud(everywhere, behind(input(strange))), "internet", "internet", "sgr-1 sgr-2", ""},
		{"cycle", inCloud(everywhere, behind(cycle)), "internet", "internet", "sgr-1 sgr-2", "the jump to input"},
		{"jump to nowhere", inCloud(everywhere, behind(input(jump("gone", actions.FirewallGoto)))), "internet", "internet", "sgr-1 sgr-2", "the jump to gone"},
		{"it is not understood", inCloud(everywhere, behind(input()), func(f *actions.Facts) { f.Firewall.Unclear = "it has too many rules" }),
			"internet", "internet", "sgr-1 sgr-2", "taken as open: it has too many rules"},
		{"it could not be read", inCloud(everywhere, behind(input()), func(f *actions.Facts) {
			f.Absent = map[actions.Section]string{actions.SectionFirewall: "needs root"}
		}), "internet", "internet", "sgr-1 sgr-2", "the host's firewall could not be read"},

		{"a container's port", inCloud(everywhere, behind(input()), process("docker-proxy")), "internet", "internet", "sgr-1 sgr-2",
			"the host's firewall is not counted: the port is published for a container (docker-proxy)"},
		{"forwarded", inCloud(everywhere, behind(input(), dnat(accepts()))), "internet", "internet", "sgr-1 sgr-2", "ip nat PREROUTING forwards it"},
		{"forwarded to it", inCloud(everywhere, behind(input(), dnat(actions.FirewallRule{Proto: match("tcp"), Ports: match("80"), ToPort: 3306}))),
			"internet", "internet", "sgr-1 sgr-2", "ip nat PREROUTING forwards packets to it"},
		{"forwarded who knows where", inCloud(everywhere, behind(input(), dnat(actions.FirewallRule{Ports: match("80"), ToPort: -1}))), "internet", "internet", "sgr-1 sgr-2", ""},
		{"another port is forwarded", inCloud(everywhere, behind(input(), dnat(actions.FirewallRule{Proto: match("tcp"), Ports: match("80"), ToPort: 8080}))),
			"host", "internet", "", ""},

		{"members, who have private addresses", inCloud(rules{ofGroup("sgr-1", "sg-9")}, behind(input(accepts("10.0.0.0/8")))), "internal", "internal", "sgr-1", ""},
		{"members, and only the internet", inCloud(rules{ofGroup("sgr-1", "sg-9")}, behind(input(accepts("8.8.8.0/24")))), "host", "internal", "", ""},
		{"a balancer", inCloud(rules{ofGroup("sgr-1", "sg-lb")}, balanced(balancer(true, 3306, "sg-lb")), behind(input(accepts("10.0.0.0/8")))), "lb", "lb", "sgr-1", ""},
		{"a balancer that is kept out", inCloud(rules{ofGroup("sgr-1", "sg-lb")}, balanced(balancer(true, 3306, "sg-lb")), behind(input())), "host", "lb", "", ""},
		{"a rule that is not understood", inCloud(rules{tcp("sgr-1", "?")}, behind(input(accepts("10.0.0.0/8")))), "internal", "wide", "sgr-1",
			"sgr-1 of sg-1 (web) is not understood"},
		{"an address of a VPN", inCloud(everywhere, bound("10.8.0.1"), behind(input())), "host", "internal", "", "lets in nobody"},

		{"without the cloud, private range", inCloud(nil, noCloud, behind(input(accepts("10.0.0.0/8")))), "internal", "internet", "", "lets in 10.0.0.0/8 only"},
		{"without the cloud, range of the internet", inCloud(nil, noCloud, behind(input(accepts("8.8.8.0/24")))), "wide", "internet", "", ""},
		{"without the cloud, nobody", inCloud(nil, noCloud, behind(input())), "host", "internet", "", "lets in nobody"},
		{"without the cloud, everybody", inCloud(nil, noCloud, behind(input(accepts()))), "internet", "internet", "", "does not close it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := actions.Exposures(c.facts)[0]
			if e.Reach != c.reach || e.Unfiltered != c.bare || strings.Join(e.Rules, " ") != c.rules || !strings.Contains(strings.Join(e.Because, "; "), c.says) {
				t.Errorf("got %s (%s) by %q because %q\nwant %s (%s) by %q because …%s…", e.Reach, e.Unfiltered, e.Rules, e.Because, c.reach, c.bare, c.rules, c.says)
			}
		})
	}
}

// Chains that call each other twice at each of many levels end in time, as open.
func TestFirewallWithTooManyWays(t *testing.T) {
	var chains []actions.FirewallChain
	for n := range 15 {
		next := actions.FirewallRule{Verdict: actions.FirewallJump, Target: string(rune('a' + n + 1))}
		chains = append(chains, actions.FirewallChain{Family: "inet", Table: "t", Name: string(rune('a' + n)), Rules: []actions.FirewallRule{next, next, next}})
	}
	chains = append(chains, actions.FirewallChain{Family: "inet", Table: "t", Name: "p"})
	chains[0].Hook, chains[0].Policy = "input", "drop"
	e := actions.Exposures(inCloud(rules{tcp("sgr-1", "0.0.0.0/0")}, behind(chains...)))[0]
	if e.Reach != actions.ReachInternet || !strings.Contains(strings.Join(e.Because, "; "), "too many ways") {
		t.Errorf("%s because %q", e.Reach, e.Because)
	}
}
