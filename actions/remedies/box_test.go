package remedies_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hardenbot/actions/remedies"
)

// box is a place where prelude functions run: a state directory, and files
// that stand for the host's. /etc/ssh, /run/sshd and what apt and dpkg lock lie
// in the box too.
type box struct {
	t     *testing.T
	shell string
	dir   string
}

// inShells runs the test in each shell that /bin/sh may be.
func inShells(t *testing.T, test func(*testing.T, box)) {
	for _, shell := range []string{"dash", "bash"} {
		t.Run(shell, func(t *testing.T) {
			if _, err := exec.LookPath(shell); err != nil {
				t.Skip(err)
			}
			b := box{t, shell, t.TempDir()}
			for _, dir := range []string{"state", "bin", "ssh/sshd_config.d"} {
				if err := os.MkdirAll(b.path(dir), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			test(t, b)
		})
	}
}

func (b box) path(name string) string { return filepath.Join(b.dir, name) }

// run runs the script as a host does and returns what it printed and whether
// it succeeded. $D is the box.
func (b box) run(script string) (string, bool) {
	b.t.Helper()
	body := "set -eu\n" + remedies.Prelude + script
	cmd := exec.Command(b.shell, "-s")
	cmd.Stdin = strings.NewReader(strings.NewReplacer(
		"/etc/ssh", b.path("ssh"), "/run/sshd", b.path("run-sshd"), "/run/systemd/system", b.path("systemd"),
		"/var/lib", b.dir, "/var/cache", b.dir, "/proc/sys/kernel/random/boot_id", b.path("boot"),
	).Replace(body))
	cmd.Env = []string{"D=" + b.dir, "HARDENBOT_STATE=" + b.path("state"), "PATH=" + b.path("bin") + ":/usr/bin:/bin", "LC_ALL=C"}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return strings.TrimSpace(out.String()), err == nil
}

func (b box) ok(script string) string {
	b.t.Helper()
	out, ok := b.run(script)
	if !ok {
		b.t.Fatalf("this fails:\n%s\n%s", script, out)
	}
	return out
}

// fails runs a script that must fail and say so.
func (b box) fails(script, says string) {
	b.t.Helper()
	out, ok := b.run(script)
	if ok || !strings.Contains(out, says) {
		b.t.Errorf("%s\nok %v, and says %q; want a failure that says %q", script, ok, out, says)
	}
}

func (b box) write(name, content string, mode os.FileMode) {
	b.t.Helper()
	if err := os.WriteFile(b.path(name), []byte(content), mode); err != nil {
		b.t.Fatal(err)
	}
	if err := os.Chmod(b.path(name), mode); err != nil {
		b.t.Fatal(err)
	}
}

func (b box) read(name string) string {
	b.t.Helper()
	raw, err := os.ReadFile(b.path(name))
	if err != nil {
		b.t.Fatal(err)
	}
	return string(raw)
}

// names lists the files of a directory of the box.
func (b box) names(dir string) string {
	b.t.Helper()
	entries, err := os.ReadDir(b.path(dir))
	if err != nil {
		b.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}
