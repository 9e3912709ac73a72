package actions

import (
	"cmp"
	"fmt"
	"strings"
)

// because words why the socket has that reach.
func (j *join) because(reach Reach, causes []admission) []string {
	var says []string
	if reach == ReachInternet || reach == ReachWide {
		says = append(says, j.ways...)
	}
	if reach == ReachLB {
		for _, b := range j.balanced {
			says = append(says, fmt.Sprintf("it is a target of the internet-facing load balancer %s", b.Name))
		}
	}
	says = append(says, ruleWords(causes)...)
	switch {
	case reach == ReachHost && len(j.closed) == 0:
		says = append(says, "no rule lets anybody in")
	case reach == ReachInternal:
		for _, address := range j.stray {
			says = append(says, "no network interface has "+address+", so no security group guards it")
		}
	}
	if reach != ReachInternet {
		says = append(says, j.closed...)
	}
	return says
}

// mostRules bounds how many rules are named in words; Exposure.Rules has all.
const mostRules = 5

func ruleWords(causes []admission) []string {
	var says []string
	for n, a := range causes {
		if n == mostRules {
			return append(says, fmt.Sprintf("%d more rules do so too", len(causes)-n))
		}
		if a.doubt != "" {
			says = append(says, fmt.Sprintf("%s is not understood (%s) and taken as open", a.rule.name(a.group), a.doubt))
		} else {
			says = append(says, a.rule.words(a.group)+" lets it in")
		}
	}
	return says
}

// words names the rule, whom it lets in, to which ports, and its group.
func (r IngressRule) words(g SecurityGroup) string {
	source := cmp.Or(r.CIDR, r.PrefixList)
	if source == "" {
		source = "members of " + r.Source
	}
	return fmt.Sprintf("%s (%s, %s) of %s", r.id(), source, r.ports(), g.words())
}

func (r IngressRule) name(g SecurityGroup) string { return r.id() + " of " + g.words() }

func (r IngressRule) id() string { return cmp.Or(r.ID, "a rule without an id") }

// ports words the ports that the rule is about.
func (r IngressRule) ports() string {
	proto := strings.ToLower(r.Proto)
	switch number, _ := protocolNumber(proto); number {
	case everyProtocol:
		return "all ports of all protocols"
	case protocolTCP:
		proto = "tcp"
	case protocolUDP:
		proto = "udp"
	}
	if !r.hasPorts() && r.From == 0 && r.To == 65535 {
		return "all of " + proto
	}
	if r.From == r.To {
		return fmt.Sprintf("port %d/%s", r.From, proto)
	}
	return fmt.Sprintf("ports %d-%d/%s", r.From, r.To, proto)
}

// words names the group by its id and, where it has one, its name.
func (g SecurityGroup) words() string {
	if g.Name == "" || g.ID == "" {
		return cmp.Or(g.ID, g.Name, "a group without an id")
	}
	return g.ID + " (" + g.Name + ")"
}
