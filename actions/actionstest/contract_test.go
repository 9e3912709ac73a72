package actionstest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mvdan.cc/sh/v3/syntax"

	"hardenbot/actions"
)

// The contract's own eyes: what it must see in a script, and what it may not mind.
func TestCheckScript(t *testing.T) {
	for _, c := range []struct{ script, fault string }{
		{"echo a$(hostile_word)", "is not quoted"},
		{"echo \"a`hostile_word`\"", "is not quoted"},
		{"echo a\nhostile_word\n", "is not quoted"},
		{"echo a; x=1 hostile_word", "is not quoted"},
		{"echo $hostile_word", "is expanded"},
		{"echo \"${hostile_word:-x}\"", "is expanded"},
		{"echo a >hostile_word*", "is not quoted"},
		{"echo hostile_word*", "is not quoted"},
		{"echo 'a", "no POSIX sh"},
		{"echo <(true)", "no POSIX sh"},
		{"cat <<'CONF'\nCONF\nhostile_word\n", "is not quoted"},
		{"cat <<CONF\n$(hostile_word)\nCONF\n", "is not quoted"},
		{"cat <<'CONF'\n$(hostile_word)\nCONF\n", ""},
		{"echo 'a$(hostile_word)' \"hostile_word;\" ", ""},
	} {
		err := CheckScript(c.script)
		if (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) {
			t.Errorf("CheckScript(%q) is %v, want %q", c.script, err, c.fault)
		}
	}
}

// The dead-man switch ends what runs under it, and that must not be dpkg.
func TestNoPackagesUnderTheSwitch(t *testing.T) {
	install := actions.Step{Says: "Install", Do: "apt_install 'a=1'\n", Undo: "apt_remove\n", UndoSays: "Purge", Timeout: time.Minute}
	lockout := actions.Step{Says: "Close", Do: "true\n", Undo: "true\n", UndoSays: "Open", Timeout: time.Minute, Lockout: true}
	both := install
	both.Lockout, both.Do = true, "apt_install_stopped u.service 'a=1'\n"
	upgrade := install
	upgrade.Do = "true\napt_upgrade 'a=1'\n"
	for _, c := range []struct {
		name  string
		steps []actions.Step
		fault bool
	}{
		{"before", []actions.Step{install, lockout}, false},
		{"after", []actions.Step{lockout, install}, true},
		{"upgrade after", []actions.Step{lockout, upgrade}, true},
		{"in it", []actions.Step{both}, true},
		{"without a switch", []actions.Step{install, upgrade}, false},
	} {
		faults := &faults{}
		change := actions.Change{Guards: []actions.Need{{Guard: "key-login"}}, Steps: c.steps}
		keepsItsWord(faults, change, []actions.Guard{{Name: "key-login"}})
		if got := strings.Join(*faults, "\n"); strings.Contains(got, "under the dead-man switch") != c.fault || !c.fault && got != "" {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

// A step is a script or a call, never both, and a call is whole.
func TestCallsAreWhole(t *testing.T) {
	rule := actions.IngressRule{ID: "sgr-1", Group: "sg-1", Proto: "tcp", From: 1, To: 1, CIDR: "0.0.0.0/0"}
	unnamed := rule
	unnamed.ID = ""
	take := func(change func(*actions.Step)) actions.Step {
		s := actions.Step{
			Says: "Revoke", Timeout: time.Minute, UndoSays: "Authorize",
			Call:     &actions.Call{Action: actions.RevokeIngress, Account: "1", Region: "r", Rule: &rule},
			UndoCall: &actions.Call{Action: actions.AuthorizeIngress, Account: "1", Region: "r", Rule: &unnamed},
		}
		change(&s)
		return s
	}
	for _, c := range []struct {
		name, fault string
		step        actions.Step
	}{
		{"as it should be", "", take(func(*actions.Step) {})},
		{"both", "is both", take(func(s *actions.Step) { s.Do = "true\n" })},
		{"undone by a script", "is both", take(func(s *actions.Step) { s.Undo, s.UndoCall = "true\n", nil })},
		{"a script undone by a call", "is both", take(func(s *actions.Step) { s.Do, s.Call = "true\n", nil })},
		{"neither", "does nothing", take(func(s *actions.Step) { s.Call = nil })},
		{"not undone", "has no undo", take(func(s *actions.Step) { s.UndoCall = nil })},
		{"undone without a word", "does not say what its undo does", take(func(s *actions.Step) { s.UndoSays = "" })},
		{"lockout, not undone", "cannot be undone", take(func(s *actions.Step) { s.UndoCall, s.Lockout = nil, true })},
		{"no region", "not whole", take(func(s *actions.Step) { s.Call.Region = "" })},
		{"no rule", "not whole", take(func(s *actions.Step) {
			s.Call = &actions.Call{Action: actions.ModifyMetadata, Account: "1", Region: "r"}
		})},
		{"two sources", "not whole", take(func(s *actions.Step) {
			two := unnamed
			two.Source = "sg-2"
			s.UndoCall = &actions.Call{Action: actions.AuthorizeIngress, Account: "1", Region: "r", Rule: &two}
		})},
		{"authorized by an id", "not whole", take(func(s *actions.Step) {
			s.UndoCall = &actions.Call{Action: actions.AuthorizeIngress, Account: "1", Region: "r", Rule: &rule}
		})},
		{"unknown", "not whole", take(func(s *actions.Step) { s.Call.Action = "ec2:TerminateInstances" })},
	} {
		faults := &faults{}
		change := actions.Change{Guards: []actions.Need{{Guard: "key-login"}}, Steps: []actions.Step{c.step}}
		keepsItsWord(faults, change, []actions.Guard{{Name: "key-login"}})
		if got := strings.Join(*faults, "\n"); !strings.Contains(got, c.fault) || (got == "") != (c.fault == "") {
			t.Errorf("%s: %q, want %q", c.name, got, c.fault)
		}
	}
}

// faults takes down what a check objects to.
type faults []string

func (f *faults) Errorf(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

// Each hostile shape is seen where nobody quotes it well, and none where it is
// quoted.
func TestHostileShapes(t *testing.T) {
	for _, shape := range hostileShapes {
		text := strings.ReplaceAll(shape, "%s", "web")
		seen := false
		for _, careless := range []string{"echo %s", "echo '%s'", `echo "%s"`, "cat <<'CONF'\n%s\nCONF\n"} {
			seen = seen || CheckScript(fmt.Sprintf(careless, text)) != nil
		}
		if !seen {
			t.Errorf("%q is seen nowhere", text)
		}
		if word, err := syntax.Quote(text, syntax.LangPOSIX); err == nil && CheckScript("echo "+word) != nil {
			t.Errorf("quoted, %q is taken for a fault: %v", text, CheckScript("echo "+word))
		}
	}
}

func TestSetStringReachesEveryText(t *testing.T) {
	n := countStrings(Broken())
	if n < 150 {
		t.Fatalf("the facts have %d texts", n)
	}
	seen := map[string]bool{}
	for i := range n {
		f := Broken()
		setString(f, i, "%s-changed")
		now := asJSON(f)
		if now == asJSON(Broken()) || seen[now] {
			t.Errorf("text no. %d is not changed alone", i)
		}
		seen[now] = true
	}
}
