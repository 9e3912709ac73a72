package remedies

import (
	"strings"
	"testing"

	"hardenbot/actions"
)

// A port that only the host's own filter closes to the internet is not reported
// as open to it. One that the filter opens to a part of it is, and says so.
func TestPortBehindTheHostsFirewall(t *testing.T) {
	filtered := func(from string) *actions.Facts {
		f := &actions.Facts{Listeners: []actions.Listener{{Proto: "tcp", Address: "0.0.0.0", Port: 3306}}}
		f.Host.Public = true
		f.Firewall.Chains = []actions.FirewallChain{{
			Family: "inet", Table: "filter", Name: "input", Hook: "input", Policy: "drop",
			Rules: []actions.FirewallRule{{From: actions.FirewallMatch{Any: []string{from}}, Verdict: actions.FirewallAccept}},
		}}
		return f
	}
	if found := checkPortExposed(filtered("10.0.0.0/8")); len(found) > 0 {
		t.Errorf("found %+v", found)
	}
	found := checkPortExposed(filtered("8.8.8.0/24"))
	if len(found) != 1 || !strings.Contains(found[0].Title, "parts of the internet") ||
		!strings.Contains(strings.Join(found[0].Says, "\n"), "inet filter input lets in 8.8.8.0/24 only") {
		t.Errorf("found %+v", found)
	}
	if found := checkPortExposed(filtered("0.0.0.0/0")); len(found) != 1 || !strings.Contains(found[0].Title, "open to the internet") {
		t.Errorf("found %+v", found)
	}
}
