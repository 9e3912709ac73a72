package acceptance

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"hardenbot/actions/cloud/cloudtest"
	"hardenbot/deploy/lab"
)

const region = "eu-west-1"

// account is an AWS account in which the lab's hosts are instances behind a
// load balancer, with one security group that is as the audit found it.
type account struct {
	*testing.T
	url   string           // of moto
	proxy *cloudtest.Proxy // what the bot talks to
	ec2   *ec2.Client      // goes around the proxy
	elb   *elb.Client

	subnet, front, web string // ids of the subnet, the balancer's group and the servers'
	targets            string // ARN of the target group
}

// newAccount fills an account with the hosts at these addresses.
func newAccount(t *testing.T, env lab.Env) *account {
	t.Helper()
	cloudtest.Credentials(t)
	url := cloudtest.Start(t)
	a := &account{T: t, url: url, proxy: cloudtest.NewProxy(t, url)}
	cfg, err := awsconfig.LoadDefaultConfig(t.Context(), awsconfig.WithRegion(region), awsconfig.WithBaseEndpoint(url),
		awsconfig.WithHTTPClient(awshttp.NewBuildableClient()))
	a.must(err)
	a.ec2, a.elb = ec2.NewFromConfig(cfg), elb.NewFromConfig(cfg)
	vpc := a.network()
	a.front = a.group(vpc, "front", 443)
	a.web = a.group(vpc, "web", 22, 80, 443, 3306, 8080, 9090, 9100)
	a.balancer(vpc)
	a.proxy.WaysIn(true, nil)
	for _, name := range four {
		a.server(name, env.Hosts[name])
	}
	return a
}

func (a *account) must(err error) {
	a.Helper()
	if err != nil {
		a.Fatal(err)
	}
}

func got[O any](a *account) func(O, error) O {
	return func(out O, err error) O {
		a.Helper()
		a.must(err)
		return out
	}
}

// network is a VPC of the lab's own range with a way to the internet.
func (a *account) network() string {
	ctx := a.Context()
	vpc := got[*ec2.CreateVpcOutput](a)(a.ec2.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("198.18.0.0/23")})).Vpc.VpcId
	subnet := func(cidr, zone string) *string {
		return got[*ec2.CreateSubnetOutput](a)(a.ec2.CreateSubnet(ctx, &ec2.CreateSubnetInput{
			VpcId: vpc, CidrBlock: &cidr, AvailabilityZone: aws.String(region + zone),
		})).Subnet.SubnetId
	}
	a.subnet = *subnet("198.18.0.0/24", "a")
	gateway := got[*ec2.CreateInternetGatewayOutput](a)(a.ec2.CreateInternetGateway(ctx, &ec2.CreateInternetGatewayInput{})).InternetGateway.InternetGatewayId
	_, err := a.ec2.AttachInternetGateway(ctx, &ec2.AttachInternetGatewayInput{VpcId: vpc, InternetGatewayId: gateway})
	a.must(err)
	tables := got[*ec2.DescribeRouteTablesOutput](a)(a.ec2.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{
		Filters: []types.Filter{{Name: aws.String("vpc-id"), Values: []string{*vpc}}},
	}))
	_, err = a.ec2.CreateRoute(ctx, &ec2.CreateRouteInput{
		RouteTableId: tables.RouteTables[0].RouteTableId, DestinationCidrBlock: aws.String("0.0.0.0/0"), GatewayId: gateway,
	})
	a.must(err)
	return *vpc
}

// group lets everybody in to the ports.
func (a *account) group(vpc, name string, ports ...int32) string {
	group := got[*ec2.CreateSecurityGroupOutput](a)(a.ec2.CreateSecurityGroup(a.Context(), &ec2.CreateSecurityGroupInput{
		VpcId: &vpc, GroupName: &name, Description: &name,
	})).GroupId
	in := &ec2.AuthorizeSecurityGroupIngressInput{GroupId: group}
	for _, port := range ports {
		in.IpPermissions = append(in.IpPermissions, types.IpPermission{
			IpProtocol: aws.String("tcp"), FromPort: aws.Int32(port), ToPort: aws.Int32(port),
			IpRanges: []types.IpRange{{CidrIp: aws.String("0.0.0.0/0"), Description: aws.String(fmt.Sprint("port ", port))}},
		})
	}
	_, err := a.ec2.AuthorizeSecurityGroupIngress(a.Context(), in)
	a.must(err)
	return *group
}

// server is an instance with the host's address, a public one, and a seat
// behind the balancer.
func (a *account) server(name, address string) {
	ctx := a.Context()
	run := got[*ec2.RunInstancesOutput](a)(a.ec2.RunInstances(ctx, &ec2.RunInstancesInput{
		ImageId: aws.String("ami-12345678"), MinCount: aws.Int32(1), MaxCount: aws.Int32(1), InstanceType: types.InstanceTypeT3Micro,
		MetadataOptions: &types.InstanceMetadataOptionsRequest{HttpTokens: types.HttpTokensStateRequired},
		NetworkInterfaces: []types.InstanceNetworkInterfaceSpecification{{
			DeviceIndex: aws.Int32(0), SubnetId: &a.subnet, Groups: []string{a.web}, PrivateIpAddress: &address, AssociatePublicIpAddress: aws.Bool(true),
		}},
		TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeInstance, Tags: []types.Tag{{Key: aws.String("Name"), Value: &name}}}},
	}))
	_, err := a.elb.RegisterTargets(ctx, &elb.RegisterTargetsInput{
		TargetGroupArn: &a.targets, Targets: []elbtypes.TargetDescription{{Id: run.Instances[0].InstanceId, Port: aws.Int32(8080)}},
	})
	a.must(err)
}

// balancer faces the internet and sends what comes to port 8080 of its targets.
func (a *account) balancer(vpc string) {
	ctx := a.Context()
	balancer := got[*elb.CreateLoadBalancerOutput](a)(a.elb.CreateLoadBalancer(ctx, &elb.CreateLoadBalancerInput{
		Name: aws.String("front"), Scheme: elbtypes.LoadBalancerSchemeEnumInternetFacing, Subnets: []string{a.subnet}, SecurityGroups: []string{a.front},
	})).LoadBalancers[0]
	group := got[*elb.CreateTargetGroupOutput](a)(a.elb.CreateTargetGroup(ctx, &elb.CreateTargetGroupInput{
		Name: aws.String("app"), Protocol: elbtypes.ProtocolEnumHttp, Port: aws.Int32(8080), VpcId: &vpc, TargetType: elbtypes.TargetTypeEnumInstance,
	})).TargetGroups[0]
	a.targets = *group.TargetGroupArn
	_, err := a.elb.CreateListener(ctx, &elb.CreateListenerInput{
		LoadBalancerArn: balancer.LoadBalancerArn, Protocol: elbtypes.ProtocolEnumHttp, Port: aws.Int32(443),
		DefaultActions: []elbtypes.Action{{Type: elbtypes.ActionTypeEnumForward, TargetGroupArn: &a.targets}},
	})
	a.must(err)
}

// letIn is whom the servers' group lets in to a port, in order.
func (a *account) letIn() map[int32][]string {
	a.Helper()
	rules := got[*ec2.DescribeSecurityGroupRulesOutput](a)(a.ec2.DescribeSecurityGroupRules(a.Context(), &ec2.DescribeSecurityGroupRulesInput{
		Filters: []types.Filter{{Name: aws.String("group-id"), Values: []string{a.web}}},
	}))
	in := map[int32][]string{}
	for _, r := range rules.SecurityGroupRules {
		if aws.ToBool(r.IsEgress) {
			continue
		}
		who := aws.ToString(r.CidrIpv4)
		if r.ReferencedGroupInfo != nil {
			who = aws.ToString(r.ReferencedGroupInfo.GroupId)
		}
		in[aws.ToInt32(r.FromPort)] = append(in[aws.ToInt32(r.FromPort)], who)
	}
	return in
}
