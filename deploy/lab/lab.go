// Package lab gives Go tests the real Debian 12 hosts that the command
// deploy/lab/lab makes on this machine. In flows what `lab env` prints; out
// flow the paths, the password and the addresses that a test needs to log in,
// and the means to reset a host, run a command at its console, and take it off
// the network.
//
// Where there is no lab a test is skipped with the reason. With
// HARDENBOT_REQUIRE_LAB=1 in the environment it fails instead.
package lab

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// NoTraits, given to Reset, makes a host without any trait.
const NoTraits = "none"

// GroupsVariable names the environment variable that lists the groups of hosts,
// as `lab up --name` made them, that tests may take: "web app" when it is not
// set. As many tests run side by side as there are groups.
const GroupsVariable = "HARDENBOT_LAB_GROUPS"

// commandTimeout bounds one call of the command: a reset on a busy machine.
const commandTimeout = 3 * time.Minute

// Env is one group of hosts of a lab that is up. A test calls them web-1, web-2
// and so on, whichever group it got.
type Env struct {
	Config     string            // path of a ready configuration for this lab
	Identity   string            // path of the private key the bot uses
	KnownHosts string            // path of the hosts' keys
	Password   string            // of ops, root, and those whom a trait adds
	Bridge     string            // address of this machine in the lab
	Hosts      map[string]string // address by the name that tests give a host
	Group      string            // which it is: app, of app-1 to app-4

	command string
}

// Open returns a group of hosts, which are the test's own until it ends. Where
// all groups are taken, by tests of this process or another, it waits. A test
// opens the lab once.
func Open(t testing.TB) Env {
	t.Helper()
	env, err := read()
	if err == nil {
		err = env.take(t, strings.Fields(cmp.Or(os.Getenv(GroupsVariable), "web app")))
	}
	switch {
	case err == nil:
	case os.Getenv("HARDENBOT_REQUIRE_LAB") == "1":
		t.Fatal(err)
	default:
		t.Skipf("%v (HARDENBOT_REQUIRE_LAB=1 makes this a failure)", err)
	}
	return env
}

// Reset makes the host as new. Without traits it keeps those it had.
func (e Env) Reset(t testing.TB, host string, traits ...string) {
	t.Helper()
	args := []string{"reset", e.machine(host)}
	for _, trait := range traits {
		args = append(args, "--trait", trait)
	}
	e.must(t, args...)
}

// Exec runs a shell command as root at the host's console, which needs no
// network, and returns what it prints. A command that fails ends the test.
func (e Env) Exec(t testing.TB, host, command string) string {
	t.Helper()
	return e.must(t, "exec", e.machine(host), "--", "sh", "-c", command)
}

// Cut takes the host off the network until Heal, or until the test ends.
func (e Env) Cut(t testing.TB, host string) {
	t.Helper()
	t.Cleanup(func() { e.Heal(t, host) })
	e.must(t, "cut", e.machine(host))
}

// Heal puts the host back on the network.
func (e Env) Heal(t testing.TB, host string) {
	t.Helper()
	e.must(t, "heal", e.machine(host))
}

func (e Env) must(t testing.TB, args ...string) string {
	t.Helper()
	out, err := run(e.command, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// run calls the command. Its complaint is the error.
func run(command string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	var out, complaint bytes.Buffer
	cmd := exec.CommandContext(ctx, command, args...)
	cmd.Stdout, cmd.Stderr = &out, &complaint
	// A timeout ends what the command started, too; the hosts it boots have
	// sessions of their own.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("lab %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(complaint.String()))
	}
	return out.String(), nil
}

// read finds the command and parses what its env prints.
func read() (Env, error) {
	command, err := find()
	if err != nil {
		return Env{}, err
	}
	out, err := run(command, "env")
	if err != nil {
		return Env{}, err
	}
	env := parse(out)
	env.command = command
	return env, nil
}

// find looks for deploy/lab/lab in the module that the test runs in.
func find() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "deploy", "lab", "lab"), nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("find the lab: not inside the module")
		}
	}
}

// parse reads KEY=value lines, a value in double quotes or bare.
func parse(text string) Env {
	values := map[string]string{}
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), "=")
		values[key] = strings.Trim(value, `"`)
	}
	env := Env{
		Config:     values["HARDENBOT_CONFIG"],
		Identity:   values["LAB_IDENTITY"],
		KnownHosts: values["LAB_KNOWN_HOSTS"],
		Password:   values["LAB_PASSWORD"],
		Bridge:     values["LAB_BRIDGE"],
		Hosts:      map[string]string{},
	}
	for _, name := range strings.Fields(values["LAB_HOSTS"]) {
		env.Hosts[name] = values["LAB_ADDR_"+strings.ReplaceAll(name, "-", "_")]
	}
	return env
}

// take waits for the first of the groups that is free, and makes it the test's.
func (e *Env) take(t testing.TB, groups []string) error {
	groups = slices.DeleteFunc(groups, func(g string) bool { return len(e.members(g)) == 0 })
	if len(groups) == 0 {
		return fmt.Errorf("no hosts for tests are up; lab up makes some (%s lists other groups)", GroupsVariable)
	}
	for ; ; time.Sleep(100 * time.Millisecond) {
		for _, group := range groups {
			held, err := hold(t, filepath.Join(filepath.Dir(e.Config), "tests-"+group+".lock"))
			if err != nil {
				return err
			}
			if held {
				e.Group, e.Hosts = group, e.members(group)
				return nil
			}
		}
	}
}

// members are the hosts of the group, by the names that tests give them.
func (e *Env) members(group string) map[string]string {
	members := map[string]string{}
	for name, address := range e.Hosts {
		if number, ok := strings.CutPrefix(name, group+"-"); ok {
			members["web-"+number] = address
		}
	}
	return members
}

// machine is the host's name in the lab.
func (e Env) machine(host string) string {
	return e.Group + strings.TrimPrefix(host, "web")
}

// hold locks the file until the test ends, unless somebody else has it.
func hold(t testing.TB, path string) (bool, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return false, fmt.Errorf("take the lab: %w", err)
	}
	switch err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case err == nil:
		t.Cleanup(func() { file.Close() }) // gives the lock up
		return true, nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		file.Close()
		return false, nil
	default:
		file.Close()
		return false, fmt.Errorf("take the lab: %w", err)
	}
}
