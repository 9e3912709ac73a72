package inventory

import (
	"path"
	"slices"
	"strings"
	"testing"
)

func TestParsePattern(t *testing.T) {
	for typed, want := range map[string][]string{
		"web-1":                   {"web-1"},
		"  web-1 ":                {"web-1"},
		`"web-*"`:                 {"web-*"},
		"“web-*”":                 {"web-*"},
		"`web-*` , 'db-1'":        {"web-*", "db-1"},
		"web-{1..4}.prod":         {"web-1.prod", "web-2.prod", "web-3.prod", "web-4.prod"},
		"web-{01..03}":            {"web-01", "web-02", "web-03"},
		"{web,db}-1":              {"web-1", "db-1"},
		"{web-{1,2},db-1}":        {"web-1", "web-2", "db-1"},
		"web-[a-c]":               {"web-[a-c]"},
		"web-[!a-c],!web-[^x]":    {"web-[^a-c]", "!web-[^x]"},
		"web-[a,b]":               {"web-[a,b]"},
		"@web,!@{old,new},! db-1": {"@web", "!@old", "!@new", "!db-1"},
		"{@web,db-1}":             {"@web", "db-1"},
	} {
		p, err := ParsePattern(typed)
		if err != nil {
			t.Errorf("%q: %v", typed, err)
			continue
		}
		if got := terms(p); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", typed, got, want)
		}
	}
}

func terms(p Pattern) (all []string) {
	for _, part := range p.parts {
		for _, t := range part.terms {
			s := t.String()
			if part.exclude {
				s = "!" + s
			}
			all = append(all, s)
		}
	}
	return all
}

func TestParsePatternRefuses(t *testing.T) {
	for typed, want := range map[string]string{
		"":                              "no hosts are named",
		"  ":                            "no hosts are named",
		`""`:                            "no hosts are named",
		"!web-3":                        `"!web-3" only takes hosts away`,
		"!":                             "empty part",
		"web-1,,web-2":                  "empty part",
		"web-1,":                        "empty part",
		"web-1,!":                       "empty part",
		"@":                             "leaves a name empty",
		"web-1 web-2":                   "put commas between hosts",
		`web"1`:                         "put commas between hosts",
		"web-{1..4":                     "not in pairs",
		"web-1..4}":                     "not in pairs",
		"}{":                            "not in pairs",
		"web-{1}":                       "the braces in",
		"web-{1..a}":                    "the braces in",
		"web-[a":                        "the brackets in",
		"web-[]":                        "the brackets in",
		"web-1!":                        "stand at the beginning",
		"web@prod":                      "stand at the beginning",
		"!!web":                         "stand at the beginning",
		"web-1;reboot":                  "cannot contain ';'",
		"$(reboot)":                     "cannot contain '$'",
		"../etc":                        "cannot contain '/'",
		"web\x00":                       `cannot contain '\x00'`,
		"web\n-1":                       `cannot contain '\n'`,
		"wéb":                           `cannot contain '\u00e9'`,
		"web\u202e":                     `cannot contain '\u202e'`,
		"web\xff":                       `cannot contain '\ufffd'`,
		"{1..1000000000}":               "too many names",
		"{0..9223372036854775807}":      "too many names",
		"{1..9000},{1..9000}":           "too many names",
		strings.Repeat("{a,b,c,d}", 8):  "too many names",
		strings.Repeat("{*,?*,??*}", 7): "too many names",
		strings.Repeat("{1..1}", 9):     "9 pairs of braces",
		strings.Repeat("a", 1001):       "too long",
	} {
		p, err := ParsePattern(typed)
		if err == nil {
			t.Errorf("%q was accepted as %q", typed, terms(p)[:1])
			continue
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %q, want %q", typed, err, want)
		}
		if len(err.Error()) > 300 || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: the sentence is not one short line: %q", typed, err)
		}
	}
}

func FuzzParsePattern(f *testing.F) {
	for _, seed := range []string{
		"web-*,!web-3", "web-{1..4}.prod", "{web,db}-1", "@group", "[!a-c]?", `"web 1"`, "{1..1000000000}",
		"{a,{b,c}}{1..3..2}", "{-3..3}", "{a..f}", "{A..z}", "{1..2,3}", "{01..1}", "[]a]", "{9223372036854775800..9223372036854775807}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		p, err := ParsePattern(typed)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x00\x1b") {
				t.Errorf("the sentence repeats control characters: %q", err)
			}
			return
		}
		all := terms(p)
		if len(all) == 0 || len(all) > maxTerms || len(typed) > maxPattern {
			t.Errorf("%q gives %d terms", typed, len(all))
		}
		for _, part := range p.parts {
			for _, term := range part.terms {
				if _, err := path.Match(term.glob, "web-1"); err != nil {
					t.Errorf("%q gives the malformed %q", typed, term.glob)
				}
			}
		}
	})
}
