package host

import (
	"errors"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"hardenbot/actions"
)

// parseAccounts reads lines of a kind, a tab and the rest; probe/accounts.sh
// lists the kinds.
func parseAccounts(text string, f *actions.Facts) error {
	var accounts []actions.Account
	at := map[string]int{}        // name → index
	primary := map[int][]string{} // gid → names
	ways := map[string]*keyWays{}
	members := 0
	for line := range strings.Lines(text) {
		kind, rest, _ := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		name, more, _ := strings.Cut(rest, "\t")
		i, known := at[name]
		switch {
		case kind == "A":
			a, gid, err := account(rest)
			if err != nil {
				return err
			}
			if _, twice := at[a.Name]; twice {
				continue // as for the host, the first entry counts
			}
			at[a.Name] = len(accounts)
			primary[gid] = append(primary[gid], a.Name)
			accounts = append(accounts, a)
		case kind == "G":
			if members += join(accounts, at, primary, rest); members > maxMembers {
				return errors.New("the groups have more members than can be taken in")
			}
		case kind == "K" && known:
			if key, ok := authorizedKey(more); ok {
				key.Unusable = waysOf(ways, name).unusable(key)
				accounts[i].Keys = append(accounts[i].Keys, key)
			}
		case kind == "W" && known:
			waysOf(ways, name).setting(more)
		case kind == "X" && known:
			waysOf(ways, name).doubt(more)
		case kind == "R" && known:
			accounts[i].Sudo = true
		}
	}
	if len(accounts) == 0 {
		return errors.New("getent listed no account")
	}
	for i, a := range accounts {
		accounts[i].KeyLogin = ways[a.Name].noKeyLogin(a)
	}
	f.Accounts = accounts
	return nil
}

// account reads name:uid:gid:shell:password.
func account(line string) (actions.Account, int, error) {
	parts := strings.Split(clean(line, maxString), ":")
	if len(parts) != 5 || parts[0] == "" {
		return actions.Account{}, 0, errors.New("an account is not understood")
	}
	uid, err := strconv.Atoi(parts[1])
	if err != nil || uid < 0 || uid > math.MaxUint32 {
		return actions.Account{}, 0, errors.New("an account has no numeric user id")
	}
	return actions.Account{
		Name: parts[0], UID: uid, Shell: parts[3], Password: parts[4],
		Login: loginShell(parts[3]), Sudo: uid == 0,
	}, number(parts[2]), nil
}

// loginShell reports whether the shell lets anybody in. No shell means /bin/sh.
func loginShell(shell string) bool {
	return !slices.Contains([]string{"nologin", "false", "true", "sync", "shutdown", "halt"}, path.Base(shell))
}

// maxMembers bounds the members of all groups together.
const maxMembers = 20000

// join adds a group, name:gid:members, to those who are in it, and returns how
// many it names.
func join(accounts []actions.Account, at map[string]int, primary map[int][]string, line string) int {
	parts := strings.SplitN(line, ":", 3)
	if len(parts) != 3 {
		return 0
	}
	group := clean(parts[0], maxString)
	names := append(strings.Split(parts[2], ","), primary[number(parts[1])]...)
	if len(names) > maxMembers {
		return len(names)
	}
	for _, member := range names {
		if i, ok := at[member]; ok && !slices.Contains(accounts[i].Groups, group) {
			accounts[i].Groups = append(accounts[i].Groups, group)
		}
	}
	return len(names)
}

// authorizedKey reads a line of `ssh-keygen -l`: bits, fingerprint, a comment
// that may hold spaces, and the type in parentheses.
func authorizedKey(line string) (actions.Key, bool) {
	words := strings.Fields(clean(line, maxString))
	if len(words) < 3 {
		return actions.Key{}, false
	}
	last := len(words) - 1
	return actions.Key{
		Bits: number(words[0]), Fingerprint: words[1],
		Comment: strings.Join(words[2:last], " "), Type: strings.Trim(words[last], "()"),
	}, true
}

// parseLogins reads lines of a source, a user, a method, the last time and the
// count. The journal and auth.log may tell of the same logins: the later time
// and the higher count is taken.
func parseLogins(text string, f *actions.Facts) error {
	var now time.Time
	sums := map[[2]string]actions.RecentLogin{}
	for line := range strings.Lines(text) {
		p := fields(strings.TrimRight(line, "\n"), 5)
		if p[0] == "Z" {
			now = hostClock(p[1], p[2])
			continue
		}
		key := [2]string{p[1], p[2]}
		last, ok := loginTime(p[0], p[3], now)
		if !ok || now.Sub(last) > 90*24*time.Hour {
			continue
		}
		sum := sums[key]
		sum.User, sum.Method, sum.Count = p[1], p[2], max(sum.Count, number(p[4]))
		if last.After(sum.Last) {
			sum.Last = last.UTC()
		}
		sums[key] = sum
	}
	if now.IsZero() {
		return errors.New("the host did not tell the time")
	}
	f.Logins = make([]actions.RecentLogin, 0, len(sums))
	for _, sum := range sums {
		f.Logins = append(f.Logins, sum)
	}
	slices.SortFunc(f.Logins, func(a, b actions.RecentLogin) int {
		return strings.Compare(a.User+" "+a.Method, b.User+" "+b.Method)
	})
	return nil
}

// hostClock is the host's time, in its own zone (+0100).
func hostClock(zone, seconds string) time.Time {
	s, err := strconv.ParseInt(seconds, 10, 64)
	z, zoneErr := time.Parse("-0700", zone)
	if err != nil || zoneErr != nil {
		return time.Time{}
	}
	return time.Unix(s, 0).In(z.Location())
}

// loginTime reads the time of the journal (J), of a log with full times (L), or
// of one without zone and year (T), which then is the last such day.
func loginTime(source, text string, now time.Time) (time.Time, bool) {
	switch source {
	case "J":
		s, err := strconv.ParseFloat(text, 64)
		return time.Unix(int64(s), 0), err == nil
	case "L":
		t, err := time.Parse(time.RFC3339Nano, text)
		return t, err == nil
	case "T":
		t, err := time.ParseInLocation("2006 Jan 2 15:04:05", strconv.Itoa(now.Year())+" "+text, now.Location())
		if t.After(now.Add(24 * time.Hour)) {
			t = t.AddDate(-1, 0, 0)
		}
		return t, err == nil
	}
	return time.Time{}, false
}
