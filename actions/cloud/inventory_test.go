package cloud_test

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"hardenbot/actions"
	"hardenbot/actions/cloud"
)

func inventoryPages(w *world) {
	subnet := w.subnet(w.vpc("10.7.0.0/16"), "10.7.1.0/24")
	byID := map[string]string{}
	for n := range 12 {
		name := fmt.Sprintf("web-%d", n+1)
		id := w.server(name, subnet, fmt.Sprintf("10.7.1.%d", n+10))
		byID[id] = name
		if n < 3 {
			_, err := w.ec2.CreateTags(w.ctx(), &ec2.CreateTagsInput{Resources: []string{id}, Tags: []types.Tag{tag("Role", "canary")}})
			w.must(err)
		}
		switch n {
		case 0:
			_, err := w.ec2.StopInstances(w.ctx(), &ec2.StopInstancesInput{InstanceIds: []string{id}})
			w.must(err)
		case 1:
			_, err := w.ec2.TerminateInstances(w.ctx(), &ec2.TerminateInstancesInput{InstanceIds: []string{id}})
			w.must(err)
		}
	}
	c := w.client(func(c *cloud.Config) { c.PageSize = 5; c.Naming.GroupTags = []string{"Role"} })
	every, err := c.Instances(w.ctx(), cloud.Filter{})
	w.must(err)
	states := map[string]string{}
	for _, i := range every {
		states[byID[i.ID]] = i.State
	}
	if len(every) != 12 || len(states) != 12 || w.proxy.Count("ec2:DescribeInstances") != 3 {
		w.t.Errorf("%d instances, %d of them known, in %d calls; want 12 in 3", len(every), len(states), w.proxy.Count("ec2:DescribeInstances"))
	}
	if states["web-1"] != "stopped" || states["web-2"] != "terminated" || states["web-3"] != "running" {
		w.t.Errorf("states %v", states)
	}

	canaries, err := c.Instances(w.ctx(), cloud.Filter{Tags: map[string]string{"Role": "can*", "Name": "*"}, States: []string{"running", "stopped"}})
	w.must(err)
	hosts, refused := c.Hosts(canaries)
	slices.SortFunc(hosts, func(a, b actions.Host) int { return actions.NaturalCompare(a.Name, b.Name) })
	for i := range hosts {
		if byID[hosts[i].Instance] != hosts[i].Name {
			w.t.Errorf("%s was made from %q", hosts[i].Name, hosts[i].Instance)
		}
	}
	if i, ok := c.Match(hosts[0]); !ok || byID[i.ID] != "web-1" {
		w.t.Errorf("web-1 is matched with %v", i)
	}
	for i := range hosts {
		hosts[i].Instance = ""
	}
	w.same("hosts", hosts, []actions.Host{
		{Name: "web-1", Address: "10.7.1.10", Port: 22, User: "admin", Groups: []string{"canary"}},
		{Name: "web-3", Address: "10.7.1.12", Port: 22, User: "admin", Groups: []string{"canary"}},
	})
	if len(refused) > 0 {
		w.t.Errorf("refused: %v", refused)
	}
	if i, ok := c.Match(host("web-1", "10.7.1.10")); ok {
		w.t.Errorf("web-1 of the configuration was made from no instance and is matched with %v", i)
	}
}

func inventoryLogins(w *world) {
	subnet := w.subnet(w.vpc("10.7.0.0/16"), "10.7.1.0/24")
	image := made[*ec2.RegisterImageOutput](w)(w.ec2.RegisterImage(w.ctx(), &ec2.RegisterImageInput{Name: aws.String("ubuntu-24.04-arm64")}))
	for n, tags := range [][]types.Tag{
		{tag("Name", "web-1")},
		{tag("Name", "web-2"), tag("Login", "deploy")},
		{tag("Name", "web-3"), tag("Login", "-oProxyCommand=reboot")},
	} {
		made[*ec2.RunInstancesOutput](w)(w.ec2.RunInstances(w.ctx(), &ec2.RunInstancesInput{
			ImageId: image.ImageId, MinCount: aws.Int32(1), MaxCount: aws.Int32(1), SubnetId: &subnet, PrivateIpAddress: aws.String(fmt.Sprintf("10.7.1.%d", n+10)),
			TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeInstance, Tags: tags}},
		}))
	}
	c := w.client(func(c *cloud.Config) {
		c.Naming = cloud.Naming{User: "admin", UserTag: "Login", Images: []cloud.ImageUser{{"debian-*", "admin"}, {"ubuntu-*", "ubuntu"}}}
	})
	every, err := c.Instances(w.ctx(), cloud.Filter{})
	w.must(err)
	hosts, refused := c.Hosts(every)
	users := map[string]string{}
	for _, h := range hosts {
		users[h.Name] = h.User
	}
	w.same("users", users, map[string]string{"web-1": "ubuntu", "web-2": "deploy"})
	if len(refused) != 1 {
		w.t.Errorf("refused: %v, want the one with a login that is an option", refused)
	}
}

func inventoryPlaces(w *world) {
	w.spread()
	every, err := w.client(everywhere).Instances(w.ctx(), cloud.Filter{})
	w.must(err)
	var got []string
	for _, i := range every {
		got = append(got, i.Account+" "+i.Region+" "+i.Tags["Name"])
	}
	w.same("instances", got, []string{
		"123456789012 eu-west-1 web-1", "123456789012 us-east-1 web-2", "210987654321 eu-west-1 web-3",
	})
}

func everywhere(c *cloud.Config) {
	c.Accounts = []cloud.Account{{Regions: []string{region, "us-east-1"}}, {Role: otherRole, ExternalID: "x-1", Regions: []string{region}}}
}

// spread runs web-1 to web-3, each in a place of its own.
func (w *world) spread() {
	home := *w
	home.server("web-1", home.subnet(home.vpc("10.1.0.0/16"), "10.1.1.0/24"), "10.1.1.10")
	east := *w
	east.ec2, _ = w.admin("us-east-1", "")
	east.zone = "us-east-1a"
	east.server("web-2", east.subnet(east.vpc("10.2.0.0/16"), "10.2.1.0/24"), "10.2.1.10")
	far := *w
	far.ec2, _ = w.admin(region, otherRole)
	far.server("web-3", far.subnet(far.vpc("10.3.0.0/16"), "10.3.1.0/24"), "10.3.1.10")
}
