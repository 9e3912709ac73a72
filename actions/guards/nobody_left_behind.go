package guards

import (
	"context"
	"slices"
	"strings"
	"time"

	"hardenbot/actions"
)

// nobodyLeftBehind looks for people who log in by password and have no key.
var nobodyLeftBehind = actions.Guard{
	Name: "nobody-left-behind",
	Says: "nobody logs in by password who has no key",
	Ask: func(_ context.Context, q actions.Question) actions.Answer {
		if no, missing := needs(q.Facts, actions.SectionAccounts, actions.SectionLogins); missing {
			return no
		}
		stranded, quiet := withoutKey(q.Facts)
		if len(stranded) > 0 {
			return actions.Refuse("these log in by password and have no key: "+listed(stranded),
				"put a key of theirs into their authorized_keys, or lock accounts that nobody needs (`usermod -L`)")
		}
		if len(quiet) > 0 {
			return actions.Allow("nobody without a key logged in by password lately; %s could and did not", listed(quiet))
		}
		return actions.Allow("everybody who has a password has a key too")
	},
}

// withoutKey returns the people who have a password and no key, sorted: those
// who log in with it, with the last time, and those who did not lately.
func withoutKey(f *actions.Facts) (stranded, quiet []string) {
	for _, a := range f.Accounts {
		if !a.Human() || a.Password == "locked" || len(a.Keys) > 0 {
			continue
		}
		if last := lastByPassword(f.Logins, a.Name); !last.IsZero() {
			stranded = append(stranded, a.Name+" (last on "+last.UTC().Format("2006-01-02 15:04 UTC")+")")
		} else {
			quiet = append(quiet, a.Name)
		}
	}
	slices.Sort(stranded)
	slices.Sort(quiet)
	return stranded, quiet
}

// lastByPassword returns when the account last came in without a key, or zero.
func lastByPassword(logins []actions.RecentLogin, user string) time.Time {
	var last time.Time
	for _, l := range logins {
		byPassword := l.Method == "password" || strings.HasPrefix(l.Method, "keyboard-interactive")
		if l.User == user && byPassword && l.Last.After(last) {
			last = l.Last
		}
	}
	return last
}
