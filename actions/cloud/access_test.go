package cloud_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"hardenbot/actions"
	"hardenbot/actions/cloud"
	"hardenbot/actions/cloud/cloudtest"
)

const (
	askAgents  = "ssm:DescribeInstanceInformation"
	askConsole = "ec2:GetSerialConsoleAccessStatus"
)

// pair runs web-1 and web-2.
func (w *world) pair() (hosts []actions.Host, ids []string) {
	subnet := w.subnet(w.vpc("10.7.0.0/16"), "10.7.1.0/24")
	ids = []string{w.server("web-1", subnet, "10.7.1.10"), w.server("web-2", subnet, "10.7.1.11")}
	return []actions.Host{host("web-1", "10.7.1.10"), host("web-2", "10.7.1.11")}, ids
}

func describeAccess(w *world) {
	hosts, ids := w.pair()
	later := func(c cloudtest.Call) bool { return strings.Contains(c.Body, `"NextToken":"more"`) }
	w.proxy.Inject(
		cloudtest.Fault{Action: askConsole, Body: cloudtest.ConsoleAnswer(true)},
		cloudtest.Fault{Action: askAgents, If: later, Body: cloudtest.AgentsAnswer("", map[string]string{ids[1]: "ConnectionLost"})},
		cloudtest.Fault{Action: askAgents, Body: cloudtest.AgentsAnswer("more", map[string]string{ids[0]: "Online"})})
	clouds := w.told(w.client(), hosts...)
	for name, agent := range map[string]string{"web-1": "Online", "web-2": "ConnectionLost"} {
		c := clouds[name]
		w.same(name, []any{c.Agent, c.Console, len(c.Unread)}, []any{agent, true, 0})
	}
	w.same("calls", []int{w.proxy.Count(askAgents), w.proxy.Count(askConsole)}, []int{2, 1})
	for _, c := range w.proxy.Calls() {
		if c.Action == askAgents && !(strings.Contains(c.Body, `"InstanceIds"`) && strings.Contains(c.Body, ids[0]) && strings.Contains(c.Body, ids[1])) {
			w.t.Errorf("not both instances are asked for: %s", c.Body)
		}
	}

	w.proxy = cloudtest.NewProxy(w.t, w.url)
	w.proxy.Inject(cloudtest.Fault{Action: askConsole, Body: cloudtest.ConsoleAnswer(false)},
		cloudtest.Fault{Action: askAgents, Body: `{"InstanceInformationList":[]}`})
	c := w.told(w.client(), hosts[0])["web-1"]
	w.same("neither", []any{c.Agent, c.Console, len(c.Unread)}, []any{"", false, 0})
}

func describeAccessDenied(w *world) {
	hosts, ids := w.pair()
	for key, action := range map[string]string{"agent": askAgents, "console": askConsole} {
		w.proxy = cloudtest.NewProxy(w.t, w.url)
		w.proxy.Inject(cloudtest.Deny(action), cloudtest.Fault{Action: askConsole, Body: cloudtest.ConsoleAnswer(true)},
			cloudtest.Fault{Action: askAgents, Body: cloudtest.AgentsAnswer("", map[string]string{ids[0]: "Online"})})
		c := w.told(w.client(), hosts...)["web-1"]
		want := "AWS, the default account in eu-west-1: " + action + " failed with UnauthorizedOperation: You are not authorized to perform this operation."
		w.same("unread", c.Unread, map[string]string{key: want})
		w.same("the other one", []any{c.Agent, c.Console}, []any{map[bool]string{true: "Online"}[key != "agent"], key != "console"})
	}

	w.proxy = cloudtest.NewProxy(w.t, w.url)
	w.proxy.Inject(cloudtest.Fault{Action: askConsole, Body: "<GetSerialConsoleAccessStatusResponse/>"},
		cloudtest.Fault{Action: askAgents, If: func(c cloudtest.Call) bool { return strings.Contains(c.Body, "more") }, Code: "InternalServerError", Status: 500},
		cloudtest.Fault{Action: askAgents, Body: cloudtest.AgentsAnswer("more", map[string]string{ids[0]: "Online"})})
	c := w.told(w.client(), hosts...)["web-1"]
	if c.Agent != "" || !strings.Contains(c.Unread["agent"], "InternalServerError") || !strings.Contains(c.Unread["console"], "the answer does not tell") {
		w.t.Errorf("of half an answer: %+v", c)
	}
}

func describeAccessOfMany(w *world) {
	subnet := w.subnet(w.vpc("10.7.0.0/16"), "10.7.1.0/24")
	many := made[*ec2.RunInstancesOutput](w)(w.ec2.RunInstances(w.ctx(), &ec2.RunInstancesInput{
		ImageId: aws.String("ami-12345678"), MinCount: aws.Int32(101), MaxCount: aws.Int32(101), SubnetId: &subnet,
	})).Instances
	var hosts []actions.Host
	for _, i := range many {
		hosts = append(hosts, host(*i.InstanceId, *i.PrivateIpAddress))
	}
	w.proxy.Inject(cloudtest.Fault{Action: askAgents, Body: `{"InstanceInformationList":[]}`})
	w.told(w.client(), hosts...)
	var asked []int
	for _, c := range w.proxy.Calls() {
		if c.Action == askAgents {
			asked = append(asked, strings.Count(c.Body, `"i-`))
		}
	}
	w.same("instances for each call", asked, []int{100, 1})

	w.proxy = cloudtest.NewProxy(w.t, w.url)
	slices.SortFunc(hosts, func(a, b actions.Host) int { return strings.Compare(a.Name, b.Name) })
	w.proxy.Inject(cloudtest.Fault{Action: askAgents, Times: 1, Body: cloudtest.AgentsAnswer("", map[string]string{hosts[0].Name: "Online"})}, cloudtest.Deny(askAgents))
	if c := w.told(w.client(), hosts...)[hosts[0].Name]; c.Agent != "" || c.Unread["agent"] == "" {
		w.t.Errorf("of the first of two calls: agent %q, unread %v", c.Agent, c.Unread)
	}
}

func describeUnused(w *world) {
	vpc, far := w.vpc("10.7.0.0/16"), w.vpc("10.8.0.0/16")
	subnet := w.subnet(vpc, "10.7.1.0/24")
	referred, left := w.group(vpc, "referred"), w.group(vpc, "left")
	w.group(far, "elsewhere")
	w.group(far, "peer", fromGroup(permission("tcp", 22, 22), referred))
	list := w.prefixList("203.0.113.0/24")
	idle := w.group(vpc, "idle", from4(permission("tcp", 22, 22), "0.0.0.0/0"), fromList(permission("tcp", 443, 443), list))
	alone := w.group(vpc, "alone")
	_, err := w.ec2.AuthorizeSecurityGroupIngress(w.ctx(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &alone, IpPermissions: []types.IpPermission{fromGroup(permission("-1", 0, 0), alone)},
	})
	w.must(err)
	carried := w.group(vpc, "carried")
	_, err = w.ec2.AuthorizeSecurityGroupEgress(w.ctx(), &ec2.AuthorizeSecurityGroupEgressInput{
		GroupId: &carried, IpPermissions: []types.IpPermission{fromGroup(permission("tcp", 5432, 5432), left)},
	})
	w.must(err)
	w.server("web-1", subnet, "10.7.1.10", carried)
	balanced := w.group(vpc, "balanced")
	w.balancer("front", vpc, []string{subnet, w.subnet(vpc, "10.7.2.0/24")}, []string{balanced}, elbtypes.TargetTypeEnumInstance)
	w.proxy.Inject(cloudtest.Deny("ec2:GetManagedPrefixListEntries")) // of no consequence for a door that leads nowhere

	c := w.told(w.client(), host("web-1", "10.7.1.10"))["web-1"]
	got := map[string]int{}
	for _, g := range c.Unused {
		got[g.ID+" "+g.Name] = len(g.Rules)
	}
	w.same("unused groups and how many rules they have", got, map[string]int{idle + " idle": 2, alone + " alone": 1})
	byID := func(a, b actions.SecurityGroup) int { return strings.Compare(a.ID, b.ID) }
	if !slices.IsSortedFunc(c.Unused, byID) || c.Unread["unused"] != "" {
		w.t.Errorf("in which order: %+v; unread %v", c.Unused, c.Unread)
	}

	w.proxy.Inject(cloudtest.Fault{Action: "ec2:DescribeSecurityGroups", Rewrite: func(b []byte) []byte {
		return bytes.ReplaceAll(b, []byte("<ownerId>123456789012</ownerId>"), []byte("<ownerId>210987654321</ownerId>"))
	}})
	if c := w.told(w.client(), host("web-1", "10.7.1.10"))["web-1"]; len(c.Unused) > 0 {
		w.t.Errorf("groups that another account shares are called unused: %v", c.Unused)
	}
}

func describeManyUnused(w *world) {
	vpc := w.vpc("10.7.0.0/16")
	w.server("web-1", w.subnet(vpc, "10.7.1.0/24"), "10.7.1.10")
	for n := range 21 {
		w.group(vpc, fmt.Sprintf("left-%d", n))
	}
	c := w.told(w.client(), host("web-1", "10.7.1.10"))["web-1"]
	w.same("unused", []any{len(c.Unused), c.Unread["unused"]}, []any{20, "of 21 unused security groups in " + vpc + " only the first 20 are listed"})
}

// describePeers: moto knows no owner of a rule, so that the proxy tells one.
func describePeers(w *world) {
	vpc := w.vpc("10.7.0.0/16")
	bastion := w.group(vpc, "bastion")
	g := w.group(vpc, "web", fromGroup(permission("tcp", 22, 22), bastion))
	w.server("web-1", w.subnet(vpc, "10.7.1.0/24"), "10.7.1.10", g)
	source := func(c *cloud.Client) string {
		return w.told(c, host("web-1", "10.7.1.10"))["web-1"].Interfaces[0].Groups[0].Rules[0].Source
	}
	w.proxy.Inject(cloudtest.Fault{Action: "ec2:DescribeSecurityGroupRules", Times: 1, Rewrite: owned("123456789012")})
	w.same("of the same account", source(w.client()), bastion)
	w.proxy.Inject(cloudtest.Fault{Action: "ec2:DescribeSecurityGroupRules", Times: 1, Rewrite: owned("210987654321")})
	w.same("of another account", source(w.client()), "123456789012/"+bastion)
}

// owned makes rules belong to the account.
func owned(account string) func([]byte) []byte {
	return func(b []byte) []byte {
		return bytes.ReplaceAll(b, []byte("<groupId>"), []byte("<groupOwnerId>"+account+"</groupOwnerId><groupId>"))
	}
}
