package dpkgstate_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"hardenbot/actions/dpkgstate"
)

// ask runs one of the functions, where /var/lib and /var/cache lie in dir, and
// dpkg-query prints what is in the file packages there.
func ask(t *testing.T, shell, dir, function string) (string, bool) {
	t.Helper()
	body := strings.NewReplacer("/var/lib", dir+"/lib", "/var/cache", dir+"/cache").Replace(dpkgstate.Functions)
	cmd := exec.Command(shell, "-eu", "-c", body+function)
	cmd.Env = []string{"PATH=" + dir + "/bin:/usr/bin:/bin", "D=" + dir, "LC_ALL=C"}
	out, err := cmd.Output()
	return string(out), err == nil
}

func box(t *testing.T, packages string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"bin/dpkg-query": "#!/bin/sh\nprintf '" + packages + "'\n", "lib/dpkg/lock": "", "lib/dpkg/updates/tmp.i": "",
		"lib/apt/lists/lock": "", "cache/apt/archives/lock": "", "lib/dpkg/lock-frontend": "",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var shells = []string{"dash", "bash"}

// Each lock counts, and only while it is held: an open file is none.
func TestHolders(t *testing.T) {
	for _, shell := range shells {
		for _, name := range []string{"lib/dpkg/lock-frontend", "lib/dpkg/lock", "lib/apt/lists/lock", "cache/apt/archives/lock"} {
			t.Run(shell+" "+name, func(t *testing.T) {
				dir := box(t, "")
				file, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR, 0)
				if err != nil {
					t.Fatal(err)
				}
				defer file.Close()
				if got, ok := ask(t, shell, dir, "dpkg_holders"); got != "" || !ok {
					t.Errorf("without a lock it says %q, %v", got, ok)
				}
				if err := syscall.FcntlFlock(file.Fd(), syscall.F_SETLK, &syscall.Flock_t{Type: syscall.F_WRLCK}); err != nil {
					t.Fatal(err)
				}
				got, ok := ask(t, shell, dir, "dpkg_holders")
				m := regexp.MustCompile(fmt.Sprintf(`^%s\t%d\tdpkgstate\.test\t[^\t]*\t([-0-9]+ [0-9:]+) UTC\n$`, file.Name(), os.Getpid())).FindStringSubmatch(got)
				if m == nil || !ok {
					t.Fatalf("says %q, %v", got, ok)
				}
				since, err := time.Parse(time.DateTime, m[1])
				if age := time.Since(since); err != nil || age < -2*time.Second || age > time.Hour {
					t.Errorf("this process is said to run since %s, %v", m[1], err)
				}
			})
		}
	}
}

func TestUnfinished(t *testing.T) {
	const packages = `whole\t1\tinstall\tinstalled\tok\nheld\t1\thold\tinstalled\tok\nconf\t1\tdeinstall\tconfig-files\tok\nnone\t\tunknown\tnot-installed\tok\n` +
		`a\t1\tinstall\tunpacked\tok\nb:amd64\t2:1-1\tinstall\ttriggers-pending\tok\nc\t\tinstall\thalf-installed\treinstreq\nd\t1\tinstall\tinstalled\treinstreq\n`
	const want = "a\t1\tinstall\tunpacked\t\nb:amd64\t2:1-1\tinstall\ttriggers-pending\t\nc\t\tinstall\thalf-installed\tyes\nd\t1\tinstall\tinstalled\tyes\n"
	for _, shell := range shells {
		if got, ok := ask(t, shell, box(t, packages), "dpkg_unfinished"); got != want || !ok {
			t.Errorf("%s says\n%s\nwant\n%s", shell, got, want)
		}
	}
}

// apt takes files of digits only for a change that was cut off.
func TestHalfWritten(t *testing.T) {
	for _, shell := range shells {
		for name, want := range map[string]bool{"": false, "0001": true, "12": true, "1x": false, "x1": false, "0001.new": false} {
			dir := box(t, "")
			if name != "" {
				if err := os.WriteFile(filepath.Join(dir, "lib/dpkg/updates", name), nil, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if _, is := ask(t, shell, dir, "dpkg_half_written"); is != want {
				t.Errorf("%s: with %q it is half written: %v", shell, name, is)
			}
		}
	}
}
