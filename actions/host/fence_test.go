package host

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"hardenbot/actions"
)

// theRun is a run whose state lies in a directory of the test. Its scripts run
// as on a host, each in a session of its own, and may use $D for their files.
type theRun struct {
	t     *testing.T
	c     *Client
	dir   string // $D
	state string
	path  string
	shell string
}

func newRun(t *testing.T) *theRun {
	t.Helper()
	dir := t.TempDir()
	r := &theRun{t: t, c: &Client{state: dir}, dir: dir, state: filepath.Join(dir, "R-1"), path: filepath.Join(dir, "bin"), shell: "/bin/sh"}
	for _, d := range []string{filepath.Join(r.state, "switch"), r.path} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	r.c.cfg.Prelude = "note_end() { :; }\n"
	// What a host is told goes to a file, and nothing reaches the systemd here.
	r.program("logger", `echo "$*" >>"$D/journal"`)
	r.program("systemctl", "true")
	return r
}

// program puts a program before those of this machine.
func (r *theRun) program(name, body string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.path, name), []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		r.t.Fatal(err)
	}
}

// process is a shell that runs a script.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdout bytes.Buffer
	stderr bytes.Buffer
	ended  chan error
}

func (r *theRun) sh(script string, args ...string) *process {
	r.t.Helper()
	p := &process{t: r.t, cmd: exec.Command(r.shell, append([]string{"-s"}, args...)...), ended: make(chan error, 1)}
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = strings.NewReader(script), &p.stdout, &p.stderr
	p.cmd.Env = []string{"D=" + r.dir, "PATH=" + r.path + ":/usr/bin:/bin"}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	p.cmd.WaitDelay = time.Second // whatever it leaves behind is not waited for
	if err := p.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	group := p.cmd.Process.Pid
	go func() { p.ended <- p.cmd.Wait() }()
	r.t.Cleanup(func() { _ = syscall.Kill(-group, syscall.SIGKILL) })
	return p
}

func (r *theRun) step(s actions.Script) *process {
	s.Run = "R-1"
	return r.sh(r.own(r.c.rootScript("@@M\n", s)))
}

// own has the script find the programs of the test.
func (r *theRun) own(script string) string {
	return strings.Replace(script, environment, strings.Replace(environment, "PATH=", "PATH="+r.path+":", 1), 1)
}

// wait returns whether the script succeeded, and what it said.
func (p *process) wait() (bool, string) {
	p.t.Helper()
	select {
	case err := <-p.ended:
		p.ended <- err
		return err == nil, strings.TrimSpace(p.stderr.String())
	case <-time.After(20 * time.Second):
		p.t.Fatal("the script does not end")
		return false, ""
	}
}

func (p *process) goesOn() bool { return len(p.ended) == 0 }

func (r *theRun) has(name string) bool {
	_, err := os.Lstat(filepath.Join(r.dir, name))
	return err == nil
}

func (r *theRun) until(name string) {
	r.t.Helper()
	until(r.t, 20*time.Second, name, func() bool { return r.has(name) })
}

func (r *theRun) touch(name string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), nil, 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// slow is a step that goes on until $D/go is there.
const slow = "touch \"$D/began\"\nwhile [ ! -e \"$D/go\" ]; do sleep 0.05; done\ntouch \"$D/first\"\n"

// A step that was held up on its way does nothing once the run was put back.
func TestNoStepAfterTheEnd(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(*theRun) error
		ran  bool
	}{
		{"the switch waits", func(*theRun) error { return nil }, true},
		{"the switch was disarmed", func(r *theRun) error { return os.Symlink("disarmed", filepath.Join(r.state, "switch/decision")) }, true},
		{"the switch has fired", func(r *theRun) error { return os.Symlink("fired", filepath.Join(r.state, "switch/decision")) }, false},
		{"the run was undone", func(r *theRun) error {
			ok, said := r.step(actions.Script{Body: "touch \"$D/undone\"", Undo: true, Timeout: time.Minute}).wait()
			if !ok || !r.has("undone") {
				t.Errorf("the undo said %q", said)
			}
			return nil
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRun(t)
			if err := tt.end(r); err != nil {
				t.Fatal(err)
			}
			ok, said := r.step(actions.Script{Body: "touch \"$D/changed\"", Timeout: time.Minute}).wait()
			if ok != tt.ran || r.has("changed") != tt.ran {
				t.Errorf("the step ended well: %v, and changed something: %v", ok, r.has("changed"))
			}
			if want := "the host was put back before this step came to it, so the step was not run"; !tt.ran && said != want {
				t.Errorf("it said %q", said)
			}
		})
	}
}

// An undo waits for the step that still runs; it can be repeated.
func TestUndoWaitsForTheStep(t *testing.T) {
	for _, undo := range []bool{true, false} {
		r := newRun(t)
		first := r.step(actions.Script{Body: slow, Timeout: time.Minute})
		r.until("began")
		second := r.step(actions.Script{Body: "[ -e \"$D/first\" ] && touch \"$D/second\"", Undo: undo, Timeout: time.Minute})
		if undo {
			r.until("R-1/over") // so that it has begun to wait
		}
		// It gives way to the first as long as that runs, however long one looks.
		for range 5 {
			time.Sleep(100 * time.Millisecond)
			if !second.goesOn() || r.has("second") {
				t.Fatal("the second did not wait")
			}
		}
		r.touch("go")
		for _, p := range []*process{first, second} {
			if ok, said := p.wait(); !ok {
				t.Errorf("undo %v: it failed: %s", undo, said)
			}
		}
		if !undo {
			continue
		}
		if ok, said := r.step(actions.Script{Body: "true", Undo: true, Timeout: time.Minute}).wait(); !ok {
			t.Errorf("a second undo failed: %s", said)
		}
	}
}

// It does not wait for ever.
func TestUndoGivesUp(t *testing.T) {
	r := newRun(t)
	r.step(actions.Script{Body: slow, Timeout: time.Minute})
	r.until("began")
	for _, undo := range []bool{false, true} {
		ok, said := r.step(actions.Script{Body: "touch \"$D/second\"", Undo: undo, Timeout: turnMargin + time.Second}).wait()
		if ok || r.has("second") || !strings.HasPrefix(said, "an earlier script of this run did not end within 1 s") {
			t.Errorf("undo %v: ended well: %v, ran: %v, said %q", undo, ok, r.has("second"), said)
		}
	}
}

// What cannot be written down is not done.
func TestNoStepOnAFullDisk(t *testing.T) {
	for _, undo := range []bool{false, true} {
		r := newRun(t)
		if err := os.Mkdir(filepath.Join(r.state, "running.new"), 0o700); err != nil {
			t.Fatal(err)
		}
		ok, said := r.step(actions.Script{Body: "touch \"$D/changed\"", Undo: undo, Timeout: time.Minute}).wait()
		if ok || r.has("changed") || !strings.HasSuffix(said, r.state+" cannot be written, so nothing was run") {
			t.Errorf("undo %v: ended well: %v, ran: %v, said %q", undo, ok, r.has("changed"), said)
		}
	}
}

// Another process that has the number of an earlier one is not waited for.
func TestNumbersAreUsedAgain(t *testing.T) {
	r := newRun(t)
	raw, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(raw))
	fields[21] = "1" // the start time
	if err := os.WriteFile(filepath.Join(r.state, "running"), []byte(strings.Join(fields, " ")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if ok, said := r.step(actions.Script{Body: "true", Timeout: turnMargin}).wait(); !ok {
		t.Errorf("it failed: %s", said)
	}
}

// Of many that come at once, one runs at a time.
func TestOneAtATime(t *testing.T) {
	r := newRun(t)
	var all []*process
	for range 8 {
		all = append(all, r.step(actions.Script{
			Body: "mkdir \"$D/inside\"\nsleep 0.02\nrmdir \"$D/inside\"", Undo: true, Timeout: time.Minute,
		}))
	}
	for _, p := range all {
		if ok, said := p.wait(); !ok {
			t.Errorf("two were inside: %s", said)
		}
	}
}
