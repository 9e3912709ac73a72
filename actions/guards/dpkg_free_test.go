package guards_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

func TestDpkgFreeJudges(t *testing.T) {
	for _, c := range []struct {
		name, stdout string
		ok           bool
		says         string
	}{
		{"free", "end\n", true, "nothing else changes packages now"},
		{"held", "held /var/lib/dpkg/lock-frontend\t812\tapt-get\nheld /var/lib/dpkg/lock\t813\tdp\x1bkg\nbroken half done\nend\n", false,
			"apt-get (process 812) holds /var/lib/dpkg/lock-frontend and dp kg (process 813) holds /var/lib/dpkg/lock"},
		{"interrupted", "broken it left a change half done\nend\n", false, "dpkg was interrupted: it left a change half done"},
		{"cut off", "", false, "cut off"},
	} {
		t.Run(c.name, func(t *testing.T) {
			expect(t, ask(t, "dpkg-free", actionstest.Sound(), nil, witness{out: actions.Output{Stdout: c.stdout}}), c.ok, c.says)
		})
	}
}

// The script finds this very process, which locks a file as apt does.
func TestDpkgFreeScriptFindsTheHolder(t *testing.T) {
	var script actions.Script
	ask(t, "dpkg-free", actionstest.Sound(), nil, witness{script: &script})
	if script.Run != "" || !strings.Contains(script.Body, "/var/lib/dpkg/lock-frontend") {
		t.Fatalf("the guard runs %+v", script)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "bin/dpkg"), "#!/bin/sh\n")
	h := here{t: t, dir: dir}
	script.Body = strings.NewReplacer("/var/lib", dir, "/var/cache", dir).Replace(script.Body)
	free := run(t, h, script)

	if err := os.MkdirAll(filepath.Join(dir, "dpkg"), 0o755); err != nil {
		t.Fatal(err)
	}
	lock, err := os.Create(filepath.Join(dir, "dpkg/lock-frontend"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	opened := run(t, h, script)
	if err := syscall.FcntlFlock(lock.Fd(), syscall.F_SETLK, &syscall.Flock_t{Type: syscall.F_WRLCK}); err != nil {
		t.Fatal(err)
	}
	held := run(t, h, script)

	if free != "end\n" || opened != "end\n" {
		t.Errorf("without a lock it says %q and %q", free, opened)
	}
	if want := fmt.Sprintf("held %s\t%d\t", lock.Name(), os.Getpid()); !strings.HasPrefix(held, want) {
		t.Errorf("says %q, want %q first", held, want)
	}
	write(t, filepath.Join(dir, "dpkg/updates/0001"), "x")
	if got := run(t, h, script); !strings.Contains(got, "\nbroken it left") {
		t.Errorf("says %q of an interrupted dpkg", got)
	}
}

func run(t *testing.T, h here, s actions.Script) string {
	t.Helper()
	out, err := h.Run(t.Context(), actions.Host{}, s)
	if err != nil || out.Exit != 0 {
		t.Fatalf("exit %d, %v: %s", out.Exit, err, out.Stderr)
	}
	return out.Stdout
}
