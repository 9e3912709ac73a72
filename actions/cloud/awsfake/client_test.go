package awsfake_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/cloud"
	"hardenbot/actions/cloud/awsfake"
	"hardenbot/actions/cloud/cloudtest"
)

// bot returns hardenbot's own client of the fake, for two accounts.
func bot(t *testing.T, fake *awsfake.Fake) *cloud.Client {
	t.Helper()
	cloudtest.Credentials(t)
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	c, err := cloud.New(t.Context(), cloud.Config{
		Accounts: []cloud.Account{{Regions: []string{region}}, {Role: role, ExternalID: "x-1", Regions: []string{"us-east-1"}}},
		Endpoint: server.URL, MaxBackoff: 10 * time.Millisecond, PageSize: 5,
		Naming: cloud.Naming{User: "admin", Images: []cloud.ImageUser{{Pattern: "debian-*", User: "admin"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestClientLists(t *testing.T) {
	fake, _, w := newFake(t, awsfake.Options{})
	fake.AddRole(role, "x-1")
	w.ids = fill(fake.Place("", region))
	p := fake.Place("210987654321", "us-east-1")
	subnet := p.AddSubnet(awsfake.Subnet{VPC: p.AddVPC(awsfake.VPC{CIDR: "10.9.0.0/16"}), CIDR: "10.9.1.0/24"})
	far := p.AddInstance(awsfake.Instance{Tags: map[string]string{"Name": "far-1"}},
		awsfake.Interface{Subnet: subnet, Public: []string{"192.0.2.9"}, IPv6: []string{"2001:db8::9"}})

	list, err := bot(t, fake).Instances(w.ctx(), cloud.Filter{})
	w.must(err)
	w.same("how many", len(list), 9)
	w.same("one of them", list[0], cloud.Instance{
		ID: w.ids.servers[0], Account: account, Region: region, State: "running", Private: "10.7.1.11",
		Image: w.ids.image, ImageName: "debian-12-amd64", Tags: map[string]string{"Name": "web-1", "Role": "web"},
	})
	w.same("one of another account", list[8], cloud.Instance{
		ID: far, Account: "210987654321", Region: "us-east-1", State: "running", Private: "10.9.1.4", Public: "192.0.2.9",
		IPv6: "2001:db8::9", Tags: map[string]string{"Name": "far-1"},
	})
}

func TestClientDescribes(t *testing.T) {
	fake, _, w := newFake(t, awsfake.Options{})
	fake.AddRole(role, "x-1")
	p := fake.Place("", region)
	w.ids = fill(p)
	p.AddInstance(awsfake.Instance{Tags: map[string]string{"Name": "hard-1"}, Metadata: awsfake.Metadata{Tokens: "required"}},
		awsfake.Interface{Subnet: w.ids.shut, Private: []string{"10.7.2.20"}, Groups: []string{w.ids.db}})
	hosts := []actions.Host{
		{Name: "web-1", Address: "10.7.1.11", Port: 22, User: "admin"}, {Name: "web-4", Address: "10.7.1.14", Port: 22, User: "admin"},
		{Name: "hard-1", Address: "10.7.2.20", Port: 22, User: "admin"}, {Name: "elsewhere", Address: "192.0.2.1", Port: 22, User: "admin"},
	}
	clouds, errs := bot(t, fake).Describe(w.ctx(), hosts)
	if len(errs) > 0 || len(clouds) != 3 {
		t.Fatalf("%d hosts are described, want 3; errors: %v", len(clouds), errs)
	}
	web, hard := clouds["web-1"], clouds["hard-1"]
	w.same("instances", []any{web.Instance, web.Account, web.Region, web.State, web.MetadataV1, hard.MetadataV1},
		[]any{w.ids.servers[0], account, region, "running", true, false})

	face := web.Interfaces[0]
	w.same("interface", []any{face.Subnet, face.Private, face.Gateway4, face.Gateway6, hard.Interfaces[0].Gateway4},
		[]any{w.ids.open, []string{"10.7.1.11"}, true, false, false})
	w.same("network ACL", face.ACL, []actions.ACL{
		{Number: 90, Proto: "tcp", From: 22, To: 23, CIDR: "198.51.100.0/24"},
		{Number: 100, Allow: true, Proto: "-1", To: 65535, CIDR: "0.0.0.0/0"}, {Number: 32767, Proto: "-1", To: 65535, CIDR: "0.0.0.0/0"},
	})
	w.same("rules", face.Groups[0].Rules, []actions.IngressRule{
		{ID: w.id(w.ids.web, "tcp 22-22 0.0.0.0/0 anybody"), Group: w.ids.web, Proto: "tcp", From: 22, To: 22, CIDR: "0.0.0.0/0", Description: "anybody"},
		{ID: w.id(w.ids.web, "tcp 22-22 ::/0"), Group: w.ids.web, Proto: "tcp", From: 22, To: 22, CIDR: "::/0"},
		{ID: w.id(w.ids.web, "tcp 443-443 "+w.ids.list), Group: w.ids.web, Proto: "tcp", From: 443, To: 443,
			PrefixList: w.ids.list, Prefixes: []string{"198.51.100.0/24", "203.0.113.0/24"}},
	})
	users := len(face.Groups[0].Users) // six other servers, the balancer, and the group that refers to it
	w.same("who else has the group", []any{users, face.Groups[0].Users[6:]}, []any{8, []string{"load balancer front", w.ids.db + " (db)"}})
	w.same("load balancers", describedTargets(web), []any{"front", true, []int{80, 443}, []actions.Target{{Group: w.ids.tg, Port: 8080, State: "healthy"}}})
	w.same("those of a member of a pool", describedTargets(clouds["web-4"]), []any{"front", true, []int{80, 443}, []actions.Target{{Group: w.ids.poolTG, Port: 8081, State: "healthy"}}})
	for _, c := range fake.Calls() {
		if c.Error != "" {
			t.Errorf("%s was refused with %s", c.Action, c.Error)
		}
	}
}

func describedTargets(c *actions.Cloud) []any {
	b := c.Balancers[0]
	return []any{b.Name, b.Internet, b.Ports, b.Targets}
}

// TestClientIsDenied shows that each action that the client declares is one
// that the fake has and can deny.
func TestClientIsDenied(t *testing.T) {
	fake, _, w := newFake(t, awsfake.Options{})
	fake.AddRole(role, "x-1")
	w.ids = fill(fake.Place("", region))
	fake.Deny(cloud.ReadActions...)
	_, errs := bot(t, fake).Describe(w.ctx(), []actions.Host{{Name: "web-1", Address: "10.7.1.11", Port: 22, User: "admin"}})
	if errs["web-1"] == nil {
		t.Error("web-1 is described though every action is denied")
	}
}
