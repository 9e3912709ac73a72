package guards

import (
	"fmt"
	"slices"
	"strings"
)

// sshdTry is what the script found.
type sshdTry struct {
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

// unseen returns the lines against the wish in Match blocks that depend on more
// than the user, such as the client's address: those were not tried.
func (try sshdTry) unseen(w wish) []sshdLine {
	return slices.DeleteFunc(try.against(w, false), func(l sshdLine) bool {
		words := strings.Fields(l.match)
		for i := 1; i < len(words); i += 2 {
			switch strings.ToLower(words[i]) {
			case "user", "group", "all":
			default:
				return false
			}
		}
		return true
	})
}

// sets reports whether the line sets the wish's keyword to another value.
func (l sshdLine) sets(w wish) bool {
	keyword := l.keyword
	if w.keyword == "kbdinteractiveauthentication" && (keyword == "challengeresponseauthentication" || keyword == "skeyauthentication") {
		keyword = w.keyword
	}
	return keyword == w.keyword && !w.value.MatchString(l.value)
}
