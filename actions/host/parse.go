package host

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"hardenbot/actions"
)

// maxString bounds each string taken from a host, in bytes. The lists are
// bounded by the bytes that their section may print (probedSections).
const maxString = 1024

// Exit statuses of a section with a meaning of their own.
const (
	exitNeedsRoot = 77
	exitTimedOut  = 124 // timeout(1)
	exitKilled    = 137 // timeout -k
)

// printed is what one section of the probe printed.
type printed struct {
	content string
	reason  string // the end of its standard error
	status  int
	ended   bool // its end was seen
}

// parse reads the output of the probe into facts. It takes any input: what is
// not understood makes a section absent, never the whole. The facts' host and
// time are left to the caller, who says in cut why the output may be incomplete.
func parse(mark, raw, cut string) *actions.Facts {
	facts := &actions.Facts{Absent: map[actions.Section]string{}}
	sections := split(mark, raw)
	for _, s := range probedSections {
		if why := read(s, sections[s.section], facts, cut); why != "" {
			facts.Absent[s.section] = why
		}
	}
	return facts
}

// read parses one section. The reason for which it is absent is a phrase.
func read(s probed, p printed, facts *actions.Facts, cut string) string {
	switch {
	case !p.ended:
		return cut
	case p.status == exitNeedsRoot:
		return needsRoot(facts.Login.User, p.reason)
	case p.status == exitTimedOut, p.status == exitKilled:
		return fmt.Sprintf("took longer than %d s", int(s.limit.Seconds()))
	case len(p.content) > s.bytes:
		return fmt.Sprintf("printed more than %d KiB", s.bytes>>10)
	case p.status != 0 && p.reason != "":
		return p.reason
	case p.status != 0:
		return fmt.Sprintf("ended with status %d", p.status)
	}
	before := *facts
	if err := s.parse(tidy(p.content), facts); err != nil {
		*facts = before // a section that fails half way leaves nothing
		return err.Error()
	}
	return ""
}

func needsRoot(user, way string) string {
	if user == "" {
		user = "the login"
	}
	if way == "missing" {
		return "needs root, and " + user + " has no sudo there"
	}
	return "needs root, and " + user + " may not use sudo without a password"
}

// split divides the output at its marks.
func split(mark, raw string) map[actions.Section]printed {
	sections := map[actions.Section]printed{}
	for part := range strings.SplitSeq("\n"+raw, "\n"+mark+" ") {
		head, body, _ := strings.Cut(part, "\n")
		verb, name, _ := strings.Cut(head, " ")
		p := sections[actions.Section(name)]
		switch verb {
		case "begin":
			p.content = body
		case "said":
			p.reason, p.status = lastWords(body)
		case "end":
			p.ended = true
		}
		sections[actions.Section(name)] = p
	}
	return sections
}

// lastWords parses a section's standard error: lines, the last of which is the
// exit status.
func lastWords(body string) (reason string, status int) {
	lines := strings.Split(strings.TrimSpace(body), "\n")
	status, err := strconv.Atoi(lines[len(lines)-1])
	if err != nil {
		return "its exit status was not seen", 1
	}
	for _, line := range lines[:len(lines)-1] {
		if line = clean(line, 200); line != "" {
			reason = line
		}
	}
	return reason, status
}

// tidy makes text harmless and keeps its lines and tabs.
func tidy(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		return harmless(r)
	}, strings.ToValidUTF8(s, ""))
}

// harmless turns what cannot be seen into a space: control characters, and
// those that change the direction of the text around them.
func harmless(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return ' '
}

// fields splits a line at tabs into exactly n cleaned parts, missing ones empty.
func fields(line string, n int) []string {
	parts := append(strings.SplitN(line, "\t", n), make([]string, n)...)[:n]
	for i := range parts {
		parts[i] = clean(parts[i], maxString)
	}
	return parts
}

// number parses a decimal number, 0 if it is none.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
