package remedies_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hardenbot/actions"
	"hardenbot/actions/remedies"
)

// Whatever rules there are: what is planned silences the check, can be undone,
// lets in nobody who did not get in before (but for the balancers), closes no
// declared port, and lets in before it revokes.
func TestPlansKeepTheirPromise(t *testing.T) {
	planned := 0
	rapid.Check(t, func(t *rapid.T) {
		f := drawGroups(t)
		for _, finding := range actions.Examine(f, remedies.All()[:3]) {
			remedy, _ := actions.Find(remedies.All(), finding.Remedy)
			change, _, err := actions.Derive(f, remedy, finding.Subject)
			if err != nil {
				continue
			}
			planned++
			silent(t, f, change)
			putBack(t, f, change)
			inOrder(t, change)
			onlyNarrower(t, f, finding, change)
		}
	})
	if planned < 20 {
		t.Errorf("only %d changes were planned", planned)
	}
}

func inOrder(t *rapid.T, c actions.Change) {
	revoking := false
	for _, s := range c.Steps {
		revoking = revoking || s.Call.Action == actions.RevokeIngress
		if revoking && s.Call.Action == actions.AuthorizeIngress {
			t.Fatalf("lets in after it revoked: %s", words(c))
		}
	}
}

func onlyNarrower(t *rapid.T, f *actions.Facts, finding actions.Finding, c actions.Change) {
	after := f.Cloud.After(calls(c))
	declared := f.Host.Declared.Ports
	for _, port := range drawnPorts {
		for _, proto := range []string{"tcp", "udp"} {
			l := actions.Listener{Proto: proto, Address: "*", Port: port}
			for _, source := range []string{"8.8.8.8", "203.0.113.99", "10.1.2.3", "10.200.0.1", "192.168.3.4", "192.0.2.7", "2a00::1", "fd00::1"} {
				from := netip.MustParseAddr(source)
				was, is := f.Cloud.Admits(l, from), after.Admits(l, from)
				own := finding.Remedy == "port-lb-bypass" && finding.Subject == fmt.Sprintf("%d/%s", port, proto)
				listened := slices.ContainsFunc(f.Listeners, func(l actions.Listener) bool { return l.Port == port && l.Proto == proto })
				switch {
				case is && !was:
					t.Fatalf("%s gets to %d/%s now: %s", source, port, proto, words(c))
				case was && !is && slices.Contains(declared.Internet, port) && !own && listened:
					t.Fatalf("%s no longer gets to %d/%s, which is declared for the internet: %s", source, port, proto, words(c))
				case was && !is && source == "10.1.2.3" && slices.Contains(declared.Internal, port):
					t.Fatalf("%s no longer gets to %d/%s, which is declared for it: %s", source, port, proto, words(c))
				}
			}
		}
	}
}

var drawnPorts = []int{22, 80, 443, 3306, 5432, 8080, 9100}

func drawGroups(t *rapid.T) *actions.Facts {
	f := withRules(5432)
	f.Host.Declared.Networks.Internal = rapid.SampledFrom([][]string{nil, {"10.0.0.0/8"}, {"10.1.0.0/16", "fd00::/8"}, {"0.0.0.0/0"}}).Draw(t, "internal")
	f.Host.Declared.Ports.Known = rapid.Bool().Draw(t, "known")
	if !f.Host.Declared.Ports.Known {
		f.Host.Declared.Ports = actions.Ports{}
	}
	for _, port := range drawnPorts {
		if rapid.Bool().Draw(t, "listens") {
			proto := rapid.SampledFrom([]string{"tcp", "tcp", "udp"}).Draw(t, "proto")
			f.Listeners = append(f.Listeners, actions.Listener{Proto: proto, Address: "*", Port: port})
		}
	}
	if rapid.Bool().Draw(t, "balanced") {
		f.Cloud.Balancers = soundInCloud().Cloud.Balancers
	}
	f.Cloud.Interfaces[0].IPv6, f.Cloud.Interfaces[0].Gateway6 = []string{"2a05:d014::1"}, true
	f.Cloud.Interfaces[0].ACL = append(f.Cloud.Interfaces[0].ACL, actions.ACL{Number: 101, Allow: true, Proto: "-1", To: 65535, CIDR: "::/0"})
	list := &f.Cloud.Interfaces[0].Groups[0].Rules
	for n := range rapid.IntRange(1, 5).Draw(t, "rules") {
		r := rule(fmt.Sprintf("sgr-%d", n), "tcp "+
			rapid.SampledFrom([]string{"all", "22", "80", "5432", "8080", "22-5432", "3000-10000", "80-443"}).Draw(t, "ports")+" "+
			rapid.SampledFrom([]string{
				"0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "8.8.8.0/24", "10.0.0.0/8", "::/0", "2a00::/16", "pl-0partner", "sg-0other", "sg-0front", "192.0.2.0/24",
			}).Draw(t, "source"))
		r.Proto = rapid.SampledFrom([]string{"tcp", "tcp", "udp", "-1"}).Draw(t, "proto")
		if r.Everything() {
			r.From, r.To = 0, 65535
		}
		if !slices.ContainsFunc(*list, r.Same) {
			*list = append(*list, r)
		}
	}
	return f
}
