package acceptance

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// group lets everybody in to the TCP ports.
func (a *account) group(name string, ports ...int32) string {
	a.Helper()
	var in []types.IpPermission
	for _, port := range ports {
		in = append(in, types.IpPermission{
			IpProtocol: aws.String("tcp"), FromPort: aws.Int32(port), ToPort: aws.Int32(port),
			IpRanges: []types.IpRange{{CidrIp: aws.String("0.0.0.0/0"), Description: aws.String(fmt.Sprint("port ", port))}},
		})
	}
	return a.groupOf(name, in...)
}

func (a *account) groupOf(name string, in ...types.IpPermission) string {
	a.Helper()
	group := got[*ec2.CreateSecurityGroupOutput](a)(a.ec2.CreateSecurityGroup(a.Context(), &ec2.CreateSecurityGroupInput{
		VpcId: &a.vpc, GroupName: &name, Description: &name,
	})).GroupId
	_, err := a.ec2.AuthorizeSecurityGroupIngress(a.Context(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: group, IpPermissions: in})
	a.must(err)
	return *group
}

// rules is the rules by which a group lets in, as EC2 tells of them.
func (a *account) rules(group string) []types.SecurityGroupRule {
	a.Helper()
	all := got[*ec2.DescribeSecurityGroupRulesOutput](a)(a.ec2.DescribeSecurityGroupRules(a.Context(), &ec2.DescribeSecurityGroupRulesInput{
		Filters: []types.Filter{{Name: aws.String("group-id"), Values: []string{group}}},
	})).SecurityGroupRules
	slices.SortFunc(all, func(a, b types.SecurityGroupRule) int {
		return cmp.Compare(*a.SecurityGroupRuleId, *b.SecurityGroupRuleId)
	})
	return slices.DeleteFunc(all, func(r types.SecurityGroupRule) bool { return aws.ToBool(r.IsEgress) })
}

// letIn words the rules by which a group lets in, in order: "tcp 22 0.0.0.0/0".
func (a *account) letIn(group string) []string {
	a.Helper()
	var all []string
	for _, r := range a.rules(group) {
		who := aws.ToString(r.CidrIpv4)
		if r.ReferencedGroupInfo != nil {
			who = aws.ToString(r.ReferencedGroupInfo.GroupId)
		}
		port := ""
		if from := aws.ToInt32(r.FromPort); from > 0 {
			port = fmt.Sprint(" ", from)
		}
		all = append(all, *r.IpProtocol+port+" "+who)
	}
	slices.Sort(all)
	return all
}
