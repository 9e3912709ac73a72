package awsfake_test

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// rules returns the group's ingress rules by their ids.
func (w *world) rules(group string) map[string]types.SecurityGroupRule {
	out, err := w.ec2.DescribeSecurityGroupRules(w.ctx(), &ec2.DescribeSecurityGroupRulesInput{Filters: []types.Filter{filter("group-id", group)}, MaxResults: aws.Int32(1000)})
	list := map[string]types.SecurityGroupRule{}
	for _, r := range of(w, out, err).SecurityGroupRules {
		if !*r.IsEgress {
			list[*r.SecurityGroupRuleId] = r
		}
	}
	return list
}

// told is a group's ingress rules in words.
func (w *world) told(group string) []string {
	var list []types.SecurityGroupRule
	for _, r := range w.rules(group) {
		list = append(list, r)
	}
	return every(list, inWords)
}

func inWords(r types.SecurityGroupRule) string {
	source := ""
	if r.ReferencedGroupInfo != nil {
		source = *r.ReferencedGroupInfo.GroupId
	}
	whom := aws.ToString(r.CidrIpv4) + aws.ToString(r.CidrIpv6) + aws.ToString(r.PrefixListId) + source
	return strings.TrimSpace(fmt.Sprintf("%s %d-%d %s %s", *r.IpProtocol, aws.ToInt32(r.FromPort), aws.ToInt32(r.ToPort), whom, aws.ToString(r.Description)))
}

func describedRules(w *world) {
	w.same("rules of each kind", w.told(w.ids.web), []string{"tcp 22-22 0.0.0.0/0 anybody", "tcp 22-22 ::/0", "tcp 443-443 " + w.ids.list})
	w.same("rules for all and for a group", w.told(w.ids.db), []string{"-1 -1--1 10.0.0.0/8", "tcp 5432-5432 " + w.ids.web})
	for id := range w.rules(w.ids.web) {
		out, err := w.ec2.DescribeSecurityGroupRules(w.ctx(), &ec2.DescribeSecurityGroupRulesInput{SecurityGroupRuleIds: []string{id}})
		w.same("a rule by id", *of(w, out, err).SecurityGroupRules[0].GroupId, w.ids.web)
	}
	_, err := w.ec2.DescribeSecurityGroupRules(w.ctx(), &ec2.DescribeSecurityGroupRulesInput{SecurityGroupRuleIds: []string{"sgr-0123456789abcdef0"}})
	w.refused("a rule that is not there", err, "InvalidSecurityGroupRuleId.NotFound")

	find := func(in *ec2.DescribeSecurityGroupsInput) any {
		out, err := w.ec2.DescribeSecurityGroups(w.ctx(), in)
		if err != nil {
			return err
		}
		return every(out.SecurityGroups, func(g types.SecurityGroup) string { return *g.GroupName })
	}
	by := func(filters ...types.Filter) *ec2.DescribeSecurityGroupsInput {
		return &ec2.DescribeSecurityGroupsInput{Filters: append(filters, filter("vpc-id", w.ids.vpc))}
	}
	w.same("groups by id", find(&ec2.DescribeSecurityGroupsInput{GroupIds: []string{w.ids.web}}), []string{"web"})
	w.same("groups by VPC", find(by()), []string{"db", "default", "web"})
	w.same("groups by whom they let in", find(by(filter("ip-permission.cidr", "0.0.0.0/0"))), []string{"web"})
	w.same("groups that refer to a group", find(by(filter("ip-permission.group-id", w.ids.web))), []string{"db"})
	w.same("a group that is not there", find(&ec2.DescribeSecurityGroupsInput{GroupIds: []string{"sg-0123456789abcdef0"}}), "error InvalidGroup.NotFound")

	out, err := w.ec2.DescribeSecurityGroups(w.ctx(), &ec2.DescribeSecurityGroupsInput{GroupIds: []string{w.ids.web}})
	w.same("permissions", every(of(w, out, err).SecurityGroups[0].IpPermissions, func(p types.IpPermission) string {
		return fmt.Sprint(*p.IpProtocol, " ", *p.FromPort, " ", len(p.IpRanges), len(p.Ipv6Ranges), len(p.PrefixListIds), len(p.UserIdGroupPairs))
	}), []string{"tcp 22 1 1 0 0", "tcp 443 0 0 1 0"})
}

func from(p types.IpPermission, cidrs ...string) types.IpPermission {
	for _, c := range cidrs {
		p.IpRanges = append(p.IpRanges, types.IpRange{CidrIp: &c})
	}
	return p
}

func authorized(w *world) {
	before := w.told(w.ids.db)
	ssh := port(22)
	ssh.IpRanges = []types.IpRange{{CidrIp: aws.String("203.0.113.0/24"), Description: aws.String("the office")}}
	out, err := w.ec2.AuthorizeSecurityGroupIngress(w.ctx(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &w.ids.db, IpPermissions: []types.IpPermission{ssh},
		TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeSecurityGroupRule, Tags: []types.Tag{{Key: aws.String("Name"), Value: aws.String("run-1")}}}},
	})
	made := of(w, out, err).SecurityGroupRules
	w.same("the answer names the rule", []any{*out.Return, every(made, inWords)}, []any{true, []string{"tcp 22-22 203.0.113.0/24 the office"}})
	rule, ok := w.rules(w.ids.db)[*made[0].SecurityGroupRuleId]
	w.same("the rule is there, with its tag", []any{ok, name(rule.Tags), len(w.told(w.ids.db)) - len(before)}, []any{true, "run-1", 1})

	group, list := port(25), port(26)
	group.UserIdGroupPairs = []types.UserIdGroupPair{{GroupId: &w.ids.web}}
	list.PrefixListIds = []types.PrefixListId{{PrefixListId: &w.ids.list}}
	_, err = w.authorize(w.ids.db, group, list)
	w.must(err)
	w.same("a group's and a list's", w.told(w.ids.db), append(before,
		"tcp 22-22 203.0.113.0/24 the office", "tcp 25-25 "+w.ids.web, "tcp 26-26 "+w.ids.list))
}

func authorizeRefused(w *world) {
	before := w.told(w.ids.web)
	try := func(check, code string, rules ...types.IpPermission) {
		w.Helper()
		_, err := w.authorize(w.ids.web, rules...)
		w.refused(check, err, code)
	}
	udp := port(53)
	udp.IpProtocol, udp.ToPort = aws.String("udp"), nil
	backwards := port(80)
	backwards.ToPort = aws.Int32(79)
	unknown, noGroup := port(80), port(80)
	unknown.PrefixListIds = []types.PrefixListId{{PrefixListId: aws.String("pl-0123456789abcdef0")}}
	noGroup.UserIdGroupPairs = []types.UserIdGroupPair{{GroupId: aws.String("sg-0123456789abcdef0")}}
	noWords := port(81)
	noWords.IpRanges = []types.IpRange{{CidrIp: aws.String("192.0.2.0/24"), Description: aws.String("naïve")}}
	other := from(port(82), "192.0.2.0/24")
	other.IpProtocol = aws.String("tls")

	try("authorize: twice", "InvalidPermission.Duplicate", from(port(22), "0.0.0.0/0"))
	try("authorize: twice in one call", "InvalidParameterValue", from(port(80), "192.0.2.0/24", "192.0.2.0/24"))
	try("authorize: no CIDR", "InvalidParameterValue", from(port(80), "192.0.2.0/33"))
	try("authorize: no port", "InvalidParameterValue", from(udp, "192.0.2.0/24"))
	try("authorize: ports backwards", "InvalidParameterValue", from(backwards, "192.0.2.0/24"))
	try("authorize: no such list", "InvalidPrefixListID.NotFound", unknown)
	try("authorize: no such source", "InvalidGroup.NotFound", noGroup)
	try("authorize: no such protocol", "InvalidParameterValue", other)
	try("authorize: a letter that descriptions may not have", "InvalidParameterValue", noWords)
	try("authorize: one of two twice", "InvalidPermission.Duplicate", from(port(80), "192.0.2.0/24"), from(port(22), "0.0.0.0/0"))
	_, err := w.authorize("sg-0123456789abcdef0", from(port(80), "192.0.2.0/24"))
	w.refused("authorize: no such group", err, "InvalidGroup.NotFound")
	w.same("authorize: nothing has changed", len(w.told(w.ids.web))-len(before), 0)

	many := port(9000)
	for n := range 60 {
		many = from(many, fmt.Sprintf("192.0.2.%d/32", n))
	}
	try("authorize: more than 60", "RulesPerSecurityGroupLimitExceeded", many)
	many.IpRanges = many.IpRanges[:60-11] // one rule and a list of ten are there
	_, err = w.authorize(w.ids.web, many)
	w.same("authorize: 60", either("accepted", err), "accepted")
}
