package cloud

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"hardenbot/actions"
)

// assemble makes one instance's facts out of the answers. It fails rather than
// leave out what the answers should hold and do not.
func (n *network) assemble(id string) (*actions.Cloud, error) {
	raw, ok := n.instances[id]
	if !ok {
		return nil, n.missing("of instance", id)
	}
	i := n.instance(raw)
	told := &actions.Cloud{
		Instance: id, Account: i.Account, Region: i.Region, State: i.State,
		MetadataV1: metadataV1(raw.MetadataOptions), Interfaces: []actions.Interface{},
		Agent: n.agents[id], Console: n.console, Unread: maps.Clone(n.silent),
	}
	own := slices.DeleteFunc(slices.Clone(n.interfaces), func(eni types.NetworkInterface) bool { return attachedTo(eni) != id })
	slices.SortFunc(own, func(a, b types.NetworkInterface) int {
		return cmp.Or(
			cmp.Compare(aws.ToInt32(a.Attachment.DeviceIndex), aws.ToInt32(b.Attachment.DeviceIndex)),
			cmp.Compare(aws.ToString(a.NetworkInterfaceId), aws.ToString(b.NetworkInterfaceId)))
	})
	for _, eni := range own {
		f, err := n.face(eni)
		if err != nil {
			return nil, err
		}
		told.Interfaces = append(told.Interfaces, f)
	}
	var err error
	if told.Balancers, err = n.before(id); err != nil {
		return nil, err
	}
	return told, n.addUnused(told, vpcs(own))
}

// missing is the error of an answer that should be there.
func (n *network) missing(what, id string) error {
	return &Error{Account: n.account, Region: n.region, Err: fmt.Errorf("the answers do not tell %s %q", what, id)}
}

// metadataV1 takes what is not told for open.
func metadataV1(o *types.InstanceMetadataOptionsResponse) bool {
	return o == nil || o.HttpEndpoint != types.InstanceMetadataEndpointStateDisabled && o.HttpTokens != types.HttpTokensStateRequired
}

// face is one network interface.
func (n *network) face(eni types.NetworkInterface) (f actions.Interface, err error) {
	f = actions.Interface{ID: aws.ToString(eni.NetworkInterfaceId), Subnet: aws.ToString(eni.SubnetId)}
	f.Private, f.Public, f.IPv6 = addresses(eni)
	table, ok := n.table(f.Subnet, aws.ToString(eni.VpcId))
	if !ok {
		return f, n.missing("the route table of subnet", f.Subnet)
	}
	f.Gateway4, f.Gateway6 = gateways(table)
	if f.ACL, err = n.acl(f.Subnet); err != nil {
		return f, err
	}
	f.Groups, err = n.securityGroups(groupIDs(eni), attachedTo(eni), "")
	return f, err
}

// table returns the subnet's own route table, or else its VPC's main one.
func (n *network) table(subnet, vpc string) (main types.RouteTable, ok bool) {
	for _, t := range n.tables {
		for _, a := range t.Associations {
			if subnet != "" && aws.ToString(a.SubnetId) == subnet {
				return t, true
			}
			if aws.ToBool(a.Main) && aws.ToString(t.VpcId) == vpc {
				main, ok = t, true
			}
		}
	}
	return main, ok
}

// gateways reports whether any IPv4 and any IPv6 route leads to the internet
// by a gateway that also lets in. A part of the internet (0.0.0.0/1) counts
// like the whole. A gateway endpoint that a default route leads to is an
// inspecting firewall, which stands between the subnet and an internet gateway.
func gateways(t types.RouteTable) (v4, v6 bool) {
	for _, r := range t.Routes {
		to := aws.ToString(r.GatewayId)
		whole := aws.ToString(r.DestinationCidrBlock) == "0.0.0.0/0" || aws.ToString(r.DestinationIpv6CidrBlock) == "::/0"
		if r.State == types.RouteStateBlackhole || !strings.HasPrefix(to, "igw-") && !(whole && strings.HasPrefix(to, "vpce-")) {
			continue
		}
		list := r.DestinationPrefixListId != nil // of either family
		v4 = v4 || list || r.DestinationCidrBlock != nil
		v6 = v6 || list || r.DestinationIpv6CidrBlock != nil
	}
	return v4, v6
}

// before returns the load balancers that lead to the instance.
func (n *network) before(id string) (list []actions.Balancer, err error) {
	for _, lb := range n.balancing.balancers {
		arn := aws.ToString(lb.LoadBalancerArn)
		targets := n.balancing.targets[arn][id]
		if len(targets) == 0 {
			continue
		}
		slices.SortFunc(targets, func(a, b actions.Target) int {
			return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Port, b.Port))
		})
		b := actions.Balancer{
			ARN: arn, Name: aws.ToString(lb.LoadBalancerName), Ports: n.balancing.ports[arn], Targets: targets, Private: n.privateOf(arn),
			Internet: lb.Scheme == elbtypes.LoadBalancerSchemeEnumInternetFacing,
		}
		if b.Groups, err = n.securityGroups(lb.SecurityGroups, "", arn); err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, nil
}
