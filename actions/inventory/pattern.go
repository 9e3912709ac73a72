package inventory

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"hardenbot/actions"
)

// What a pattern may be at most.
const (
	maxPattern = 1000  // bytes
	maxBraces  = 8     // pairs; expanding takes time by their number
	maxTerms   = 10000 // after the braces are expanded
	wildcard   = 10    // how many terms one with a wildcard counts for: it is held against every name
)

// Pattern is a parsed host pattern: comma-separated parts, each of which names
// hosts or groups, or takes some away again.
//
//	web-*   web-?   web-[a-c]   web-[!a-c]     as in the shell
//	web-{1..4}.prod   {web,db}-1               as in the shell
//	@databases                                 a group
//	web-*,!web-3                               all but one
type Pattern struct{ parts []part }

type part struct {
	exclude bool
	terms   []term
}

func (p part) cost() (sum int) {
	for _, t := range p.terms {
		sum += t.cost()
	}
	return sum
}

// term is what is left of a part when its braces are expanded.
type term struct {
	group bool
	glob  string // for path.Match
}

// literal reports whether the term names exactly one name.
func (t term) literal() bool { return !strings.ContainsAny(t.glob, "*?[") }

func (t term) cost() int {
	if t.literal() {
		return 1
	}
	return wildcard
}

func (t term) String() string {
	if t.group {
		return "@" + t.glob
	}
	return t.glob
}

// fits reports whether the term names a host of this name in these groups.
func (t term) fits(host string, groups []string) bool {
	names := []string{host}
	if t.group {
		names = groups
	}
	return slices.ContainsFunc(names, func(name string) bool {
		ok, _ := path.Match(t.glob, name) // parseTerm has seen to it that the glob is well formed
		return ok
	})
}

// Match reports whether the pattern names the host, and does not take it away.
// Unlike Inventory.Select it does not ask whether all that it names exists.
func (p Pattern) Match(h actions.Host) bool {
	chosen := false
	for _, part := range p.parts {
		if !slices.ContainsFunc(part.terms, func(t term) bool { return t.fits(h.Name, h.Groups) }) {
			continue
		}
		if part.exclude {
			return false
		}
		chosen = true
	}
	return chosen
}

// ParsePattern parses what somebody typed. Its error is a sentence for people.
func ParsePattern(typed string) (Pattern, error) {
	if len(typed) > maxPattern {
		return Pattern{}, fmt.Errorf("the host pattern is too long: at most %d characters are read", maxPattern)
	}
	text := unquote(typed)
	if text == "" {
		return Pattern{}, errors.New("no hosts are named: give a pattern, for example web-* or @web")
	}
	if err := checkCharacters(text); err != nil {
		return Pattern{}, err
	}
	texts, err := split(text)
	if err != nil {
		return Pattern{}, err
	}
	return parseParts(texts)
}

func parseParts(texts []string) (Pattern, error) {
	var p Pattern
	room, included := maxTerms, false
	for _, text := range texts {
		parsed, err := parsePart(text, room)
		if err != nil {
			return Pattern{}, err
		}
		room -= parsed.cost()
		included = included || !parsed.exclude
		p.parts = append(p.parts, parsed)
	}
	if !included {
		return Pattern{}, fmt.Errorf("%s only takes hosts away: say before it from which ones, for example web-*,!web-3", shown(texts[0]))
	}
	return p, nil
}

// parsePart parses one part, whose terms may cost no more than there is room.
func parsePart(text string, room int) (part, error) {
	body, exclude := strings.CutPrefix(unquote(text), "!")
	body = unquote(body)
	if body == "" {
		return part{}, errors.New("the host pattern has an empty part: write something on both sides of each comma, and after each exclamation mark")
	}
	p := part{exclude: exclude}
	word := &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: body}}}
	syntax.SplitBraces(word)
	for expanded, err := range expand.BracesSeq(nil, word) {
		if err != nil || room <= 0 {
			return part{}, fmt.Errorf("%s stands for too many names: at most %d are looked up at a time, or %d with wildcards", shown(body), maxTerms, maxTerms/wildcard)
		}
		t, err := parseTerm(literal(expanded), body)
		if err != nil {
			return part{}, err
		}
		room -= t.cost()
		p.terms = append(p.terms, t)
	}
	return p, nil
}

// literal is the text of an expanded word, whose parts all are literals.
func literal(w *syntax.Word) string {
	var b strings.Builder
	for _, p := range w.Parts {
		if lit, ok := p.(*syntax.Lit); ok {
			b.WriteString(lit.Value)
		}
	}
	return b.String()
}

// parseTerm parses one expanded term of the part whose text is given for the
// errors.
func parseTerm(text, of string) (term, error) {
	glob, group := strings.CutPrefix(text, "@")
	// The shell negates a set by [!a-c], path.Match by [^a-c].
	t := term{group: group, glob: strings.ReplaceAll(glob, "[!", "[^")}
	switch {
	case glob == "":
		return term{}, fmt.Errorf("%s leaves a name empty: write a name there", shown(of))
	case strings.ContainsAny(glob, "{}"):
		return term{}, fmt.Errorf("the braces in %s cannot be read: write {1..4} or {web,db}", shown(of))
	case strings.ContainsAny(glob, " "+quotes):
		return term{}, fmt.Errorf("%s has a blank or a quotation mark inside: put commas between hosts", shown(of))
	case misplaced(t.glob):
		return term{}, fmt.Errorf("%s cannot be read: ! and @ stand at the beginning of a part, ! and ^ also right after [", shown(of))
	}
	if _, err := path.Match(t.glob, ""); err != nil {
		return term{}, fmt.Errorf("the brackets in %s cannot be read: write [abc] or [a-c]", shown(of))
	}
	return t, nil
}

func misplaced(glob string) bool {
	return strings.ContainsAny(strings.ReplaceAll(glob, "[^", "["), "!^@")
}

// split cuts at the commas that stand outside of braces and brackets.
func split(text string) ([]string, error) {
	var parts []string
	var braces, from int
	bracket := false
	for i, c := range text {
		switch {
		case c == '[':
			bracket = true
		case c == ']':
			bracket = false
		case c == '{':
			braces++
		case c == '}':
			braces--
		case c == ',' && braces == 0 && !bracket:
			parts = append(parts, text[from:i])
			from = i + 1
		}
		if braces < 0 {
			break
		}
	}
	if n := strings.Count(text, "{"); n > maxBraces {
		return nil, fmt.Errorf("the host pattern has %d pairs of braces: at most %d are read", n, maxBraces)
	}
	if braces != 0 {
		return nil, fmt.Errorf("the braces in %s are not in pairs: write {1..4} or {web,db}", shown(text))
	}
	return append(parts, text[from:]), nil
}

// checkCharacters refuses what no pattern contains. Quotes and blanks may
// surround a part; unquote takes them off.
func checkCharacters(text string) error {
	for _, c := range text {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case strings.ContainsRune(`-._*?[]{},!^@ `+quotes, c):
		default:
			return fmt.Errorf("a host pattern cannot contain %+q: use letters, digits, - . _ and * ? [ ] { } , ! @", c)
		}
	}
	return nil
}

// quotes are those that shells know and those that phones and Slack put there.
const quotes = "\"'`“”„‘’"

// unquote takes off the blanks and quotes around the text.
func unquote(text string) string {
	return strings.Trim(strings.TrimSpace(text), quotes+" ")
}

// shown is part of a pattern as errors repeat it: quoted, and not at length.
func shown(text string) string { return fmt.Sprintf("%.60q", text) }
