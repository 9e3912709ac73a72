package host

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/remedies"
	"hardenbot/deploy/lab"
)

// kinds are the timers that a switch can have, and how to make a host have no
// better one.
var kinds = []struct{ name, hide string }{
	{"systemd-run", "true"},
	{"systemctl", "mv /usr/bin/systemd-run /usr/bin/away"},
	{"process", "mv /run/systemd/system /run/systemd/away"},
}

// switched is a host of the lab that has a switch armed on it.
type switched struct {
	env  lab.Env
	name string
	kind string
	c    *Client
	h    actions.Host
}

// onEachKind runs the test on a host as new for each kind of timer.
func onEachKind(t *testing.T, test func(*testing.T, switched)) {
	env := lab.Open(t)
	name := slices.Sorted(maps.Keys(env.Hosts))[1]
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			env.Reset(t, name, lab.NoTraits)
			env.Exec(t, name, kind.hide)
			c, h := labHost(t, env, name, "ops")
			c.cfg.Prelude = remedies.Prelude
			test(t, switched{env, name, kind.name, c, h})
		})
	}
}

// armed arms a switch whose undo writes down when it ran, once more each time.
func (s switched) armed(t *testing.T, after time.Duration) (run, file string) {
	t.Helper()
	run = actions.NewID("R")
	file = "/var/lib/undone-" + run
	if err := s.c.Arm(t.Context(), s.h, run, "date +%s.%N >>"+file, after); err != nil {
		t.Fatal(err)
	}
	s.is(t, run, actions.SwitchArmed)
	return run, file
}

func (s switched) is(t *testing.T, run string, want actions.SwitchState) {
	t.Helper()
	if got, err := s.c.State(t.Context(), s.h, run); got != want {
		t.Fatalf("the switch is %q, %v; want %q", got, err, want)
	}
}

// undone counts how often the undo ran.
func (s switched) undone(t *testing.T, file string) int {
	t.Helper()
	return strings.Count(s.env.Exec(t, s.name, "cat "+file+" 2>/dev/null || true"), "\n")
}

// left is what there is of the run beside its state directory.
func (s switched) left(t *testing.T, run string) string {
	t.Helper()
	return s.env.Exec(t, s.name, "systemctl list-units --all --no-legend 'hardenbot-"+run+"*'; "+
		"ls /etc/systemd/system /etc/systemd/system/multi-user.target.wants /run/systemd/system /etc/cron.d 2>/dev/null | grep "+run+
		"; ps -eo args | grep '[s]witch/fire.sh' || true")
}

// Off the network, the host puts itself back within two seconds of the time.
func TestSwitchFiresWithoutNetwork(t *testing.T) {
	onEachKind(t, func(t *testing.T, s switched) {
		const after = 5 * time.Second
		began := time.Now() // the host has the same clock
		run := actions.NewID("R")
		file := "/var/lib/undone-" + run
		if err := s.c.Arm(t.Context(), s.h, run, "date +%s%N >>"+file, after); err != nil {
			t.Fatal(err)
		}
		armed := time.Now()
		s.env.Cut(t, s.name)
		until(t, 20*time.Second, "the undo", func() bool { return s.undone(t, file) > 0 })
		nanos, err := strconv.ParseInt(strings.TrimSpace(s.env.Exec(t, s.name, "cat "+file)), 10, 64)
		if at := time.Unix(0, nanos); err != nil || at.Before(began.Add(after)) || at.After(armed.Add(after+2*time.Second)) {
			t.Errorf("the undo ran %s after the beginning and %s after the end of arming, %v", at.Sub(began), at.Sub(armed), err)
		} else {
			t.Logf("the undo ran %s after arming", at.Sub(armed))
		}
		s.env.Heal(t, s.name)
		until(t, 10*time.Second, "the state", func() bool {
			state, err := s.c.State(t.Context(), s.h, run)
			return err == nil && state == actions.SwitchFired
		})
		if err := s.c.Disarm(t.Context(), s.h, run); !errors.Is(err, actions.ErrFired) {
			t.Errorf("Disarm: %v, want ErrFired", err)
		}
		if err := s.c.Fire(t.Context(), s.h, run); err != nil {
			t.Errorf("Fire again: %v", err)
		}
		if n := s.undone(t, file); n != 1 {
			t.Errorf("the undo ran %d times", n)
		}
		journal := s.env.Exec(t, s.name, "journalctl -q -o cat -t hardenbot")
		for _, says := range []string{"(" + s.kind + ")", "putting this host back as it was, because nobody confirmed in time", "this host is back as it was"} {
			if !strings.Contains(journal, says) {
				t.Errorf("the journal does not say %q:\n%s", says, journal)
			}
		}
		until(t, 10*time.Second, "nothing to be left", func() bool { return s.left(t, run) == "" })
	})
}

func TestSwitchDisarmed(t *testing.T) {
	onEachKind(t, func(t *testing.T, s switched) {
		run, file := s.armed(t, 5*time.Second)
		for range 2 { // its answer may have been lost
			if err := s.c.Disarm(t.Context(), s.h, run); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.c.Fire(t.Context(), s.h, run); err == nil {
			t.Error("Fire worked after Disarm")
		}
		if left := s.left(t, run); left != "" {
			t.Errorf("left on the host: %s", left)
		}
		// Even a timer that had not been stopped in time would change nothing.
		s.env.Exec(t, s.name, "sh /var/lib/hardenbot/"+run+"/switch/fire.sh deadline")
		if n := s.undone(t, file); n != 0 {
			t.Errorf("the undo ran %d times", n)
		}
		s.is(t, run, actions.SwitchDisarmed)
	})
}

// Armed again, it has one timer: the later one.
func TestSwitchArmedAgain(t *testing.T) {
	onEachKind(t, func(t *testing.T, s switched) {
		run, file := s.armed(t, 10*time.Second)
		armed := time.Now()
		if err := s.c.Arm(t.Context(), s.h, run, "touch "+file, time.Hour); err != nil {
			t.Fatal(err)
		}
		until(t, time.Minute, "the first time", func() bool { return time.Since(armed) > 12*time.Second })
		s.is(t, run, actions.SwitchArmed)
		if err := s.c.Disarm(t.Context(), s.h, run); err != nil {
			t.Error(err)
		}
	})
}

// Of a disarming and a firing at the same time exactly one wins.
func TestSwitchRace(t *testing.T) {
	onEachKind(t, func(t *testing.T, s switched) {
		for range 4 {
			run, file := s.armed(t, time.Minute)
			fired := make(chan error, 1)
			go func() { fired <- s.c.Fire(context.WithoutCancel(t.Context()), s.h, run) }()
			disarm, fire := s.c.Disarm(t.Context(), s.h, run), <-fired
			n := s.undone(t, file)
			switch {
			case disarm == nil && fire != nil && n == 0:
			case errors.Is(disarm, actions.ErrFired) && fire == nil && n == 1:
			default:
				t.Errorf("Disarm: %v, Fire: %v, undone %d times", disarm, fire, n)
			}
		}
	})
}

// A firing ends what still runs of the change before it undoes it.
func TestSwitchEndsTheChange(t *testing.T) {
	onEachKind(t, func(t *testing.T, s switched) {
		run, _ := s.armed(t, time.Minute)
		ended := make(chan error, 1)
		go func() {
			_, err := s.c.Run(context.WithoutCancel(t.Context()), s.h, actions.Script{Body: "touch /run/going-" + run + "\nsleep 1000 || true\nsleep 1000", Run: run, Step: 1})
			ended <- err
		}()
		until(t, 10*time.Second, "the change", func() bool {
			return s.env.Exec(t, s.name, "ls /run | grep going-"+run+" || true") != ""
		})
		if err := s.c.Fire(t.Context(), s.h, run); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err == nil {
			t.Error("the change ended well")
		}
		if left := s.env.Exec(t, s.name, "pgrep -f '[s]leep 1000' || true"); left != "" {
			t.Errorf("still running: %s", left)
		}
	})
}

func TestSwitchFailed(t *testing.T) {
	onEachKind(t, func(t *testing.T, s switched) {
		run := actions.NewID("R")
		if err := s.c.Arm(t.Context(), s.h, run, "echo broken >&2; exit 4", time.Minute); err != nil {
			t.Fatal(err)
		}
		if err := s.c.Fire(t.Context(), s.h, run); err == nil {
			t.Error("Fire worked")
		}
		s.is(t, run, actions.SwitchFailed)
		s.is(t, actions.NewID("R"), actions.SwitchNone)
	})
}

// A host that is restarted while it waits has lost its timer; it puts itself
// back when it comes up. Without systemd that takes cron, which no host of the
// lab has.
func TestSwitchSurvivesRestart(t *testing.T) {
	onEachKind(t, func(t *testing.T, s switched) {
		if s.kind == "process" {
			journal := func() string { return s.env.Exec(t, s.name, "journalctl -q -o cat -t hardenbot") }
			s.armed(t, time.Minute)
			if !strings.Contains(journal(), "no cron runs here to put this host back after a restart") {
				t.Errorf("the journal does not say that a restart is not covered:\n%s", journal())
			}
			return
		}
		run, file := s.armed(t, time.Hour)
		restart(t, s)
		until(t, 60*time.Second, "the state after the restart", func() bool {
			state, err := s.c.State(t.Context(), s.h, run)
			return err == nil && state == actions.SwitchFired
		})
		if n := s.undone(t, file); n != 1 {
			t.Errorf("the undo ran %d times", n)
		}
	})
}

// restart restarts the host and waits until it is another one.
func restart(t *testing.T, s switched) {
	t.Helper()
	began := func() string {
		out, _ := s.c.Run(t.Context(), s.h, actions.Script{Body: "cut -d ' ' -f 22 /proc/1/stat"}) // of a host that is away: nothing
		return out.Stdout
	}
	before := began()
	s.env.Exec(t, s.name, "systemctl reboot")
	until(t, 60*time.Second, "the restart", func() bool { now := began(); return now != "" && now != before })
}

// A step whose connection was lost is run to its end, once; one that a restart
// cut off is run again.
func TestStepInLab(t *testing.T) {
	env := lab.Open(t)
	name := slices.Sorted(maps.Keys(env.Hosts))[1]
	env.Reset(t, name, lab.NoTraits)
	c, h := labHost(t, env, name, "ops")
	c.cfg.Prelude = remedies.Prelude
	s := switched{env: env, name: name, c: c, h: h}
	const body = "echo again >>/var/lib/times\necho begun\nsync /var/lib/times\n[ -e /var/lib/go ] || while [ ! -e /run/go ]; do sleep 0.1; done\necho done >&2\nexit 3\n"
	times := func() int { return strings.Count(env.Exec(t, name, "cat /var/lib/times 2>/dev/null || true"), "\n") }
	begin := func(step actions.Script, meanwhile func()) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ended := make(chan error, 1)
		before := times()
		go func() { _, err := c.Run(ctx, h, step); ended <- err }()
		until(t, 20*time.Second, "the step", func() bool { return times() > before })
		meanwhile()
		cancel()
		if err := <-ended; err == nil {
			t.Error("its answer was not lost")
		}
	}
	run := actions.NewID("R")
	begin(actions.Script{Run: run, Step: 1, Body: body}, func() { env.Cut(t, name) })
	env.Exec(t, name, "touch /run/go")
	env.Heal(t, name)
	for range 2 {
		out, err := c.Run(t.Context(), h, actions.Script{Run: run, Step: 1, Body: body})
		if err != nil || out != (actions.Output{Exit: 3, Stdout: "begun\n", Stderr: "done\n"}) || times() != 1 {
			t.Errorf("%+v, %v; it ran %d times", out, err, times())
		}
	}
	env.Exec(t, name, "rm /run/go")
	begin(actions.Script{Run: run, Step: 2, Body: body}, func() { restart(t, s) })
	env.Exec(t, name, "touch /var/lib/go")
	out, err := c.Run(t.Context(), h, actions.Script{Run: run, Step: 2, Body: body})
	if err != nil || out.Exit != 3 || times() != 3 {
		t.Errorf("%+v, %v; it ran %d times", out, err, times())
	}
}
