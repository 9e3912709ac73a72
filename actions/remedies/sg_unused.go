package remedies

import (
	"fmt"

	"hardenbot/actions"
)

// sgUnused tells which security groups of the host's network nothing uses.
var sgUnused = actions.Remedy{
	ID:         "sg-unused",
	Title:      "Nothing uses a security group",
	Why:        "A forgotten group is put on the next machine because its name fits, and its rules come with it",
	Layer:      actions.Exposed,
	Rank:       8,
	References: []string{"Prowler ec2_securitygroup_not_used", "AWS Security Hub EC2.22"},
	Needs:      []actions.Section{actions.SectionCloud},
	Check:      checkUnusedGroups,
	ReportOnly: "a group that was deleted cannot be put back with its id, and launch templates may still name it: " +
		"look for those, then delete the group",
}

func checkUnusedGroups(f *actions.Facts) []actions.Evidence {
	if f.Cloud == nil {
		return nil
	}
	var found []actions.Evidence
	for _, g := range f.Cloud.Unused {
		found = append(found, actions.Evidence{
			Subject: g.ID,
			Title:   "Nothing uses the security group " + g.Words(),
			Says:    []string{fmt.Sprintf("nothing carries it and no rule refers to it; it has %d ingress rules", len(g.Rules))},
		})
	}
	return found
}
