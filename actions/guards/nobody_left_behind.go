package guards

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"hardenbot/actions"
)

// nobodyLeftBehind looks for people who come in by the way that the change
// closes and have no other. Its argument says what the change closes:
//
//	closes   root-login or password-login
var nobodyLeftBehind = actions.Guard{
	Name: "nobody-left-behind",
	Says: "whoever comes in by what is closed has another way",
	Ask: func(_ context.Context, q actions.Question) actions.Answer {
		if no, missing := needs(q.Facts, actions.SectionAccounts, actions.SectionLogins); missing {
			return no
		}
		switch closes := q.Args["closes"]; closes {
		case "password-login":
			return withoutPassword(q.Facts)
		case "root-login":
			if no, missing := needs(q.Facts, actions.SectionLogin); missing {
				return no
			}
			return withoutRoot(q.Facts)
		default:
			return unknownDoor(closes, "people")
		}
	},
}

// unknownDoor refuses what the catalogue calls by a name that nobody knows.
func unknownDoor(closes, whom string) actions.Answer {
	return actions.Refuse("it is not known what closing "+closes+" means for "+whom,
		"this is a fault in hardenbot's catalogue; report it")
}

// withoutPassword refuses while somebody logs in by password and has no key.
func withoutPassword(f *actions.Facts) actions.Answer {
	if stranded := byPasswordAlone(f); len(stranded) > 0 {
		return actions.Refuse("these log in by password and have no key: "+listed(stranded),
			"put a key of theirs into their authorized_keys and have them log in with it once; "+
				"from an account that nobody needs, take the password and the shell (`usermod -L -s /usr/sbin/nologin`)")
	}
	if quiet := couldByPassword(f); len(quiet) > 0 {
		return actions.Allow("nobody without a key logged in by password lately; %s could and did not", listed(quiet))
	}
	return actions.Allow("everybody who has a password has a key too")
}

// byPasswordAlone returns who logged in by password and has no key, sorted,
// with the last time. It goes by the logins and not by the accounts: people of
// a directory (SSSD, AD) are in no list of the host, and may have any UID. A
// login by key that is no older shows a key that the accounts do not.
func byPasswordAlone(f *actions.Facts) []string {
	password, key := map[string]time.Time{}, map[string]time.Time{}
	for _, l := range f.Logins {
		switch {
		case l.Method == "publickey":
			key[l.User] = later(key[l.User], l.Last)
		case l.Method == "password", strings.HasPrefix(l.Method, "keyboard-interactive"):
			password[l.User] = later(password[l.User], l.Last)
		}
	}
	var stranded []string
	for _, user := range slices.Sorted(maps.Keys(password)) {
		byKeySince := !key[user].IsZero() && !key[user].Before(password[user])
		if !byKeySince && !hasKey(f, user) && !closed(f, user) {
			stranded = append(stranded, user+" ("+lastOn(password[user])+")")
		}
	}
	return stranded
}

// couldByPassword returns the people who have a password and no key, sorted.
func couldByPassword(f *actions.Facts) []string {
	var names []string
	for _, a := range f.Accounts {
		if a.Human() && a.Password != "locked" && !a.ByKey() {
			names = append(names, a.Name)
		}
	}
	slices.Sort(names)
	return names
}

func hasKey(f *actions.Facts, user string) bool {
	return slices.ContainsFunc(f.Accounts, func(a actions.Account) bool { return a.Name == user && a.ByKey() })
}

// closed reports whether nobody comes in by the account any more. A locked
// password alone does not say so: another one may be kept in a directory.
func closed(f *actions.Facts, user string) bool {
	return slices.ContainsFunc(f.Accounts, func(a actions.Account) bool {
		return a.Name == user && a.Password == "locked" && !a.Login
	})
}

// withoutRoot refuses while root logs in, by whatever method, and the host
// knows nobody but the bot who could act as root by a login of their own.
func withoutRoot(f *actions.Facts) actions.Answer {
	last := lastAsRoot(f)
	if last.IsZero() {
		return actions.Allow("nobody logged in as root lately")
	}
	var own []string
	for _, a := range f.Accounts {
		if a.UID != 0 && a.Name != f.Login.User && a.Name != f.Host.User && a.Login && a.Sudo && a.ByKey() {
			own = append(own, a.Name)
		}
	}
	if len(own) == 0 {
		return actions.Refuse("people log in as root ("+lastOn(last)+"), and nobody but the bot has a login of their own with a key and sudo",
			"give each of them a login of their own with a key and sudo")
	}
	slices.Sort(own)
	return actions.Allow("root still logs in (%s); these have a key and sudo of their own: %s", lastOn(last), listed(own))
}

// lastAsRoot returns when somebody last came in as root, or zero. Root is
// whoever has its UID.
func lastAsRoot(f *actions.Facts) time.Time {
	roots := map[string]bool{"root": true}
	for _, a := range f.Accounts {
		if a.UID == 0 {
			roots[a.Name] = true
		}
	}
	var last time.Time
	for _, l := range f.Logins {
		if roots[l.User] {
			last = later(last, l.Last)
		}
	}
	return last
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func lastOn(t time.Time) string { return "last on " + t.UTC().Format("2006-01-02 15:04 UTC") }
