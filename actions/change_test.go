package actions_test

import (
	"os/exec"
	"strings"
	"testing"

	"hardenbot/actions"
)

// TestUndoScript runs what UndoScript makes: last step first, every step even
// if another fails, and no further in a step than to its first failure.
func TestUndoScript(t *testing.T) {
	c := actions.Change{Steps: []actions.Step{
		{Undo: "echo first"},
		{Undo: "false\necho never"},
		{},
		{Undo: "echo last"},
	}}
	out, err := exec.Command("sh", "-c", c.UndoScript()).CombinedOutput()
	if err == nil {
		t.Error("an undo failed, and the script ended well")
	}
	if got := strings.Fields(string(out)); strings.Join(got, " ") != "last first" {
		t.Errorf("it did %q", got)
	}
	c.Steps = c.Steps[:1]
	if out, err := exec.Command("sh", "-c", c.UndoScript()).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if (actions.Change{Steps: []actions.Step{{Do: "true"}}}).UndoScript() != "" {
		t.Error("a change without any undo has an undo script")
	}
}
