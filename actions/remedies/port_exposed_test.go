package remedies_test

import (
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

func TestPortExposedFinds(t *testing.T) {
	nothing := actions.Ports{}
	declared := actions.Ports{Known: true, Internet: []int{22, 443}, Internal: []int{9100}, Host: []int{3306}}
	testTitles(t, "port-exposed", []portCase{
		{"a database on the internet", declared, true, actions.Listener{Proto: "tcp", Address: "0.0.0.0", Port: 5432, Process: "postgres"},
			"Port 5432/tcp (postgres) is open to the internet, which nobody declared"},
		{"by IPv6 alone", declared, true, actions.Listener{Proto: "tcp", Address: "::", Port: 5432, Process: "postgres"},
			"Port 5432/tcp (postgres) is open to the internet, which nobody declared"},
		{"a process that is not seen", declared, true, actions.Listener{Proto: "tcp", Address: "*", Port: 8080},
			"Port 8080/tcp is open to the internet, which nobody declared"},
		{"declared for the internet", declared, true, actions.Listener{Proto: "tcp", Address: "0.0.0.0", Port: 443, Process: "nginx"}, ""},
		{"declared for internal networks", declared, true, actions.Listener{Proto: "tcp", Address: "0.0.0.0", Port: 9100, Process: "node"},
			"Port 9100/tcp (node) is open to the internet, but declared for internal networks only"},
		{"internal as declared", declared, true, actions.Listener{Proto: "tcp", Address: "10.0.0.5", Port: 9100, Process: "node"}, ""},
		{"declared for the host", declared, false, actions.Listener{Proto: "tcp", Address: "0.0.0.0", Port: 3306, Process: "mariadbd"},
			"Port 3306/tcp (mariadbd) is open to internal networks, but declared for the host itself only"},
		{"on the host as declared", declared, true, actions.Listener{Proto: "tcp", Address: "127.0.0.1", Port: 3306, Process: "mariadbd"}, ""},
		{"undeclared on the host itself", declared, true, actions.Listener{Proto: "tcp", Address: "::1", Port: 6010, Process: "sshd"}, ""},
		{"undeclared on internal networks", declared, false, actions.Listener{Proto: "tcp", Address: "0.0.0.0", Port: 8080, Process: "app"}, ""},
		{"UDP", declared, true, actions.Listener{Proto: "udp", Address: "0.0.0.0", Port: 161, Process: "snmpd"},
			"Port 161/udp (snmpd) is open to the internet, which nobody declared"},
		{"a DHCP client inside", declared, false, actions.Listener{Proto: "udp", Address: "0.0.0.0", Port: 68, Process: "dhclient"}, ""},
		{"a DHCP client on the internet", declared, true, actions.Listener{Proto: "udp", Address: "0.0.0.0", Port: 68, Process: "dhclient"},
			"Port 68/udp (dhclient) is open to the internet, which nobody declared"},
		{"nothing declared, internet", nothing, true, actions.Listener{Proto: "tcp", Address: "0.0.0.0", Port: 22, Process: "sshd"},
			"Port 22/tcp (sshd) is open to the internet, and nothing is declared for the host"},
		{"nothing declared, inside", nothing, false, actions.Listener{Proto: "tcp", Address: "0.0.0.0", Port: 22, Process: "sshd"}, ""},
	})
}

// portCase is web-1 with one listener, and the title of what is found.
type portCase struct {
	name   string
	ports  actions.Ports
	public bool
	listen actions.Listener
	want   string // empty for nothing
}

func testTitles(t *testing.T, remedy string, cases []portCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := actionstest.Sound()
			f.Host.Declared.Ports, f.Host.Public, f.Listeners = c.ports, c.public, []actions.Listener{c.listen}
			var got string
			for _, e := range find(t, remedy).Check(f) {
				got += e.Title
			}
			if got != c.want {
				t.Errorf("finds %q, want %q", got, c.want)
			}
		})
	}
}

// What the security groups say decides, whatever address the host has.
func TestPortExposedInTheCloud(t *testing.T) {
	declared := actions.Ports{Known: true, Internet: []int{80}, Internal: []int{8080}, Host: []int{3306}}
	for _, c := range []struct {
		name  string
		ports actions.Ports
		rule  actions.IngressRule
		port  int
		want  string // the title, empty for none
	}{
		{"undeclared, the internet", declared, from("0.0.0.0/0"), 5432, "Port 5432/tcp (app) is open to the internet, which nobody declared"},
		{"undeclared, some of it", declared, from("8.8.8.0/24"), 5432, "Port 5432/tcp (app) is open to parts of the internet, which nobody declared"},
		{"undeclared, a load balancer", declared, from("sg-0front"), 5432, ""},
		{"undeclared, a group", declared, from("sg-0other"), 5432, ""},
		{"undeclared, nobody", declared, actions.IngressRule{ID: "sgr-1", Proto: "icmp"}, 5432, ""},
		{"undeclared, not understood", declared, from("x"), 5432, "Port 5432/tcp (app) is open to parts of the internet, which nobody declared"},
		{"for the host, a group", declared, from("sg-0other"), 3306, "Port 3306/tcp (app) is open to internal networks, but declared for the host itself only"},
		{"internal, some of the internet", declared, from("8.8.8.0/24"), 8080, "Port 8080/tcp (app) is open to parts of the internet, but declared for internal networks only"},
		{"internal, trusted addresses", declared, from("192.0.2.0/24"), 8080, ""},
		{"internal, a load balancer", declared, from("sg-0front"), 8080, ""},
		{"for the internet, the internet", declared, from("0.0.0.0/0"), 80, ""},
		{"nothing declared, some of the internet", actions.Ports{}, from("8.8.8.0/24"), 80, "Port 80/tcp (app) is open to parts of the internet, and nothing is declared for the host"},
		{"nothing declared, a load balancer", actions.Ports{}, from("sg-0front"), 80, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := soundInCloud()
			f.Host.Declared.Ports = c.ports
			f.Listeners = []actions.Listener{{Proto: "tcp", Address: "*", Port: c.port, Process: "app"}}
			f.Cloud.Interfaces[0].Groups[0].Rules = []actions.IngressRule{c.rule}
			var got, says string
			for _, e := range find(t, "port-exposed").Check(f) {
				got, says = got+e.Title, says+strings.Join(e.Says, "\n")
			}
			if got != c.want {
				t.Errorf("finds %q, want %q", got, c.want)
			}
			if c.want != "" && !strings.Contains(says, "the rules that cause it: sgr-1\nthis is concluded from the host's addresses, security groups") {
				t.Errorf("does not say which rule causes it: %s", says)
			}
		})
	}
}

// from is a rule for every port that lets in a range or, by its id, a group.
func from(source string) actions.IngressRule {
	r := actions.IngressRule{ID: "sgr-1", Proto: "-1", To: 65535, CIDR: source}
	if strings.HasPrefix(source, "sg-") {
		r.CIDR, r.Source = "", source
	}
	return r
}

func TestPortExposedSaysThatTheGroupsCouldNotBeRead(t *testing.T) {
	f := brokenInCloud()
	f.Absent = map[actions.Section]string{actions.SectionCloud: "no credentials"}
	if says := evidence(t, "port-exposed", f); !strings.Contains(says, "its security groups could not be read (no credentials)") {
		t.Errorf("does not say so:\n%s", says)
	}
}

func TestPortExposedSaysWhyAndHowItKnows(t *testing.T) {
	f := actionstest.Broken()
	f.Host.Declared.Ports = actions.Ports{}
	says := evidence(t, "port-exposed", f)
	for _, want := range []string{
		"reachable because it is bound to every IPv4 address, the host is public, the host has no firewall rules",
		"was not tried from outside",
		"the port is usually a database",
		"the configuration declares no ports for this host",
	} {
		if !strings.Contains(says, want) {
			t.Errorf("does not say %q:\n%s", want, says)
		}
	}
}

// Databases come before metrics, metrics before the rest, and what the internet
// reaches before what internal networks reach.
func TestPortExposedOrder(t *testing.T) {
	f := actionstest.Sound()
	f.Host.Declared.Ports.Host = []int{6379}
	f.Listeners = []actions.Listener{
		{Proto: "tcp", Address: "10.0.0.5", Port: 6379, Process: "redis"},
		{Proto: "tcp", Address: "0.0.0.0", Port: 8080, Process: "app"},
		{Proto: "tcp", Address: "0.0.0.0", Port: 9090, Process: "exporter"},
		{Proto: "tcp", Address: "0.0.0.0", Port: 3306, Process: "mariadbd"},
	}
	found := actions.Examine(f, []actions.Remedy{find(t, "port-exposed")})
	actions.Prioritise(found)
	var order []string
	for _, finding := range found {
		order = append(order, finding.Subject)
	}
	if got := strings.Join(order, " "); got != "3306/tcp 9090/tcp 8080/tcp 6379/tcp" {
		t.Errorf("order is %s", got)
	}
}
