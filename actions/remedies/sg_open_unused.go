package remedies

import (
	"cmp"

	"hardenbot/actions"
)

// sgOpenUnused tells which rules open ports to public addresses though nothing
// listens there.
var sgOpenUnused = actions.Remedy{
	ID:         "sg-open-unused",
	Title:      "A rule opens a port on which nothing listens",
	Why:        "The next service that starts on the port is on the internet, and nobody decided that it should be",
	Layer:      actions.Exposed,
	Rank:       4,
	References: []string{"AWS Security Hub EC2.18"},
	Needs:      []actions.Section{actions.SectionListeners, actions.SectionCloud},
	Check:      checkOpenUnused,
	ReportOnly: "whom the rule was made for cannot be seen on this host, as nothing listens there: find that out, " +
		"on this host and on the others that the group serves, then revoke the rule by its id, and scan again",
}

func checkOpenUnused(f *actions.Facts) []actions.Evidence {
	var found []actions.Evidence
	for _, r := range actions.OpenRules(f) {
		says := append([]string{"nothing listens on it but what only the host itself reaches"}, doubtSays(r)...)
		found = append(found, actions.Evidence{
			Subject: cmp.Or(r.Rule.ID, r.Says),
			Title:   r.Says + " lets public addresses in, and nothing listens there",
			Says:    append(says, usersSay(r.Group)...),
		})
	}
	return found
}
