package host

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hardenbot/actions"
	"hardenbot/actions/host/hosttest"
)

func TestRun(t *testing.T) {
	s := hosttest.Start(t, hosttest.Config{Exec: hosttest.Shell})
	c := client(t, func(cfg *Config) { cfg.Prelude = "greet() { printf 'hello %s\\n' \"$1\"; }\n" }, s)
	tests := []struct {
		name, body string
		want       actions.Output
	}{
		{"prelude", "greet you", actions.Output{Stdout: "hello you\n"}},
		{"exit status", "echo no >&2; exit 7", actions.Output{Exit: 7, Stderr: "no\n"}},
		{"first failure ends it", "false\necho on", actions.Output{Exit: 1}},
		{"unset names end it", "echo before\n: \"$nothing\" 2>/dev/null\necho on", actions.Output{Exit: 2, Stdout: "before\n"}},
		{"no input", "cat; read -r x || echo none", actions.Output{Stdout: "none\n"}},
		{"comment at the end", "echo on # done", actions.Output{Stdout: "on\n"}},
		{"nothing", "", actions.Output{}},
		{"cut at 64 KiB", "head -c 200000 /dev/zero | tr '\\0' x", actions.Output{Stdout: strings.Repeat("x", keepOutput)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := c.Run(t.Context(), hostAt(s), actions.Script{Body: tt.body})
			if tt.name == "unset names end it" {
				out.Stderr = "" // worded by the shell
			}
			if err != nil || out != tt.want {
				t.Errorf("got %+v, %v\nwant %+v", out, err, tt.want)
			}
		})
	}
}

func TestRunFails(t *testing.T) {
	tests := []struct {
		name string
		exec func(hosttest.Command) int
		kind error
		says string
	}{
		{"sudo refuses", func(c hosttest.Command) int {
			_, _ = io.WriteString(c.Stderr, "sudo: a password\x1b[1m is required\n")
			return 1
		}, ErrSudo, "ops may not act as root on web-1 without a password; it said: sudo: a password [1m is required"},
		{"no sudo", func(hosttest.Command) int { return 127 }, ErrSudo, "ops may not act as root on web-1: sudo is not installed there"},
		{"connection lost", func(c hosttest.Command) int { c.Drop(); return 0 }, ErrUnreachable, "the connection to web-1 was lost while a command ran"},
		{"prints forever", func(c hosttest.Command) int {
			for {
				if _, err := c.Stdout.Write(bytes.Repeat([]byte("y\n"), 16<<10)); err != nil {
					return 0
				}
			}
		}, ErrUnreachable, "web-1 was cut off because it printed more than 64 MiB"},
		{"never ends", func(c hosttest.Command) int { <-c.Gone; return 0 }, ErrTimeout, "a command on web-1: it took too long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := hosttest.Start(t, hosttest.Config{Exec: tt.exec})
			limit := time.Minute
			if tt.kind == ErrTimeout {
				limit = 500 * time.Millisecond
			}
			_, err := client(t, nil, s).Run(t.Context(), hostAt(s), actions.Script{Body: "true", Timeout: limit})
			wantError(t, err, tt.kind, tt.says)
		})
	}
}

func TestRunRefusesOddIDs(t *testing.T) {
	s := hosttest.Start(t, hosttest.Config{})
	c := client(t, nil, s)
	for _, id := range []string{"../x", "a b", "$(id)", "-x", strings.Repeat("x", 65)} {
		if _, err := c.Run(t.Context(), hostAt(s), actions.Script{Run: id}); err == nil {
			t.Errorf("Run took %q", id)
		}
		if _, err := c.State(t.Context(), hostAt(s), id); err == nil {
			t.Errorf("State took %q", id)
		}
	}
}

// A script of which only a part arrived does nothing, wherever it was cut off.
func TestCutScriptDoesNothing(t *testing.T) {
	c := &Client{}
	script := c.rootScript("@@M\n", actions.Script{Body: "echo did something"})
	for n := range strings.LastIndex(script, "}") + 1 {
		cmd := exec.Command("/bin/sh", "-s")
		cmd.Stdin = strings.NewReader(script[:n])
		if out, _ := cmd.Output(); len(out) != 0 {
			t.Fatalf("of %q: %s", script[:n], out)
		}
	}
}

// A script reads nothing of what comes after it, not even whether there is
// more: it ends although its input stays open.
func TestScriptReadsNoInput(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-s")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.WaitDelay = &out, time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(stdin, (&Client{}).rootScript("@@M\n", actions.Script{Body: "cat; echo ended"})); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || out.String() != "@@M\nended\n" {
		t.Errorf("%v; it printed %q", err, out.String())
	}
}

// The probe frames its sections whatever they do. The sections themselves are
// read on real hosts (lab_test.go).
func TestProbeFrame(t *testing.T) {
	script := "mark=@@M\n" + probeFile("main")
	for _, s := range []struct{ name, body string }{
		{"os", "echo fine"},
		{"login", "echo this is why >&2; exit 9"},
		{"listeners", "sleep 30"},
		{"firewall", "yes"},
		{"sshd", "printf 'no line break'; cat"},
		{"accounts", "kill -9 $$"},
		{"logins", "yes noise | head -n 100000 >&2; echo last >&2; exit 4"},
	} {
		script += fmt.Sprintf("section %s 1 100 %s\n", s.name, quoteText(s.body))
	}
	cmd := exec.Command("/bin/sh", "-s", "ops", "192.0.2.1 1 192.0.2.2 22", "sudo")
	cmd.Stdin = strings.NewReader(script)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	got := split("@@M", string(out))
	for section, want := range map[actions.Section]printed{
		"os":        {content: "fine\n", ended: true},
		"login":     {reason: "this is why", status: 9, ended: true},
		"listeners": {status: exitTimedOut, ended: true},
		"sshd":      {content: "no line break", ended: true},
		"accounts":  {reason: "Killed", status: exitKilled, ended: true},
		"logins":    {reason: "last", status: 4, ended: true},
	} {
		if got[section] != want {
			t.Errorf("%s: got %+v, want %+v", section, got[section], want)
		}
	}
	if p := got["firewall"]; len(p.content) != 100 || !p.ended {
		t.Errorf("output without end: %d bytes, ended %v", len(p.content), p.ended)
	}
}

// Of a host that is lost half way, what came counts, and the rest is absent.
func TestCollectKeepsWhatCame(t *testing.T) {
	for _, tt := range []struct {
		name string
		then func(hosttest.Command) int
		why  string
	}{
		{"the connection is lost", func(c hosttest.Command) int { c.Drop(); return 0 }, "the connection was lost before it"},
		{"the time is up", func(c hosttest.Command) int { <-c.Gone; return 0 }, "the host took longer than 1s"},
		{"the script is killed", func(hosttest.Command) int { return 137 }, "the probe ended before it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := hosttest.Start(t, hosttest.Config{Exec: func(c hosttest.Command) int {
				first, _ := bufio.NewReader(c.Stdin).ReadString('\n')
				text := framed(actions.SectionLogin, "user ops\nroot yes\nfrom 192.0.2.1", "", 0) + "\n@@M begin listeners\n"
				_, _ = io.WriteString(c.Stdout, strings.ReplaceAll(text, mark, strings.TrimSpace(strings.TrimPrefix(first, "mark="))))
				return tt.then(c)
			}})
			c := client(t, func(cfg *Config) { cfg.CollectTimeout = time.Second }, s)
			before := goleak.IgnoreCurrent()
			facts, err := c.Collect(t.Context(), hostAt(s))
			if err != nil {
				t.Fatal(err)
			}
			if facts.Login.User != "ops" || facts.Absent[actions.SectionListeners] != tt.why || len(facts.Absent) != len(actions.Sections)-1 {
				t.Errorf("login %+v, absent %v", facts.Login, facts.Absent)
			}
			goleak.VerifyNone(t, before)
		})
	}
}

func TestCollectFromAHostThatTellsNothing(t *testing.T) {
	s := hosttest.Start(t, hosttest.Config{Exec: func(c hosttest.Command) int {
		_, _ = io.WriteString(c.Stdout, "This account is currently\tnot available.\n")
		return 1
	}})
	_, err := client(t, nil, s).Collect(t.Context(), hostAt(s))
	wantError(t, err, ErrLogin, "web-1 lets ops log in but runs no script for it; it said: This account is currently not available.")
}

// Every section of the facts is probed, and has a parser.
func TestEverySectionIsProbed(t *testing.T) {
	probed := map[actions.Section]bool{}
	for _, s := range probedSections {
		probed[s.section] = true
	}
	for _, section := range actions.Sections {
		if !probed[section] {
			t.Errorf("%s is not probed", section)
		}
	}
	if len(probed) != len(actions.Sections) {
		t.Errorf("%d sections are probed, %d are known", len(probed), len(actions.Sections))
	}
}
