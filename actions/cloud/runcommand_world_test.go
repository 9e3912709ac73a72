package cloud_test

import (
	"bytes"
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/cloud"
	"hardenbot/actions/cloud/awsfake"
	"hardenbot/actions/cloud/cloudtest"
	fleet "hardenbot/actions/host"
)

// agents is web-1 with an agent that runs commands on this machine, in a
// directory of the test's own.
type agents struct {
	*testing.T
	fake  *awsfake.Fake
	place *awsfake.Place
	proxy *cloudtest.Proxy
	run   *cloud.RunCommand
	web   actions.Host
	id    string // of its instance
	ran   atomic.Int32
}

// newAgents has a script run by execute; by this machine's shell if it is nil.
func newAgents(t *testing.T, o awsfake.Options) *agents {
	t.Helper()
	cloudtest.Credentials(t)
	a := &agents{T: t, web: actions.Host{Name: "web-1", Address: "10.7.1.11", Port: 22, User: "root", Transport: actions.TransportSSM}}
	execute := o.Execute
	if execute == nil {
		execute = shell(slowlyLeft(t))
	}
	o.Execute = func(ctx context.Context, instance, script string) (string, string, int) {
		a.ran.Add(1)
		return execute(ctx, instance, script)
	}
	a.fake = awsfake.New(o)
	a.place = a.fake.Place("", region)
	subnet := a.place.AddSubnet(awsfake.Subnet{VPC: a.place.AddVPC(awsfake.VPC{CIDR: "10.7.0.0/16"}), CIDR: "10.7.1.0/24"})
	a.id = a.place.AddInstance(awsfake.Instance{}, awsfake.Interface{Subnet: subnet, Private: []string{a.web.Address}})
	a.place.AddAgent(awsfake.Agent{Instance: a.id})
	server := httptest.NewServer(a.fake)
	t.Cleanup(server.Close)
	t.Cleanup(a.fake.Close)
	a.proxy = cloudtest.NewProxy(t, server.URL)
	client, err := cloud.New(t.Context(), cloud.Config{
		Accounts: []cloud.Account{{Regions: []string{region}}}, Endpoint: a.proxy.URL, MaxBackoff: 10 * time.Millisecond,
		Naming: cloud.Naming{User: "root"},
	})
	if err != nil {
		t.Fatal(err)
	}
	a.run = &cloud.RunCommand{Client: client, Interval: 5 * time.Millisecond, Dir: filepath.Join(slowlyLeft(t), "it's here")}
	return a
}

// shell runs scripts from a file as the agent does: what is cancelled is
// killed with its process group. A script that ends with 194 would have the
// agent restart the host.
func shell(dir string) awsfake.Executor {
	var n atomic.Int32
	return func(ctx context.Context, _, script string) (string, string, int) {
		file := filepath.Join(dir, "script"+string(rune('a'+n.Add(1)%26))+time.Now().Format("150405.000000000"))
		if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
			return "", err.Error(), 1
		}
		var stdout, stderr bytes.Buffer
		cmd := exec.CommandContext(ctx, "/bin/sh", file)
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
		_ = cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code != 0 && ctx.Err() == nil {
			panic("the script of Run Command itself ended with a status: " + stderr.String())
		}
		return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
	}
}

func (a *agents) exec(ctx context.Context, command, stdin string, keep int) (fleet.Output, error) {
	a.Helper()
	s, err := a.run.Open(ctx, a.web)
	if err != nil {
		return fleet.Output{}, err
	}
	defer s.Close()
	return s.Exec(ctx, command, stdin, keep)
}

// says expects a command to end with that output.
func (a *agents) says(command, stdout string) {
	a.Helper()
	out, err := a.exec(a.Context(), command, "", 1<<10)
	if err != nil || out.Exit != 0 || string(out.Stdout) != stdout {
		a.Errorf("%s: got %+v, %v, want %q", command, out, err, stdout)
	}
}

// fails expects an error of that kind which begins so.
func (a *agents) fails(err, kind error, says string) {
	a.Helper()
	var fault *fleet.Error
	if !errors.As(err, &fault) || fault.Kind != kind || !strings.HasPrefix(fault.Error(), says) {
		a.Errorf("got %v, want %v that begins with %q", err, kind, says)
	}
	if err != nil && strings.ContainsAny(err.Error(), "\n\x1b") {
		a.Errorf("this is no sentence: %q", err)
	}
}

// eventually waits until it is so.
func (a *agents) eventually(what string, so func() bool) {
	a.Helper()
	for end := time.Now().Add(20 * time.Second); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			a.Fatalf("it never came to be: %s", what)
		}
	}
}

// left counts the files of a name that commands have left on the host.
func (a *agents) left(pattern string) int {
	a.Helper()
	found, err := filepath.Glob(filepath.Join(a.run.Dir, pattern))
	if err != nil {
		a.Fatal(err)
	}
	return len(found)
}

// slowlyLeft is a directory that commands may still write to for a moment after
// the test.
func slowlyLeft(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "hardenbot-runcommand-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			err := os.RemoveAll(dir)
			if err == nil {
				return
			}
			if time.Now().After(deadline) {
				t.Error(err)
				return
			}
		}
	})
	return dir
}
