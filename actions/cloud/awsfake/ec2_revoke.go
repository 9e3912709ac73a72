package awsfake

import "slices"

// revokeIngress revokes rules by id or by content, all or none. In a default
// VPC a permission that is not there is no error.
func revokeIngress(r *request) (any, error) {
	g, err := r.group()
	if err != nil {
		return nil, err
	}
	ids := r.texts("SecurityGroupRuleId")
	wanted, err := r.permitted(g.ID)
	switch {
	case err != nil:
		return nil, err
	case len(ids) > 0 && len(wanted) > 0:
		return nil, refusal("InvalidParameterCombination", "The parameters 'ipPermissions' and 'securityGroupRuleIds' may not both be specified.")
	case len(ids) == 0 && len(wanted) == 0:
		return nil, refusal("MissingParameter", "Either 'ipPermissions' or 'securityGroupRuleIds' should be provided.")
	}
	rules, err := r.rulesByID(g.ID, ids)
	if err != nil {
		return nil, err
	}
	byContent, unknown := r.rulesByContent(g.ID, wanted)
	if len(unknown) > 0 && !r.VPCs[g.VPC].Default {
		return nil, refusal("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
	}
	rules = append(rules, byContent...)
	for _, rule := range rules {
		delete(r.Rules, rule.ID)
	}
	answer := fields{{"return", true}, {"revokedSecurityGroupRuleSet", items[fields]{each(rules, revoked)}}}
	if len(unknown) > 0 {
		answer = append(answer, field{"unknownIpPermissionSet", r.permissions(unknown)})
	}
	return answer, nil
}

// rulesByID returns the group's ingress rules with the ids; each must be there.
func (r *request) rulesByID(group string, ids []string) (rules []Rule, err error) {
	for _, id := range ids {
		if err := securityGroupRules.wellFormed(id); err != nil {
			return nil, err
		}
		rule, ok := r.Rules[id]
		if !ok || rule.Group != group || rule.Egress {
			return nil, securityGroupRules.missing(id)
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

// rulesByContent returns the group's ingress rules that are as wanted, and
// which of the wanted are not there.
func (r *request) rulesByContent(group string, wanted []Rule) (rules, unknown []Rule) {
	there := r.rulesOf(group, false)
	for _, w := range wanted {
		if i := slices.IndexFunc(there, w.same); i >= 0 {
			rules = append(rules, there[i])
		} else {
			unknown = append(unknown, w)
		}
	}
	return rules, unknown
}

func revoked(r Rule) fields { return append(r.wire(), field{"referencedGroupId", r.Source}) }
