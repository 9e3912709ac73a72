package simhost_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hardenbot/actions/host/simhost"
)

const secret = "a-secret-of-this-machine"

// Nothing that a script does reads, changes or runs anything of this machine.
func TestNothingLeadsOut(t *testing.T) {
	outside := t.TempDir()
	file, program := filepath.Join(outside, "secret"), filepath.Join(outside, "program")
	for name, mode := range map[string]os.FileMode{file: 0o644, program: 0o755} {
		if err := os.WriteFile(name, []byte("#!/bin/sh\necho "+secret+" >\""+outside+"/ran\"\necho "+secret+"\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	w := start(t, nil)
	// Links that lead out, put there from this machine.
	for name, target := range map[string]string{"there": outside, "up": "../../../../../../.." + outside, "file": file} {
		if err := os.Symlink(target, filepath.Join(w.Dir(), "tmp", name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range []string{
		"cat %s/secret", "cat /tmp/there/secret", "cat /tmp/up/secret", "cat /tmp/file", "cat ../../../../../../../..%s/secret",
		"cat </tmp/file", "read -r line <%s/secret && echo \"$line\"", "cat %s/../%[2]s/secret",
		"ln -s %s /tmp/own; cat /tmp/own/secret", "ln -s ../../../../../../..%s /tmp/rel; cat /tmp/rel/secret",
		"[ -e %s/secret ] && echo " + secret, "[ -r %s ] && echo " + secret, "[ -x %s/program ] && echo " + secret, "test -d %s && echo " + secret,
		"cd %s && echo " + secret, "for f in %s/*; do [ \"$f\" = '%[1]s/*' ] || echo " + secret + "; done", "ls %s", "find %s", "stat -c %%n %s",
		"awk '{ print }' %s/secret", "awk 'BEGIN { while ((getline l <\"%s/secret\") > 0) print l }'", "sed p %s/secret", "grep . %s/secret", "head %s/secret",
		"cp %s/secret /tmp/copy; cat /tmp/copy", "mv %s/secret /tmp/moved; cat /tmp/moved", "sha256sum %s/secret | grep -v cannot",
		"echo x >%s/new", "echo x >>%s/secret", "echo x >/tmp/there/new", "echo x >/tmp/up/new", "touch %s/new", "mkdir -p %s/new", "rm -f %s/secret /tmp/up/secret",
		"cp /etc/hostname %s/new", "mv /etc/hostname /tmp/up/new", "chmod 000 %s/secret", "tee %s/new </etc/hostname", "ln -s /etc/hostname %s/new", "mktemp %s/new.XXXXXX",
		"%s/program", "exec %s/program", "sh %s/program", ". %s/program", "source %s/program", "sh -c %s/program", "sudo -n %s/program", "timeout 5 %s/program",
		"echo x | xargs %s/program", "PATH=%s:$PATH program", "PATH=%s:$PATH command -v program && echo " + secret, "command %s/program", "env %s/program",
		"eval 'cat <(cat %s/secret)'", "trap 'cat <(cat %s/secret)' EXIT; exit", "systemd-run --unit=x %s/program", "setpriv --reuid=0 %s/program",
		"awk 'BEGIN { while ((\"%s/program\" | getline l) > 0) print l }'", "awk 'BEGIN { system(\"%s/program\") }'", "find /tmp -exec %s/program ';'",
		"echo x >/dev/../tmp/there/new", "cat /proc/self/root%s/secret", "cat /proc/1/root%s/secret", "cat /dev/fd/0",
	} {
		body := fmt.Sprintf(strings.ReplaceAll(line, "%%", "%%%%"), outside)
		if strings.Contains(line, "%[2]s") {
			body = fmt.Sprintf(line, outside, filepath.Base(outside))
		}
		body, _, _ = strings.Cut(body, "%!(EXTRA")
		out := w.root(t, "set +e\n"+body+"\n")
		said := strings.ReplaceAll(out.Stdout+out.Stderr, "echo "+secret, "")
		if strings.Contains(said, secret) || strings.Contains(out.Stdout, "program") {
			t.Errorf("%s\nleads out: %s", body, said)
		}
		entries, err := os.ReadDir(outside)
		if err != nil || len(entries) != 2 {
			t.Fatalf("%s\nchanged this machine: %v, %v", body, entries, err)
		}
		if info, err := os.Stat(file); err != nil || info.Mode() != 0o644 {
			t.Fatalf("%s\nchanged this machine: %v, %v", body, info, err)
		}
	}
	raw, err := os.ReadFile(file)
	if err != nil || !strings.HasPrefix(string(raw), "#!/bin/sh\necho "+secret+" >") || strings.Contains(string(raw), "\nx\n") {
		t.Errorf("the file of this machine is %q, %v", raw, err)
	}
}

// The host has its own accounts and programs, and those of this machine not.
func TestOwnWorld(t *testing.T) {
	w := start(t, nil)
	real, err := os.ReadFile("/etc/passwd")
	if err == nil && w.root(t, "cat /etc/passwd").Stdout == string(real) {
		t.Error("the host has the accounts of this machine")
	}
	for _, c := range []struct{ body, says string }{
		{"python3 -c 1", "python3: not found"}, {"/bin/go version", "/bin/go: not found"}, {"iptables -L", "iptables: not found"},
		{"fail2ban-client ping", "fail2ban-client: not found"}, {"systemctl reboot", "is not simulated here"}, {"ls --color", "is not simulated here"},
		{"sed 'y/a/b/' /etc/hostname", "is not simulated here"}, {"find / -delete", "is not simulated here"},
	} {
		out := w.root(t, c.body)
		if out.Exit == 0 || !strings.Contains(out.Stderr, c.says) {
			t.Errorf("%s: exit status %d, %q, want %q", c.body, out.Exit, out.Stderr, c.says)
		}
	}
	if out := w.root(t, "echo $HOME $USER; id -un"); out.Stdout != "/root root\nroot\n" {
		t.Errorf("root is %q", out.Stdout)
	}
}

// Whoever is not root may do less.
func TestNotRoot(t *testing.T) {
	w := start(t, func(c *simhost.Config) { c.Accounts[1].Sudo = "" })
	f := w.facts(t)
	if why := f.Absent["accounts"]; !strings.Contains(why, "needs root") {
		t.Errorf("accounts are absent because %q", why)
	}
	if _, err := w.fleet.Run(w.ctx, w.as, scriptOf("id")); err == nil || !strings.Contains(err.Error(), "may not act as root") {
		t.Errorf("without sudo: %v", err)
	}
}
