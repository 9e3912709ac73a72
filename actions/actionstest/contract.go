package actionstest

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"testing"

	"hardenbot/actions"
)

// Cases are the facts that TestRemedy shows to a remedy, by name.
type Cases struct {
	Guards []actions.Guard // all that there are
	Broken map[string]*actions.Facts
	Sound  map[string]*actions.Facts
}

// TestRemedy is the contract that every remedy keeps:
//
//   - it says what it is, why it matters and where that is known from;
//   - it finds something in each of the broken facts and nothing in the sound;
//   - without a section that it needs, it says so and finds nothing;
//   - its Check and Plan change nothing and give the same answer each time;
//   - its changes name known guards, can be undone or say that they cannot,
//     are bounded in time, and install no package once the dead-man switch is
//     armed; their scripts are POSIX sh, their calls whole and, as commands, too;
//   - whatever a host calls its things, no word of it is run.
func TestRemedy(t *testing.T, r actions.Remedy, c Cases) {
	t.Helper()
	t.Run("description", func(t *testing.T) { describes(t, r) })
	for name, f := range c.Broken {
		t.Run("broken "+name, func(t *testing.T) {
			finds(t, r, f)
			notChecked(t, r, f)
			if r.Plan != nil {
				plans(t, r, f, c.Guards)
				survivesHostileText(t, r, f)
			}
		})
	}
	for name, f := range c.Sound {
		t.Run("sound "+name, func(t *testing.T) {
			if found := actions.Examine(f, []actions.Remedy{r}); len(found) > 0 {
				t.Errorf("finds something on a sound host: %q", found[0].Evidence)
			}
			if _, _, err := actions.Derive(f, r, ""); !errors.Is(err, actions.ErrSound) {
				t.Errorf("a sound host gives %v, want ErrSound", err)
			}
		})
	}
}

var kebabCase = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func describes(t *testing.T, r actions.Remedy) {
	for what, ok := range map[string]bool{
		"an id in kebab-case":                kebabCase.MatchString(r.ID),
		"a title":                            r.Title != "",
		"a reason why":                       r.Why != "",
		"a known layer":                      slices.Contains(actions.Layers, r.Layer),
		"a rank from 1":                      r.Rank >= 1,
		"a reference":                        len(r.References) > 0 && !slices.Contains(r.References, ""),
		"the sections it needs":              len(r.Needs) > 0,
		"a check":                            r.Check != nil,
		"either a plan or why there is none": (r.Plan == nil) == (r.ReportOnly != ""),
	} {
		if !ok {
			t.Errorf("the remedy lacks %s", what)
		}
	}
}

func finds(t *testing.T, r actions.Remedy, f *actions.Facts) {
	before := asJSON(f)
	evidence := r.Check(f)
	if asJSON(f) != before {
		t.Error("Check changed the facts")
	}
	if len(evidence) == 0 {
		t.Error("Check finds nothing")
	}
	if asJSON(evidence) != asJSON(r.Check(clone(f))) {
		t.Error("Check finds something else the second time")
	}
	subjects := map[string]bool{}
	for _, e := range evidence {
		if len(e.Says) == 0 || slices.Contains(e.Says, "") {
			t.Errorf("the evidence on %q says nothing", e.Subject)
		}
		if subjects[e.Subject] {
			t.Errorf("two findings have the subject %q", e.Subject)
		}
		subjects[e.Subject] = true
	}
}

func notChecked(t *testing.T, r actions.Remedy, f *actions.Facts) {
	for _, s := range r.Needs {
		without := clone(f)
		without.Absent = map[actions.Section]string{s: "it was left out"}
		found := actions.Examine(without, []actions.Remedy{r})
		if len(found) != 1 || found[0].Status != actions.NotChecked {
			t.Errorf("without %s the remedy finds %+v, want one finding that is not checked", s, found)
		}
	}
}

func plans(t *testing.T, r actions.Remedy, f *actions.Facts, guards []actions.Guard) {
	planned := 0
	for _, finding := range actions.Examine(f, []actions.Remedy{r}) {
		before := asJSON(f)
		change, err := r.Plan(f, finding)
		if asJSON(f) != before {
			t.Error("Plan changed the facts")
		}
		if err != nil {
			t.Logf("no change for %q: %v", finding.Subject, err)
			continue
		}
		planned++
		if again, _ := r.Plan(clone(f), finding); again.Digest() != change.Digest() {
			t.Error("the same facts give a change with another digest")
		}
		keepsItsWord(t, change, guards)
	}
	if planned == 0 {
		t.Error("no finding on this host gets a change")
	}
}

// installs finds what runs dpkg.
var installs = regexp.MustCompile(`\b(apt_(install|install_stopped|upgrade)|dpkg_finish)\b`)

// keepsItsWord checks one change by itself.
func keepsItsWord(t errorer, c actions.Change, guards []actions.Guard) {
	if len(c.Steps) == 0 {
		t.Errorf("the change has no steps")
	}
	for _, need := range c.Guards {
		if !slices.ContainsFunc(guards, func(g actions.Guard) bool { return g.Name == need.Guard }) {
			t.Errorf("no guard is called %q", need.Guard)
		}
	}
	if c.Lockout() && !slices.ContainsFunc(c.Guards, func(n actions.Need) bool { return n.Guard == "key-login" }) {
		t.Errorf("the change could lock people out and does not ask for the guard key-login")
	}
	armed := false
	for _, s := range c.Steps {
		armed = armed || s.Lockout
		switch {
		case armed && installs.MatchString(s.Do):
			t.Errorf("%q works on packages under the dead-man switch, which may end it in the middle: do that in a step before, without Lockout", s.Says)
		case s.Says == "" || s.Do == "" && s.Call == nil && !s.Reboot:
			t.Errorf("a step says or does nothing: %+v", s)
		case s.Reboot && (s.Do != "" || s.Call != nil || s.Lockout || !s.Disruptive || !s.Irreversible):
			t.Errorf("%q restarts the host, which is all that it may do, disrupts, cannot be undone, and would end the dead-man switch", s.Says)
		case s.Do != "" && s.Call != nil || s.Undo != "" && s.Call != nil || s.UndoCall != nil && s.Call == nil:
			t.Errorf("%q has to be a script with its undo or a call with its undo, and is both", s.Says)
		case s.Timeout <= 0:
			t.Errorf("%q has no time limit", s.Says)
		case s.Lockout && (!undone(s) || s.UndoSays == ""):
			t.Errorf("%q could lock people out and cannot be undone", s.Says)
		case !undone(s) && !s.Irreversible:
			t.Errorf("%q has no undo and does not say so", s.Says)
		case s.UndoCall != nil && s.UndoSays == "":
			t.Errorf("%q does not say what its undo does", s.Says)
		}
		for _, call := range []*actions.Call{s.Call, s.UndoCall} {
			if call != nil && !whole(*call) {
				t.Errorf("%q makes a call that is not whole: %+v", s.Says, *call)
			}
		}
	}
	for _, script := range scripts(c) {
		if err := CheckScript(script); err != nil {
			t.Errorf("%v in:\n%s", err, script)
		}
	}
}

func undone(s actions.Step) bool { return s.Undo != "" || s.UndoCall != nil }

// whole reports whether the call has what its action needs, and nothing else.
func whole(c actions.Call) bool {
	if c.Account == "" || c.Region == "" {
		return false
	}
	switch c.Action {
	case actions.RevokeIngress, actions.AuthorizeIngress:
		named := c.Action == actions.RevokeIngress || c.Rule != nil && c.Rule.ID == ""
		return c.Rule != nil && named && c.Rule.Group != "" && c.Rule.Proto != "" && oneSource(*c.Rule) && c.Instance+c.Tokens == ""
	case actions.ModifyMetadata:
		return c.Rule == nil && c.Instance != "" && slices.Contains([]string{"required", "optional"}, c.Tokens)
	}
	return false
}

func oneSource(r actions.IngressRule) bool {
	sources := slices.DeleteFunc([]string{r.CIDR, r.PrefixList, r.Source}, func(s string) bool { return s == "" })
	return len(sources) == 1
}

// errorer is what a check needs of a test.
type errorer interface {
	Errorf(format string, args ...any)
}

func scripts(c actions.Change) []string {
	all := []string{c.UndoScript()}
	for _, s := range c.Steps {
		all = append(all, s.Do, s.Undo)
		for _, call := range []*actions.Call{s.Call, s.UndoCall} {
			if call != nil {
				all = append(all, call.String())
			}
		}
	}
	return all
}

func asJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("actionstest: " + err.Error())
	}
	return string(raw)
}
