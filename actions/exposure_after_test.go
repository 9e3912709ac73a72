package actions_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"hardenbot/actions"
)

func authorize(r actions.IngressRule) actions.Call {
	return actions.Call{Action: actions.AuthorizeIngress, Rule: &r}
}

func revoke(r actions.IngressRule) actions.Call {
	return actions.Call{Action: actions.RevokeIngress, Rule: &r}
}

func inGroup(r actions.IngressRule, group string) actions.IngressRule {
	r.Group = group
	return r
}

func TestAfter(t *testing.T) {
	wide, narrow := inGroup(tcp("sgr-1", "0.0.0.0/0"), "sg-1"), inGroup(tcp("", "10.0.0.0/8"), "sg-1")
	unnamed := wide
	unnamed.ID = ""
	for _, c := range []struct {
		name  string
		calls []actions.Call
		want  []string // ids and sources of the group's rules
	}{
		{"nothing", nil, []string{"sgr-1 0.0.0.0/0"}},
		{"authorized", []actions.Call{authorize(narrow)}, []string{"sgr-1 0.0.0.0/0", " 10.0.0.0/8"}},
		{"authorized twice", []actions.Call{authorize(narrow), authorize(narrow)}, []string{"sgr-1 0.0.0.0/0", " 10.0.0.0/8"}},
		{"there already, by another id", []actions.Call{authorize(inGroup(tcp("sgr-7", "0.0.0.0/0"), "sg-1"))}, []string{"sgr-1 0.0.0.0/0"}},
		{"revoked by id", []actions.Call{revoke(wide)}, nil},
		{"revoked by content", []actions.Call{revoke(unnamed)}, nil},
		{"another id of the same content", []actions.Call{revoke(inGroup(tcp("sgr-7", "0.0.0.0/0"), "sg-1"))}, []string{"sgr-1 0.0.0.0/0"}},
		{"another group", []actions.Call{revoke(inGroup(wide, "sg-2")), authorize(inGroup(narrow, "sg-2"))}, []string{"sgr-1 0.0.0.0/0"}},
		{"replaced and put back", []actions.Call{authorize(narrow), revoke(wide), authorize(unnamed), revoke(narrow)}, []string{" 0.0.0.0/0"}},
		{"of no rule", []actions.Call{{Action: actions.ModifyMetadata, Instance: "i-1", Tokens: "required"}}, []string{"sgr-1 0.0.0.0/0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := inCloud(rules{wide}, second(wide))
			second := &f.Cloud.Interfaces[1].Groups[0]
			second.ID = "sg-1" // the same group on both interfaces
			before, _ := json.Marshal(f)
			after := f.Cloud.After(c.calls)
			for _, i := range after.Interfaces {
				var got []string
				for _, r := range i.Groups[0].Rules {
					got = append(got, r.ID+" "+r.CIDR)
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("on %s there is %q, want %q", i.ID, got, c.want)
				}
			}
			if now, _ := json.Marshal(f); string(now) != string(before) {
				t.Error("the facts themselves are changed")
			}
		})
	}
}

func TestAfterMetadata(t *testing.T) {
	c := &actions.Cloud{Instance: "i-1", MetadataV1: true}
	call := actions.Call{Action: actions.ModifyMetadata, Instance: "i-1", Tokens: "required"}
	if c.After([]actions.Call{call}).MetadataV1 {
		t.Error("it answers without a token still")
	}
	call.Instance = "i-2"
	if !c.After([]actions.Call{call}).MetadataV1 {
		t.Error("another instance's call counts")
	}
}

func TestAdmits(t *testing.T) {
	list := actions.IngressRule{ID: "sgr-2", Proto: "tcp", From: 3306, To: 3306, PrefixList: "pl-1", Prefixes: []string{"198.51.100.0/24"}}
	for _, c := range []struct {
		name   string
		rules  rules
		change change
		from   string
		want   bool
	}{
		{"by a range", rules{tcp("sgr-1", "8.8.8.0/24")}, nil, "8.8.8.8", true},
		{"beside it", rules{tcp("sgr-1", "8.8.8.0/24")}, nil, "8.8.9.8", false},
		{"as IPv6 writes IPv4", rules{tcp("sgr-1", "8.8.8.0/24")}, nil, "::ffff:8.8.8.8", true},
		{"with a zone", rules{tcp("sgr-1", "fe80::/10")}, nil, "fe80::1%eth0", true},
		{"by a prefix list", rules{list}, nil, "198.51.100.9", true},
		{"inside", rules{tcp("sgr-1", "10.0.0.0/8")}, nil, "10.9.9.9", true},
		{"inside, without a public address", rules{tcp("sgr-1", "0.0.0.0/0")}, noAddress, "10.9.9.9", true},
		{"outside, without a public address", rules{tcp("sgr-1", "0.0.0.0/0")}, noAddress, "8.8.8.8", false},
		{"outside, without a route", rules{tcp("sgr-1", "0.0.0.0/0")}, noRoute4, "8.8.8.8", false},
		{"stopped by the ACL", rules{tcp("sgr-1", "0.0.0.0/0")}, acl(actions.ACL{Number: 1, Proto: "-1", To: 65535, CIDR: "8.8.8.0/24"}), "8.8.8.8", false},
		{"as a member of a group, which no address tells", rules{ofGroup("sgr-1", "sg-2")}, nil, "10.0.0.9", false},
		{"by a source that is not understood", rules{tcp("sgr-1", "everybody")}, nil, "8.8.8.8", false},
		{"by a port that is not understood", rules{{ID: "sgr-1", Proto: "tcp", From: 9, To: 1, CIDR: "8.8.8.0/24"}}, nil, "8.8.8.8", true},
		{"nowhere", nil, nil, "8.8.8.8", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := inCloud(c.rules)
			if c.change != nil {
				c.change(f)
			}
			if got := f.Cloud.Admits(f.Listeners[0], netip.MustParseAddr(c.from)); got != c.want {
				t.Errorf("admits %s: %v, want %v", c.from, got, c.want)
			}
		})
	}
}

// A listener on one interface is guarded by that interface's groups alone.
func TestAdmitsByInterface(t *testing.T) {
	f := inCloud(rules{tcp("sgr-1", "8.8.8.0/24")}, second(tcp("sgr-2", "9.9.9.0/24")))
	on := func(address string) actions.Listener {
		return actions.Listener{Proto: "tcp", Address: address, Port: 3306}
	}
	eight, nine := netip.MustParseAddr("8.8.8.8"), netip.MustParseAddr("9.9.9.9")
	for _, c := range []struct {
		address     string
		eight, nine bool
		answers     bool
	}{
		{"*", true, true, true},
		{"10.0.0.5", true, false, true},
		{"10.0.1.5", false, true, true},
		{"10.66.0.1", false, false, false}, // of a VPN
		{"127.0.0.1", false, false, false},
	} {
		l := on(c.address)
		if f.Cloud.Admits(l, eight) != c.eight || f.Cloud.Admits(l, nine) != c.nine || f.Cloud.Answers(l) != c.answers {
			t.Errorf("on %s: 8.8.8.8 %v, 9.9.9.9 %v, answers %v", c.address, f.Cloud.Admits(l, eight), f.Cloud.Admits(l, nine), f.Cloud.Answers(l))
		}
	}
}

func TestMembers(t *testing.T) {
	f := inCloud(rules{ofGroup("sgr-1", "sg-b"), ofGroup("sgr-2", "sg-a"), tcp("sgr-3", "0.0.0.0/0")}, second(ofGroup("sgr-4", "sg-b")))
	if got := f.Cloud.Members(f.Listeners[0]); !slices.Equal(got, []string{"sg-a", "sg-b"}) {
		t.Errorf("members of %q", got)
	}
}

func TestSame(t *testing.T) {
	one := actions.IngressRule{ID: "sgr-1", Group: "sg-1", Proto: "tcp", From: 22, To: 22, CIDR: "10.1.2.3/8", Description: "a"}
	for _, c := range []struct {
		name   string
		change func(*actions.IngressRule)
		same   bool
	}{
		{"id, description and tags", func(r *actions.IngressRule) {
			r.ID, r.Description, r.Tags = "sgr-2", "b", map[string]string{"a": "b"}
		}, true},
		{"the protocol by its number", func(r *actions.IngressRule) { r.Proto = "6" }, true},
		{"host bits", func(r *actions.IngressRule) { r.CIDR = "10.0.0.0/8" }, true},
		{"the protocol", func(r *actions.IngressRule) { r.Proto = "udp" }, false},
		{"a port", func(r *actions.IngressRule) { r.To = 23 }, false},
		{"the range", func(r *actions.IngressRule) { r.CIDR = "10.0.0.0/9" }, false},
		{"the group", func(r *actions.IngressRule) { r.Group = "sg-2" }, false},
		{"the source", func(r *actions.IngressRule) { r.CIDR, r.Source = "", "sg-2" }, false},
		{"the list", func(r *actions.IngressRule) { r.CIDR, r.PrefixList = "", "pl-1" }, false},
	} {
		other := one
		c.change(&other)
		if one.Same(other) != c.same || other.Same(one) != c.same {
			t.Errorf("with another %s they are the same: %v, want %v", c.name, one.Same(other), c.same)
		}
	}
	every, ports := actions.IngressRule{Proto: "-1", To: 65535}, actions.IngressRule{Proto: "-1", From: -1, To: -1}
	if !every.Same(ports) {
		t.Error("rules for every protocol differ by ports that do not count")
	}
}

func TestInternalNetworks(t *testing.T) {
	for _, c := range []struct {
		internal []string
		named    bool
		want     string
	}{
		{nil, false, "[10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7]"},
		{[]string{"10.1.2.3/16", "198.51.100.7", "fd00::/8"}, true, "[10.1.0.0/16 198.51.100.7/32 fd00::/8]"},
		{[]string{"0.0.0.0/0", "x"}, false, "[10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7]"},
		{[]string{"0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8"}, true, "[10.0.0.0/8]"},
	} {
		n := actions.Networks{Internal: c.internal}
		if got := fmt.Sprint(n.Prefixes()); got != c.want || n.Named() != c.named {
			t.Errorf("%q gives %s, named %v", c.internal, got, n.Named())
		}
	}
}
