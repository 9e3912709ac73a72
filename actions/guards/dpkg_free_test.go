package guards_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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
		{"held", "held /var/lib/dpkg/lock-frontend\t812\tapt-get\tapt-daily.service\t2026-11-20 06:14:03 UTC\n" +
			"held /var/lib/dpkg/lock\t813\tdp\x1bkg\t\t2026-11-20 06:14:09 UTC\nleft curl is unpacked\nend\n", false,
			"apt-get (process 812 of apt-daily.service, since 2026-11-20 06:14:03 UTC) holds /var/lib/dpkg/lock-frontend and " +
				"dp kg (process 813, since 2026-11-20 06:14:09 UTC) holds /var/lib/dpkg/lock"},
		{"interrupted", "left curl is unpacked\nleft it has a change of its database half done\nend\n", false,
			"dpkg was interrupted: curl is unpacked and it has a change of its database half done"},
		{"many", strings.Repeat("left curl is unpacked\n", 7) + "end\n", false, "curl is unpacked, curl is unpacked and 2 more"},
		{"cut off", "", false, "cut off"},
	} {
		t.Run(c.name, func(t *testing.T) {
			expect(t, ask(t, "dpkg-free", actionstest.Sound(), nil, witness{out: actions.Output{Stdout: c.stdout}}), c.ok, c.says)
		})
	}
}

// The refusal names the remedy that mends it.
func TestDpkgFreeNamesTheRemedy(t *testing.T) {
	a := ask(t, "dpkg-free", actionstest.Sound(), nil, witness{out: actions.Output{Stdout: "left curl is unpacked\nend\n"}})
	if !strings.Contains(a.Mend, "dpkg-interrupted") {
		t.Errorf("to mend it, it says %q", a.Mend)
	}
}

// The script finds this very process, which locks a file as apt does.
func TestDpkgFreeScriptFindsTheHolder(t *testing.T) {
	h, scripts := dpkgBox(t)
	free := run(t, h, scripts[""])
	lock, err := os.Create(filepath.Join(h.dir, "dpkg/lock-frontend"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	opened := run(t, h, scripts[""])
	if err := syscall.FcntlFlock(lock.Fd(), syscall.F_SETLK, &syscall.Flock_t{Type: syscall.F_WRLCK}); err != nil {
		t.Fatal(err)
	}
	held := run(t, h, scripts["allowed"])

	if free != "end\n" || opened != "end\n" {
		t.Errorf("without a lock it says %q and %q", free, opened)
	}
	want := regexp.MustCompile(fmt.Sprintf(`^held %s\t%d\tguards.test\t\S*\t20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC\nend\n$`, lock.Name(), os.Getpid()))
	if !want.MatchString(held) {
		t.Errorf("says %q, want %s", held, want)
	}
}

func TestDpkgFreeScriptFindsWhatIsLeft(t *testing.T) {
	h, scripts := dpkgBox(t)
	write(t, filepath.Join(h.dir, "dpkg/updates/tmp.i"), "x")
	if got := run(t, h, scripts[""]); got != "end\n" {
		t.Errorf("without anything left it says %q", got)
	}
	write(t, filepath.Join(h.dir, "dpkg/updates/0001"), "x")
	write(t, filepath.Join(h.dir, "bin/dpkg-query"), "#!/bin/sh\n"+
		`printf 'curl\t1\tinstall\tunpacked\tok\nnginx\t1\tinstall\tinstalled\tok\nold\t1\tdeinstall\tconfig-files\tok\nsed\t1\tinstall\tinstalled\treinstreq\n'`+"\n")
	if got, want := run(t, h, scripts[""]), "left curl is unpacked\nleft sed is installed\nleft it has a change of its database half done\nend\n"; got != want {
		t.Errorf("says %q, want %q", got, want)
	}
	if got := run(t, h, scripts["allowed"]); got != "end\n" {
		t.Errorf("where that is what the change mends, it says %q", got)
	}
}

// dpkgBox is a place with a dpkg of its own, and the guard's scripts for it by
// the argument interrupted.
func dpkgBox(t *testing.T) (here, map[string]actions.Script) {
	t.Helper()
	h := here{t: t, dir: t.TempDir()}
	h.swap = []string{"/var/lib", h.dir, "/var/cache", h.dir}
	write(t, filepath.Join(h.dir, "bin/dpkg-query"), "#!/bin/sh\n")
	scripts := map[string]actions.Script{}
	for _, interrupted := range []string{"", "allowed"} {
		var script actions.Script
		ask(t, "dpkg-free", actionstest.Sound(), map[string]string{"interrupted": interrupted}, witness{script: &script})
		if script.Run != "" {
			t.Fatalf("the guard runs %+v", script)
		}
		scripts[interrupted] = script
	}
	if err := os.MkdirAll(filepath.Join(h.dir, "dpkg"), 0o755); err != nil {
		t.Fatal(err)
	}
	return h, scripts
}

func run(t *testing.T, h here, s actions.Script) string {
	t.Helper()
	out, err := h.Run(t.Context(), actions.Host{}, s)
	if err != nil || out.Exit != 0 {
		t.Fatalf("exit %d, %v: %s", out.Exit, err, out.Stderr)
	}
	return out.Stdout
}
