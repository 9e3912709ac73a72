package awsfake

import (
	"cmp"
	"slices"
	"strings"
)

// maxRules is how many ingress rules a group may have, for IPv4 and for IPv6
// each; AWS's default quota. A prefix list counts as its largest size, a group
// in both.
const maxRules = 60

// group is the security group that the call names.
func (r *request) group() (SecurityGroup, error) {
	id := r.text("GroupId")
	if id == "" {
		return SecurityGroup{}, missing("groupName or groupId")
	}
	if err := securityGroups.wellFormed(id); err != nil {
		return SecurityGroup{}, err
	}
	g, ok := r.Groups[id]
	if !ok {
		return g, securityGroups.missing(id)
	}
	return g, nil
}

// permitted reads the call's permissions into rules.
func (r *request) permitted(group string) ([]Rule, error) {
	var rules []Rule
	for _, part := range r.parts("IpPermissions") {
		some := r.peers(part)
		if len(some) == 0 {
			return nil, invalid("The permission %s has no IP ranges, prefix lists or groups", strings.TrimSuffix(part, "."))
		}
		from, to := r.number(part+"FromPort"), r.number(part+"ToPort")
		for _, rule := range some {
			rule.Group, rule.Proto = group, r.text(part+"IpProtocol")
			if (rule.Proto == "tcp" || rule.Proto == "udp" || rule.Proto == "6" || rule.Proto == "17") && (from == nil || to == nil) {
				return nil, invalid("Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")
			}
			rule.From, rule.To = orElse(from, -1), orElse(to, -1)
			rule, err := r.normal(rule)
			if err != nil {
				return nil, err
			}
			if slices.ContainsFunc(rules, rule.same) {
				return nil, invalid("The same permission must not appear multiple times")
			}
			rules = append(rules, rule)
		}
	}
	return rules, nil
}

// peers reads whom a permission is about.
func (r *request) peers(part string) (rules []Rule) {
	for _, in := range r.parts(part + "IpRanges") {
		rules = append(rules, Rule{CIDR: r.text(in + "CidrIp"), Description: r.text(in + "Description")})
	}
	for _, in := range r.parts(part + "Ipv6Ranges") {
		rules = append(rules, Rule{CIDR: r.text(in + "CidrIpv6"), Description: r.text(in + "Description")})
	}
	for _, in := range r.parts(part + "PrefixListIds") {
		rules = append(rules, Rule{PrefixList: r.text(in + "PrefixListId"), Description: r.text(in + "Description")})
	}
	for _, in := range r.parts(part + "Groups") {
		r.text(in + "UserId") // groups of other accounts are not known here, and so not found
		rules = append(rules, Rule{Source: r.text(in + "GroupId"), Description: r.text(in + "Description")})
	}
	return rules
}

// same reports whether two rules of a group are the same but for their ids,
// descriptions and tags.
func (r Rule) same(o Rule) bool {
	return r.Egress == o.Egress && r.Proto == o.Proto && r.From == o.From && r.To == o.To && r.whom() == o.whom()
}

func authorizeIngress(r *request) (any, error) {
	g, err := r.group()
	if err != nil {
		return nil, err
	}
	rules, err := r.permitted(g.ID)
	if err != nil {
		return nil, err
	}
	if len(rules) == 0 {
		return nil, missing("ipPermissions")
	}
	tags, err := r.ruleTags()
	if err != nil {
		return nil, err
	}
	for i, rule := range rules {
		if slices.ContainsFunc(r.rulesOf(g.ID, false), rule.same) {
			return nil, refusal("InvalidPermission.Duplicate", "the specified rule \"peer: %s, %s, from port: %d, to port: %d, ALLOW\" already exists",
				rule.whom(), strings.ToUpper(rule.Proto), rule.From, rule.To)
		}
		rules[i].ID, rules[i].Tags = r.fake.id("sgr"), tags
		r.Rules[rules[i].ID] = rules[i]
	}
	if v4, v6 := r.weigh(g.ID); max(v4, v6) > maxRules {
		return nil, refusal("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached.")
	}
	return fields{{"return", true}, {"securityGroupRuleSet", r.ruleSet(rules)}}, nil
}

func (r Rule) whom() string { return cmp.Or(r.CIDR, r.PrefixList, r.Source) }

// ruleTags reads the tags that the new rules get.
func (r *request) ruleTags() (tags map[string]string, err error) {
	for _, part := range r.parts("TagSpecification") {
		if kind := r.text(part + "ResourceType"); kind != "security-group-rule" {
			return nil, invalid("'%s' is not a valid taggable resource type for this operation.", kind)
		}
		tags = tagged(tags, r.tags(part+"Tag"))
	}
	if len(tags) > maxTags {
		return nil, refusal("TagLimitExceeded", "You have exceeded the number of tags allowed per resource: %d", maxTags)
	}
	return tags, nil
}

// weigh counts the group's ingress rules as its quota does.
func (s *State) weigh(group string) (v4, v6 int) {
	for _, rule := range s.rulesOf(group, false) {
		list := s.PrefixLists[rule.PrefixList]
		switch {
		case rule.Source != "":
			v4, v6 = v4+1, v6+1
		case rule.v6() != "":
			v6++
		case rule.v4() != "":
			v4++
		case list.v6():
			v6 += list.Max
		default:
			v4 += list.Max
		}
	}
	return v4, v6
}
