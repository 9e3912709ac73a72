package remedies

import (
	"fmt"

	"hardenbot/actions"
)

// sgDefaultUsed tells that the host carries its network's default group, and
// that the group lets somebody in.
var sgDefaultUsed = actions.Remedy{
	ID:         "sg-default-used",
	Title:      "The host carries the default security group",
	Why:        "Whatever is started without a group gets this one, so its rules let in to machines that nobody thought of",
	Layer:      actions.Exposed,
	Rank:       7,
	References: []string{"Prowler ec2_securitygroup_default_restrict_traffic", "AWS Security Hub EC2.2"},
	Needs:      []actions.Section{actions.SectionCloud},
	Check:      checkDefaultGroup,
	ReportOnly: "which group is to take its place is for people to decide: give the host a group of its own with the rules that it needs, " +
		"take the default group off it, then revoke the default group's rules, and scan again",
}

func checkDefaultGroup(f *actions.Facts) []actions.Evidence {
	if f.Cloud == nil {
		return nil
	}
	var found []actions.Evidence
	seen := map[string]bool{}
	for _, i := range f.Cloud.Interfaces {
		for _, g := range i.Groups {
			if g.Name != "default" || len(g.Rules) == 0 || seen[g.ID] {
				continue
			}
			seen[g.ID] = true
			found = append(found, actions.Evidence{
				Subject: g.ID,
				Title:   "The host carries the default security group " + g.ID,
				Says:    append([]string{fmt.Sprintf("it has %d ingress rules", len(g.Rules))}, usersSay(g)...),
			})
		}
	}
	return found
}
