package bot

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
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
		{"scna web-1", Command{}, "did you mean /harden scan, as in `/harden scan web-1`"},
		{"scna", Command{}, "did you mean /harden scan PATTERN?"},
		{"hlep", Command{}, "did you mean /harden help [COMMAND]?"},
		{"rusn", Command{}, "did you mean /harden runs?"}, // not undo, though that is listed before or after
		{"find web-1", Command{}, "did you mean /harden findings, as in `/harden findings web-1`"},
		{"hsots web-1", Command{}, "did you mean /harden hosts"},
		{"audti", Command{}, "did you mean /harden audit"},
		{"paln", Command{}, "did you mean /harden plan PLAN?"},
		{"web-*", Command{}, "did you mean /harden scan, as in `/harden scan web-*`"},
		{"web-1, db-*", Command{}, "as in `/harden scan web-1, db-*`"},
		{"<http://web-1.prod|web-1.prod>", Command{}, "as in `/harden scan web-1.prod`"},
		{"@web", Command{}, "there is no command @web; /harden help"},
		{"mail", Command{}, "`/harden scan mail` looks at a host of that name"},
		{"sc`na` we`b", Command{}, "/harden scan we'b"},

		// Quotes, blanks and marks as people and phones put them in.
		{`scan "web-*"`, Command{Verb: "scan", Pattern: "web-*"}, ""},
		{"scan 'web-*'", Command{Verb: "scan", Pattern: "web-*"}, ""},
		{"Scan “web-*”", Command{Verb: "scan", Pattern: "web-*"}, ""},
		{"scan „web-*“.", Command{Verb: "scan", Pattern: "web-*"}, ""},
		{"“scan web-*”", Command{Verb: "scan", Pattern: "web-*"}, ""},
		{"`scan web-*`", Command{Verb: "scan", Pattern: "web-*"}, ""},
		{`scan "web-*","db-*", !"web-3"`, Command{Verb: "scan", Pattern: "web-*,db-*,!web-3"}, ""},
		{`scan "web-*, db-*"`, Command{Verb: "scan", Pattern: "web-*,db-*"}, ""},
		{"scan web-*,", Command{Verb: "scan", Pattern: "web-*"}, ""},
		{"scan web-1. ", Command{Verb: "scan", Pattern: "web-1"}, ""},
		{"scan\u00a0web-*\u00a0", Command{Verb: "scan", Pattern: "web-*"}, ""},
		{"scan \u200bweb-\u2060*\u202e", Command{Verb: "scan", Pattern: "web-*"}, ""},
		{"scan web-{,a,b}", Command{Verb: "scan", Pattern: "web-{,a,b}"}, ""},
		{"scan we\"b", Command{Verb: "scan", Pattern: "we\"b"}, ""}, // nothing is guessed: the inventory says what is wrong
		{`scan ""`, Command{}, "scan needs a pattern"},
		{"scan , ,", Command{}, "scan needs a pattern"},
		{"/harden scan web-*", Command{Verb: "scan", Pattern: "web-*"}, ""},
		{": scan web-*", Command{Verb: "scan", Pattern: "web-*"}, ""}, // behind a mention
		{", help", Command{Verb: "help"}, ""},
		{"--help", Command{Verb: "help"}, ""},
		{"?", Command{Verb: "help"}, ""},
		{"stop!", Command{Verb: "stop"}, ""},
		{"“Stop” now", Command{Verb: "stop", Why: "now"}, ""},
		{"stop " + strings.Repeat("é", 3000), Command{Verb: "stop", Why: strings.Repeat("é", 997)}, ""},

		{"findings", Command{Verb: "findings"}, ""},
		{"findings “web-1”", Command{Verb: "findings", Pattern: "web-1"}, ""},
		{"findings web-1 web-2", Command{}, "findings takes one pattern; put a comma between web-1 and web-2"},
		{"posture", Command{Verb: "posture"}, ""},
		{"posture @web", Command{Verb: "posture", Pattern: "@web"}, ""},
		{"hosts <!subteam^S123|@web>", Command{Verb: "hosts", Pattern: "@web"}, ""},
		{"hosts", Command{}, "hosts needs a pattern"},
		{"fix", Command{Verb: "fix"}, ""},
		{"fix ssh-password-auth web-*", Command{Verb: "fix", What: "ssh-password-auth", Pattern: "web-*"}, ""},
		{"fix SSH-Password-Auth “web-1”, web-2", Command{Verb: "fix", What: "ssh-password-auth", Pattern: "web-1,web-2"}, ""},
		{"fix F-7g2kd0xw", Command{Verb: "fix", What: "F-7g2kd0xw"}, ""},
		{"fix f-7G2kd0xw web-*", Command{Verb: "fix", What: "F-7g2kd0xw", Pattern: "web-*"}, ""},
		{"fix ssh-password-auth", Command{}, "fix needs a pattern of hosts, too"},
		{"fix $(reboot) web-1", Command{}, "is no remedy and no finding"},
		{"plan P-7g2kd0xw", Command{Verb: "plan", Plan: "P-7g2kd0xw"}, ""},
		{"plan p-7G2kd0xw.", Command{Verb: "plan", Plan: "P-7g2kd0xw"}, ""},
		{"plan R-7g2kd0xw", Command{}, "plan needs the id of a plan"},
		{"plan", Command{}, "plan needs the id of a plan"},
		{"undo “R-7g2kd0xw”", Command{Verb: "undo", Run: "R-7g2kd0xw"}, ""},
		{"audit", Command{Verb: "audit"}, ""},
		{"audit 2h", Command{Verb: "audit", Since: "2h"}, ""},
		{"audit since 2026-11-20.", Command{Verb: "audit", Since: "2026-11-20"}, ""},
		{"audit 2026-11-20T08:00:00Z", Command{Verb: "audit", Since: "2026-11-20T08:00:00Z"}, ""},
		{"audit " + strings.Repeat("9", 60), Command{}, "is no time"},
		{"help scan", Command{Verb: "help", What: "scan"}, ""},
		{"help Scna", Command{}, "did you mean /harden scan PATTERN?"},
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

// Nobody reads the answer but as Slack shows it: one line of bounded length,
// in which nothing of what was typed is markup.
func checkAnswer(t *testing.T, text string, err error) {
	t.Helper()
	if said := err.Error(); strings.TrimSpace(said) == "" || len(said) > 1000 || strings.ContainsFunc(said, invisible) {
		t.Errorf("%q fails with %q", text, said)
	}
	shown, _ := sentence(sayable{err})
	if n := utf8.RuneCountInString(shown); n > maxReason {
		t.Errorf("%q is answered with %d characters", text, n)
	}
	checkHarmless(t, message{Text: shown})
	if strings.ContainsAny(shown, "<>") {
		t.Errorf("%q is answered with markup: %q", text, shown)
	}
}

func TestHostileCommands(t *testing.T) {
	for _, text := range []string{
		"<!channel>", "&lt;!channel&gt;", "&lt;!channel&gt; now", "<@U0BOB>", "<@U0BOB|bob> web-1", "&lt;@U0BOB&gt;", "@here", "scna @everyone", "*bold*", "_it_ ~no~",
		":warning:", "```", "scna ```rm -rf```", "<http://evil.example|scan>", "scan <http://evil.example|a b>", "scan &lt;!here&gt; &lt;!here&gt;",
		"fix <!channel>", "fix &lt;!channel&gt; web-1", "scan\u202eweb", "\x1b[31mscan web-1", "x\u2028y", "\xff\xfe", "hlep\x00", "plan <!subteam^S1|@x>", "audit " + strings.Repeat("&lt;", 60),
		strings.Repeat("`", 1999), strings.Repeat("&lt;!channel&gt;", 100), strings.Repeat("𝔘", 400), "scan " + strings.Repeat("<http://a|b>,", 100) + " &lt;!channel&gt;", "a" + strings.Repeat("*", 1900),
	} {
		c, err := ParseCommand(text)
		if err == nil && c.Verb != "scan" && !reflect.DeepEqual(c, Command{Verb: "help"}) {
			t.Errorf("%q is taken for %+v", text, c)
		}
		if err != nil {
			checkAnswer(t, text, err)
		}
	}
}

// The nearest command is the one, not the first that is near enough.
func TestNearest(t *testing.T) {
	for word, want := range map[string]string{
		"stpo": "stop", "sotp": "stop", "strat": "start", "star": "start", "stat": "start", "scam": "scan", "plna": "plan", "rnus": "runs",
		"abrot": "abort", "retyr": "retry", "udno": "undo", "postrue": "posture", "post": "posture", "host": "hosts", "finding": "findings",
		"fx": "fix", "FIXX": "fix", "resum": "resume", "adit": "audit", "destroy": "", "x": "", "everything": "", "": "",
	} {
		if v, ok := nearest(word); v.name != want && (ok || want != "") {
			t.Errorf("%q is taken for %q; want %q", word, v.name, want)
		}
	}
	for _, v := range verbs {
		if got, ok := nearest(v.name); !ok || got.name != v.name {
			t.Errorf("%s is not nearest to itself but %s", v.name, got.name)
		}
	}
}

func FuzzParseCommand(f *testing.F) {
	for _, seed := range []string{"", "help", "scan web-*", "scan <http://a|b>", "scan <<>>", "abort R-7g2kd0xw x", "retry R-7g2kd0xw a,b", "stop \u202e", "scan a, b", "scan <|", "\xff", "scan <@U1|x> &amp;lt;",
		"“scan” „web-*“,", "fix F-7g2kd0xw", "fix a b,c", "plan p-7g2kd0xw", "audit since 2h", "audit 3 d", "posture", "findings !web-1", "help stop", "hosts \"a\",'b'", "web-*", ":: /harden stop", "scna `x` y", "help &lt;!here&gt;"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cmd, err := ParseCommand(text)
		if err != nil {
			checkAnswer(t, text, err)
			return
		}
		if !slices.ContainsFunc(verbs, func(v verb) bool { return v.name == cmd.Verb }) {
			t.Errorf("%q is taken for the command %q", text, cmd.Verb)
		}
		pattern := map[string]bool{"scan": true, "hosts": true, "findings": false, "posture": false, "fix": false} // whether there has to be one
		if needed, takes := pattern[cmd.Verb]; cmd.Pattern != "" && !takes || cmd.Pattern == "" && needed {
			t.Errorf("%q is %s of the pattern %q", text, cmd.Verb, cmd.Pattern)
		}
		if strings.ContainsFunc(cmd.Pattern+cmd.Since+strings.Join(cmd.Hosts, ""), unicode.IsSpace) || utf8.RuneCountInString(cmd.Pattern) > maxPattern {
			t.Errorf("%q is taken for %+v", text, cmd)
		}
		if cmd.Run != "" && !runID.MatchString(cmd.Run) || cmd.Plan != "" && !planLike.MatchString(cmd.Plan) {
			t.Errorf("%q is about %q%q", text, cmd.Run, cmd.Plan)
		}
	})
}
