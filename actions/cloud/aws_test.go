package cloud_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"hardenbot/actions"
	"hardenbot/actions/cloud"
	"hardenbot/actions/cloud/cloudtest"
)

const (
	region    = "eu-west-1"
	otherRole = "arn:aws:iam::210987654321:role/hardenbot"
)

// world is an empty AWS, a proxy before it, and the means to fill it.
type world struct {
	t     *testing.T
	url   string
	proxy *cloudtest.Proxy
	ec2   *ec2.Client // of the default account in region
	elb   *elb.Client
	zone  string // of subnets
}

func newWorld(t *testing.T, url string) *world {
	cloudtest.Reset(t, url)
	w := &world{t: t, url: url, zone: region + "a", proxy: cloudtest.NewProxy(t, url)}
	w.ec2, w.elb = w.admin(region, "")
	return w
}

// admin goes around the proxy, so that only the client's calls are recorded.
func (w *world) admin(region, role string) (*ec2.Client, *elb.Client) {
	cfg, err := config.LoadDefaultConfig(w.t.Context(), config.WithRegion(region), config.WithBaseEndpoint(w.url),
		config.WithHTTPClient(awshttp.NewBuildableClient()))
	w.must(err)
	if role != "" {
		cfg.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), role))
	}
	return ec2.NewFromConfig(cfg), elb.NewFromConfig(cfg)
}

func (w *world) client(change ...func(*cloud.Config)) *cloud.Client {
	w.t.Helper()
	c := cloud.Config{
		Accounts: []cloud.Account{{Regions: []string{region}}},
		Endpoint: w.proxy.URL, MaxBackoff: 10 * time.Millisecond,
		Naming: cloud.Naming{User: "admin"},
		Now:    func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) },
	}
	for _, f := range change {
		f(&c)
	}
	client, err := cloud.New(w.t.Context(), c)
	w.must(err)
	return client
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// made returns a call's output and ends the test if it failed.
func made[O any](w *world) func(O, error) O {
	return func(out O, err error) O {
		w.t.Helper()
		w.must(err)
		return out
	}
}

func (w *world) ctx() context.Context { return w.t.Context() }

func (w *world) vpc(cidr string) string {
	out := made[*ec2.CreateVpcOutput](w)(w.ec2.CreateVpc(w.ctx(), &ec2.CreateVpcInput{CidrBlock: &cidr, AmazonProvidedIpv6CidrBlock: aws.Bool(true)}))
	return *out.Vpc.VpcId
}

func (w *world) subnet(vpc, cidr string) string {
	out := made[*ec2.CreateSubnetOutput](w)(w.ec2.CreateSubnet(w.ctx(), &ec2.CreateSubnetInput{VpcId: &vpc, CidrBlock: &cidr, AvailabilityZone: &w.zone}))
	return *out.Subnet.SubnetId
}

func (w *world) group(vpc, name string, rules ...types.IpPermission) string {
	out := made[*ec2.CreateSecurityGroupOutput](w)(w.ec2.CreateSecurityGroup(w.ctx(), &ec2.CreateSecurityGroupInput{VpcId: &vpc, GroupName: &name, Description: &name}))
	if len(rules) > 0 {
		_, err := w.ec2.AuthorizeSecurityGroupIngress(w.ctx(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: out.GroupId, IpPermissions: rules})
		w.must(err)
	}
	return *out.GroupId
}

// server runs an instance with a name and an address and returns its id.
func (w *world) server(name, subnet, address string, groups ...string) string {
	out := made[*ec2.RunInstancesOutput](w)(w.ec2.RunInstances(w.ctx(), &ec2.RunInstancesInput{
		ImageId: aws.String("ami-12345678"), MinCount: aws.Int32(1), MaxCount: aws.Int32(1), InstanceType: types.InstanceTypeT3Micro,
		NetworkInterfaces: []types.InstanceNetworkInterfaceSpecification{{
			DeviceIndex: aws.Int32(0), SubnetId: &subnet, Groups: groups, PrivateIpAddress: &address, AssociatePublicIpAddress: aws.Bool(false),
		}},
		TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeInstance, Tags: []types.Tag{tag("Name", name)}}},
	}))
	return *out.Instances[0].InstanceId
}

func tag(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }

// elastic gives an instance a public address and returns it.
func (w *world) elastic(instance string) string {
	a := made[*ec2.AllocateAddressOutput](w)(w.ec2.AllocateAddress(w.ctx(), &ec2.AllocateAddressInput{Domain: types.DomainTypeVpc}))
	_, err := w.ec2.AssociateAddress(w.ctx(), &ec2.AssociateAddressInput{InstanceId: &instance, AllocationId: a.AllocationId})
	w.must(err)
	return *a.PublicIp
}

// online gives the subnet a route table of its own with an internet gateway.
func (w *world) online(vpc, subnet string) {
	igw := made[*ec2.CreateInternetGatewayOutput](w)(w.ec2.CreateInternetGateway(w.ctx(), &ec2.CreateInternetGatewayInput{})).InternetGateway.InternetGatewayId
	_, err := w.ec2.AttachInternetGateway(w.ctx(), &ec2.AttachInternetGatewayInput{VpcId: &vpc, InternetGatewayId: igw})
	w.must(err)
	table := made[*ec2.CreateRouteTableOutput](w)(w.ec2.CreateRouteTable(w.ctx(), &ec2.CreateRouteTableInput{VpcId: &vpc})).RouteTable.RouteTableId
	_, err = w.ec2.CreateRoute(w.ctx(), &ec2.CreateRouteInput{RouteTableId: table, DestinationCidrBlock: aws.String("0.0.0.0/0"), GatewayId: igw})
	w.must(err)
	_, err = w.ec2.AssociateRouteTable(w.ctx(), &ec2.AssociateRouteTableInput{RouteTableId: table, SubnetId: &subnet})
	w.must(err)
}

func host(name, address string) actions.Host {
	return actions.Host{Name: name, Address: address, Port: 22, User: "admin"}
}

func permission(proto string, from, to int32) types.IpPermission {
	p := types.IpPermission{IpProtocol: &proto}
	if proto != "-1" {
		p.FromPort, p.ToPort = &from, &to
	}
	return p
}

func from4(p types.IpPermission, cidr string) types.IpPermission {
	p.IpRanges = append(p.IpRanges, types.IpRange{CidrIp: &cidr, Description: aws.String("from " + cidr)})
	return p
}

func from6(p types.IpPermission, cidr string) types.IpPermission {
	p.Ipv6Ranges = append(p.Ipv6Ranges, types.Ipv6Range{CidrIpv6: &cidr})
	return p
}

func fromList(p types.IpPermission, id string) types.IpPermission {
	p.PrefixListIds = append(p.PrefixListIds, types.PrefixListId{PrefixListId: &id})
	return p
}

func fromGroup(p types.IpPermission, id string) types.IpPermission {
	p.UserIdGroupPairs = append(p.UserIdGroupPairs, types.UserIdGroupPair{GroupId: &id})
	return p
}
