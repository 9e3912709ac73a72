package host

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/remedies"
)

// here is a host without systemd: this machine, as far as its shell goes. What
// a script would touch lies in the directory of the test, and whatever has not
// left the session of a script when that ends is killed, as some hosts do.
type here struct{ *theRun }

func (h here) Open(context.Context, actions.Host) (Session, error) { return h, nil }
func (h here) Close()                                              {}

func (h here) Exec(_ context.Context, _, stdin string, _ int) (Output, error) {
	cmd := exec.Command(h.shell, "-s")
	cmd.Stdin, cmd.Env = strings.NewReader(h.own(stdin)), []string{"D=" + h.dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &stdout, &stderr, 10*time.Second
	err := cmd.Run()
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return Output{}, err // it left something behind that holds its output
	}
	return Output{Exit: cmd.ProcessState.ExitCode(), Stdout: stdout.Bytes(), Stderr: stderr.Bytes()}, nil
}

// withoutSystemd runs the test on such a host, in each shell.
func withoutSystemd(t *testing.T, test func(r *theRun, h actions.Host)) {
	elsewhere := strings.NewReplacer("/run/systemd/system", "$D/systemd", "/etc/", "$D/etc/", "/sys/fs/cgroup", "$D/cgroup",
		"/proc/uptime", "$D/uptime", "/proc/[0-9]*/comm", "\"$D/comm\"")
	for _, script := range []*string{&switchScript, &timerScript, &watchText, &fireText} {
		was := *script
		t.Cleanup(func() { *script = was })
		*script = elsewhere.Replace(was)
	}
	inShells(t, func(r *theRun) {
		if err := os.MkdirAll(filepath.Join(r.dir, "etc/cron.d"), 0o755); err != nil {
			r.t.Fatal(err)
		}
		if err := os.Symlink("/proc/uptime", filepath.Join(r.dir, "uptime")); err != nil {
			r.t.Fatal(err)
		}
		r.write("comm", "sshd\n")
		r.program("systemctl", "exit 1")
		client, err := New(Config{KnownHosts: []string{os.DevNull}, Prelude: remedies.Prelude, Transports: map[string]Transport{"here": here{r}}})
		if err != nil {
			r.t.Fatal(err)
		}
		client.state, r.c = r.dir, client
		r.t.Cleanup(func() { // no timer outlives its test
			if pid := r.watch(); pid > 1 {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
			until(r.t, 20*time.Second, "the switch's processes end", func() bool { return !atWork(r.state + "/switch/") })
		})
		test(r, actions.Host{Name: "web-1", Transport: "here"})
	})
}

// atWork reports whether the command line of a process has the text in it.
func atWork(text string) bool {
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline") // the pattern is well-formed
	return slices.ContainsFunc(lines, func(path string) bool {
		raw, _ := os.ReadFile(path) // gone: ended meanwhile
		return bytes.Contains(raw, []byte(text))
	})
}

func (r *theRun) write(name, content string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// watch is the number of the process that waits, 0 for none.
func (r *theRun) watch() int {
	raw, _ := os.ReadFile(filepath.Join(r.state, "switch/watch")) // absent: never armed
	pid, _ := strconv.Atoi(strings.SplitN(string(raw), " ", 2)[0])
	if raw, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline"); !bytes.Contains(raw, []byte(r.state+"/switch/fire.sh")) {
		return 0
	}
	return pid
}

func (r *theRun) arm(h actions.Host, after time.Duration) {
	r.t.Helper()
	if err := r.c.Arm(r.t.Context(), h, "R-1", once+"touch \"$D/undone\"", after); err != nil {
		r.t.Fatal(err)
	}
	r.state1(h, actions.SwitchArmed)
}

func (r *theRun) state1(h actions.Host, want actions.SwitchState) {
	r.t.Helper()
	if got, err := r.c.State(r.t.Context(), h, "R-1"); got != want {
		r.t.Fatalf("the switch is %q, %v; want %q", got, err, want)
	}
}

func TestSwitchWithoutSystemdFires(t *testing.T) {
	withoutSystemd(t, func(r *theRun, h actions.Host) {
		began := time.Now()
		r.arm(h, 3*time.Second)
		if !strings.Contains(r.journal(), "run R-1: this host puts itself back in 3 s, unless hardenbot confirms that it can be reached (process)") {
			r.t.Errorf("the journal says %q", r.journal())
		}
		r.until("undone")
		if took := time.Since(began); took < 3*time.Second || took > 10*time.Second {
			r.t.Errorf("it fired after %s", took)
		}
		r.state1(h, actions.SwitchFired)
		if err := r.c.Disarm(r.t.Context(), h, "R-1"); !errors.Is(err, actions.ErrFired) {
			r.t.Errorf("Disarm: %v", err)
		}
		if err := r.c.Arm(r.t.Context(), h, "R-1", "true", time.Minute); !errors.Is(err, actions.ErrFired) {
			r.t.Errorf("Arm: %v", err)
		}
		if err := r.c.Fire(r.t.Context(), h, "R-1"); err != nil || r.times() != 1 {
			r.t.Errorf("Fire: %v, undone %d times", err, r.times())
		}
		if !strings.Contains(r.journal(), "run R-1: putting this host back as it was") {
			r.t.Errorf("the journal says %q", r.journal())
		}
	})
}

// The time that a host is suspended counts.
func TestSwitchWithoutSystemdCountsSuspension(t *testing.T) {
	withoutSystemd(t, func(r *theRun, h actions.Host) {
		r.write("uptime", "1000.09 900.00\n")
		r.arm(h, time.Hour)
		r.write("uptime", "4600.08 4500.00\n")
		for range 3 { // it is not fired before its time, however long one looks
			time.Sleep(500 * time.Millisecond)
			r.state1(h, actions.SwitchArmed)
		}
		r.write("uptime", "4600.09 4500.00\n")
		r.until("undone")
		r.state1(h, actions.SwitchFired)
	})
}

func TestSwitchWithoutSystemdDisarmed(t *testing.T) {
	withoutSystemd(t, func(r *theRun, h actions.Host) {
		r.arm(h, time.Minute)
		pid := r.watch()
		if pid == 0 {
			r.t.Fatal("nothing waits")
		}
		for range 2 {
			if err := r.c.Disarm(r.t.Context(), h, "R-1"); err != nil {
				r.t.Fatal(err)
			}
		}
		if r.watch() != 0 {
			r.t.Error("it still waits")
		}
		r.state1(h, actions.SwitchDisarmed)
		if err := r.c.Fire(r.t.Context(), h, "R-1"); err == nil || r.has("undone") {
			r.t.Errorf("Fire: %v, undone: %v", err, r.has("undone"))
		}
		r.arm(h, 2*time.Second) // once more, for the same run
		r.until("undone")
		r.state1(h, actions.SwitchFired)
	})
}

// Armed again, it has one timer: the later one.
func TestSwitchWithoutSystemdArmedAgain(t *testing.T) {
	withoutSystemd(t, func(r *theRun, h actions.Host) {
		r.write("uptime", "100.00 1.00\n")
		r.arm(h, time.Minute)
		first := r.watch()
		r.arm(h, time.Hour)
		if raw, _ := os.ReadFile("/proc/" + strconv.Itoa(first) + "/cmdline"); bytes.Contains(raw, []byte("fire.sh")) || r.watch() == first {
			r.t.Error("the first timer goes on")
		}
		r.write("uptime", "200.00 1.00\n")
		for range 3 {
			time.Sleep(500 * time.Millisecond)
			r.state1(h, actions.SwitchArmed)
		}
	})
}

// Of a disarming and a firing at the same time exactly one wins.
func TestSwitchWithoutSystemdRace(t *testing.T) {
	for range 3 {
		withoutSystemd(t, func(r *theRun, h actions.Host) {
			r.arm(h, time.Minute)
			fired := make(chan error, 1)
			go func() { fired <- r.c.Fire(context.WithoutCancel(r.t.Context()), h, "R-1") }()
			disarm, fire := r.c.Disarm(r.t.Context(), h, "R-1"), <-fired
			switch n := r.times(); {
			case disarm == nil && fire != nil && n == 0:
			case errors.Is(disarm, actions.ErrFired) && fire == nil && n == 1:
			default:
				r.t.Errorf("Disarm: %v, Fire: %v, undone %d times", disarm, fire, n)
			}
		})
	}
}

// A timer that was killed is told, and so is one that another process has the
// number of by now.
func TestSwitchWithoutSystemdTimerGone(t *testing.T) {
	withoutSystemd(t, func(r *theRun, h actions.Host) {
		r.arm(h, time.Minute)
		if err := syscall.Kill(r.watch(), syscall.SIGKILL); err != nil {
			r.t.Fatal(err)
		}
		for range 2 {
			state, err := r.c.State(r.t.Context(), h, "R-1")
			if err == nil || !strings.Contains(err.Error(), "it is armed, but its timer is gone") {
				r.t.Errorf("%s, %v", state, err)
			}
			raw, err := os.ReadFile("/proc/self/stat")
			if err != nil {
				r.t.Fatal(err)
			}
			fields := strings.Fields(string(raw))
			fields[21] = "1" // the start time
			r.write("R-1/switch/watch", strings.Join(fields, " ")+"\n")
		}
		if err := r.c.Disarm(r.t.Context(), h, "R-1"); err != nil { // and this process goes on
			r.t.Error(err)
		}
	})
}

// cron puts the host back after a restart. Without it, that is told.
func TestSwitchWithoutSystemdRestarts(t *testing.T) {
	withoutSystemd(t, func(r *theRun, h actions.Host) {
		const uncovered = "no cron runs here to put this host back after a restart"
		r.arm(h, time.Minute)
		if !strings.Contains(r.journal(), uncovered) || r.has("etc/cron.d/hardenbot-R-1") {
			r.t.Errorf("the journal says %q", r.journal())
		}
		r.write("journal", "")
		r.write("comm", "sshd\ncron\n")
		r.arm(h, time.Minute)
		raw, err := os.ReadFile(filepath.Join(r.dir, "etc/cron.d/hardenbot-R-1"))
		if want := "@reboot root /bin/sh " + r.state + "/switch/fire.sh boot\n"; err != nil || string(raw) != want || strings.Contains(r.journal(), uncovered) {
			r.t.Fatalf("cron's file is %q, %v; the journal says %q", raw, err, r.journal())
		}
		if err := syscall.Kill(r.watch(), syscall.SIGKILL); err != nil {
			r.t.Fatal(err)
		}
		r.write("uptime", "20.00 1.00\n") // right after the restart
		r.state1(h, actions.SwitchArmed)
		if ok, said := r.sh(strings.TrimPrefix(string(raw), "@reboot root ")).wait(); !ok {
			r.t.Errorf("what cron runs says %q", said)
		}
		r.state1(h, actions.SwitchFired)
		if !r.has("undone") || r.has("etc/cron.d/hardenbot-R-1") || !strings.Contains(r.journal(), "because the host was restarted before that was confirmed") {
			r.t.Errorf("undone: %v; the journal says %q", r.has("undone"), r.journal())
		}
	})
}

// The timer leaves the control group of the login.
func TestSwitchWithoutSystemdLeavesTheLogin(t *testing.T) {
	withoutSystemd(t, func(r *theRun, h actions.Host) {
		if err := os.MkdirAll(filepath.Join(r.dir, "cgroup/elogind"), 0o755); err != nil {
			r.t.Fatal(err)
		}
		r.write("cgroup/elogind/cgroup.procs", "")
		r.arm(h, time.Minute)
		until(r.t, 10*time.Second, "the new control group", func() bool {
			raw, _ := os.ReadFile(filepath.Join(r.dir, "cgroup/elogind/cgroup.procs"))
			return string(raw) == "0\n" // stands for who writes it
		})
		if session, err := os.ReadFile("/proc/" + strconv.Itoa(r.watch()) + "/stat"); err != nil || strings.Fields(string(session))[5] != strconv.Itoa(r.watch()) {
			r.t.Errorf("it has no session of its own: %s, %v", session, err)
		}
	})
}

// What could not put the host back is not armed with.
func TestArmChecksTheUndo(t *testing.T) {
	for _, tt := range []struct {
		name, undo, before string
		program, body      string
		says               string
	}{
		{name: "no script", undo: "restore /etc/x\nif true; then", says: "undo.sh is no script that could be run, so the switch is not armed: "},
		{name: "cut off by a full disk", undo: "true", program: "sync", says: "undo.sh is not what was sent, so the switch is not armed",
			body: `case $1 in *undo.sh.new) head -c 100 "$1" >"$1.cut"; mv "$1.cut" "$1" ;; esac`},
		{name: "the other script cut off", undo: "true", program: "sync", says: "fire.sh is not what was sent, so the switch is not armed",
			body: `case $1 in *fire.sh.new) head -c 100 "$1" >"$1.cut"; mv "$1.cut" "$1" ;; esac`},
		{name: "not on the disk", undo: "true", program: "sync", says: "cannot be written, so the switch is not armed", body: "exit 1"},
		{name: "a kept file lost", undo: "true", before: "keep \"$D/a%file\"; rm -r \"$HARDENBOT_STATE\"/kept/*/file", says: "a%file is damaged, so it could not be put back"},
		{name: "a kept file cut", undo: "true", before: "keep \"$D/a%file\"; : >\"$(kept_at \"$D/a%file\")/file\"", says: "a%file is damaged, so it could not be put back"},
		{name: "a kept mode lost", undo: "true", before: "keep \"$D/a%file\"; chmod 0606 \"$(kept_at \"$D/a%file\")/file\"", says: "a%file is damaged, so it could not be put back"},
		{name: "a kept absence damaged", undo: "true", before: "keep \"$D/none\"; : >\"$(kept_at \"$D/none\")/is\"", says: "none is damaged, so it could not be put back"},
		{name: "a kept unit cut", undo: "true", before: "keep_unit x.service; echo enabled >\"$HARDENBOT_STATE/units/x.service\"", says: "x.service is damaged, so it could not be put back"},
		{name: "sound", undo: "true", before: "keep \"$D/a%file\"; keep \"$D/none\"; keep_unit x.service"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			withoutSystemd(t, func(r *theRun, h actions.Host) {
				r.write("a%file", "content\n")
				if ok, said := r.step(actions.Script{Body: cmp.Or(tt.before, "true")}).wait(); !ok {
					r.t.Fatal(said)
				}
				if tt.program != "" {
					r.program(tt.program, tt.body)
				}
				err := r.c.Arm(r.t.Context(), h, "R-1", tt.undo, time.Minute)
				if tt.says == "" {
					if err != nil {
						r.t.Error(err)
					}
					return
				}
				if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Count(err.Error(), "\n") > 0 {
					r.t.Errorf("Arm: %v", err)
				}
				if r.watch() != 0 {
					r.t.Error("a timer runs")
				}
			})
		})
	}
}

// A host without the program logger is put back, too.
func TestFireWithoutLogger(t *testing.T) {
	withoutSystemd(t, func(r *theRun, h actions.Host) {
		r.program("logger", "echo logger: not found >&2; exit 127")
		r.arm(h, time.Minute)
		if err := r.c.Fire(r.t.Context(), h, "R-1"); err != nil || !r.has("undone") {
			r.t.Errorf("%v, undone: %v", err, r.has("undone"))
		}
	})
}
