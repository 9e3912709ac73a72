package cloud

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// network is AWS's answers about one place, as far as some instances need them.
type network struct {
	*place
	interfaces []types.NetworkInterface             // all of the place
	instances  map[string]owned                     // the ones described, and those that share groups with them
	every      []types.SecurityGroup                // all groups of the place
	groups     map[string]types.SecurityGroup       // of them, those of the instances and of their load balancers
	unused     map[string][]types.SecurityGroup     // of them, those that nothing uses, by VPC
	rules      map[string][]types.SecurityGroupRule // ingress, by group
	prefixes   map[string][]string                  // CIDRs of each prefix list that rules name
	unread     map[string]error                     // why a prefix list's are not known
	tables     []types.RouteTable                   // of the instances' VPCs
	acls       []types.NetworkAcl                   // likewise
	balancing  balancing
	agents     map[string]string // what Systems Manager says, by instance
	console    bool              // the serial console is enabled
	silent     map[string]string // why agents or console are not known, as Cloud.Unread
}

// gather asks for all that the tied instances need.
func gather(ctx context.Context, l *look, tied map[string]string) (*network, error) {
	n := &network{
		place: l.place, interfaces: l.interfaces, instances: map[string]owned{},
		groups: map[string]types.SecurityGroup{}, rules: map[string][]types.SecurityGroupRule{},
		prefixes: map[string][]string{}, unread: map[string]error{},
		agents: map[string]string{}, silent: map[string]string{},
	}
	wanted := map[string]bool{}
	for _, id := range tied {
		wanted[id] = true
	}
	var own []types.NetworkInterface
	for _, eni := range n.interfaces {
		if wanted[attachedTo(eni)] {
			own = append(own, eni)
		}
	}
	// Each step needs what those before it found.
	for _, step := range []func(context.Context, []types.NetworkInterface) error{
		n.askRoutes, n.askBalancers, n.askGroups, n.askRules, n.askPrefixLists, n.askInstances,
	} {
		if err := step(ctx, own); err != nil {
			return nil, n.fail(err)
		}
	}
	n.askAgents(ctx, own)
	n.askConsole(ctx)
	return n, nil
}

// askRoutes reads whole VPCs: the main table and the subnets' own are told
// apart by their associations.
func (n *network) askRoutes(ctx context.Context, own []types.NetworkInterface) (err error) {
	n.tables, err = batched(vpcs(own), func(f []types.Filter) ([]types.RouteTable, error) {
		in := &ec2.DescribeRouteTablesInput{Filters: f, MaxResults: n.limit(100)}
		return all(ctx, ec2.NewDescribeRouteTablesPaginator(n.ec2, in), func(o *ec2.DescribeRouteTablesOutput) []types.RouteTable { return o.RouteTables })
	}, "vpc-id")
	if err != nil {
		return err
	}
	n.acls, err = batched(vpcs(own), func(f []types.Filter) ([]types.NetworkAcl, error) {
		in := &ec2.DescribeNetworkAclsInput{Filters: f, MaxResults: n.limit(1000)}
		return all(ctx, ec2.NewDescribeNetworkAclsPaginator(n.ec2, in), func(o *ec2.DescribeNetworkAclsOutput) []types.NetworkAcl { return o.NetworkAcls })
	}, "vpc-id")
	return err
}

// askGroups lists groups whole: which group refers to which, and which of them
// nothing uses, shows only so.
func (n *network) askGroups(ctx context.Context, own []types.NetworkInterface) (err error) {
	in := &ec2.DescribeSecurityGroupsInput{MaxResults: n.limit(1000)}
	n.every, err = all(ctx, ec2.NewDescribeSecurityGroupsPaginator(n.ec2, in),
		func(o *ec2.DescribeSecurityGroupsOutput) []types.SecurityGroup { return o.SecurityGroups })
	wanted := n.balancing.groups()
	for _, eni := range own {
		wanted = append(wanted, groupIDs(eni)...)
	}
	for _, g := range n.every {
		if id := aws.ToString(g.GroupId); slices.Contains(wanted, id) {
			n.groups[id] = g
		}
	}
	n.findUnused(own)
	return err
}

func (n *network) askRules(ctx context.Context, _ []types.NetworkInterface) error {
	wanted := slices.Collect(maps.Keys(n.groups))
	for _, groups := range n.unused {
		for _, g := range groups[:min(len(groups), maxUnused)] {
			wanted = append(wanted, aws.ToString(g.GroupId))
		}
	}
	rules, err := batched(wanted, func(f []types.Filter) ([]types.SecurityGroupRule, error) {
		in := &ec2.DescribeSecurityGroupRulesInput{Filters: f, MaxResults: n.limit(1000)}
		return all(ctx, ec2.NewDescribeSecurityGroupRulesPaginator(n.ec2, in), func(o *ec2.DescribeSecurityGroupRulesOutput) []types.SecurityGroupRule { return o.SecurityGroupRules })
	}, "group-id")
	for _, r := range rules {
		if !aws.ToBool(r.IsEgress) {
			id := aws.ToString(r.GroupId)
			n.rules[id] = append(n.rules[id], r)
		}
	}
	return err
}

// askPrefixLists fails for none: a list that cannot be read hides only the
// hosts whose groups name it.
func (n *network) askPrefixLists(ctx context.Context, _ []types.NetworkInterface) error {
	for group := range n.groups {
		for _, r := range n.rules[group] {
			id := aws.ToString(r.PrefixListId)
			if id == "" || n.prefixes[id] != nil || n.unread[id] != nil {
				continue
			}
			cidrs, err := n.entries(ctx, id)
			if err != nil {
				n.unread[id] = n.fail(err)
				continue
			}
			n.prefixes[id] = cidrs
		}
	}
	return nil
}

func (n *network) entries(ctx context.Context, id string) ([]string, error) {
	in := &ec2.GetManagedPrefixListEntriesInput{PrefixListId: &id, MaxResults: n.limit(100)}
	entries, err := all(ctx, ec2.NewGetManagedPrefixListEntriesPaginator(n.ec2, in),
		func(o *ec2.GetManagedPrefixListEntriesOutput) []types.PrefixListEntry { return o.Entries })
	if err != nil {
		return nil, err
	}
	cidrs := make([]string, len(entries))
	for i, e := range entries {
		cidrs[i] = aws.ToString(e.Cidr)
	}
	slices.Sort(cidrs)
	return cidrs, nil
}

// askInstances reads the instances themselves and, for their names, those that
// share a group with them.
func (n *network) askInstances(ctx context.Context, own []types.NetworkInterface) error {
	var wanted []string
	for _, eni := range own {
		wanted = append(wanted, attachedTo(eni))
	}
	for _, eni := range n.interfaces {
		if id := attachedTo(eni); id != "" && slices.ContainsFunc(groupIDs(eni), func(g string) bool { _, ok := n.groups[g]; return ok }) {
			wanted = append(wanted, id)
		}
	}
	some, err := batched(wanted, func(f []types.Filter) ([]owned, error) { return n.place.instances(ctx, f) }, "instance-id")
	for _, i := range some {
		n.instances[aws.ToString(i.InstanceId)] = i
	}
	return err
}

func vpcs(own []types.NetworkInterface) []string {
	ids := make([]string, len(own))
	for i, eni := range own {
		ids[i] = aws.ToString(eni.VpcId)
	}
	return ids
}

func groupIDs(eni types.NetworkInterface) []string {
	ids := make([]string, len(eni.Groups))
	for i, g := range eni.Groups {
		ids[i] = aws.ToString(g.GroupId)
	}
	return ids
}
