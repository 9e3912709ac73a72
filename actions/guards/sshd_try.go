package guards

import (
	"fmt"
	"slices"
	"strings"

	"hardenbot/actions"
)

// sshdTry is what the script found.
type sshdTry struct {
	link     string // what would be written and must not be
	odd      string // where an Include line is that is not understood
	invalid  string
	counts   []map[string]string // by user: keyword → value
	lines    []sshdLine
	complete bool
}

// sshdLine is a place where a keyword is set.
type sshdLine struct{ at, match, keyword, value string }

func (l sshdLine) String() string {
	if l.match == "" {
		return l.at
	}
	return l.at + " (" + said(l.match) + ")"
}

func parseSSHDTry(stdout string) sshdTry {
	var try sshdTry
	for line := range strings.SplitSeq(stdout, "\n") {
		kind, rest, _ := strings.Cut(line, " ")
		switch kind {
		case "link":
			try.link = rest
		case "odd":
			try.odd = rest
		case "invalid":
			try.invalid = rest
		case "counts":
			try.count(rest)
		case "line":
			if f := strings.Split(rest, "\t"); len(f) == 4 {
				try.lines = append(try.lines, sshdLine{f[0], strings.TrimSpace(f[1]), f[2], f[3]})
			}
		case "end":
			try.complete = true
		}
	}
	return try
}

// count takes "N KEYWORD VALUE" of a line; the Ns come in order.
func (try *sshdTry) count(rest string) {
	var n int
	var keyword, value string
	if _, err := fmt.Sscan(rest, &n, &keyword, &value); err != nil || n < 0 || n > len(try.counts) {
		return
	}
	if n == len(try.counts) {
		try.counts = append(try.counts, map[string]string{})
	}
	try.counts[n][strings.ToLower(keyword)] = value
}

// against returns the lines that set the wish's keyword to something else:
// those outside of Match blocks if it is overridden for everybody.
func (try sshdTry) against(w wish, everybody bool) []sshdLine {
	var lines []sshdLine
	for _, l := range try.lines {
		if l.sets(w) && (l.match == "") == everybody {
			lines = append(lines, l)
		}
	}
	return lines
}

// unseen returns the lines against the wish in Match blocks that were not tried
// with everybody for whom they hold: those that depend on more than the user,
// such as the client's address, and those for accounts that were left out.
func (try sshdTry) unseen(w wish, users []string, accounts []actions.Account) []sshdLine {
	return slices.DeleteFunc(try.against(w, false), func(l sshdLine) bool {
		criteria, ok := byWho(l.match)
		if !ok {
			return false
		}
		return w.keyword == "permitrootlogin" && !forRoot(criteria, accounts) ||
			allTried(criteria, users, accounts)
	})
}

// byWho returns the criteria of a Match line, "user" or "group" and their
// patterns, or false if it goes by anything else.
func byWho(match string) (criteria [][2]string, ok bool) {
	words := strings.Fields(match)
	for i := 1; i < len(words); i += 2 {
		kind := strings.ToLower(words[i])
		switch {
		case kind == "all":
			i--
		case i+1 < len(words) && (kind == "user" || kind == "group"):
			criteria = append(criteria, [2]string{kind, words[i+1]})
		default:
			return nil, false
		}
	}
	return criteria, true
}

// allTried reports whether everybody whom the criteria hold for is among the
// users. Nobody at all is not everybody: a directory may know more.
func allTried(criteria [][2]string, users []string, accounts []actions.Account) bool {
	if len(criteria) == 0 {
		return true // Match all
	}
	known := false
	for _, c := range criteria {
		for name := range strings.SplitSeq(c[1], ",") {
			if c[0] != "user" || strings.ContainsAny(name, "*?!") {
				continue
			}
			if known = true; !slices.Contains(users, name) {
				return false
			}
		}
	}
	for _, a := range accounts {
		if !meets(a, criteria) {
			continue
		}
		if known = true; !slices.Contains(users, a.Name) {
			return false
		}
	}
	return known
}

// forRoot reports whether the criteria may hold for an account with root's UID.
func forRoot(criteria [][2]string, accounts []actions.Account) bool {
	return len(accounts) == 0 || slices.ContainsFunc(accounts, func(a actions.Account) bool {
		return a.UID == 0 && meets(a, criteria)
	})
}

func meets(a actions.Account, criteria [][2]string) bool {
	for _, c := range criteria {
		names := []string{a.Name}
		if c[0] == "group" {
			names = a.Groups
		}
		if !slices.ContainsFunc(names, func(n string) bool { return inPatternList(n, c[1]) }) {
			return false
		}
	}
	return true
}

// sets reports whether the line sets the wish's keyword to another value.
func (l sshdLine) sets(w wish) bool {
	keyword := l.keyword
	if w.keyword == "kbdinteractiveauthentication" && (keyword == "challengeresponseauthentication" || keyword == "skeyauthentication") {
		keyword = w.keyword
	}
	return keyword == w.keyword && !w.value.MatchString(l.value)
}
