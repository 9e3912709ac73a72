package cloud_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/cloud/awsfake"
	fleet "hardenbot/actions/host"
	"hardenbot/actions/remedies"
	"hardenbot/deploy/lab"
)

// console runs scripts as root at the console of a host of the lab, where the
// agent of Systems Manager would stand.
func console(name string) awsfake.Executor {
	return func(ctx context.Context, _, script string) (string, string, int) {
		var stdout, stderr bytes.Buffer
		cmd := exec.CommandContext(ctx, "../../deploy/lab/lab", "exec", name, "--", "/bin/sh", "-c", script)
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		_ = cmd.Run()
		return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
	}
}

// TestRunCommandOnLabHost does on a real host what a run does there: it reads
// the facts, installs a package with the dead-man switch armed, and has the
// switch put it back.
func TestRunCommandOnLabHost(t *testing.T) {
	const name = "web-3"
	env := lab.Open(t)
	env.Reset(t, name, lab.NoTraits)
	t.Cleanup(func() { env.Reset(t, name, lab.NoTraits) })
	a := newAgents(t, awsfake.Options{Execute: console(name)})
	a.run.Dir = ""
	c, err := fleet.New(fleet.Config{
		KnownHosts: []string{os.DevNull}, Prelude: remedies.Prelude,
		Transports: map[string]fleet.Transport{actions.TransportSSM: a.run},
	})
	if err != nil {
		t.Fatal(err)
	}
	facts, err := c.Collect(t.Context(), a.web)
	if err != nil {
		t.Fatal("Collect: ", err)
	}
	if len(facts.Absent) > 0 || facts.OS.ID != "debian" || len(facts.Accounts) == 0 || facts.SSHD.Unit == "" || facts.Login.From != "" {
		t.Errorf("Collect: os %+v, %d accounts, sshd by %q, from %q, absent %v", facts.OS, len(facts.Accounts), facts.SSHD.Unit, facts.Login.From, facts.Absent)
	}

	run := actions.NewID("R")
	does := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	script := func(body string, undo bool) actions.Output {
		t.Helper()
		out, err := c.Run(t.Context(), a.web, actions.Script{Body: body, Run: run, Undo: undo, Timeout: 2 * time.Minute})
		does(body, err)
		return out
	}
	does("Arm", c.Arm(t.Context(), a.web, run, "restore /etc/hardenbot-was-here", 5*time.Minute))
	out := script(`keep /etc/hardenbot-was-here
echo here | put /etc/hardenbot-was-here 0644
version=$(apt-cache policy fail2ban | sed -n 's/^  Candidate: //p')
apt_install "fail2ban=$version"
dpkg-query -W -f '${Status}\n' fail2ban`, false)
	if out.Exit != 0 || !strings.HasSuffix(out.Stdout, "install ok installed\n") {
		t.Errorf("the package step: %+v", out)
	}
	does("Prove", c.Prove(t.Context(), a.web))
	does("Fire", c.Fire(t.Context(), a.web, run))
	if state, err := c.State(t.Context(), a.web, run); err != nil || state != actions.SwitchFired {
		t.Errorf("State: %s, %v", state, err)
	}
	if out := script("echo on", false); out.Exit == 0 || !strings.Contains(out.Stderr, "the host was put back") {
		t.Errorf("a step after the undo: %+v", out)
	}
	if out, err := c.Run(t.Context(), a.web, actions.Script{Body: "test ! -e /etc/hardenbot-was-here"}); err != nil || out.Exit != 0 {
		t.Errorf("the file is there after the undo: %+v, %v", out, err)
	}

	// A step that is still at work when the switch fires is ended, and told of.
	run = actions.NewID("R")
	does("Arm", c.Arm(t.Context(), a.web, run, "echo back >/etc/hardenbot-is-back", 3*time.Second))
	if out := script("sleep 60", false); out.Exit != 128+9 {
		t.Errorf("a step that was ended: %+v", out)
	}
	if state, err := c.State(t.Context(), a.web, run); err != nil || state != actions.SwitchFired {
		t.Errorf("State: %s, %v", state, err)
	}
}
