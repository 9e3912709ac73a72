package bot

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseCommand(t *testing.T) {
	for _, c := range []struct {
		text string
		want Command
		err  string // part of it
	}{
		{"", Command{Verb: "help"}, ""},
		{"  help ", Command{Verb: "help"}, ""},
		{"scan web-*", Command{Verb: "scan", Pattern: "web-*"}, ""},
		{"SCAN web-1", Command{Verb: "scan", Pattern: "web-1"}, ""},
		{"scan <http://web-1.prod|web-1.prod>", Command{Verb: "scan", Pattern: "web-1.prod"}, ""},
		{"scan <http://web-1.prod>", Command{Verb: "scan", Pattern: "web-1.prod"}, ""},
		{"scan <http://web-1.prod|web-1.prod>,<http://web-2.prod|web-2.prod>", Command{Verb: "scan", Pattern: "web-1.prod,web-2.prod"}, ""},
		{"scan <!subteam^S123|@web>", Command{Verb: "scan", Pattern: "@web"}, ""},
		{"scan web-{1..4}, db-1 ,!web-3", Command{Verb: "scan", Pattern: "web-{1..4},db-1,!web-3"}, ""},
		{"runs", Command{Verb: "runs"}, ""},
		{"abort R-7g2kd0xw it is <!here> Friday", Command{Verb: "abort", Run: "R-7g2kd0xw", Why: "it is !here Friday"}, ""},
		{"abort", Command{}, "abort needs the id of a run"},
		{"abort R-1", Command{}, "/harden runs lists them"},
		{"resume R-7g2kd0xw", Command{Verb: "resume", Run: "R-7g2kd0xw"}, ""},
		{"resume R-7g2kd0xw web-1", Command{}, "resume needs the id of a run"},
		{"retry R-7g2kd0xw web-1, <http://web-2.prod|web-2.prod>", Command{Verb: "retry", Run: "R-7g2kd0xw", Hosts: []string{"web-1", "web-2.prod"}}, ""},
		{"retry R-7g2kd0xw ,", Command{}, "retry needs the names of the hosts"},
		{"undo R-7g2kd0xw", Command{Verb: "undo", Run: "R-7g2kd0xw"}, ""},
		{"stop", Command{Verb: "stop"}, ""},
		{"stop we are  under attack", Command{Verb: "stop", Why: "we are under attack"}, ""},
		{"start", Command{Verb: "start"}, ""},
		{"strat", Command{}, "did you mean /harden start?"},
		{"scan a&amp;b", Command{Verb: "scan", Pattern: "a&b"}, ""},
		{"scan", Command{}, "needs a pattern"},
		{"scan web-1 web-2", Command{}, "put a comma between web-1 and web-2"},
		{"scna web-1", Command{}, "did you mean /harden scan PATTERN?"},
		{"hlep", Command{}, "did you mean /harden help?"},
		{"destroy everything", Command{}, "there is no command destroy; /harden help"},
		{"scan " + strings.Repeat("w", 501), Command{}, "too long"},
		{strings.Repeat("x", 3000), Command{}, "too long"},
	} {
		got, err := ParseCommand(c.text)
		if c.err == "" && (err != nil || !reflect.DeepEqual(got, c.want)) {
			t.Errorf("ParseCommand(%q) = %+v, %v; want %+v", c.text, got, err, c.want)
		}
		if c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("ParseCommand(%q) fails with %v; want %q", c.text, err, c.err)
		}
	}
}

func FuzzParseCommand(f *testing.F) {
	for _, seed := range []string{"", "help", "scan web-*", "scan <http://a|b>", "scan <<>>", "abort R-7g2kd0xw x", "retry R-7g2kd0xw a,b", "stop \u202e", "scan a, b", "scan <|", "\xff", "scan <@U1|x> &amp;lt;"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cmd, err := ParseCommand(text)
		if err != nil {
			if strings.TrimSpace(err.Error()) == "" || len(err.Error()) > 1000 {
				t.Errorf("%q fails with %q", text, err)
			}
			return
		}
		known := slices.ContainsFunc(verbs, func(v verb) bool { return v.name == cmd.Verb })
		switch {
		case known && cmd.Verb != "scan" && cmd.Pattern == "" && (cmd.Run == "" || runID.MatchString(cmd.Run)):
		case cmd.Verb == "scan" && cmd.Pattern != "" && len(strings.Fields(cmd.Pattern)) == 1 && utf8.RuneCountInString(cmd.Pattern) <= maxPattern:
		default:
			t.Errorf("%q is taken for %+v", text, cmd)
		}
	})
}
