package awsfake_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"hardenbot/actions/cloud/cloudtest"
)

// motoWorld is the layout in moto, which knows no time.
func motoWorld(t *testing.T, url string) *world {
	cloudtest.Reset(t, url)
	w := connect(t, url)
	w.moto, w.wait = true, func(time.Duration) {}
	w.makeNetwork()
	w.makeGroups()
	w.makeServers()
	w.makeBalancer()
	w.makePool()
	return w
}

// of ends the test unless the call succeeded.
func of[O any](w *world, out O, err error) O {
	w.Helper()
	w.must(err)
	return out
}

func (w *world) makeNetwork() {
	l := &w.ids
	vpc, err := w.ec2.CreateVpc(w.ctx(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.7.0.0/16")})
	l.vpc = *of(w, vpc, err).Vpc.VpcId
	for into, at := range map[*string][2]string{&l.open: {"10.7.1.0/24", "a"}, &l.shut: {"10.7.2.0/24", "b"}} {
		out, err := w.ec2.CreateSubnet(w.ctx(), &ec2.CreateSubnetInput{VpcId: &l.vpc, CidrBlock: &at[0], AvailabilityZone: aws.String(region + at[1])})
		*into = *of(w, out, err).Subnet.SubnetId
	}
	gateway, err := w.ec2.CreateInternetGateway(w.ctx(), &ec2.CreateInternetGatewayInput{})
	igw := of(w, gateway, err).InternetGateway.InternetGatewayId
	attached, err := w.ec2.AttachInternetGateway(w.ctx(), &ec2.AttachInternetGatewayInput{VpcId: &l.vpc, InternetGatewayId: igw})
	of(w, attached, err)
	table, err := w.ec2.CreateRouteTable(w.ctx(), &ec2.CreateRouteTableInput{VpcId: &l.vpc})
	rtb := of(w, table, err).RouteTable.RouteTableId
	route, err := w.ec2.CreateRoute(w.ctx(), &ec2.CreateRouteInput{RouteTableId: rtb, GatewayId: igw, DestinationCidrBlock: aws.String("0.0.0.0/0")})
	of(w, route, err)
	tied, err := w.ec2.AssociateRouteTable(w.ctx(), &ec2.AssociateRouteTableInput{RouteTableId: rtb, SubnetId: &l.open})
	of(w, tied, err)
	w.makeACL()
}

func (w *world) makeACL() {
	out, err := w.ec2.CreateNetworkAcl(w.ctx(), &ec2.CreateNetworkAclInput{VpcId: &w.ids.vpc})
	acl := of(w, out, err).NetworkAcl.NetworkAclId
	for _, e := range []ec2.CreateNetworkAclEntryInput{
		{RuleNumber: aws.Int32(90), Protocol: aws.String("6"), RuleAction: "deny", CidrBlock: aws.String("198.51.100.0/24"), PortRange: &types.PortRange{From: aws.Int32(22), To: aws.Int32(23)}},
		{RuleNumber: aws.Int32(100), Protocol: aws.String("-1"), RuleAction: "allow", CidrBlock: aws.String("0.0.0.0/0")},
	} {
		e.NetworkAclId, e.Egress = acl, aws.Bool(false)
		made, err := w.ec2.CreateNetworkAclEntry(w.ctx(), &e)
		of(w, made, err)
	}
	found, err := w.ec2.DescribeNetworkAcls(w.ctx(), &ec2.DescribeNetworkAclsInput{Filters: []types.Filter{filter("association.subnet-id", w.ids.open)}})
	for _, a := range of(w, found, err).NetworkAcls[0].Associations {
		if *a.SubnetId == w.ids.open {
			replaced, err := w.ec2.ReplaceNetworkAclAssociation(w.ctx(), &ec2.ReplaceNetworkAclAssociationInput{AssociationId: a.NetworkAclAssociationId, NetworkAclId: acl})
			of(w, replaced, err)
		}
	}
}

func (w *world) makeGroups() {
	l := &w.ids
	list, err := w.ec2.CreateManagedPrefixList(w.ctx(), &ec2.CreateManagedPrefixListInput{
		PrefixListName: aws.String("offices"), AddressFamily: aws.String("IPv4"), MaxEntries: aws.Int32(10),
		Entries: []types.AddPrefixListEntry{{Cidr: aws.String("203.0.113.0/24")}, {Cidr: aws.String("198.51.100.0/24")}},
	})
	l.list = *of(w, list, err).PrefixList.PrefixListId
	for _, g := range []struct {
		into *string
		name string
	}{{&l.web, "web"}, {&l.db, "db"}} {
		out, err := w.ec2.CreateSecurityGroup(w.ctx(), &ec2.CreateSecurityGroupInput{VpcId: &l.vpc, GroupName: &g.name, Description: &g.name})
		*g.into = *of(w, out, err).GroupId
	}
	ssh := port(22)
	ssh.IpRanges = []types.IpRange{{CidrIp: aws.String("0.0.0.0/0"), Description: aws.String("anybody")}}
	ssh.Ipv6Ranges = []types.Ipv6Range{{CidrIpv6: aws.String("::/0")}}
	tls, sql := port(443), port(5432)
	tls.PrefixListIds = []types.PrefixListId{{PrefixListId: &l.list}}
	sql.UserIdGroupPairs = []types.UserIdGroupPair{{GroupId: &l.web}}
	inside := types.IpPermission{IpProtocol: aws.String("-1"), IpRanges: []types.IpRange{{CidrIp: aws.String("10.0.0.0/8")}}}
	for group, rules := range map[string][]types.IpPermission{l.web: {ssh, tls}, l.db: {sql, inside}} {
		_, err := w.authorize(group, rules...)
		w.must(err)
	}
}

func port(n int32) types.IpPermission {
	return types.IpPermission{IpProtocol: aws.String("tcp"), FromPort: &n, ToPort: &n}
}

func (w *world) authorize(group string, rules ...types.IpPermission) (*ec2.AuthorizeSecurityGroupIngressOutput, error) {
	return w.ec2.AuthorizeSecurityGroupIngress(w.ctx(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group, IpPermissions: rules})
}

func (w *world) makeServers() {
	l := &w.ids
	image, err := w.ec2.RegisterImage(w.ctx(), &ec2.RegisterImageInput{Name: aws.String("debian-12-amd64")})
	l.image = *of(w, image, err).ImageId
	for n := 1; n <= 7; n++ {
		l.servers = append(l.servers, w.launch(fmt.Sprintf("web-%d", n), "web", l.open, l.web, fmt.Sprintf("10.7.1.%d", 10+n)))
	}
	db := w.launch("db-1", "", l.shut, l.db, "10.7.2.11")
	out, err := w.ec2.StopInstances(w.ctx(), &ec2.StopInstancesInput{InstanceIds: []string{db}})
	of(w, out, err)
}

func (w *world) launch(name, role, subnet, group, address string) string {
	tags := []types.Tag{{Key: aws.String("Name"), Value: &name}}
	if role != "" {
		tags = append(tags, types.Tag{Key: aws.String("Role"), Value: &role})
	}
	out, err := w.ec2.RunInstances(w.ctx(), &ec2.RunInstancesInput{
		ImageId: &w.ids.image, MinCount: aws.Int32(1), MaxCount: aws.Int32(1), InstanceType: types.InstanceTypeT3Micro,
		SubnetId: &subnet, SecurityGroupIds: []string{group}, PrivateIpAddress: &address,
		TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeInstance, Tags: tags}},
	})
	return *of(w, out, err).Instances[0].InstanceId
}

func (w *world) makeBalancer() {
	l := &w.ids
	out, err := w.elb.CreateLoadBalancer(w.ctx(), &elb.CreateLoadBalancerInput{
		Name: aws.String("front"), Subnets: []string{l.open, l.shut}, SecurityGroups: []string{l.web}, Scheme: "internet-facing",
	})
	l.balancer = *of(w, out, err).LoadBalancers[0].LoadBalancerArn
	l.tg, l.poolTG = w.makeTargets("web", 8080, 443), w.makeTargets("pool", 8081, 80)
	registered, err := w.register(l.tg, l.servers[0], l.servers[1])
	of(w, registered, err)
}

// makeTargets makes a target group behind a port of the balancer.
func (w *world) makeTargets(name string, port, front int32) string {
	out, err := w.elb.CreateTargetGroup(w.ctx(), &elb.CreateTargetGroupInput{Name: &name, VpcId: &w.ids.vpc, Port: &port, Protocol: "HTTP"})
	arn := of(w, out, err).TargetGroups[0].TargetGroupArn
	listener, err := w.elb.CreateListener(w.ctx(), &elb.CreateListenerInput{
		LoadBalancerArn: &w.ids.balancer, Port: &front, Protocol: "HTTP", DefaultActions: []elbtypes.Action{{Type: "forward", TargetGroupArn: arn}},
	})
	of(w, listener, err)
	delay, err := w.elb.ModifyTargetGroupAttributes(w.ctx(), &elb.ModifyTargetGroupAttributesInput{TargetGroupArn: arn,
		Attributes: []elbtypes.TargetGroupAttribute{{Key: aws.String("deregistration_delay.timeout_seconds"), Value: aws.String("60")}}})
	of(w, delay, err)
	return *arn
}

func (w *world) register(arn string, ids ...string) (*elb.RegisterTargetsOutput, error) {
	in := &elb.RegisterTargetsInput{TargetGroupArn: &arn}
	for _, id := range ids {
		in.Targets = append(in.Targets, elbtypes.TargetDescription{Id: &id})
	}
	return w.elb.RegisterTargets(w.ctx(), in)
}

func (w *world) makePool() {
	pool := aws.String("pool")
	start, err := w.scaling.CreateLaunchConfiguration(w.ctx(), &autoscaling.CreateLaunchConfigurationInput{LaunchConfigurationName: pool, ImageId: &w.ids.image, InstanceType: aws.String("t3.micro")})
	of(w, start, err)
	out, err := w.scaling.CreateAutoScalingGroup(w.ctx(), &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: pool, LaunchConfigurationName: pool, MinSize: aws.Int32(0), DesiredCapacity: aws.Int32(0), MaxSize: aws.Int32(3),
		VPCZoneIdentifier: &w.ids.open, TargetGroupARNs: []string{w.ids.poolTG},
	})
	of(w, out, err)
	joined, err := w.scaling.AttachInstances(w.ctx(), &autoscaling.AttachInstancesInput{AutoScalingGroupName: pool, InstanceIds: w.ids.servers[3:5]})
	of(w, joined, err)
	least, err := w.scaling.UpdateAutoScalingGroup(w.ctx(), &autoscaling.UpdateAutoScalingGroupInput{AutoScalingGroupName: pool, MinSize: aws.Int32(1)})
	of(w, least, err)
}
