package host

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mvdan.cc/sh/v3/syntax"

	"hardenbot/actions"
	"hardenbot/actions/remedies"
)

// inShells runs the test in each shell that /bin/sh may be.
func inShells(t *testing.T, test func(*theRun)) {
	for _, shell := range []string{"dash", "bash"} {
		t.Run(shell, func(t *testing.T) {
			path, err := exec.LookPath(shell)
			if err != nil {
				t.Skip(err)
			}
			r := newRun(t)
			r.t, r.shell = t, path
			test(r)
		})
	}
}

// numbered sends step 1 of the run.
func (r *theRun) numbered(body string) *process {
	r.t.Helper()
	return r.step(actions.Script{Body: body, Step: 1, Timeout: time.Minute})
}

// output waits for the end of the script and returns what Run would.
func (p *process) output() actions.Output {
	p.t.Helper()
	_, said := p.wait()
	out := actions.Output{Stdout: strings.TrimPrefix(p.stdout.String(), "@@M\n"), Stderr: said}
	var exit *exec.ExitError
	if err := <-p.ended; errors.As(err, &exit) {
		out.Exit = exit.ExitCode() // -1: by a signal
	}
	return out
}

// times counts how often a body ran that begins with once.
func (r *theRun) times() int {
	raw, _ := os.ReadFile(filepath.Join(r.dir, "times")) // absent: never
	return strings.Count(string(raw), "\n")
}

const once = "echo again >>\"$D/times\"\n"

// However a step ends, its end is what it is answered with for good.
func TestStepIsRunOnce(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		want       actions.Output
	}{
		{"well", "echo done; echo but >&2", actions.Output{Stdout: "done\n", Stderr: "but"}},
		{"with nothing to say", "true", actions.Output{}},
		{"by exit", "echo no >&2; exit 3; echo on", actions.Output{Exit: 3, Stderr: "no"}},
		{"by exit 0", "exit 0; echo on", actions.Output{}},
		{"by the highest status", "exit 255", actions.Output{Exit: 255}},
		{"by set -e", "echo before; false; echo on", actions.Output{Exit: 1, Stdout: "before\n"}},
		{"by set -e in a function", "f() { false; echo on; }; f; echo on", actions.Output{Exit: 1}},
		{"by fail", "( fail 'it cannot be' ) || exit 1; echo on", actions.Output{Exit: 1, Stderr: "it cannot be"}},
		{"by exec", "exec sh -c 'echo other; exit 4'", actions.Output{Exit: 4, Stdout: "other\n"}},
		{"with a trap of its own", "trap 'echo trapped' EXIT; exit 5", actions.Output{Exit: 5, Stdout: "trapped\n"}},
		{"elsewhere", "cd /; PATH=; exit 6", actions.Output{Exit: 6}},
		{"with the end of much", "i=0; while [ $i -lt 3000 ]; do i=$((i + 1)); echo xx; done; echo last",
			actions.Output{Stdout: strings.Repeat("xx\n", 1364)[1:] + "last\n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inShells(t, func(r *theRun) {
				r.c.cfg.Prelude += "fail() { printf '%s\\n' \"$1\" >&2; exit 1; }\n"
				for range 3 {
					if got := r.numbered(once + tt.body).output(); got != tt.want {
						r.t.Errorf("got %+v\nwant %+v", got, tt.want)
					}
				}
				if n := r.times(); n != 1 {
					r.t.Errorf("it ran %d times", n)
				}
				if got := r.step(actions.Script{Body: once, Step: 2}).output(); got != (actions.Output{}) || r.times() != 2 {
					r.t.Errorf("the next step: %+v, %d times", got, r.times())
				}
			})
		})
	}
}

// The connection is lost while a step runs: it goes on to its end, and whoever
// sends it again gets that.
func TestStepOutlivesItsConnection(t *testing.T) {
	inShells(t, func(r *theRun) {
		body := once + "echo one\n" + slow + "echo two; echo three >&2; exit 7\n"
		first := exec.Command(r.shell, "-s")
		first.Env = []string{"D=" + r.dir, "PATH=" + r.path + ":/usr/bin:/bin"}
		first.Stdin = strings.NewReader(r.c.rootScript("@@M\n", actions.Script{Run: "R-1", Body: body, Step: 1}))
		stdout, err := first.StdoutPipe()
		if err != nil {
			r.t.Fatal(err)
		}
		stderr, err := first.StderrPipe()
		if err != nil {
			r.t.Fatal(err)
		}
		if err := first.Start(); err != nil {
			r.t.Fatal(err)
		}
		defer func() { _ = first.Process.Kill(); _ = first.Wait() }()
		r.until("began")
		_, _ = stdout.Close(), stderr.Close() // nobody reads any more
		second := r.numbered(body)
		for range 5 { // it waits for the first, however long one looks
			time.Sleep(100 * time.Millisecond)
			if !second.goesOn() {
				r.t.Fatal("the second did not wait")
			}
		}
		r.touch("go")
		if got, want := second.output(), (actions.Output{Exit: 7, Stdout: "one\ntwo\n", Stderr: "three"}); got != want {
			r.t.Errorf("got %+v\nwant %+v", got, want)
		}
		if n := r.times(); n != 1 {
			r.t.Errorf("it ran %d times", n)
		}
	})
}

// Many send it at once.
func TestStepAtOnce(t *testing.T) {
	inShells(t, func(r *theRun) {
		var all []*process
		for range 8 {
			all = append(all, r.numbered(once+"sleep 0.1; echo done"))
		}
		for _, p := range all {
			if got := p.output(); got != (actions.Output{Stdout: "done\n"}) {
				r.t.Errorf("got %+v", got)
			}
		}
		if n := r.times(); n != 1 {
			r.t.Errorf("it ran %d times", n)
		}
	})
}

// A step that was cut off in the middle is run again, and answered with that.
func TestStepThatWasCutOff(t *testing.T) {
	for _, tt := range []struct{ name, kill string }{
		{"with all that runs", "kill -s KILL -- -$$"},
		{"its shell", "kill -s KILL $$; sleep 0.3"},
		{"the shell it runs in", "sh -c 'kill -s KILL $PPID'"},
		{"the shell it runs in, gently", "sh -c 'kill -s TERM $PPID'; sleep 1"},
		{"a part of it", "sh -c 'kill -s KILL $$'"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inShells(t, func(r *theRun) {
				body := once + "echo old; echo old >&2\n[ -e \"$D/killed\" ] || { touch \"$D/killed\"; " + tt.kill + "; exit 9; }\nrm \"$D/killed\"; echo new"
				if got := r.numbered(body).output(); got.Exit == 0 {
					r.t.Errorf("cut off, it ended as %+v", got)
				}
				for range 2 {
					if got := r.numbered(body).output(); got != (actions.Output{Stdout: "old\nnew\n", Stderr: "old"}) {
						r.t.Errorf("got %+v", got)
					}
				}
				if n := r.times(); n != 2 {
					r.t.Errorf("it ran %d times", n)
				}
			})
		})
	}
}

// Of a step whose outer shell alone was killed, the inner one is waited for.
func TestStepWithoutItsOuterShell(t *testing.T) {
	inShells(t, func(r *theRun) {
		first := r.numbered(once + slow)
		r.until("began")
		if err := syscall.Kill(first.cmd.Process.Pid, syscall.SIGKILL); err != nil {
			r.t.Fatal(err)
		}
		_ = first.output()
		out := r.step(actions.Script{Body: "touch \"$D/second\"", Step: 2, Timeout: turnMargin + time.Second}).output()
		if !strings.HasPrefix(out.Stderr, "an earlier script of this run did not end within 1 s") || r.has("second") {
			r.t.Errorf("the next step did not wait: %+v", out)
		}
		r.armedHere()
		if ok, said := r.fire("deadline").wait(); !ok || !r.has("undone") {
			r.t.Errorf("fired well: %v, undone: %v, said %q", ok, r.has("undone"), said)
		}
		r.touch("go")
		for range 5 { // what is dead does not do this, however long one looks
			time.Sleep(50 * time.Millisecond)
			if r.has("first") {
				r.t.Fatal("the change went on beside its undo")
			}
		}
	})
}

// Once the run was put back no step begins; one that has ended is still told.
func TestStepAfterTheEnd(t *testing.T) {
	for _, fired := range []bool{true, false} {
		inShells(t, func(r *theRun) {
			want := actions.Output{Exit: 3, Stdout: "done\n"}
			if got := r.numbered(once + "echo done; exit 3").output(); got != want {
				r.t.Errorf("got %+v", got)
			}
			r.armedHere()
			if fired {
				r.fire("deadline").wait()
			} else {
				r.step(actions.Script{Body: "true", Undo: true, Step: 1}).wait()
			}
			if got := r.numbered(once + "echo done").output(); got != want {
				r.t.Errorf("fired %v: got %+v", fired, got)
			}
			out := r.step(actions.Script{Body: once, Step: 2}).output()
			if out.Exit == 0 || out.Stderr != "the host was put back before this step came to it, so the step was not run" {
				r.t.Errorf("fired %v: the next step: %+v", fired, out)
			}
			if n := r.times(); n != 1 {
				r.t.Errorf("fired %v: it ran %d times", fired, n)
			}
		})
	}
}

// An undo is run as often as it is sent.
func TestUndoIsNotNumbered(t *testing.T) {
	inShells(t, func(r *theRun) {
		for range 2 {
			if got := r.step(actions.Script{Body: once, Undo: true, Step: 1}).output(); got != (actions.Output{}) {
				r.t.Errorf("got %+v", got)
			}
		}
		if n := r.times(); n != 2 {
			r.t.Errorf("it ran %d times", n)
		}
	})
}

// Nothing is run that could not be written down as begun. What cannot be
// written down as ended is told to whoever sent it.
func TestStepOnAFullDisk(t *testing.T) {
	inShells(t, func(r *theRun) {
		r.program("mkdir", "case $* in *steps*) exit 1 ;; esac\nexec /bin/mkdir \"$@\"")
		out := r.numbered(once).output()
		if out.Exit == 0 || r.times() != 0 || out.Stderr != r.state+" cannot be written, so nothing was run" {
			r.t.Errorf("ran %d times, %+v", r.times(), out)
		}
		r.program("mkdir", "exec /bin/mkdir \"$@\"")
		r.program("sync", "case $* in *exit*) exit 1 ;; esac\nexec /bin/sync \"$@\"")
		out = r.numbered(once + "echo done; exit 3").output()
		if out.Exit != 3 || out.Stdout != "done\n" || !strings.Contains(out.Stderr, "how this step ended is not kept") {
			r.t.Errorf("%+v", out)
		}
		if r.has("R-1/steps/1") {
			r.t.Error("it is written down as ended")
		}
		// One that has ended is told although nothing can be written any more.
		r.program("sync", "exec /bin/sync \"$@\"")
		r.numbered("exit 8").wait()
		if err := os.Mkdir(filepath.Join(r.state, "running.new"), 0o700); err != nil {
			r.t.Fatal(err)
		}
		if out := r.numbered(once).output(); out != (actions.Output{Exit: 8}) {
			r.t.Errorf("%+v", out)
		}
	})
}

// Only a step that succeeded has left anything as it was meant to be; what goes
// wrong with that is not the step's failure.
func TestStepNotesWhatItLeaves(t *testing.T) {
	inShells(t, func(r *theRun) {
		r.c.cfg.Prelude = "note_end() { touch \"$D/noted\"; echo full >&2; exit 9; }\n"
		for range 2 {
			if got := r.numbered("exit 3").output(); got.Exit != 3 || r.has("noted") {
				r.t.Errorf("got %+v, noted %v", got, r.has("noted"))
			}
		}
		for _, said := range []string{"full", ""} {
			got := r.step(actions.Script{Body: "echo done", Step: 2}).output()
			if got != (actions.Output{Stdout: "done\n", Stderr: said}) || !r.has("noted") {
				r.t.Errorf("got %+v, noted %v", got, r.has("noted"))
			}
		}
	})
}

// The scripts of this package meet the prelude in one shell.
func TestNoFunctionIsDefinedTwice(t *testing.T) {
	for name, script := range map[string]string{"a step": fenceScript + stepScript, "the switch": switchScript + timerScript} {
		file, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(remedies.Prelude+script), name)
		if err != nil {
			t.Fatal(err)
		}
		defined := map[string]bool{}
		syntax.Walk(file, func(node syntax.Node) bool {
			if f, ok := node.(*syntax.FuncDecl); ok {
				if defined[f.Name.Value] {
					t.Errorf("%s defines %s, which the prelude has", name, f.Name.Value)
				}
				defined[f.Name.Value] = true
			}
			return true
		})
		if len(defined) < 50 {
			t.Errorf("only %d functions were found", len(defined))
		}
	}
}

// A step's record holds it whole or not at all.
func TestStepRecordIsWhole(t *testing.T) {
	inShells(t, func(r *theRun) {
		r.program("mv", "case $* in *../1) exit 1 ;; esac\nexec /bin/mv \"$@\"") // power is lost right before
		if got := r.numbered(once + "exit 3").output(); got.Exit != 3 {
			r.t.Errorf("got %+v", got)
		}
		r.program("mv", "exec /bin/mv \"$@\"")
		if got := r.numbered(once + "exit 4").output(); got.Exit != 4 || r.times() != 2 {
			r.t.Errorf("got %+v, %d times", got, r.times())
		}
	})
}

// What was kept for old runs goes with the first step of a new one.
func TestOldRunsAreForgotten(t *testing.T) {
	inShells(t, func(r *theRun) {
		old := time.Now().Add(-32 * 24 * time.Hour)
		for name, decision := range map[string]string{"R-old": "", "R-fired": "fired", "R-disarmed": "disarmed", "R-armed": "none", "R-young": "", "other": ""} {
			dir := filepath.Join(r.dir, name)
			if err := os.MkdirAll(filepath.Join(dir, "switch"), 0o700); err != nil {
				r.t.Fatal(err)
			}
			if decision != "" {
				r.touch(name + "/switch/undo.sh")
			}
			if decision == "fired" || decision == "disarmed" {
				if err := os.Symlink(decision, filepath.Join(dir, "switch/decision")); err != nil {
					r.t.Fatal(err)
				}
			}
			if name != "R-young" {
				if err := os.Chtimes(dir, old, old); err != nil {
					r.t.Fatal(err)
				}
			}
		}
		if got := r.numbered("true").output(); got != (actions.Output{}) {
			r.t.Errorf("got %+v", got)
		}
		for name, stays := range map[string]bool{"R-old": false, "R-fired": false, "R-disarmed": false, "R-armed": true, "R-young": true, "other": true, "R-1": true} {
			if r.has(name) != stays {
				r.t.Errorf("%s is there: %v", name, !stays)
			}
		}
	})
}
