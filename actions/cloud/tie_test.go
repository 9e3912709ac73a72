package cloud_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/cloud"
	"hardenbot/actions/cloud/awsfake"
	"hardenbot/actions/cloud/cloudtest"
)

// twins is an account with two networks that both have 10.0.1.11.
type twins struct {
	*cloud.Client
	place     *awsfake.Place
	mine      string // has 203.0.113.11
	sandbox   string // has 203.0.113.66
	balancers string // the subnet of mine
	vpc       string
}

func newTwins(t *testing.T) twins {
	t.Helper()
	cloudtest.Credentials(t)
	fake := awsfake.New(awsfake.Options{})
	t.Cleanup(fake.Close)
	w := twins{place: fake.Place("", region)}
	instance := func(name, public string) string {
		w.vpc = w.place.AddVPC(awsfake.VPC{CIDR: "10.0.0.0/16"})
		w.balancers = w.place.AddSubnet(awsfake.Subnet{VPC: w.vpc, CIDR: "10.0.0.0/16"})
		w.place.Online(w.balancers)
		return w.place.AddInstance(awsfake.Instance{Tags: map[string]string{"Name": name}},
			awsfake.Interface{Subnet: w.balancers, Private: []string{"10.0.1.11"}, Public: []string{public}})
	}
	w.sandbox = instance("db-1", "203.0.113.66")
	w.mine = instance("something", "203.0.113.11")
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	var err error
	w.Client, err = cloud.New(t.Context(), cloud.Config{
		Accounts: []cloud.Account{{Regions: []string{region}}}, Endpoint: server.URL, Naming: cloud.Naming{User: "ops"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Whoever may tag an instance says nothing of a host that the configuration names.
func TestTagTiesNoOtherHost(t *testing.T) {
	w := newTwins(t)
	all, err := w.Instances(t.Context(), cloud.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	made, refused := w.Hosts(all)
	if len(made) != 2 || len(refused) > 0 {
		t.Fatalf("made %v, refused %v", made, refused)
	}
	clouds, errs := w.Describe(t.Context(), []actions.Host{host("db-1", "10.0.1.11")})
	if err := errs["db-1"]; clouds["db-1"] != nil || err == nil || !strings.Contains(err.Error(), "its address belongs to several instances") {
		t.Errorf("the host of the configuration: %+v, %v", clouds["db-1"], err)
	}
	clouds, errs = w.Describe(t.Context(), made)
	for name, want := range map[string]string{"db-1": w.sandbox, "something": w.mine} {
		if clouds[name] == nil || clouds[name].Instance != want {
			t.Errorf("%s: %+v, %v; want %s, which it was made from", name, clouds[name], errs[name], want)
		}
	}
}

func TestBehindAJump(t *testing.T) {
	w := newTwins(t)
	w.place.AddInstance(awsfake.Instance{}, awsfake.Interface{Subnet: w.balancers, Private: []string{"10.0.1.12"}})
	behind := func(address, instance string) actions.Host {
		h := host("db-1", address)
		h.Instance, h.Route.Jumps = instance, []actions.Jump{{Address: "198.51.100.1", Port: 22, User: "ops"}}
		return h
	}
	const jumped = "it is reached through a jump host, so that its private address does not tell which instance it is: take it from inventory.ec2"
	for _, c := range []struct {
		name       string
		host       actions.Host
		tied, says string
	}{
		{"a private address", behind("10.0.1.12", ""), "", jumped},
		{"a private address of two", behind("10.0.1.11", ""), "", jumped},
		{"a private address of none", behind("10.0.1.13", ""), "", ""},
		{"a public address", behind("203.0.113.11", ""), w.mine, ""},
		{"made from an instance", behind("10.0.1.11", w.mine), w.mine, ""},
		{"made from one that has another address", behind("10.0.1.12", w.mine), "", w.mine + ", which it was made from, no longer has its address"},
	} {
		clouds, errs := w.Describe(t.Context(), []actions.Host{c.host})
		var tied, says string
		if told := clouds["db-1"]; told != nil {
			tied = told.Instance
		}
		if err := errs["db-1"]; err != nil {
			says = err.Error()
		}
		if tied != c.tied || says != c.says {
			t.Errorf("%s: tied to %q, %q; want %q, %q", c.name, tied, says, c.tied, c.says)
		}
	}
}

func TestBalancersAddressesAndChecks(t *testing.T) {
	w := newTwins(t)
	nlb := w.place.AddLoadBalancer(awsfake.LoadBalancer{Name: "front", Type: "network", Scheme: "internal", Subnets: []string{w.balancers}})
	group := w.place.AddTargetGroup(awsfake.TargetGroup{Name: "app", VPC: w.vpc, Port: 8080, Protocol: "TCP", HealthPort: 8081, Targets: []awsfake.Target{{ID: w.mine}}})
	w.place.AddListener(awsfake.Listener{Balancer: nlb, Port: 80, Protocol: "TCP", TargetGroup: group})
	var want []string
	for _, eni := range w.place.State().Interfaces {
		if strings.HasPrefix(eni.Description, "ELB net/front/") {
			want = append(want, eni.Private...)
		}
	}
	clouds, errs := w.Describe(t.Context(), []actions.Host{host("web-1", "203.0.113.11")})
	if len(errs) > 0 || len(clouds["web-1"].Balancers) != 1 {
		t.Fatalf("%+v, %v", clouds["web-1"], errs)
	}
	b := clouds["web-1"].Balancers[0]
	if len(want) != 1 || strings.Join(b.Private, " ") != want[0] {
		t.Errorf("the balancer has %q, want %q", b.Private, want)
	}
	if len(b.Targets) != 1 || b.Targets[0].Port != 8080 || b.Targets[0].HealthPort != 8081 {
		t.Errorf("targets %+v", b.Targets)
	}
}

func TestNoCredentials(t *testing.T) {
	cloudtest.Credentials(t)
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for _, role := range []string{"", otherRole} {
		account := cloud.Account{Role: role, Regions: []string{region}}
		c, err := cloud.New(t.Context(), cloud.Config{Accounts: []cloud.Account{account}, Endpoint: "http://127.0.0.1:1"})
		if err != nil {
			t.Fatal(err)
		}
		_, errs := c.Describe(t.Context(), []actions.Host{host("web-1", "10.0.0.1")})
		want := "no AWS credentials were found for " + account.String() + ": set AWS_PROFILE or AWS_ACCESS_KEY_ID, or give the machine a role"
		if err := errs["web-1"]; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestSilentAccount(t *testing.T) {
	cloudtest.Credentials(t)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // so that the server sees the client leave
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	c, err := cloud.New(t.Context(), cloud.Config{
		Accounts: []cloud.Account{{Regions: []string{region}}}, Endpoint: server.URL, Silence: 200 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = "AWS, the default account in eu-west-1: it did not answer within 200ms"
	_, errs := c.Describe(t.Context(), []actions.Host{host("web-1", "10.0.0.1")})
	if err := errs["web-1"]; err == nil || err.Error() != want {
		t.Errorf("described: %v, want %s", err, want)
	}
	if _, err := c.Instances(t.Context(), cloud.Filter{}); err == nil || err.Error() != want {
		t.Errorf("listed: %v, want %s", err, want)
	}
}
