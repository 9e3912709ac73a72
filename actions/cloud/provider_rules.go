package cloud

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"hardenbot/actions"
)

// authorize adds a rule.
type authorize struct {
	*place
	rule actions.IngressRule
}

func (t *authorize) look(ctx context.Context) (standing, error) {
	same, err := t.same(ctx, t.rule)
	if len(same) == 0 {
		return standing{}, err
	}
	return standing{so: true, rule: same[0]}, err
}

func (t *authorize) do(ctx context.Context, options func(*ec2.Options)) error {
	in := &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &t.rule.Group, IpPermissions: []types.IpPermission{permission(t.rule)}, TagSpecifications: tagging(t.rule.Tags),
	}
	_, err := t.ec2.AuthorizeSecurityGroupIngress(ctx, in, options)
	return err
}

func (t *authorize) already(code string) bool { return code == "InvalidPermission.Duplicate" }

func (t *authorize) says() string {
	return fmt.Sprintf("security group %s lets in %s", t.rule.Group, contentOf(t.rule))
}

// revoke removes a rule, by its id or else by its content.
type revoke struct {
	*place
	rule actions.IngressRule
	ids  []string // as the last look found them
}

// look refuses a rule that is another one by now. Description and tags are not
// looked at: they let nobody in.
func (t *revoke) look(ctx context.Context) (standing, error) {
	if t.rule.ID == "" {
		same, err := t.same(ctx, t.rule)
		t.ids = same
		return standing{so: len(same) == 0, gone: len(same) == 0}, err
	}
	t.ids = []string{t.rule.ID}
	found, err := t.rules(ctx, "security-group-rule-id", t.rule.ID)
	if err != nil || len(found) == 0 {
		return standing{so: true, gone: true}, err
	}
	if aws.ToBool(found[0].IsEgress) {
		return standing{obstacle: fmt.Sprintf("Rule %s lets out and not in. Nothing was revoked.", t.rule.ID)}, nil
	}
	was, is := contentOf(t.rule), contentOf(ingressRule(found[0]))
	if is != was {
		return standing{obstacle: fmt.Sprintf("Rule %s is not what it was: it was to be %s of %s, and is %s of %s now. Nothing was revoked.",
			t.rule.ID, was, was.group, is, is.group)}, nil
	}
	return standing{}, nil
}

func (t *revoke) do(ctx context.Context, options func(*ec2.Options)) error {
	in := &ec2.RevokeSecurityGroupIngressInput{GroupId: &t.rule.Group, SecurityGroupRuleIds: t.ids}
	_, err := t.ec2.RevokeSecurityGroupIngress(ctx, in, options)
	return err
}

// already: a rule that went with its group is gone as well.
func (t *revoke) already(code string) bool {
	return slices.Contains([]string{"InvalidSecurityGroupRuleId.NotFound", "InvalidPermission.NotFound", "InvalidGroup.NotFound"}, code)
}

func (t *revoke) says() string {
	return fmt.Sprintf("rule %s (%s) of security group %s is gone", cmp.Or(t.rule.ID, "without an id"), contentOf(t.rule), t.rule.Group)
}

// same returns the ids of the group's ingress rules with the rule's content.
// EC2 keeps one at most.
func (p *place) same(ctx context.Context, rule actions.IngressRule) (ids []string, err error) {
	found, err := p.rules(ctx, "group-id", rule.Group)
	for _, raw := range found {
		if !aws.ToBool(raw.IsEgress) && contentOf(ingressRule(raw)) == contentOf(rule) {
			ids = append(ids, aws.ToString(raw.SecurityGroupRuleId))
		}
	}
	return ids, err
}

func (p *place) rules(ctx context.Context, filter, value string) ([]types.SecurityGroupRule, error) {
	in := &ec2.DescribeSecurityGroupRulesInput{Filters: []types.Filter{{Name: &filter, Values: []string{value}}}, MaxResults: p.limit(1000)}
	return all(ctx, ec2.NewDescribeSecurityGroupRulesPaginator(p.ec2, in),
		func(o *ec2.DescribeSecurityGroupRulesOutput) []types.SecurityGroupRule { return o.SecurityGroupRules })
}
