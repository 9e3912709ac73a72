package actions_test

import (
	"net/netip"
	"strings"
	"testing"

	"hardenbot/actions"
)

// Whatever an API or a host says, nothing panics, and a rule that is not
// understood is never taken as closed.
func FuzzExposures(f *testing.F) {
	f.Add("tcp", 3306, 3306, "0.0.0.0/0", "", "", "*", "10.0.0.5", "203.0.113.5", 100, false, "-1", "0.0.0.0/0")
	f.Add("-1", -1, -1, "::/0", "", "", "::", "", "", 0, true, "6", "::/0")
	f.Add("tcp", 90, 10, "10.0.0.0/8", "", "", "0.0.0.0", "10.0.0.5", "", -5, true, "tcp", "")
	f.Add("6", 0, 65535, "", "pl-1", "::ffff:1.2.3.4/97", "::ffff:10.0.0.5", "x", "y", 1, false, "", "0.0.0.0/99")
	f.Add("", 0, 0, "", "", "", "", "", "", 0, false, "", "")
	f.Add("udp", 1, 65535, "255.255.255.255/32", "pl-1", "ffff::/16", "fe80::1%eth0", "fe80::1", "::1", 7, true, "17", "255.0.0.0/8")
	f.Add("tcp", 0, 65536, "fe80::1%eth0/64", "pl-1", "", "127.0.0.1", "127.0.0.1", "127.0.0.1", 32767, false, "256", "1.2.3.4")
	f.Fuzz(func(t *testing.T, proto string, from, to int, cidr, list, entry, address, private, public string, number int, allow bool, aclProto, aclCIDR string) {
		rule := actions.IngressRule{ID: "sgr-1", Proto: proto, From: from, To: to, CIDR: cidr, PrefixList: list}
		if entry != "" {
			rule.Prefixes = []string{entry}
		}
		facts := inCloud(rules{rule}, bound(address), balanced(balancer(allow, to, cidr)), second(rule), acl(
			actions.ACL{Number: number, Allow: allow, Proto: aclProto, From: from, To: to, CIDR: aclCIDR},
			actions.ACL{Number: from, Proto: proto, From: to, To: from, CIDR: cidr},
		))
		first(facts).Private, first(facts).Public, first(facts).IPv6 = []string{private}, []string{public}, []string{public, private}
		facts.Host.Declared.Trusted = []string{cidr, aclCIDR, address}

		all := actions.Exposures(facts)
		actions.OpenRules(facts)
		actions.OpenGroups(facts)
		actions.PastBalancers(facts)
		gone := rule
		gone.Group = "sg-1"
		after := facts.Cloud.After([]actions.Call{{Action: actions.RevokeIngress, Rule: &gone}})
		for _, r := range after.Interfaces[0].Groups[0].Rules {
			t.Errorf("%+v is still there after it was revoked", r)
		}
		rule.Unclear()
		facts.Host.Declared.TrustedPrefixes()
		after.Admits(facts.Listeners[0], netip.MustParseAddr("192.0.2.1"))
		if len(all) != 1 || all[0].Reach.Order() < 0 {
			t.Fatalf("exposures %+v", all)
		}
		if !everywhere(address) || !obscure(rule) {
			return
		}
		if all[0].Reach.Order() > actions.ReachWide.Order() || !strings.Contains(strings.Join(all[0].Because, "; "), "sgr-1 of sg-1 (web) is not understood") {
			t.Errorf("%+v is not understood, and the reach is %s because %q", rule, all[0].Reach, all[0].Because)
		}
	})
}

func everywhere(address string) bool {
	_, err := netip.ParseAddr(address)
	return address == "0.0.0.0" || address == "::" || err != nil && !strings.Contains(address, "%")
}

// obscure reports some of the rules that nobody can understand and that may be
// for port 3306/tcp.
func obscure(r actions.IngressRule) bool {
	ports := r.From < 0 || r.To > 65535 || r.From > r.To
	if r.Proto == "" || r.Proto == "tcp" && ports {
		return true
	}
	_, badCIDR := netip.ParsePrefix(r.CIDR)
	_, badEntry := netip.ParsePrefix(strings.Join(r.Prefixes, ""))
	return (r.Proto == "-1" || r.Proto == "tcp" && r.From <= 3306 && 3306 <= r.To) &&
		(r.CIDR != "" && badCIDR != nil || len(r.Prefixes) > 0 && badEntry != nil || r.CIDR == "" && len(r.Prefixes) == 0)
}
