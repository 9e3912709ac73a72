package actions_test

import (
	"flag"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

func guard() actions.Guard { return actionstest.KeyLogin() }

// played plays the schedule in virtual time. It returns the promise that was
// broken, if one was, and the story until the end.
func played(t *testing.T, s schedule) (w *world) {
	synctest.Test(t, func(*testing.T) { w = s.play() })
	return w
}

// TestMachine plays random schedules of faults and people, and holds the
// promises of DESIGN.md at each effect, at each write of the journal, and at the
// end. They are the same ones each time, so that a change is what makes the test
// fail; HARDENBOT_SCHEDULES or rapid's own flag -rapid.checks has that many others
// drawn.
func TestMachine(t *testing.T) {
	many := schedulesWanted(t)
	met := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		s := schedules().Draw(rt, "schedule")
		w := played(t, s)
		if w.wrong != "" {
			rt.Logf("%#v\n%s", s, strings.Join(w.story, "\n"))
			rt.Fatal(w.wrong)
		}
		for what, n := range w.met {
			met[what] += n
		}
	})
	if many >= 1000 && !t.Failed() {
		wantMet(t, met)
	}
}

// schedulesWanted is how many schedules to play: fewer with -short.
func schedulesWanted(t *testing.T) int {
	many := 4000
	if testing.Short() {
		many = 300
	}
	if n, err := strconv.Atoi(os.Getenv("HARDENBOT_SCHEDULES")); err == nil {
		many = n
	}
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	checks := flag.Lookup("rapid.checks").Value
	if !given && os.Getenv("HARDENBOT_SCHEDULES") == "" {
		if err := flag.Lookup("rapid.seed").Value.Set("1"); err != nil {
			t.Fatal(err)
		}
	}
	if given {
		many, _ = strconv.Atoi(checks.String())
	}
	if err := checks.Set(strconv.Itoa(many)); err != nil {
		t.Fatal(err)
	}
	return many
}

// wantMet holds that the schedules have met all that they are about, so that a
// promise which holds was put to the test.
func wantMet(t *testing.T, met map[string]int) {
	for _, f := range append(faults, apiFaults...) {
		if met["fault "+f] == 0 {
			t.Errorf("no schedule has met the fault %q", f)
		}
	}
	for _, what := range []string{
		"effect step", "effect undo", "effect self-undo", "effect cut off", "effect restart", "effect arm", "effect disarm",
		"effect drain", "effect return", "effect call",
		"host.done", "host.undone", "host.refused", "host.failed", "host.out-of-rotation", "host.unreachable", "host.untouched",
		"host.already-sound", "host.drift", "run.done", "run.stopped", "run.resumed", "run.aborted", "changes.stopped",
		"decision.refused", "resume.refused", "step.undone",
	} {
		if met[what] == 0 {
			t.Errorf("no schedule has met %q", what)
		}
	}
	t.Logf("met: %v", met)
}
