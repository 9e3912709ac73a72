package remedies_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
	"hardenbot/actions/guards"
	"hardenbot/actions/remedies"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestEveryRemedyKeepsTheContract(t *testing.T) {
	for _, r := range remedies.All() {
		t.Run(r.ID, func(t *testing.T) {
			actionstest.TestRemedy(t, r, actionstest.Cases{
				Guards: guards.All(),
				Broken: broken(r),
				Sound:  map[string]*actions.Facts{"web-1": actionstest.Sound(), "web-1 in the cloud": soundInCloud()},
			})
		})
	}
}

// broken returns the facts on which the remedy finds something, and can mend it
// if it has a plan: all, but those without a cloud for a remedy that needs one.
func broken(r actions.Remedy) map[string]*actions.Facts {
	switch r.ID {
	case "dpkg-interrupted":
		return map[string]*actions.Facts{"web-1": interrupted()}
	case "reboot-required":
		return map[string]*actions.Facts{"web-1": outdatedKernel()}
	}
	facts := map[string]*actions.Facts{"web-1 in the cloud": brokenInCloud()}
	if !slices.Contains(r.Needs, actions.SectionCloud) && r.ID != "port-exposed" {
		facts["web-1"] = withBridge(actionstest.Broken())
	}
	return facts
}

// The list is what people read to learn the order of mending.
func TestCatalogueIsInOrder(t *testing.T) {
	seen := map[string]bool{}
	layer, rank := 0, 0
	for _, r := range remedies.All() {
		if seen[r.ID] {
			t.Errorf("%s is listed twice", r.ID)
		}
		seen[r.ID] = true
		if o := r.Layer.Order(); o != layer {
			if o < layer {
				t.Errorf("%s stands after a later layer", r.ID)
			}
			layer, rank = o, 0
		}
		if r.Rank <= rank {
			t.Errorf("%s has rank %d, after rank %d", r.ID, r.Rank, rank)
		}
		rank = r.Rank
	}
}

func find(t *testing.T, id string) actions.Remedy {
	t.Helper()
	r, err := actions.Find(remedies.All(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// evidence returns what the remedy says of the facts, a sentence a line.
func evidence(t *testing.T, id string, f *actions.Facts) string {
	t.Helper()
	var says []string
	for _, e := range find(t, id).Check(f) {
		says = append(says, e.Says...)
	}
	return strings.Join(says, "\n")
}

// golden compares the remedy's change for the facts with testdata/NAME.golden.
func golden(t *testing.T, name, id string, f *actions.Facts) {
	t.Helper()
	goldenOf(t, name, id, "", f)
}

// goldenOf is golden for the finding by that subject.
func goldenOf(t *testing.T, name, id, subject string, f *actions.Facts) {
	t.Helper()
	change, _, err := actions.Derive(f, find(t, id), subject)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name+".golden")
	got := render(change)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the change differs from %s (-update writes it anew):\n%s", path, got)
	}
}

// render writes a change the way a person reads it.
func render(c actions.Change) string {
	var b strings.Builder
	for _, n := range c.Notes {
		b.WriteString("note: " + n + "\n")
	}
	for _, need := range c.Guards {
		b.WriteString("guard: " + need.Guard + "\n")
		for _, arg := range []string{"closes", "path", "content", "include", "users", "want", "interrupted", "kernel", "container"} {
			if v, ok := need.Args[arg]; ok {
				b.WriteString("\t" + arg + ": " + strings.ReplaceAll(strings.TrimSuffix(v, "\n"), "\n", "\n\t\t") + "\n")
			}
		}
	}
	for _, other := range c.Others {
		b.WriteString("also: " + other + "\n")
	}
	for _, s := range c.Steps {
		b.WriteString("\n=== " + s.Says + " [" + s.Timeout.String() + marks(s) + "]\n" + s.Do + command(s.Call))
		b.WriteString("=== undo: " + s.UndoSays + "\n" + s.Undo + command(s.UndoCall))
	}
	return b.String()
}

func command(c *actions.Call) string {
	if c == nil {
		return ""
	}
	return c.String() + "\n"
}

func marks(s actions.Step) string {
	var m string
	for _, mark := range []struct {
		set  bool
		name string
	}{{s.Reboot, "reboot"}, {s.Lockout, "lockout"}, {s.Disruptive, "disruptive"}, {s.Irreversible, "irreversible"}} {
		if mark.set {
			m += ", " + mark.name
		}
	}
	return m
}
