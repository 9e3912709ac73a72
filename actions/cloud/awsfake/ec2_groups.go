package awsfake

import (
	"cmp"
	"slices"
	"strconv"
)

// SecurityGroup is a security group. Its rules are in State.Rules.
type SecurityGroup struct {
	ID          string // sg-…; given out if empty
	VPC         string
	Name        string
	Description string // the name if empty
	Tags        map[string]string
}

// AddSecurityGroup adds a group with ingress rules and, as AWS does, one egress
// rule that allows everything. It returns the group's id.
func (p *Place) AddSecurityGroup(g SecurityGroup, rules ...Rule) string {
	return p.add("sg", g.ID, func(s *State, id string) {
		known(s.VPCs, "VPC", g.VPC)
		g.ID, g.Description = id, cmp.Or(g.Description, g.Name)
		p.putGroup(s, g, rules...)
	})
}

func (p *Place) putGroup(s *State, g SecurityGroup, rules ...Rule) {
	s.Groups[g.ID] = g
	for _, r := range append(rules, Rule{Egress: true, Proto: "-1", CIDR: "0.0.0.0/0"}) {
		p.putRule(s, g.ID, r)
	}
}

// rulesOf returns the group's rules in one direction, by id.
func (s *State) rulesOf(group string, egress bool) []Rule {
	return keep(sorted(s.Rules), func(r Rule) bool { return r.Group == group && r.Egress == egress })
}

// ofRules makes a filter of something that the group's rules say.
func ofRules(egress bool, value func(Rule) string) func(*State, SecurityGroup) []string {
	return func(s *State, g SecurityGroup) []string {
		return keep(each(s.rulesOf(g.ID, egress), value), func(v string) bool { return v != "" })
	}
}

var securityGroups = kind[SecurityGroup]{
	param: "GroupId", prefix: "sg", noun: "security group", max: 1000,
	malformed: "InvalidGroupId.Malformed", notFound: "InvalidGroup.NotFound",
	id:   func(g SecurityGroup) string { return g.ID },
	tags: func(g SecurityGroup) map[string]string { return g.Tags },
	filters: map[string]func(*State, SecurityGroup) []string{
		"group-id":                      func(_ *State, g SecurityGroup) []string { return []string{g.ID} },
		"group-name":                    func(_ *State, g SecurityGroup) []string { return []string{g.Name} },
		"description":                   func(_ *State, g SecurityGroup) []string { return []string{g.Description} },
		"vpc-id":                        func(_ *State, g SecurityGroup) []string { return []string{g.VPC} },
		"ip-permission.cidr":            ofRules(false, func(r Rule) string { return r.v4() }),
		"ip-permission.ipv6-cidr":       ofRules(false, func(r Rule) string { return r.v6() }),
		"ip-permission.group-id":        ofRules(false, func(r Rule) string { return r.Source }),
		"ip-permission.prefix-list-id":  ofRules(false, func(r Rule) string { return r.PrefixList }),
		"ip-permission.protocol":        ofRules(false, func(r Rule) string { return r.Proto }),
		"ip-permission.from-port":       ofRules(false, func(r Rule) string { return strconv.Itoa(r.From) }),
		"ip-permission.to-port":         ofRules(false, func(r Rule) string { return strconv.Itoa(r.To) }),
		"egress.ip-permission.group-id": ofRules(true, func(r Rule) string { return r.Source }),
	},
}

func describeGroups(r *request) (any, error) {
	all := sorted(r.Groups)
	if names := r.texts("GroupName"); len(names) > 0 {
		all = keep(all, func(g SecurityGroup) bool { return slices.Contains(names, g.Name) && r.VPCs[g.VPC].Default })
		if len(all) < len(names) {
			return nil, refusal("InvalidGroup.NotFound", "The security group '%s' does not exist in default VPC", names[0])
		}
	}
	list, next, err := securityGroups.describe(r, all)
	if err != nil {
		return nil, err
	}
	wire := each(list, func(g SecurityGroup) fields {
		return fields{
			{"groupId", g.ID}, {"groupName", g.Name}, {"groupDescription", g.Description}, {"ownerId", r.caller.account},
			{"vpcId", g.VPC}, {"ipPermissions", r.permissions(r.rulesOf(g.ID, false))},
			{"ipPermissionsEgress", r.permissions(r.rulesOf(g.ID, true))}, {"tagSet", tagSet(g.Tags)},
		}
	})
	return fields{{"securityGroupInfo", items[fields]{wire}}, {"nextToken", next}}, nil
}

// permissions writes rules as EC2's permissions: those of one protocol and one
// range of ports together.
func (r *request) permissions(rules []Rule) items[fields] {
	var list items[fields]
	for len(rules) > 0 {
		first := rules[0]
		same := func(o Rule) bool { return o.Proto == first.Proto && o.From == first.From && o.To == first.To }
		list.List = append(list.List, r.permission(keep(rules, same)))
		rules = slices.DeleteFunc(slices.Clone(rules), same)
	}
	return list
}

func (r *request) permission(rules []Rule) fields {
	first := rules[0]
	f := fields{{"ipProtocol", first.Proto}}
	if first.Proto != "-1" {
		f = append(f, field{"fromPort", first.From}, field{"toPort", first.To})
	}
	of := func(list, key string, value func(Rule) string, more ...field) {
		var some []fields
		for _, rule := range rules {
			if v := value(rule); v != "" {
				some = append(some, append(fields{{key, v}, {"description", rule.Description}}, more...))
			}
		}
		f = append(f, field{list, items[fields]{some}})
	}
	of("groups", "groupId", func(r Rule) string { return r.Source }, field{"userId", r.caller.account})
	of("ipRanges", "cidrIp", Rule.v4)
	of("ipv6Ranges", "cidrIpv6", Rule.v6)
	of("prefixListIds", "prefixListId", func(r Rule) string { return r.PrefixList })
	return f
}
