package main

import (
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/cloud/cloudtest"
	"hardenbot/actions/inventory"
)

// instance is one of EC2's answer.
type instance struct {
	id, state, private, public string
	tags                       string // KEY=VALUE …
}

// answer is how EC2 lists instances (DescribeInstances).
func answer(instances ...instance) string {
	var b strings.Builder
	for _, i := range instances {
		fmt.Fprintf(&b, "<item><ownerId>123456789012</ownerId><instancesSet><item><instanceId>%s</instanceId><instanceState><name>%s</name></instanceState>", i.id, i.state)
		fmt.Fprintf(&b, "<privateIpAddress>%s</privateIpAddress><ipAddress>%s</ipAddress><tagSet>", i.private, i.public)
		for _, t := range strings.Fields(i.tags) {
			key, value, _ := strings.Cut(t, "=")
			fmt.Fprintf(&b, "<item><key>%s</key><value>%s</value></item>", key, value)
		}
		b.WriteString("</tagSet></item></instancesSet></item>")
	}
	return "<DescribeInstancesResponse><requestId>0</requestId><reservationSet>" + b.String() + "</reservationSet></DescribeInstancesResponse>"
}

// ec2Fleet is a configuration with static hosts, an ssh_config and EC2, which
// answers as the faults say.
func ec2Fleet(t *testing.T, ec2 string, faults ...cloudtest.Fault) (*Config, *inventory.Live, *cloudtest.Proxy) {
	t.Helper()
	cloudtest.Credentials(t)
	proxy := cloudtest.NewProxy(t, "http://127.0.0.1:1")
	proxy.Inject(faults...)
	dir := t.TempDir()
	write(t, dir+"/ssh_config", "Host web-*\n  User deploy\n  Port 2222\n  ProxyJump gate\n")
	cfg, err := parseConfig("x.yaml", dir, fmt.Appendf(nil, `
inventory:
  hosts: [{name: db-1, address: 10.0.0.9}]
  ssh_config: ssh_config
  ec2: %s
aws: {accounts: [{regions: [eu-west-1]}], endpoint: %q}
ssh: {agent: true}
networks: {internal: [10.0.0.0/8]}
expected: [{hosts: "web-*,web-99", internet: [443]}, {hosts: "@shop,!db-*", internal: [22]}]
health: [{hosts: "@shop", url: "http://127.0.0.1/"}]
rotation: [{hosts: "@shop", driver: none}, {hosts: "web-*", driver: haproxy}]
haproxy: {sockets: [/run/haproxy.sock]}
console: [{hosts: "web-*", via: IPMI}, {hosts: "@shop", via: a serial line}]
trusted: [192.0.2.1]
`, ec2, proxy.URL))
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Warnings) > 0 {
		t.Errorf("nobody knows yet what the patterns name: %q", cfg.Warnings)
	}
	client, err := cfg.cloud(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	inv, err := cfg.inventory(client, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return cfg, inv, proxy
}

func TestInstancesBecomeHosts(t *testing.T) {
	_, inv, _ := ec2Fleet(t, "{group_tags: [Role], user_tag: Login}", cloudtest.Fault{Action: "ec2:DescribeInstances", Body: answer(
		instance{"i-1", "running", "10.0.0.1", "203.0.113.1", "Name=web-1 Role=shop"},
		instance{"i-2", "running", "10.0.0.2", "", "Name=app-1 Login=alice"},
		instance{"i-3", "running", "10.0.0.3", "", ""},
		instance{"i-4", "running", "10.0.0.4", "", "Name=twin"},
		instance{"i-5", "running", "10.0.0.5", "", "Name=twin"},
		instance{"i-6", "stopped", "10.0.0.6", "", "Name=web-6 Role=shop"},
		instance{"i-7", "terminated", "", "", "Name=web-1 Role=shop"},
		instance{"i-8", "stopped", "10.0.0.8", "", "Name=-oProxyCommand"},
		instance{"i-9", "running", "10.0.0.9", "", "Name=database"},
		instance{"i-10", "pending", "10.0.0.10", "", "Name=web-10"},
	)})
	hosts, err := inv.Select(t.Context(), "*")
	if err != nil {
		t.Fatal(err)
	}
	networks, trusted := actions.Networks{Internal: []string{"10.0.0.0/8"}}, []string{"192.0.2.1"}
	want := []actions.Host{
		{Name: "app-1", Address: "10.0.0.2", Port: 22, User: "alice", Instance: "i-2", Declared: actions.Declared{Trusted: trusted, Networks: networks, Rotation: "aws"}},
		{Name: "db-1", Address: "10.0.0.9", Port: 22, User: "hardenbot", Declared: actions.Declared{Trusted: trusted, Networks: networks, Rotation: "aws"}},
		{Name: "web-1", Address: "10.0.0.1", Port: 2222, User: "deploy", Groups: []string{"shop"}, Public: true, Instance: "i-1",
			Route: actions.Route{Jumps: []actions.Jump{{Address: "gate", Port: 22, User: "hardenbot"}}},
			Declared: actions.Declared{
				Ports:  actions.Ports{Known: true, Internet: []int{443}, Internal: []int{22}},
				Health: []actions.HealthCheck{{URL: "http://127.0.0.1/", Status: 200, Timeout: 5e9}}, Trusted: trusted, Networks: networks, Console: "IPMI or a serial line", Rotation: "haproxy",
			}},
	}
	if !reflect.DeepEqual(hosts, want) {
		t.Errorf("hosts:\n got %+v\nwant %+v", hosts, want)
	}
	status := inv.Status()
	var away []string
	for _, a := range status.Away {
		away = append(away, a.String())
	}
	if want := []string{"web-6 is stopped (i-6)", "web-10 is pending (i-10)"}; !slices.Equal(away, want) {
		t.Errorf("away: %q", away)
	}
	if left := status.LeftOut("@shop"); len(left) != 1 || left[0].Name != "web-6" {
		t.Errorf("left out of @shop: %v", left)
	}
	if want := []string{
		"i-3 in eu-west-1 cannot be a host: it has no tag Name",
		`i-4 in eu-west-1 cannot be a host: i-5 is called "twin" too`, `i-5 in eu-west-1 cannot be a host: i-4 is called "twin" too`,
	}; !slices.Equal(status.Refused, want) {
		t.Errorf("refused: %q", status.Refused)
	}
}

// TestInstancesLogin: what the file says about instances comes before
// ssh_config.
func TestInstancesLogin(t *testing.T) {
	_, inv, _ := ec2Fleet(t, "{name_tag: Host, user: ops, port: 2200, address: public}", cloudtest.Fault{Action: "ec2:DescribeInstances", Body: answer(
		instance{"i-1", "running", "10.0.0.1", "203.0.113.1", "Host=web-1"},
	)})
	hosts, err := inv.Select(t.Context(), "web-1")
	if err != nil {
		t.Fatal(err)
	}
	if h := hosts[0]; h.User != "ops" || h.Port != 2200 || h.Address != "203.0.113.1" {
		t.Errorf("got %+v", h)
	}
}

// TestInstancesByTags asks for each combination, and takes each instance once.
func TestInstancesByTags(t *testing.T) {
	fits := func(role string) func(cloudtest.Call) bool {
		return func(c cloudtest.Call) bool {
			return c.Form.Get("Filter.1.Name") == "tag:Env" && c.Form.Get("Filter.1.Value.1") == "prod" &&
				c.Form.Get("Filter.2.Name") == "tag:Role" && c.Form.Get("Filter.2.Value.1") == role && c.Form.Get("Filter.2.Value.2") == ""
		}
	}
	one, two := instance{"i-1", "running", "10.0.0.1", "", "Name=web-1"}, instance{"i-2", "running", "10.0.0.2", "", "Name=web-2"}
	_, inv, proxy := ec2Fleet(t, `{tags: {Role: [web, "a*"], Env: [prod]}}`,
		cloudtest.Fault{If: fits("web"), Body: answer(one)}, cloudtest.Fault{If: fits("a*"), Body: answer(one, two)})
	hosts, err := inv.Select(t.Context(), "web-*")
	if err != nil || len(hosts) != 2 || len(proxy.Calls()) != 2 {
		t.Errorf("got %v and %v in %d calls", hosts, err, len(proxy.Calls()))
	}
}

func TestInstancesWhenRefused(t *testing.T) {
	_, inv, _ := ec2Fleet(t, "{}", cloudtest.Deny("ec2:DescribeInstances"))
	if hosts, err := inv.Select(t.Context(), "*"); err != nil || len(hosts) != 1 {
		t.Errorf("got %v and %v, want the static host", hosts, err)
	}
	_, err := inv.Select(t.Context(), "web-1")
	want := `no host is called "web-1" (the EC2 inventory could not be read, so only the hosts of the configuration are known: AWS, the default account in eu-west-1: ec2:DescribeInstances failed with UnauthorizedOperation: You are not authorized to perform this operation.): known are db-1`
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}
