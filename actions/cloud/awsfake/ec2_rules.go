package awsfake

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// Rule is a rule of a security group. Exactly one of CIDR, PrefixList and
// Source says whom it is about.
type Rule struct {
	ID          string // sgr-…; given out if empty
	Group       string // set by AddSecurityGroup and AddRule
	Egress      bool
	Proto       string // "tcp", "udp", "icmp", "icmpv6", a number, or "-1" for all
	From, To    int    // ports, or ICMP type and code; -1 for all, whatever is given, where the protocol has none
	CIDR        string // IPv4 or IPv6
	PrefixList  string // pl-…
	Source      string // sg-…
	Description string
	Tags        map[string]string
}

func (r Rule) v4() string {
	if strings.Contains(r.CIDR, ":") {
		return ""
	}
	return r.CIDR
}

func (r Rule) v6() string {
	if strings.Contains(r.CIDR, ":") {
		return r.CIDR
	}
	return ""
}

// AddRule adds a rule to a group and returns its id.
func (p *Place) AddRule(group string, r Rule) (id string) {
	p.Update(func(s *State) { id = p.putRule(s, group, r) })
	return id
}

func (p *Place) putRule(s *State, group string, r Rule) string {
	known(s.Groups, "security group", group)
	r.Group = group
	if r.ID == "" {
		r.ID = p.fake.id("sgr")
	}
	r, err := s.normal(r)
	if err != nil {
		panic("awsfake: rule of " + group + ": " + err.Error())
	}
	s.Rules[r.ID] = r
	return r.ID
}

var (
	protocolNames  = map[string]string{"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
	protocolNumber = regexp.MustCompile(`^\d{1,3}$`)
	described      = regexp.MustCompile(`^[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}$`)
)

// normal checks a rule and writes it as EC2 keeps it.
func (s *State) normal(r Rule) (Rule, error) {
	if name := protocolNames[r.Proto]; name != "" {
		r.Proto = name
	}
	switch n, err := strconv.Atoi(r.Proto); {
	case r.Proto == "tcp" || r.Proto == "udp":
		if r.From < 0 || r.To < r.From || r.To > 65535 {
			return r, invalid("Invalid TCP/UDP port range (%d:%d)", r.From, r.To)
		}
	case r.Proto == "icmp" || r.Proto == "icmpv6":
		if r.From < -1 || r.From > 255 || r.To < -1 || r.To > 255 || r.From == -1 && r.To != -1 {
			return r, invalid("ICMP type (%d) and code (%d) must be -1 to 255, and the code -1 where the type is", r.From, r.To)
		}
	case r.Proto == "-1" || err == nil && protocolNumber.MatchString(r.Proto) && n <= 255:
		r.From, r.To = -1, -1
	default:
		return r, invalid("Invalid value '%s' for IP protocol. Unknown protocol.", r.Proto)
	}
	if !described.MatchString(r.Description) {
		return r, invalid("Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*")
	}
	return s.peer(r)
}

// peer checks whom a rule is about. As EC2 does, it takes the bits behind a
// CIDR's mask away.
func (s *State) peer(r Rule) (Rule, error) {
	switch {
	case r.Source != "":
		if err := securityGroups.wellFormed(r.Source); err != nil {
			return r, err
		}
		if s.Groups[r.Source].VPC != s.Groups[r.Group].VPC {
			return r, securityGroups.missing(r.Source)
		}
	case r.PrefixList != "":
		if _, ok := s.PrefixLists[r.PrefixList]; !ok {
			return r, noPrefixList(r.PrefixList)
		}
	default:
		prefix, err := netip.ParsePrefix(r.CIDR)
		if err != nil || prefix.Addr().Is4In6() {
			return r, invalid("CIDR block %s is malformed", r.CIDR)
		}
		r.CIDR = prefix.Masked().String()
	}
	return r, nil
}

var securityGroupRules = kind[Rule]{
	param: "SecurityGroupRuleId", prefix: "sgr", noun: "security group rule ID", max: 1000,
	malformed: "InvalidSecurityGroupRuleId.Malformed", notFound: "InvalidSecurityGroupRuleId.NotFound",
	id:   func(r Rule) string { return r.ID },
	tags: func(r Rule) map[string]string { return r.Tags },
	filters: map[string]func(*State, Rule) []string{
		"group-id":               func(_ *State, r Rule) []string { return []string{r.Group} },
		"security-group-rule-id": func(_ *State, r Rule) []string { return []string{r.ID} },
	},
}

func describeRules(r *request) (any, error) {
	list, next, err := securityGroupRules.describe(r, sorted(r.Rules))
	if err != nil {
		return nil, err
	}
	return fields{{"securityGroupRuleSet", r.ruleSet(list)}, {"nextToken", next}}, nil
}

func (r *request) ruleSet(rules []Rule) items[fields] {
	return items[fields]{each(rules, func(rule Rule) fields {
		f := append(rule.wire(), field{"groupOwnerId", r.caller.account}, field{"tagSet", tagSet(rule.Tags)})
		if rule.Source != "" {
			f = append(f, field{"referencedGroupInfo", fields{{"groupId", rule.Source}, {"userId", r.caller.account}}})
		}
		return f
	})}
}

func (r Rule) wire() fields {
	return fields{
		{"securityGroupRuleId", r.ID}, {"groupId", r.Group}, {"isEgress", r.Egress},
		{"ipProtocol", r.Proto}, {"fromPort", r.From}, {"toPort", r.To}, {"cidrIpv4", r.v4()}, {"cidrIpv6", r.v6()},
		{"prefixListId", r.PrefixList}, {"description", r.Description},
	}
}
