package cloud

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"hardenbot/actions"
)

const lastPort = 65535

// protocols are the names for the numbers that EC2 gives without one.
// https://www.iana.org/assignments/protocol-numbers
var protocols = map[string]string{"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}

func protocol(p *string) string {
	number := aws.ToString(p)
	return cmp.Or(protocols[number], number)
}

// ports returns a rule's range. EC2 says nothing or -1 where all are meant.
// For ICMP the two are type and code, as EC2 has them.
func ports(from, to *int32) (int, int) {
	if from == nil || to == nil || *from == -1 && *to == -1 {
		return 0, lastPort
	}
	return int(*from), int(*to)
}

// acl returns the inbound entries of the subnet's network ACL, by number.
func (n *network) acl(subnet string) ([]actions.ACL, error) {
	for _, a := range n.acls {
		if slices.ContainsFunc(a.Associations, func(s types.NetworkAclAssociation) bool { return aws.ToString(s.SubnetId) == subnet }) {
			return inbound(a), nil
		}
	}
	return nil, n.missing("the network ACL of subnet", subnet)
}

func inbound(a types.NetworkAcl) []actions.ACL {
	entries := []actions.ACL{}
	for _, e := range a.Entries {
		if aws.ToBool(e.Egress) {
			continue
		}
		entry := actions.ACL{
			Number: int(aws.ToInt32(e.RuleNumber)), Allow: e.RuleAction == types.RuleActionAllow,
			Proto: protocol(e.Protocol), To: lastPort,
			CIDR: cmp.Or(aws.ToString(e.CidrBlock), aws.ToString(e.Ipv6CidrBlock)),
		}
		if e.PortRange != nil {
			entry.From, entry.To = ports(e.PortRange.From, e.PortRange.To)
		}
		entries = append(entries, entry)
	}
	slices.SortFunc(entries, func(a, b actions.ACL) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.CIDR, b.CIDR))
	})
	return entries
}

// securityGroups returns the groups by id. Instance and balancer are those for
// which it is asked: they are not among the groups' other users.
func (n *network) securityGroups(ids []string, instance, balancer string) ([]actions.SecurityGroup, error) {
	list := make([]actions.SecurityGroup, 0, len(ids))
	for _, id := range slices.Sorted(slices.Values(ids)) {
		g, ok := n.groups[id]
		if !ok {
			return nil, n.missing("of security group", id)
		}
		rules, err := n.ingress(id)
		if err != nil {
			return nil, err
		}
		list = append(list, actions.SecurityGroup{
			ID: id, Name: aws.ToString(g.GroupName), Rules: rules, Users: n.users(id, instance, balancer),
		})
	}
	return list, nil
}

// ingress returns the group's rules by rule id.
func (n *network) ingress(group string) ([]actions.IngressRule, error) {
	list := make([]actions.IngressRule, 0, len(n.rules[group]))
	for _, raw := range n.rules[group] {
		r, err := n.rule(raw)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b actions.IngressRule) int { return cmp.Compare(a.ID, b.ID) })
	return list, nil
}

func (n *network) rule(raw types.SecurityGroupRule) (actions.IngressRule, error) {
	r := ingressRule(raw)
	_, id := peer(r.Source)
	if _, seen := n.groups[id]; seen { // shared with this account, so that its own things carry it
		r.Source = id
	}
	switch {
	case r.CIDR == "" && r.PrefixList == "" && r.Source == "":
		return r, n.missing("whom to let in by rule", r.ID)
	case r.PrefixList != "" && n.unread[r.PrefixList] != nil:
		return r, fmt.Errorf("prefix list %s of rule %s cannot be read: %w", r.PrefixList, r.ID, n.unread[r.PrefixList])
	case r.PrefixList != "":
		r.Prefixes = n.prefixes[r.PrefixList]
	}
	return r, nil
}

// ingressRule is the rule as EC2 has it. A group of another account than the
// rule's is written as the console does, "210987654321/sg-…".
func ingressRule(raw types.SecurityGroupRule) actions.IngressRule {
	r := actions.IngressRule{
		ID: aws.ToString(raw.SecurityGroupRuleId), Group: aws.ToString(raw.GroupId), Proto: protocol(raw.IpProtocol),
		CIDR:       cmp.Or(aws.ToString(raw.CidrIpv4), aws.ToString(raw.CidrIpv6)),
		PrefixList: aws.ToString(raw.PrefixListId), Description: aws.ToString(raw.Description), Tags: tags(raw.Tags),
	}
	r.From, r.To = ports(raw.FromPort, raw.ToPort)
	if g := raw.ReferencedGroupInfo; g != nil {
		r.Source = aws.ToString(g.GroupId)
		theirs, own := aws.ToString(g.UserId), aws.ToString(raw.GroupOwnerId)
		if theirs != "" && own != "" && theirs != own {
			r.Source = theirs + "/" + r.Source
		}
	}
	return r
}

// peer splits a rule's source into the account, empty for the rule's own, and
// the group.
func peer(source string) (account, group string) {
	if account, group, ok := strings.Cut(source, "/"); ok {
		return account, group
	}
	return "", source
}
