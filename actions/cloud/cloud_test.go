package cloud_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/cloud"
	"hardenbot/actions/cloud/cloudtest"
)

// TestMoto runs all that needs an AWS against one server, which forgets
// everything before each of them.
func TestMoto(t *testing.T) {
	cloudtest.Credentials(t)
	url := cloudtest.Start(t)
	for _, test := range []struct {
		name string
		run  func(*world)
	}{
		{"inventory: pages, tags and states", inventoryPages},
		{"inventory: logins by tag and image", inventoryLogins},
		{"inventory: two regions and two accounts", inventoryPlaces},
		{"describe: rules of every kind", describeRules},
		{"describe: routes and network ACLs", describeRoutes},
		{"describe: who else a group serves", describeUsers},
		{"describe: load balancers", describeBalancers},
		{"describe: other ways in", describeAccess},
		{"describe: other ways in, denied", describeAccessDenied},
		{"describe: other ways in to many", describeAccessOfMany},
		{"describe: groups that nothing uses", describeUnused},
		{"describe: many groups that nothing uses", describeManyUnused},
		{"describe: groups of other accounts", describePeers},
		{"describe: addresses of every kind", describeAddresses},
		{"describe: an address in two networks", describeAmbiguous},
		{"describe: two regions and two accounts", describePlaces},
		{"describe: every call denied in turn", describeDenied},
		{"describe: throttled", describeThrottled},
		{"describe: a lost answer", describeLost},
		{"calls are the ones declared", declaredActions},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(newWorld(t, url)) })
	}
}

// told describes hosts that all must be told of.
func (w *world) told(c *cloud.Client, hosts ...actions.Host) map[string]*actions.Cloud {
	w.t.Helper()
	clouds, errs := c.Describe(w.ctx(), hosts)
	if len(errs) > 0 || len(clouds) != len(hosts) {
		w.t.Fatalf("told of %d of %d hosts; errors: %v", len(clouds), len(hosts), errs)
	}
	return clouds
}

func (w *world) same(what string, got, want any) {
	w.t.Helper()
	g, err := json.MarshalIndent(got, "", " ")
	w.must(err)
	e, err := json.MarshalIndent(want, "", " ")
	w.must(err)
	if string(g) != string(e) {
		w.t.Errorf("%s: got %s\nwant %s", what, g, e)
	}
}

// describeDenied shows that no answer can be missing without the host's whole
// description being absent, with the reason.
func describeDenied(w *world) {
	h, bystander := w.everything()
	reads := slices.DeleteFunc(slices.Clone(cloud.ReadActions), func(a string) bool {
		return slices.Contains([]string{
			"ec2:DescribeImages", "sts:AssumeRole", // Describe needs neither here
			"ec2:GetSerialConsoleAccessStatus", "ssm:DescribeInstanceInformation", // these fail alone
		}, a)
	})
	for _, action := range reads {
		w.proxy = cloudtest.NewProxy(w.t, w.url)
		w.proxy.Inject(cloudtest.Deny(action))
		clouds, errs := w.client().Describe(w.ctx(), []actions.Host{h, bystander})
		err := errs[h.Name]
		if err == nil || clouds[h.Name] != nil {
			w.t.Errorf("without %s: described all the same, error %v", action, err)
			continue
		}
		for _, want := range []string{action + " failed with UnauthorizedOperation: You are not authorized", "the default account in eu-west-1"} {
			if !strings.Contains(err.Error(), want) {
				w.t.Errorf("without %s: %q does not say %q", action, err, want)
			}
		}
		if strings.Contains(err.Error(), "not-a-secret-but-looked-for") {
			w.t.Errorf("without %s: the secret key is in the error", action)
		}
		spared := action == "ec2:GetManagedPrefixListEntries" // which the bystander's groups do not need
		if (clouds[bystander.Name] != nil) != spared {
			w.t.Errorf("without %s: the bystander is told of: %t", action, !spared)
		}
	}
}

func describeThrottled(w *world) {
	h, _ := w.everything()
	for _, action := range []string{"ec2:DescribeInstances", "ec2:DescribeSecurityGroupRules", "elasticloadbalancing:DescribeTargetHealth"} {
		w.proxy.Inject(cloudtest.Throttle(action, 3))
	}
	w.told(w.client(), h)
	if got := w.proxy.Count("ec2:DescribeInstances"); got != 4 {
		w.t.Errorf("DescribeInstances was called %d times, want 3 throttled and one answered", got)
	}

	w.proxy.Inject(cloudtest.Throttle("ec2:DescribeRouteTables", 0))
	before := w.proxy.Count("ec2:DescribeRouteTables")
	_, errs := w.client().Describe(w.ctx(), []actions.Host{h})
	if err := errs[h.Name]; err == nil || !strings.Contains(err.Error(), "ec2:DescribeRouteTables failed with RequestLimitExceeded") {
		w.t.Errorf("throttled for good: %v", err)
	}
	if got := w.proxy.Count("ec2:DescribeRouteTables") - before; got != 8 {
		w.t.Errorf("throttled for good: called %d times, want 8", got)
	}
}

func describeLost(w *world) {
	h, _ := w.everything()
	w.proxy.Inject(cloudtest.Fault{Action: "ec2:DescribeNetworkAcls", Times: 1, Lose: true},
		cloudtest.Fault{Action: "ec2:DescribeSecurityGroups", Times: 1, Code: "InternalError", Status: 500})
	w.told(w.client(), h)
	if got := w.proxy.Count("ec2:DescribeNetworkAcls"); got != 2 {
		w.t.Errorf("DescribeNetworkAcls was called %d times, want 2", got)
	}
}

func declaredActions(w *world) {
	h, _ := w.everything()
	c := w.client(func(c *cloud.Config) {
		c.Accounts = append(c.Accounts, cloud.Account{Role: otherRole, Regions: []string{region}})
		c.Naming.Images = []cloud.ImageUser{{Pattern: "debian-*", User: "admin"}}
	})
	_, err := c.Instances(w.ctx(), cloud.Filter{})
	w.must(err)
	w.told(c, h)

	called := map[string]bool{}
	for _, call := range w.proxy.Calls() {
		called[call.Action] = true
	}
	w.same("actions called", slices.Sorted(maps.Keys(called)), cloud.ReadActions)
}
