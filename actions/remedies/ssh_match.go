package remedies

import (
	"strings"

	"hardenbot/actions"
)

// unseenMatch is the evidence on Match blocks that hold for some connections
// only, by address, port or the like. `sshd -T -C user=NAME` does not show what
// counts in them, and the facts have their first line alone. could says what
// they might do: "accept passwords".
func unseenMatch(f *actions.Facts, could string) []actions.Evidence {
	var says []string
	for _, m := range f.SSHD.Match {
		at, line, found := strings.Cut(m, ": ")
		if !found || !byWho(line) {
			says = append(says, "not checked: "+at+" ("+line+") may "+could+" on some connections; read that block")
		}
	}
	if len(says) == 0 {
		return nil
	}
	return []actions.Evidence{{Subject: "match", Rank: 1, Says: says, Unchecked: true}}
}

// byWho reports whether a Match line (sshd_config(5)) goes by nothing else than
// who logs in. What it does not understand goes by something else.
func byWho(line string) bool {
	words := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t=\"", r) })
	for i := 1; i < len(words) && !strings.HasPrefix(words[i], "#"); i++ {
		switch strings.ToLower(words[i]) {
		case "all":
		case "user", "group":
			i++ // its patterns
		default:
			return false
		}
	}
	return true
}
