package remedies_test

import (
	"testing"

	"hardenbot/actions"
)

func TestPortUndeclared(t *testing.T) {
	declared := actions.Ports{Known: true, Internet: []int{80}, Internal: []int{9100}, Host: []int{3306}}
	testTitles(t, "port-undeclared", []portCase{
		{"on internal networks", declared, false, actions.Listener{Proto: "tcp", Address: "0.0.0.0", Port: 8080, Process: "app"},
			"Port 8080/tcp (app) is open to internal networks, which nobody declared"},
		{"on a private address of a public host", declared, true, actions.Listener{Proto: "tcp", Address: "10.0.0.5", Port: 8080},
			"Port 8080/tcp is open to internal networks, which nobody declared"},
		{"on the internet, which is worse", declared, true, actions.Listener{Proto: "tcp", Address: "0.0.0.0", Port: 8080}, ""},
		{"on the host itself", declared, true, actions.Listener{Proto: "tcp", Address: "127.0.0.1", Port: 8080}, ""},
		{"declared for internal networks", declared, false, actions.Listener{Proto: "tcp", Address: "0.0.0.0", Port: 9100}, ""},
		{"declared for the internet", declared, false, actions.Listener{Proto: "tcp", Address: "0.0.0.0", Port: 80}, ""},
		{"declared for the host, which is another question", declared, false, actions.Listener{Proto: "tcp", Address: "0.0.0.0", Port: 3306}, ""},
		{"a DHCP client", declared, false, actions.Listener{Proto: "udp", Address: "0.0.0.0", Port: 68}, ""},
		{"nothing declared", actions.Ports{}, false, actions.Listener{Proto: "tcp", Address: "0.0.0.0", Port: 8080}, ""},
	})
}

func TestPortUndeclaredToALoadBalancer(t *testing.T) {
	f := soundInCloud()
	f.Host.Declared.Ports.Internal = nil
	f.Listeners = []actions.Listener{{Proto: "tcp", Address: "*", Port: 8080, Process: "app"}}
	found := find(t, "port-undeclared").Check(f)
	if len(found) != 1 || found[0].Title != "Port 8080/tcp (app) is open to load balancers, which nobody declared" {
		t.Errorf("finds %+v", found)
	}
}
