package cloud_test

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"hardenbot/actions"
	"hardenbot/actions/cloud"
	"hardenbot/actions/cloud/cloudtest"
)

func (w *world) prefixList(cidrs ...string) string {
	in := &ec2.CreateManagedPrefixListInput{PrefixListName: aws.String("offices"), AddressFamily: aws.String("IPv4"), MaxEntries: aws.Int32(10)}
	for _, c := range cidrs {
		in.Entries = append(in.Entries, types.AddPrefixListEntry{Cidr: &c})
	}
	return *made[*ec2.CreateManagedPrefixListOutput](w)(w.ec2.CreateManagedPrefixList(w.ctx(), in)).PrefixList.PrefixListId
}

// everything is a host whose description needs every call, and a bystander
// that has no prefix list and no load balancer.
func (w *world) everything() (h, bystander actions.Host) {
	vpc := w.vpc("10.7.0.0/16")
	subnet := w.subnet(vpc, "10.7.1.0/24")
	list := w.prefixList("203.0.113.0/24", "198.51.100.0/24")
	id := w.server("web-1", subnet, "10.7.1.10", w.group(vpc, "web", fromList(permission("tcp", 22, 22), list)))
	w.server("web-2", subnet, "10.7.1.11", w.group(vpc, "plain"))
	w.balancer("front", vpc, []string{subnet, w.subnet(vpc, "10.7.2.0/24")}, nil, elbtypes.TargetTypeEnumInstance, id)
	return host("web-1", "10.7.1.10"), host("web-2", "10.7.1.11")
}

func describeRules(w *world) {
	vpc := w.vpc("10.7.0.0/16")
	list := w.prefixList("203.0.113.0/24", "198.51.100.0/24")
	bastion := w.group(vpc, "bastion")
	g := w.group(vpc, "web",
		from6(from4(permission("tcp", 22, 22), "0.0.0.0/0"), "::/0"),
		from4(from4(permission("tcp", 8000, 9000), "0.0.0.0/1"), "128.0.0.0/1"),
		fromList(permission("tcp", 443, 443), list),
		fromGroup(permission("udp", 53, 53), bastion),
		from4(permission("-1", 0, 0), "10.0.0.0/8"),
		from4(permission("icmp", 8, -1), "0.0.0.0/0"))
	w.server("web-1", w.subnet(vpc, "10.7.1.0/24"), "10.7.1.10", g)
	c := w.client(func(c *cloud.Config) { c.PageSize = 5 })
	told := w.told(c, host("web-1", "10.7.1.10"))["web-1"]

	group := told.Interfaces[0].Groups[0]
	if !slices.IsSortedFunc(group.Rules, func(a, b actions.IngressRule) int { return strings.Compare(a.ID, b.ID) }) {
		w.t.Error("the rules are not in order of their ids")
	}
	var got []actions.IngressRule
	for _, r := range group.Rules {
		if !strings.HasPrefix(r.ID, "sgr-") || r.Group != g {
			w.t.Errorf("rule %s of group %s, want %s", r.ID, r.Group, g)
		}
		r.ID, r.Group, r.Description = "", "", ""
		got = append(got, r)
	}
	slices.SortFunc(got, func(a, b actions.IngressRule) int { return strings.Compare(who(a), who(b)) })
	w.same("rules", got, []actions.IngressRule{
		{Proto: "icmp", From: 8, To: -1, CIDR: "0.0.0.0/0"},
		{Proto: "tcp", From: 22, To: 22, CIDR: "0.0.0.0/0"},
		{Proto: "tcp", From: 8000, To: 9000, CIDR: "0.0.0.0/1"},
		{Proto: "-1", From: 0, To: 65535, CIDR: "10.0.0.0/8"},
		{Proto: "tcp", From: 8000, To: 9000, CIDR: "128.0.0.0/1"},
		{Proto: "tcp", From: 22, To: 22, CIDR: "::/0"},
		{Proto: "tcp", From: 443, To: 443, PrefixList: list, Prefixes: []string{"198.51.100.0/24", "203.0.113.0/24"}},
		{Proto: "udp", From: 53, To: 53, Source: bastion},
	})
	w.same("again", w.told(c, host("web-1", "10.7.1.10"))["web-1"], told)
}

// who orders rules by whom they let in, then by protocol.
func who(r actions.IngressRule) string {
	return strings.Join([]string{r.Source[:min(1, len(r.Source))], r.PrefixList[:min(1, len(r.PrefixList))], r.CIDR, r.Proto}, "\t")
}

func describeRoutes(w *world) {
	vpc := w.vpc("10.7.0.0/16")
	out, in := w.subnet(vpc, "10.7.1.0/24"), w.subnet(vpc, "10.7.2.0/24")
	w.online(vpc, out)
	groups := []string{w.group(vpc, "a"), w.group(vpc, "b"), w.group(vpc, "c")}
	slices.Sort(groups)
	slices.Reverse(groups)
	w.server("web-1", out, "10.7.1.10", groups...)
	w.server("web-2", in, "10.7.2.10")
	acl := w.acl(vpc, out, []types.NetworkAclEntry{
		{RuleNumber: aws.Int32(300), Protocol: aws.String("-1"), RuleAction: types.RuleActionAllow, CidrBlock: aws.String("10.0.0.0/8")},
		{RuleNumber: aws.Int32(90), Protocol: aws.String("6"), RuleAction: types.RuleActionDeny, CidrBlock: aws.String("198.51.100.0/24"), PortRange: &types.PortRange{From: aws.Int32(22), To: aws.Int32(23)}},
		{RuleNumber: aws.Int32(100), Protocol: aws.String("17"), RuleAction: types.RuleActionAllow, Ipv6CidrBlock: aws.String("::/0"), PortRange: &types.PortRange{From: aws.Int32(53), To: aws.Int32(53)}},
	})
	clouds := w.told(w.client(), host("web-1", "10.7.1.10"), host("web-2", "10.7.2.10"))
	own, main := clouds["web-1"].Interfaces[0], clouds["web-2"].Interfaces[0]
	if !slices.IsSortedFunc(own.Groups, func(a, b actions.SecurityGroup) int { return strings.Compare(a.ID, b.ID) }) || len(own.Groups) != 3 {
		w.t.Errorf("groups %v, want three in order of their ids", own.Groups)
	}
	if !own.Gateway4 || own.Gateway6 || main.Gateway4 || main.Gateway6 {
		w.t.Errorf("gateways: own table %t %t, main table %t %t; want only IPv4 by the own table", own.Gateway4, own.Gateway6, main.Gateway4, main.Gateway6)
	}
	w.same("entries of "+acl, own.ACL[:3], []actions.ACL{
		{Number: 90, Proto: "tcp", From: 22, To: 23, CIDR: "198.51.100.0/24"},
		{Number: 100, Allow: true, Proto: "udp", From: 53, To: 53, CIDR: "::/0"},
		{Number: 300, Allow: true, Proto: "-1", To: 65535, CIDR: "10.0.0.0/8"},
	})
	w.same("default entries", main.ACL, []actions.ACL{
		{Number: 100, Allow: true, Proto: "-1", To: 65535, CIDR: "0.0.0.0/0"},
		{Number: 32767, Proto: "-1", To: 65535, CIDR: "0.0.0.0/0"},
	})
}

// acl gives the subnet a network ACL of its own.
func (w *world) acl(vpc, subnet string, inbound []types.NetworkAclEntry) string {
	id := made[*ec2.CreateNetworkAclOutput](w)(w.ec2.CreateNetworkAcl(w.ctx(), &ec2.CreateNetworkAclInput{VpcId: &vpc})).NetworkAcl.NetworkAclId
	for _, e := range inbound {
		_, err := w.ec2.CreateNetworkAclEntry(w.ctx(), &ec2.CreateNetworkAclEntryInput{
			NetworkAclId: id, RuleNumber: e.RuleNumber, Protocol: e.Protocol, RuleAction: e.RuleAction, Egress: aws.Bool(false),
			CidrBlock: e.CidrBlock, Ipv6CidrBlock: e.Ipv6CidrBlock, PortRange: e.PortRange,
		})
		w.must(err)
	}
	every := made[*ec2.DescribeNetworkAclsOutput](w)(w.ec2.DescribeNetworkAcls(w.ctx(), &ec2.DescribeNetworkAclsInput{}))
	for _, a := range every.NetworkAcls {
		for _, s := range a.Associations {
			if *s.SubnetId == subnet {
				_, err := w.ec2.ReplaceNetworkAclAssociation(w.ctx(), &ec2.ReplaceNetworkAclAssociationInput{AssociationId: s.NetworkAclAssociationId, NetworkAclId: id})
				w.must(err)
			}
		}
	}
	return *id
}

func describeUsers(w *world) {
	vpc := w.vpc("10.7.0.0/16")
	subnet := w.subnet(vpc, "10.7.1.0/24")
	shared := w.group(vpc, "shared")
	_, err := w.ec2.AuthorizeSecurityGroupIngress(w.ctx(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &shared, IpPermissions: []types.IpPermission{fromGroup(permission("tcp", 7946, 7946), shared)},
	})
	w.must(err)
	refers := w.group(vpc, "db", fromGroup(permission("tcp", 5432, 5432), shared))
	w.server("web-1", subnet, "10.7.1.10", shared)
	w.server("web-2", subnet, "10.7.1.11", shared)
	w.server("db-1", subnet, "10.7.1.12", refers)
	loose := *made[*ec2.CreateNetworkInterfaceOutput](w)(w.ec2.CreateNetworkInterface(w.ctx(), &ec2.CreateNetworkInterfaceInput{
		SubnetId: &subnet, Groups: []string{shared}, Description: aws.String("spare"),
	})).NetworkInterface.NetworkInterfaceId
	w.balancer("front", vpc, []string{subnet, w.subnet(vpc, "10.7.2.0/24")}, []string{shared}, elbtypes.TargetTypeEnumInstance)

	clouds := w.told(w.client(), host("web-1", "10.7.1.10"), host("web-2", "10.7.1.11"), host("db-1", "10.7.1.12"))
	face := clouds["web-2"].Interfaces[0].ID + " (web-2)"
	want := []string{face, loose + " (spare)"}
	slices.Sort(want)
	w.same("users", clouds["web-1"].Interfaces[0].Groups[0].Users, append(want, "load balancer front", refers+" (db)"))
	w.same("no users", len(clouds["db-1"].Interfaces[0].Groups[0].Users), 0)
}

// balancer makes a load balancer on ports 80 and 443 that leads to port 8080
// of the targets, and returns its ARN.
func (w *world) balancer(name, vpc string, subnets, groups []string, kind elbtypes.TargetTypeEnum, targets ...string) string {
	lb := made[*elb.CreateLoadBalancerOutput](w)(w.elb.CreateLoadBalancer(w.ctx(), &elb.CreateLoadBalancerInput{
		Name: &name, Subnets: subnets, SecurityGroups: groups, Scheme: elbtypes.LoadBalancerSchemeEnumInternetFacing,
	})).LoadBalancers[0].LoadBalancerArn
	tg := made[*elb.CreateTargetGroupOutput](w)(w.elb.CreateTargetGroup(w.ctx(), &elb.CreateTargetGroupInput{
		Name: &name, VpcId: &vpc, Port: aws.Int32(8080), Protocol: elbtypes.ProtocolEnumHttp, TargetType: kind,
	})).TargetGroups[0].TargetGroupArn
	for _, port := range []int32{443, 80} {
		_, err := w.elb.CreateListener(w.ctx(), &elb.CreateListenerInput{
			LoadBalancerArn: lb, Port: &port, Protocol: elbtypes.ProtocolEnumHttp,
			DefaultActions: []elbtypes.Action{{Type: elbtypes.ActionTypeEnumForward, TargetGroupArn: tg}},
		})
		w.must(err)
	}
	for _, id := range targets {
		_, err := w.elb.RegisterTargets(w.ctx(), &elb.RegisterTargetsInput{TargetGroupArn: tg, Targets: []elbtypes.TargetDescription{{Id: &id}}})
		w.must(err)
	}
	return *lb
}

func describeBalancers(w *world) {
	vpc := w.vpc("10.7.0.0/16")
	subnet, other := w.subnet(vpc, "10.7.1.0/24"), w.subnet(vpc, "10.7.2.0/24")
	open := w.group(vpc, "open", from4(permission("tcp", 443, 443), "0.0.0.0/0"))
	id := w.server("web-1", subnet, "10.7.1.10")
	w.server("web-2", subnet, "10.7.1.11")
	first := w.balancer("a-front", vpc, []string{subnet, other}, []string{open}, elbtypes.TargetTypeEnumInstance, id)
	w.balancer("b-front", vpc, []string{subnet, other}, []string{open}, elbtypes.TargetTypeEnumIp, "10.7.1.10")
	w.proxy.Inject(cloudtest.Fault{
		Action: "elasticloadbalancing:DescribeTargetHealth",
		If:     func(c cloudtest.Call) bool { return strings.Contains(c.Form.Get("TargetGroupArn"), "/a-front/") },
		Rewrite: func(b []byte) []byte {
			return bytes.ReplaceAll(b, []byte("<State>healthy</State>"), []byte("<State>draining</State>"))
		},
	})
	clouds := w.told(w.client(), host("web-1", "10.7.1.10"), host("web-2", "10.7.1.11"))
	if len(clouds["web-2"].Balancers) > 0 {
		w.t.Error("web-2 is no target and has a load balancer")
	}
	list := clouds["web-1"].Balancers
	if len(list) != 2 {
		w.t.Fatalf("%d load balancers, want 2: %+v", len(list), list)
	}
	a, b := list[0], list[1]
	if a.ARN != first || a.Name != "a-front" || b.Name != "b-front" || !a.Internet {
		w.t.Errorf("balancers %+v and %+v", a, b)
	}
	w.same("ports", a.Ports, []int{80, 443})
	w.same("targets", []any{len(a.Targets), a.Targets[0].Port, a.Targets[0].State, b.Targets[0].State}, []any{1, 8080, "draining", "healthy"})
	w.same("groups", []any{a.Groups[0].ID, a.Groups[0].Rules[0].CIDR, a.Groups[0].Users}, []any{open, "0.0.0.0/0", []string{"load balancer b-front"}})
}

type names map[string][]netip.Addr

func (n names) LookupNetIP(_ context.Context, _, name string) ([]netip.Addr, error) {
	if ips, ok := n[name]; ok {
		return ips, nil
	}
	return nil, errors.New("no such host")
}

func describeAddresses(w *world) {
	vpc := w.vpc("10.7.0.0/16")
	subnet := w.subnet(vpc, "10.7.1.0/24")
	id := w.server("web-1", subnet, "10.7.1.10")
	public := w.elastic(id)
	second := made[*ec2.CreateNetworkInterfaceOutput](w)(w.ec2.CreateNetworkInterface(w.ctx(), &ec2.CreateNetworkInterfaceInput{
		SubnetId: &subnet, PrivateIpAddress: aws.String("10.7.1.20"), Ipv6Addresses: []types.InstanceIpv6Address{{Ipv6Address: aws.String("2001:db8::20")}},
	})).NetworkInterface.NetworkInterfaceId
	_, err := w.ec2.AttachNetworkInterface(w.ctx(), &ec2.AttachNetworkInterfaceInput{InstanceId: &id, NetworkInterfaceId: second, DeviceIndex: aws.Int32(1)})
	w.must(err)

	c := w.client(func(c *cloud.Config) {
		c.Resolver = names{"web.example.com": {netip.MustParseAddr("10.7.1.10")}, "mail.example.com": {netip.MustParseAddr("10.99.0.1")}}
	})
	for _, address := range []string{"10.7.1.10", public, "10.7.1.20", "2001:db8::20", "2001:0db8:0::20", "web.example.com"} {
		h := host("h", address)
		told := w.told(c, h)["h"]
		if told.Instance != id || len(told.Interfaces) != 2 {
			w.t.Errorf("%s: %+v", address, told)
			continue
		}
		w.same("addresses", []any{told.Interfaces[0].Private, told.Interfaces[0].Public, told.Interfaces[1].Private, told.Interfaces[1].IPv6},
			[]any{[]string{"10.7.1.10"}, []string{public}, []string{"10.7.1.20"}, []string{"2001:db8::20"}})
	}

	clouds, errs := c.Describe(w.ctx(), []actions.Host{host("elsewhere", "192.0.2.1"), host("mail", "mail.example.com"), host("lost", "lost.example.com")})
	if len(clouds) != 0 || len(errs) != 1 || !strings.Contains(errs["lost"].Error(), `"lost.example.com" has no address here`) {
		w.t.Errorf("hosts that are no instances: %v, %v", clouds, errs)
	}
}

func describeAmbiguous(w *world) {
	for range 2 {
		w.server("web-1", w.subnet(w.vpc("10.7.0.0/16"), "10.7.1.0/24"), "10.7.1.10")
	}
	c := w.client()
	h := host("web-1", "10.7.1.10")
	_, errs := c.Describe(w.ctx(), []actions.Host{h})
	if err := errs["web-1"]; err == nil || !strings.Contains(err.Error(), "its address belongs to several instances: i-") {
		w.t.Errorf("an address that two instances have: %v", err)
	}

	every, err := c.Instances(w.ctx(), cloud.Filter{})
	w.must(err)
	if hosts, refused := c.Hosts(every); len(hosts) != 0 || len(refused) != 2 {
		w.t.Errorf("two instances of one name: %v, %v", hosts, refused)
	}
	hosts, _ := c.Hosts(every[1:])
	if told := w.told(c, hosts...)["web-1"]; told.Instance != every[1].ID {
		w.t.Errorf("made from %s, told of %s", every[1].ID, told.Instance)
	}
	_, errs = c.Describe(w.ctx(), []actions.Host{h}) // the configuration's own, which a tag says nothing of
	if err := errs["web-1"]; err == nil || !strings.Contains(err.Error(), "several instances") {
		w.t.Errorf("another host of the name: %v", err)
	}
	hosts[0].Address = "10.7.1.99"
	_, errs = c.Describe(w.ctx(), hosts)
	if err := errs["web-1"]; err == nil || !strings.Contains(err.Error(), "no longer has its address") {
		w.t.Errorf("made from an instance that has another address now: %v", err)
	}
}

func describePlaces(w *world) {
	w.spread()
	hosts := []actions.Host{host("web-1", "10.1.1.10"), host("web-2", "10.2.1.10"), host("web-3", "10.3.1.10")}
	c := w.client(everywhere)
	got := map[string]string{}
	for name, told := range w.told(c, hosts...) {
		got[name] = told.Account + " " + told.Region
	}
	w.same("places", got, map[string]string{"web-1": "123456789012 eu-west-1", "web-2": "123456789012 us-east-1", "web-3": "210987654321 eu-west-1"})
	for _, call := range w.proxy.Calls() {
		if call.Action == "sts:AssumeRole" && (call.Form.Get("RoleSessionName") != "hardenbot" || call.Form.Get("ExternalId") != "x-1") {
			w.t.Errorf("the role is assumed with %v", call.Form)
		}
	}

	w.proxy.Inject(cloudtest.Deny("sts:AssumeRole"))
	clouds, errs := w.client(everywhere).Describe(w.ctx(), hosts)
	for _, h := range hosts { // a private address could be the silent account's too
		if err := errs[h.Name]; err == nil || clouds[h.Name] != nil || !strings.Contains(err.Error(), "account 210987654321 in eu-west-1: sts:AssumeRole failed") {
			w.t.Errorf("%s, one account silent: %v", h.Name, err)
		}
	}
}
