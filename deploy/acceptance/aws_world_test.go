package acceptance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"hardenbot/actions/cloud/cloudtest"
)

const region = "eu-west-1"

// account is an AWS account in which the lab's hosts are instances.
type account struct {
	*testing.T
	url   string           // of moto
	proxy *cloudtest.Proxy // what the bot talks to
	ec2   *ec2.Client      // goes around the proxy
	elb   *elb.Client
	asg   *autoscaling.Client

	vpc, subnet string            // ids
	front, web  string            // ids of the balancer's group and the servers'
	targets     string            // ARN of the target group
	instances   map[string]string // ids by the hosts' names
	key         []string          // the bot's, as variables for its environment
}

// newAccount is an account with a network and nothing in it.
func newAccount(t *testing.T) *account {
	t.Helper()
	url := cloudtest.Start(t)
	a := &account{T: t, url: url, proxy: cloudtest.NewProxy(t, url), instances: map[string]string{}}
	cfg, err := awsconfig.LoadDefaultConfig(t.Context(), awsconfig.WithRegion(region), awsconfig.WithBaseEndpoint(url),
		awsconfig.WithHTTPClient(awshttp.NewBuildableClient()))
	a.must(err)
	a.ec2, a.elb, a.asg = ec2.NewFromConfig(cfg), elb.NewFromConfig(cfg), autoscaling.NewFromConfig(cfg)
	a.network()
	a.proxy.WaysIn(true, nil)
	return a
}

// configure has the bot take its hosts from the account.
func (a *account) configure(config map[string]any) {
	config["inventory"] = map[string]any{"ec2": map[string]any{"user": "ops"}}
	config["aws"] = map[string]any{"endpoint": a.proxy.URL, "accounts": []any{map[string]any{"regions": []any{region}}}}
	config["networks"] = map[string]any{"internal": []any{"10.0.0.0/8"}}
	config["rollout"] = map[string]any{"soak": "1s", "healthy_in_a_row": 1}
}

// addresses is the lab's, by name, out of its own configuration.
func addresses(config map[string]any) map[string]string {
	all := map[string]string{}
	for _, h := range config["inventory"].(map[string]any)["hosts"].([]any) {
		host := h.(map[string]any)
		all[host["name"].(string)] = host["address"].(string)
	}
	return all
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
func (a *account) network() {
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
	a.vpc = *vpc
}

// server is an instance with the host's address, a public one, and a group.
func (a *account) server(name, address, group string, tokens types.HttpTokensState) {
	a.Helper()
	run := got[*ec2.RunInstancesOutput](a)(a.ec2.RunInstances(a.Context(), &ec2.RunInstancesInput{
		ImageId: aws.String("ami-12345678"), MinCount: aws.Int32(1), MaxCount: aws.Int32(1), InstanceType: types.InstanceTypeT3Micro,
		MetadataOptions: &types.InstanceMetadataOptionsRequest{HttpTokens: tokens},
		NetworkInterfaces: []types.InstanceNetworkInterfaceSpecification{{
			DeviceIndex: aws.Int32(0), SubnetId: &a.subnet, Groups: []string{group}, PrivateIpAddress: &address, AssociatePublicIpAddress: aws.Bool(true),
		}},
		TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeInstance, Tags: []types.Tag{{Key: aws.String("Name"), Value: &name}}}},
	}))
	a.instances[name] = *run.Instances[0].InstanceId
}

// instance is what EC2 tells of a host now.
func (a *account) instance(name string) types.Instance {
	a.Helper()
	out := got[*ec2.DescribeInstancesOutput](a)(a.ec2.DescribeInstances(a.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{a.instances[name]}}))
	return out.Reservations[0].Instances[0]
}

// balancer faces the internet and sends what comes to port 8080 of its targets,
// which are the hosts.
func (a *account) balancer(hosts ...string) {
	a.Helper()
	ctx := a.Context()
	balancer := got[*elb.CreateLoadBalancerOutput](a)(a.elb.CreateLoadBalancer(ctx, &elb.CreateLoadBalancerInput{
		Name: aws.String("front"), Scheme: elbtypes.LoadBalancerSchemeEnumInternetFacing, Subnets: []string{a.subnet}, SecurityGroups: []string{a.front},
	})).LoadBalancers[0]
	group := got[*elb.CreateTargetGroupOutput](a)(a.elb.CreateTargetGroup(ctx, &elb.CreateTargetGroupInput{
		Name: aws.String("app"), Protocol: elbtypes.ProtocolEnumHttp, Port: aws.Int32(8080), VpcId: &a.vpc, TargetType: elbtypes.TargetTypeEnumInstance,
	})).TargetGroups[0]
	a.targets = *group.TargetGroupArn
	_, err := a.elb.CreateListener(ctx, &elb.CreateListenerInput{
		LoadBalancerArn: balancer.LoadBalancerArn, Protocol: elbtypes.ProtocolEnumHttp, Port: aws.Int32(443),
		DefaultActions: []elbtypes.Action{{Type: elbtypes.ActionTypeEnumForward, TargetGroupArn: &a.targets}},
	})
	a.must(err)
	for _, host := range hosts {
		_, err = a.elb.RegisterTargets(ctx, &elb.RegisterTargetsInput{
			TargetGroupArn: &a.targets, Targets: []elbtypes.TargetDescription{{Id: aws.String(a.instances[host]), Port: aws.Int32(8080)}},
		})
		a.must(err)
	}
}
