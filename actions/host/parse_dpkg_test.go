package host

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hardenbot/actions"
)

func TestDpkg(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       actions.Dpkg
		absent     string
	}{
		{"whole", "\n", actions.Dpkg{}, ""},
		{"unfinished", "half written\nU\tlibc6:amd64\t2.36-9\tinstall\ttriggers-pending\t\t\nU\tcurl\t7.88.1-10\tinstall\thalf-installed\tyes\t7.88.1-12\n",
			actions.Dpkg{HalfWritten: true, Unfinished: []actions.Unfinished{
				{Package: "libc6:amd64", Version: "2.36-9", Want: "install", Status: "triggers-pending"},
				{Package: "curl", Version: "7.88.1-10", Want: "install", Status: "half-installed", Again: true, Candidate: "7.88.1-12"},
			}}, ""},
		{"under way", "busy\nU\tcurl\t\tinstall\tunpacked\n", actions.Dpkg{
			Busy: true, Unfinished: []actions.Unfinished{{Package: "curl", Want: "install", Status: "unpacked"}},
		}, ""},
		{"no package", "U\t\t1\tinstall\tunpacked\t\t\n", actions.Dpkg{}, "dpkg-query printed a line that is not understood: U  1 install unpacked"},
		{"no status", "U\tcurl\t1\n", actions.Dpkg{}, "dpkg-query printed a line that is not understood: U curl 1"},
		{"something else", "Busy\n", actions.Dpkg{}, "the state of dpkg is not understood: Busy"},
		{"control characters", "U\tcu\x1brl\t\u202e1\tinstall\tunpacked\t\t\n", actions.Dpkg{
			Unfinished: []actions.Unfinished{{Package: "cu rl", Version: "1", Want: "install", Status: "unpacked"}},
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			same(t, reads(t, actions.SectionDpkg, tt.text, tt.absent).Dpkg, tt.want)
		})
	}
}

// reads parses one section, which has to be absent for that reason, or there.
func reads(t *testing.T, section actions.Section, text, absent string) *actions.Facts {
	t.Helper()
	facts := parse(mark, framed(section, text, "", 0), "cut")
	if got := facts.Absent[section]; got != absent {
		t.Errorf("absent because %q, want %q", got, absent)
	}
	return facts
}

// The probe tells what is left from what is under way, and asks nobody who may
// not see that.
func TestProbeOfDpkg(t *testing.T) {
	const left = `U	curl	1	install	unpacked		` + "\n" + `U	sed	1	install	half-installed	yes	2` + "\n"
	dir := t.TempDir()
	lock := filepath.Join(dir, "dpkg/lock-frontend")
	for name, content := range map[string]string{
		"bin/dpkg-query":   "#!/bin/sh\n" + `printf "$(cat "$D/state")"` + "\n",
		"bin/apt-cache":    "#!/bin/sh\necho \"$2:\"\necho '  Installed: 1'\necho '  Candidate: 2'\n",
		"dpkg/updates/tmp": "", "dpkg/lock-frontend": "",
		"state": `curl\t1\tinstall\tinstalled\tok\n`,
	} {
		put(t, filepath.Join(dir, name), content)
	}
	probe := func(root string) string {
		t.Helper()
		_, script, _ := strings.Cut(probeScript("@@M"), "section dpkg ")
		script, _, _ = strings.Cut(script, "\nsection ")
		_, script, _ = strings.Cut(script, " ")
		_, script, _ = strings.Cut(script, " ")                                                                               // the limits
		cmd := exec.Command("/bin/sh", "-c", "eval "+strings.NewReplacer("/var/lib", dir, "/var/cache", dir).Replace(script)) // not the locks of this machine
		cmd.Env = []string{"D=" + dir, "PATH=" + filepath.Join(dir, "bin") + ":/usr/bin:/bin", "probe_root=" + root, "probe_way=refused", "LC_ALL=C"}
		out, err := cmd.CombinedOutput()
		if err != nil {
			return "fails: " + string(out)
		}
		return string(out)
	}
	if got := probe(""); got != "" {
		t.Errorf("where all is whole it prints %q", got)
	}
	put(t, filepath.Join(dir, "state"), `curl\t1\tinstall\tunpacked\tok\nsed\t1\tinstall\thalf-installed\treinstreq\nvim\t1\tdeinstall\tconfig-files\tok\n`)
	if got := probe(""); got != "fails: refused\n" {
		t.Errorf("without root it prints %q", got)
	}
	if got := probe("yes"); got != left {
		t.Errorf("it prints %q, want %q", got, left)
	}
	put(t, filepath.Join(dir, "dpkg/updates/0003"), "")
	if got := probe("yes"); got != "half written\n"+left {
		t.Errorf("with a change half written it prints %q", got)
	}
	held, err := os.OpenFile(lock, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := syscall.FcntlFlock(held.Fd(), syscall.F_SETLK, &syscall.Flock_t{Type: syscall.F_WRLCK}); err != nil {
		t.Fatal(err)
	}
	if got := probe("yes"); got != "busy\nhalf written\n"+left {
		t.Errorf("while somebody holds the lock it prints %q", got)
	}
}

// put writes a file, and its directory.
func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}
