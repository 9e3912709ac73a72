package host

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
)

// armedHere writes what a host keeps that is armed, with an undo that touches
// $D/undone.
func (r *theRun) armedHere() {
	r.t.Helper()
	undo := r.c.undoScript("R-1", "touch "+filepath.Join(r.dir, "undone"))
	if err := os.WriteFile(filepath.Join(r.state, "switch/undo.sh"), []byte(undo), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *theRun) fire(why string) *process { return r.sh(r.c.fireScript("R-1"), why) }

func (r *theRun) journal() string {
	raw, _ := os.ReadFile(filepath.Join(r.dir, "journal")) // absent while nothing was told
	return string(raw)
}

func TestFire(t *testing.T) {
	for _, tt := range []struct {
		name, decision, why string
		undone              bool
	}{
		{"in time", "", "deadline", true},
		{"disarmed", "disarmed", "deadline", false},
		{"fired before", "fired", "now", false},
		{"cut off by a restart", "fired", "boot", true},
		{"disarmed before a restart", "disarmed", "boot", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRun(t)
			r.armedHere()
			if tt.decision != "" {
				if err := os.Symlink(tt.decision, filepath.Join(r.state, "switch/decision")); err != nil {
					t.Fatal(err)
				}
			}
			if ok, said := r.fire(tt.why).wait(); !ok || r.has("undone") != tt.undone {
				t.Errorf("ended well: %v, undone: %v, said %q", ok, r.has("undone"), said)
			}
		})
	}
}

// A disk that takes no new file does not keep the host from being put back.
func TestFireOnAFullDisk(t *testing.T) {
	r := newRun(t)
	r.armedHere()
	for _, name := range []string{"ln", "touch", "mv"} {
		r.program(name, "echo no space left on device >&2\nexit 1")
	}
	// Neither the log nor the note of what runs can be made: directories are there.
	for _, name := range []string{"switch/undo.log", "switch/result.new", "running.new", "fence"} {
		if err := os.Mkdir(filepath.Join(r.state, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if ok, said := r.fire("deadline").wait(); !ok || !r.has("undone") {
		t.Errorf("ended well: %v, undone: %v, said %q", ok, r.has("undone"), said)
	}
}

// What still runs of the change is ended before it is undone; a package that
// is being installed comes to its end first.
func TestFireWaitsForPackages(t *testing.T) {
	for _, name := range []string{"dpkg", "apt-get"} {
		r := newRun(t)
		r.armedHere()
		r.program(name, slow)
		change := r.step(actions.Script{
			Body: `"$D/bin/` + name + `"; touch "$D/installed"; while [ ! -e "$D/never" ]; do sleep 0.05; done`, Timeout: time.Minute,
		})
		r.until("began")
		fire := r.fire("deadline")
		until(t, 20*time.Second, "word of it", func() bool {
			return strings.Contains(r.journal(), "packages are being installed") || !fire.goesOn()
		})
		if !fire.goesOn() || !change.goesOn() || r.has("undone") {
			t.Fatalf("%s was not waited for: %s", name, r.journal())
		}
		r.touch("go")
		if ok, said := fire.wait(); !ok || !r.has("undone") {
			t.Errorf("ended well: %v, undone: %v, said %q", ok, r.has("undone"), said)
		}
		if ok, _ := change.wait(); ok || !r.has("first") {
			t.Errorf("the change ended well: %v; %s came to its end: %v", ok, name, r.has("first"))
		}
	}
}

// It does not wait for what is not the change's own, nor for ever.
func TestFireDoesNotWait(t *testing.T) {
	for _, own := range []bool{false, true} {
		r := newRun(t)
		r.armedHere()
		r.program("dpkg", slow)
		script, install := r.c.fireScript("R-1"), `"$D/bin/dpkg"`
		if own {
			script = strings.Replace(script, "patience=300", "patience=1", 1)
			r.step(actions.Script{Body: install, Timeout: time.Minute})
		} else {
			r.sh(install)
			r.step(actions.Script{Body: "touch \"$D/going\"\nsleep 1000", Timeout: time.Minute})
			r.until("going")
		}
		r.until("began")
		if ok, said := r.sh(script, "deadline").wait(); !ok || !r.has("undone") || r.has("first") {
			t.Errorf("own %v: ended well: %v, undone: %v, said %q", own, ok, r.has("undone"), said)
		}
	}
}
