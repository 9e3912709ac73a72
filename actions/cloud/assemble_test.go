package cloud

import (
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"hardenbot/actions"
)

func TestGateways(t *testing.T) {
	route := func(v4, v6, list, to string) types.Route {
		r := types.Route{GatewayId: &to, State: types.RouteStateActive}
		for s, field := range map[string]**string{v4: &r.DestinationCidrBlock, v6: &r.DestinationIpv6CidrBlock, list: &r.DestinationPrefixListId} {
			if s != "" {
				*field = &s
			}
		}
		return r
	}
	dead := route("0.0.0.0/0", "", "", "igw-1")
	dead.State = types.RouteStateBlackhole
	outOnly := types.Route{DestinationIpv6CidrBlock: aws.String("::/0"), EgressOnlyInternetGatewayId: aws.String("eigw-1")}
	nat := types.Route{DestinationCidrBlock: aws.String("0.0.0.0/0"), NatGatewayId: aws.String("nat-1")}
	for name, test := range map[string]struct {
		routes []types.Route
		v4, v6 bool
	}{
		"local only":             {[]types.Route{route("10.0.0.0/16", "", "", "local")}, false, false},
		"default":                {[]types.Route{route("10.0.0.0/16", "", "", "local"), route("0.0.0.0/0", "", "", "igw-1")}, true, false},
		"IPv6 default":           {[]types.Route{route("", "::/0", "", "igw-1")}, false, true},
		"half of the internet":   {[]types.Route{route("128.0.0.0/1", "", "", "igw-1")}, true, false},
		"prefix list":            {[]types.Route{route("", "", "pl-1", "igw-1")}, true, true},
		"inspecting firewall":    {[]types.Route{route("0.0.0.0/0", "", "", "vpce-1")}, true, false},
		"endpoint for a service": {[]types.Route{route("", "", "pl-1", "vpce-1")}, false, false},
		"NAT":                    {[]types.Route{nat}, false, false},
		"egress only":            {[]types.Route{outOnly}, false, false},
		"gateway gone":           {[]types.Route{dead}, false, false},
		"private gateway":        {[]types.Route{route("0.0.0.0/0", "", "", "vgw-1")}, false, false},
	} {
		if v4, v6 := gateways(types.RouteTable{Routes: test.routes}); v4 != test.v4 || v6 != test.v6 {
			t.Errorf("%s: got %t %t, want %t %t", name, v4, v6, test.v4, test.v6)
		}
	}
}

func TestMetadataV1(t *testing.T) {
	for want, options := range map[bool][]*types.InstanceMetadataOptionsResponse{
		true:  {nil, {}, {HttpTokens: types.HttpTokensStateOptional, HttpEndpoint: types.InstanceMetadataEndpointStateEnabled}},
		false: {{HttpTokens: types.HttpTokensStateRequired}, {HttpEndpoint: types.InstanceMetadataEndpointStateDisabled}},
	} {
		for _, o := range options {
			if got := metadataV1(o); got != want {
				t.Errorf("%+v: got %t", o, got)
			}
		}
	}
}

func TestPorts(t *testing.T) {
	for _, test := range []struct {
		from, to         *int32
		wantFrom, wantTo int
	}{
		{nil, nil, 0, 65535}, {aws.Int32(-1), aws.Int32(-1), 0, 65535},
		{aws.Int32(22), aws.Int32(22), 22, 22}, {aws.Int32(0), aws.Int32(0), 0, 0}, {aws.Int32(8), aws.Int32(-1), 8, -1},
	} {
		if from, to := ports(test.from, test.to); from != test.wantFrom || to != test.wantTo {
			t.Errorf("got %d to %d, want %d to %d", from, to, test.wantFrom, test.wantTo)
		}
	}
}

func eni(id, vpc, address string) types.NetworkInterface {
	return types.NetworkInterface{
		NetworkInterfaceId: aws.String("eni-" + id), VpcId: &vpc, PrivateIpAddress: &address,
		Attachment: &types.NetworkInterfaceAttachment{InstanceId: aws.String("i-" + id)},
	}
}

// TestFindTargets has what moto has not: balancers in a row, and targets
// outside of the group's network.
func TestFindTargets(t *testing.T) {
	group := func(arn, vpc string, kind elbtypes.TargetTypeEnum, balancer, target, zone string) targetGroup {
		return targetGroup{
			TargetGroup: elbtypes.TargetGroup{TargetGroupArn: &arn, VpcId: &vpc, TargetType: kind, Port: aws.Int32(80), LoadBalancerArns: []string{balancer}},
			health: []elbtypes.TargetHealthDescription{{
				Target: &elbtypes.TargetDescription{Id: &target, AvailabilityZone: &zone}, TargetHealth: &elbtypes.TargetHealth{State: elbtypes.TargetHealthStateEnumUnhealthy},
			}},
		}
	}
	n := &network{balancing: balancing{targets: map[string]map[string][]actions.Target{}}}
	n.findTargets([]targetGroup{
		group("tg-net", "vpc-1", elbtypes.TargetTypeEnumAlb, "nlb", "alb", ""),
		group("tg-app", "vpc-1", elbtypes.TargetTypeEnumInstance, "alb", "i-1", ""),
		group("tg-peer", "vpc-2", elbtypes.TargetTypeEnumIp, "peer", "10.0.0.1", "all"),
		group("tg-namesake", "vpc-3", elbtypes.TargetTypeEnumIp, "namesake", "10.0.0.1", "eu-west-1a"),
		group("tg-idle", "vpc-1", elbtypes.TargetTypeEnumIp, "idle", "10.0.0.9", ""),
	}, []types.NetworkInterface{eni("1", "vpc-1", "10.0.0.1")})
	for checked, want := range map[string]int{"": 0, "traffic-port": 0, "80": 0, "8081": 8081} {
		g := group("tg", "vpc-1", elbtypes.TargetTypeEnumInstance, "alb", "i-1", "")
		g.HealthCheckPort = aws.String("9999") // of the group; the target's own says more
		h := g.health[0]
		h.HealthCheckPort = &checked
		if checked == "" {
			g.HealthCheckPort, h.HealthCheckPort = nil, nil
		}
		if got := g.target(h).HealthPort; got != want {
			t.Errorf("checked on %q, the health port is %d, want %d", checked, got, want)
		}
	}
	app := []actions.Target{{Group: "tg-app", Port: 80, State: "unhealthy"}}
	want := map[string]map[string][]actions.Target{
		"alb": {"i-1": app}, "nlb": {"i-1": app}, "peer": {"i-1": {{Group: "tg-peer", Port: 80, State: "unhealthy"}}},
	}
	got, _ := json.Marshal(n.balancing.targets)
	expected, _ := json.Marshal(want)
	if string(got) != string(expected) {
		t.Errorf("got %s, want %s", got, expected)
	}
}

func TestFindWithASilentPlace(t *testing.T) {
	silent := errors.New("no answer")
	here := &look{place: &place{region: "eu-west-1"}, interfaces: []types.NetworkInterface{eni("1", "vpc-1", "10.0.0.1"), eni("2", "vpc-1", "10.0.0.2")}}
	here.interfaces[0].Association = &types.NetworkInterfaceAssociation{PublicIp: aws.String("203.0.113.1")}
	f := newFinder([]*look{here, {place: &place{}, err: silent}})
	for name, test := range map[string]struct {
		address, origin, want string
	}{
		"public, found":                {"203.0.113.1", "", "i-1"},
		"private, made from it":        {"10.0.0.1", "i-1", "i-1"},
		"private, maybe elsewhere too": {"10.0.0.1", "", ""},
		"public, maybe elsewhere":      {"203.0.113.9", "", ""},
		"private, made from another":   {"10.0.0.2", "i-1", ""},
	} {
		s, ok, err := f.find([]netip.Addr{netip.MustParseAddr(test.address)}, test.origin)
		if s.id != test.want || ok != (test.want != "") || (err == nil) != ok {
			t.Errorf("%s: got %q, %v", name, s.id, err)
		}
	}
}

// TestUsersOfABalancersInterface: EC2 lists a balancer's own interfaces, moto
// does not. The balancer is named once.
func TestUsersOfABalancersInterface(t *testing.T) {
	face := func(id, description string) types.NetworkInterface {
		return types.NetworkInterface{
			NetworkInterfaceId: &id, Description: &description, RequesterManaged: aws.Bool(true),
			Groups: []types.GroupIdentifier{{GroupId: aws.String("sg-1")}},
		}
	}
	n := &network{interfaces: []types.NetworkInterface{
		face("eni-1", "ELB app/front/50dc6c495c0c9188"), face("eni-2", "ELB app/front/50dc6c495c0c9188"), face("eni-3", "ELB classic"),
	}}
	n.balancing.balancers = []elbtypes.LoadBalancer{{
		LoadBalancerArn:  aws.String("arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/front/50dc6c495c0c9188"),
		LoadBalancerName: aws.String("front"), SecurityGroups: []string{"sg-1"},
	}}
	if got := strings.Join(n.users("sg-1", "", ""), ", "); got != "eni-3 (ELB classic), load balancer front" {
		t.Errorf("got %s", got)
	}
}

func TestAssembleRefusesGaps(t *testing.T) {
	whole := func() *network {
		e := eni("1", "vpc-1", "10.0.0.1")
		e.SubnetId, e.Groups = aws.String("subnet-1"), []types.GroupIdentifier{{GroupId: aws.String("sg-1")}}
		return &network{
			place: &place{account: "the default account", region: "eu-west-1"}, interfaces: []types.NetworkInterface{e},
			instances: map[string]owned{"i-1": {}},
			groups:    map[string]types.SecurityGroup{"sg-1": {}},
			rules:     map[string][]types.SecurityGroupRule{"sg-1": {{SecurityGroupRuleId: aws.String("sgr-1"), CidrIpv4: aws.String("0.0.0.0/0")}}},
			tables:    []types.RouteTable{{VpcId: aws.String("vpc-1"), Associations: []types.RouteTableAssociation{{Main: aws.Bool(true)}}}},
			acls:      []types.NetworkAcl{{Associations: []types.NetworkAclAssociation{{SubnetId: aws.String("subnet-1")}}}},
		}
	}
	if _, err := whole().assemble("i-1"); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*network){
		`of instance "i-1"`:              func(n *network) { delete(n.instances, "i-1") },
		`of security group "sg-1"`:       func(n *network) { delete(n.groups, "sg-1") },
		`whom to let in by rule "sgr-1"`: func(n *network) { n.rules["sg-1"][0].CidrIpv4 = nil },
		`the route table of subnet`:      func(n *network) { n.tables[0].VpcId = aws.String("vpc-2") },
		`the network ACL of subnet`:      func(n *network) { n.acls = nil },
	} {
		n := whole()
		spoil(n)
		if told, err := n.assemble("i-1"); err == nil || told != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v and %v, want %q", told, err, want)
		}
	}
}
