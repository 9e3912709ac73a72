package remedies_test

import (
	"strings"
	"testing"

	"hardenbot/actions"
)

func TestPortLBBypass(t *testing.T) {
	app := func(id, cidr string) actions.IngressRule {
		return actions.IngressRule{ID: id, Proto: "tcp", From: 8080, To: 8080, CIDR: cidr}
	}
	undeclared := func(f *actions.Facts) { f.Host.Declared.Ports.Internal = nil }
	for _, c := range []struct {
		name        string
		rule        actions.IngressRule
		change      func(*actions.Facts)
		title, says string // none for nothing
	}{
		{"from the internet", app("sgr-1", "0.0.0.0/0"), nil,
			"Port 8080/tcp (app) is served by front and reachable past it from the internet",
			"the rules that cause it: sgr-1\nthe load balancer front is let in by its group sg-0front"},
		{"declared for the internet", app("sgr-1", "0.0.0.0/0"),
			func(f *actions.Facts) { f.Host.Declared.Ports.Internet = []int{8080} },
			"Port 8080/tcp (app) is served by front and reachable past it from the internet", ""},
		{"from some of it", app("sgr-1", "8.8.8.0/24"), nil,
			"Port 8080/tcp (app) is served by front and reachable past it from parts of the internet", "sgr-1 (8.8.8.0/24, port 8080/tcp) of sg-0web (web) lets it in"},
		{"from internal networks, undeclared", app("sgr-1", "10.0.0.0/8"), undeclared,
			"Port 8080/tcp (app) is served by front and reachable past it from internal networks", ""},
		{"from internal networks, by a balancer without groups", app("sgr-1", "10.0.0.0/8"), func(f *actions.Facts) {
			undeclared(f)
			f.Cloud.Balancers[0].Groups = nil
		}, "", ""},
		{"from the internet, by a balancer without groups", app("sgr-1", "0.0.0.0/0"),
			func(f *actions.Facts) { f.Cloud.Balancers[0].Groups = nil },
			"Port 8080/tcp (app) is served by front and reachable past it from the internet",
			"the load balancer front has no security group, so no rule can tell it from its clients"},
		{"from internal networks as declared", app("sgr-1", "10.0.0.0/8"), nil, "", ""},
		{"from internal networks, nothing declared", app("sgr-1", "10.0.0.0/8"),
			func(f *actions.Facts) { f.Host.Declared.Ports = actions.Ports{} }, "", ""},
		{"from trusted addresses, undeclared", app("sgr-1", "192.0.2.0/24"), undeclared,
			"Port 8080/tcp (app) is served by front and reachable past it from internal networks", ""},
		{"by the balancer alone", actions.IngressRule{ID: "sgr-1", Proto: "tcp", From: 9, To: 9, CIDR: "0.0.0.0/0"}, undeclared, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := soundInCloud()
			open(f, c.rule)
			if c.change != nil {
				c.change(f)
			}
			var title, says string
			for _, e := range find(t, "port-lb-bypass").Check(f) {
				title, says = title+e.Title, says+strings.Join(e.Says, "\n")
			}
			if title != c.title || !strings.Contains(says, c.says) {
				t.Errorf("finds %q, %s\nwant %q, …%s…", title, says, c.title, c.says)
			}
		})
	}
}

func TestPortLBBypassIsNotCheckedWithoutTheCloud(t *testing.T) {
	f := soundInCloud()
	f.Absent = map[actions.Section]string{actions.SectionCloud: "no credentials"}
	found := actions.Examine(f, []actions.Remedy{find(t, "port-lb-bypass")})
	if len(found) != 1 || found[0].Status != actions.NotChecked {
		t.Errorf("found %+v", found)
	}
}
