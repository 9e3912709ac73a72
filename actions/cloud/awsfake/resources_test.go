package awsfake_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"hardenbot/actions/cloud/awsfake"
)

func TestRoutesOfEachKind(t *testing.T) {
	fake, _, w := newFake(t, awsfake.Options{})
	p := fake.Place("", region)
	vpc := p.AddVPC(awsfake.VPC{CIDR: "10.7.0.0/16", IPv6: "2001:db8::/56"})
	one, two := p.AddSubnet(awsfake.Subnet{VPC: vpc, CIDR: "10.7.1.0/24"}), p.AddSubnet(awsfake.Subnet{VPC: vpc, CIDR: "10.7.2.0/24"})
	igw := p.Online(one)
	list := p.AddPrefixList(awsfake.PrefixList{CIDRs: []string{"2001:db8::/32"}})
	p.AddRouteTable(awsfake.RouteTable{VPC: vpc, Subnets: []string{two}, Routes: []awsfake.Route{
		{To: list, Gateway: "vpce-1"}, {To: "0.0.0.0/0", Gateway: "nat-1"}, {To: "192.0.2.0/24", Gateway: "igw-1", Blackholed: true},
	}})
	routes := func(subnet string) []string {
		out, err := w.ec2.DescribeRouteTables(w.ctx(), &ec2.DescribeRouteTablesInput{Filters: []types.Filter{filter("association.subnet-id", subnet)}})
		return every(of(w, out, err).RouteTables[0].Routes, func(r types.Route) string {
			to := aws.ToString(r.DestinationCidrBlock) + aws.ToString(r.DestinationIpv6CidrBlock) + aws.ToString(r.DestinationPrefixListId)
			return fmt.Sprint(to, " ", aws.ToString(r.GatewayId), aws.ToString(r.NatGatewayId), " ", r.State)
		})
	}
	w.same("a gateway for both families", routes(one), []string{"0.0.0.0/0 " + igw + " active", "10.7.0.0/16 local active", "::/0 " + igw + " active"})
	w.same("other gateways", routes(two), []string{"0.0.0.0/0 nat-1 active", "10.7.0.0/16 local active", "192.0.2.0/24 igw-1 blackhole", list + " vpce-1 active"})
}

func TestSecondInterface(t *testing.T) {
	fake, _, w := newFake(t, awsfake.Options{})
	p := fake.Place("", region)
	w.ids = fill(p)
	id := p.AddInterface(awsfake.Interface{Subnet: w.ids.shut, Instance: w.ids.servers[0], Device: 1, Private: []string{"10.7.2.30", "10.7.2.31"},
		Public: []string{"", "192.0.2.31"}, IPv6: []string{"2001:db8::30"}, Tags: map[string]string{"Name": "second"}})
	loose := p.AddInterface(awsfake.Interface{Subnet: w.ids.shut})
	out, err := w.ec2.DescribeNetworkInterfaces(w.ctx(), &ec2.DescribeNetworkInterfacesInput{Filters: []types.Filter{filter("association.public-ip", "192.0.2.31")}})
	n := of(w, out, err).NetworkInterfaces[0]
	w.same("second interface", []any{
		*n.NetworkInterfaceId, *n.Groups[0].GroupName, *n.Attachment.DeviceIndex, len(n.PrivateIpAddresses), *n.PrivateIpAddresses[1].Association.PublicIp,
		n.Association == nil, *n.Ipv6Addresses[0].Ipv6Address, name(n.TagSet), *n.RequesterManaged,
	}, []any{id, "default", 1, 2, "192.0.2.31", true, "2001:db8::30", "second", false})
	found, err := w.ec2.DescribeInstances(w.ctx(), &ec2.DescribeInstancesInput{InstanceIds: w.ids.servers[:1]})
	faces := of(w, found, err).Reservations[0].Instances[0].NetworkInterfaces
	w.same("interfaces in order", []any{len(faces), *faces[0].PrivateIpAddress, *faces[1].NetworkInterfaceId}, []any{2, "10.7.1.11", id})
	out, err = w.ec2.DescribeNetworkInterfaces(w.ctx(), &ec2.DescribeNetworkInterfacesInput{Filters: []types.Filter{filter("status", "available")}})
	w.same("loose ones", every(of(w, out, err).NetworkInterfaces, func(n types.NetworkInterface) string { return *n.NetworkInterfaceId + *n.PrivateIpAddress }), []string{loose + "10.7.2.5"})
}

func TestTagsOfEachKind(t *testing.T) {
	fake, _, w := newFake(t, awsfake.Options{})
	p := fake.Place("", region)
	w.ids = fill(p)
	face := p.AddInterface(awsfake.Interface{Subnet: w.ids.shut})
	tag := func(id string, count int) error {
		in := &ec2.CreateTagsInput{Resources: []string{id}}
		for n := range count {
			in.Tags = append(in.Tags, types.Tag{Key: aws.String(fmt.Sprint("key-", n)), Value: aws.String("v")})
		}
		_, err := w.ec2.CreateTags(w.ctx(), in)
		return err
	}
	for _, id := range []string{w.ids.web, w.ids.servers[0], face} {
		w.must(tag(id, 1))
	}
	s := p.State()
	w.same("tags", []string{s.Groups[w.ids.web].Tags["key-0"], s.Instances[w.ids.servers[0]].Tags["key-0"], s.Interfaces[face].Tags["key-0"]}, []string{"v", "v", "v"})
	w.refused("too many", tag(w.ids.servers[0], 49), "TagLimitExceeded")
	w.refused("something else", tag("x-1", 1), "InvalidID")
	w.refused("no such group", tag("sg-0123456789abcdef0", 1), "InvalidGroup.NotFound")
	w.same("what was refused changed nothing", len(p.State().Instances[w.ids.servers[0]].Tags), 3)
}

func TestTargetsByAddress(t *testing.T) {
	fake, _, w := newFake(t, awsfake.Options{})
	p := fake.Place("", region)
	w.ids = fill(p)
	byAddress := p.AddTargetGroup(awsfake.TargetGroup{Name: "by-address", VPC: w.ids.vpc, Port: 80, Type: "ip", Interval: -1})
	byBalancer := p.AddTargetGroup(awsfake.TargetGroup{Name: "by-balancer", VPC: w.ids.vpc, Port: 80, Type: "alb"})
	outer := p.AddLoadBalancer(awsfake.LoadBalancer{Name: "outer", Type: "network", Subnets: []string{w.ids.open}})
	for port, group := range map[int]string{80: byAddress, 443: byBalancer} {
		p.AddListener(awsfake.Listener{Balancer: outer, Port: port, Protocol: "TCP", TargetGroup: group})
	}
	_, err := w.elb.RegisterTargets(w.ctx(), &elb.RegisterTargetsInput{TargetGroupArn: &byAddress, Targets: []elbtypes.TargetDescription{
		{Id: aws.String("10.7.1.11"), Port: aws.Int32(81)}, {Id: aws.String("192.0.2.1"), AvailabilityZone: aws.String("all")},
	}})
	w.must(err)
	w.same("addresses", w.health(byAddress), []string{"10.7.1.11 81 healthy", "192.0.2.1 80 healthy"})
	out, err := w.register(byBalancer, w.ids.balancer)
	of(w, out, err)
	w.same("a load balancer", w.health(byBalancer), []string{w.ids.balancer + " 80 initial Elb.RegistrationInProgress"})
	_, err = w.register(byAddress, "web-1")
	w.refused("no address", err, "ValidationError")
	_, err = w.register(byBalancer, w.ids.balancer+"0")
	w.refused("no load balancer", err, "InvalidTarget")
	_, err = w.register(w.ids.tg, "web-1")
	w.refused("no instance", err, "ValidationError")
}

func TestGroupsByName(t *testing.T) {
	fake, _, w := newFake(t, awsfake.Options{})
	p := fake.Place("", region)
	p.AddSecurityGroup(awsfake.SecurityGroup{VPC: p.AddVPC(awsfake.VPC{CIDR: "172.31.0.0/16", Default: true}), Name: "web"})
	p.AddSecurityGroup(awsfake.SecurityGroup{VPC: p.AddVPC(awsfake.VPC{CIDR: "10.7.0.0/16"}), Name: "db"})
	out, err := w.ec2.DescribeSecurityGroups(w.ctx(), &ec2.DescribeSecurityGroupsInput{GroupNames: []string{"web"}})
	w.same("in the default VPC", len(of(w, out, err).SecurityGroups), 1)
	_, err = w.ec2.DescribeSecurityGroups(w.ctx(), &ec2.DescribeSecurityGroupsInput{GroupNames: []string{"db"}})
	w.refused("in another", err, "InvalidGroup.NotFound")
}

// TestMistakes shows that what cannot be is told to whoever writes the program.
func TestMistakes(t *testing.T) {
	p := awsfake.New(awsfake.Options{}).Place("", region)
	vpc := p.AddVPC(awsfake.VPC{CIDR: "10.7.0.0/16"})
	tiny := p.AddSubnet(awsfake.Subnet{VPC: vpc, CIDR: "10.7.0.0/30"})
	for says, mistake := range map[string]func(){
		`no VPC "vpc-1" here`:            func() { p.AddSubnet(awsfake.Subnet{VPC: "vpc-1", CIDR: "10.7.0.0/24"}) },
		`no subnet "subnet-1" here`:      func() { p.AddInterface(awsfake.Interface{Subnet: "subnet-1"}) },
		`no state of instances "asleep"`: func() { p.AddInstance(awsfake.Instance{State: "asleep"}) },
		`has no address left`:            func() { p.AddInterface(awsfake.Interface{Subnet: tiny}) },
		`CIDR block 10.0.0.0/33 is`: func() {
			p.AddSecurityGroup(awsfake.SecurityGroup{VPC: vpc}, awsfake.Rule{Proto: "-1", CIDR: "10.0.0.0/33"})
		},
		`Unknown protocol`: func() {
			p.AddSecurityGroup(awsfake.SecurityGroup{VPC: vpc}, awsfake.Rule{Proto: "tls", CIDR: "10.0.0.0/8"})
		},
		`from Min to Max members`:         func() { p.AddAutoScalingGroup(awsfake.AutoScalingGroup{Name: "pool", Min: 1}) },
		`"ec2:RunInstances" is no action`: func() { awsfake.New(awsfake.Options{}).Deny("ec2:RunInstances") },
		`no target group "arn" here`:      func() { p.SetHealth("arn", "i-1", "") },
		`no instance "i-1" here`:          func() { p.AddAgent(awsfake.Agent{Instance: "i-1"}) },
		`ICMP type (-1) and code (3) must be`: func() {
			p.AddSecurityGroup(awsfake.SecurityGroup{VPC: vpc}, awsfake.Rule{Proto: "icmp", From: -1, To: 3, CIDR: "10.0.0.0/8"})
		},
	} {
		func() {
			defer func() {
				if said := fmt.Sprint(recover()); !strings.Contains(said, says) {
					t.Errorf("it says %q, want %q", said, says)
				}
			}()
			mistake()
		}()
	}
}
