package remedies

import (
	"fmt"

	"hardenbot/actions"
)

// sgOpenAll tells which security groups let everybody in to all or very many
// ports, whether anything listens there or not. Their place is taken by rules for
// the declared ports and for internal networks.
var sgOpenAll = actions.Remedy{
	ID:         "sg-open-all",
	Title:      "A security group is open to everybody on all or very many ports",
	Why:        "Whatever starts on the host, by intent or by accident, is on the internet at once",
	Layer:      actions.Exposed,
	Rank:       3,
	References: []string{"Prowler ec2_securitygroup_allow_ingress_from_internet_to_all_ports", "AWS Security Hub EC2.18"},
	Needs:      []actions.Section{actions.SectionCloud},
	Check:      checkOpenGroups,
	Plan:       planOpenGroup,
}

func checkOpenGroups(f *actions.Facts) []actions.Evidence {
	var found []actions.Evidence
	for _, g := range actions.OpenGroups(f) {
		var says []string
		for _, r := range g.Rules {
			says = append(says, r.Says+" lets everybody in, by itself or with the others")
			says = append(says, doubtSays(r)...)
		}
		found = append(found, actions.Evidence{
			Subject: g.Group.ID,
			Title:   "Security group " + g.Says + " is open to everybody on all or very many ports",
			Says:    append(says, usersSay(g.Group)...),
		})
	}
	return found
}

// doubtSays tells that a rule is not understood.
func doubtSays(r actions.OpenRule) []string {
	if r.Doubt == "" {
		return nil
	}
	return []string{"this rule is not understood (" + r.Doubt + ") and taken as open"}
}

// usersSay names what else the group serves.
func usersSay(g actions.SecurityGroup) []string {
	var says []string
	for _, u := range g.Users {
		says = append(says, "the group also serves "+u)
	}
	return says
}

func planOpenGroup(f *actions.Facts, finding actions.Finding) (actions.Change, error) {
	if section, why, missing := f.Missing(actions.SectionListeners); missing {
		return actions.Change{}, fmt.Errorf("%s could not be read (%s), so it is not known what has to stay open: make them readable for hardenbot and ask again", section, why)
	}
	n := narrow(f)
	err := n.until(func(f *actions.Facts) ([]string, bool) {
		for _, g := range actions.OpenGroups(f) {
			if g.Group.ID == finding.Subject {
				return ruleIDs(g.Rules), true
			}
		}
		return nil, false
	})
	if err != nil {
		return actions.Change{}, err
	}
	return n.change(finding.Subject), nil
}

func ruleIDs(rules []actions.OpenRule) []string {
	var ids []string
	for _, r := range rules {
		ids = append(ids, r.Rule.ID)
	}
	return ids
}
