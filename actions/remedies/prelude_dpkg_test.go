package remedies_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// lockDpkg locks a file of the box from this process, as apt does.
func lockDpkg(t *testing.T, b box) *os.File {
	t.Helper()
	if err := os.MkdirAll(b.path("dpkg"), 0o755); err != nil {
		t.Fatal(err)
	}
	lock, err := os.Create(b.path("dpkg/lock-frontend"))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.FcntlFlock(lock.Fd(), syscall.F_SETLK, &syscall.Flock_t{Type: syscall.F_WRLCK}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lock.Close() })
	return lock
}

// holderWords is how this process is named.
func holderWords(b box) string {
	return fmt.Sprintf(`remedies\.test \(process %d( of \S+)?, since 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC\) holds %s`, os.Getpid(), regexp.QuoteMeta(b.path("dpkg/lock-frontend")))
}

// A holder that ends in time lets the step go on, and was named meanwhile.
func TestDpkgWaitUntilTheHolderEnds(t *testing.T) {
	inShells(t, func(t *testing.T, b box) {
		lock := lockDpkg(t, b)
		ended := make(chan bool, 1)
		go func() {
			_, ok := b.run(`dpkg_patience=60; dpkg_wait >"$D/said" 2>&1; echo went on >>"$D/said"`)
			ended <- ok
		}()
		said := func() string {
			raw, _ := os.ReadFile(b.path("said"))
			return string(raw)
		}
		for deadline := time.Now().Add(30 * time.Second); !strings.Contains(said(), "waiting"); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("it does not say that it waits: %q", said())
			}
		}
		select {
		case <-ended:
			t.Fatalf("it did not wait: %q", said())
		default:
		}
		if err := lock.Close(); err != nil {
			t.Fatal(err)
		}
		if ok := <-ended; !ok || !regexp.MustCompile(`^waiting, because `+holderWords(b)+`\nwent on\n$`).MatchString(said()) {
			t.Errorf("ok %v, and it says %q", ok, said())
		}
	})
}

// One that does not end fails every step that changes packages, before apt was
// asked for anything.
func TestDpkgWaitIsBounded(t *testing.T) {
	inShells(t, func(t *testing.T, b box) {
		for _, name := range []string{"apt-get", "dpkg"} {
			b.write("bin/"+name, "#!/bin/sh\ntouch \"$D/called\"\n", 0o755)
		}
		b.write("state/apt-installed", "curl\n", 0o644)
		lockDpkg(t, b)
		for _, step := range []string{"apt_upgrade curl=2", "apt_install curl=2", "apt_remove", "apt_autoremove curl=2", "dpkg_finish"} {
			out, ok := b.run("dpkg_patience=1; " + step + "; echo went on")
			want := regexp.MustCompile(`^waiting, because .*\npackages cannot be changed: after 1 s ` + holderWords(b) + `; wait until it is done, .*$`)
			if ok || !want.MatchString(out) {
				t.Errorf("%s: ok %v, and says %q", step, ok, out)
			}
		}
		if _, err := os.Stat(b.path("called")); err == nil {
			t.Error("apt or dpkg was called while another one holds the lock")
		}
	})
}

// dpkg asks nobody, keeps configuration files, and is not taken at its word.
func TestDpkgFinish(t *testing.T) {
	const curl = `curl\t1\tinstall\thalf-configured\tok\n`
	inShells(t, func(t *testing.T, b box) {
		b.write("bin/dpkg-query", "#!/bin/sh\nprintf \"$(cat \"$D/state-of-dpkg\")\"\n", 0o755)
		b.write("bin/dpkg", "#!/bin/sh\necho \"$* $DEBIAN_FRONTEND $UCF_FORCE_CONFFOLD $NEEDRESTART_MODE $(readlink /proc/self/fd/0)\" >\"$D/told\"\ncat \"$D/after\" >\"$D/state-of-dpkg\"\nexit \"$(cat \"$D/exit\")\"\n", 0o755)
		for _, c := range []struct{ name, exit, after, updates, fails string }{
			{"all is well", "0", "", "", ""},
			{"dpkg fails", "1", curl, "", "dpkg could not finish what was cut off"},
			{"dpkg leaves something", "0", curl, "", "something is not finished: curl is half-configured"},
			{"dpkg leaves its database", "0", "", "0001", "its database still has a change that was cut off"},
		} {
			if err := os.RemoveAll(b.path("dpkg/updates")); err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(b.path("dpkg/updates/"+c.updates), 0o755); err != nil {
				t.Fatal(err)
			}
			b.write("state-of-dpkg", curl, 0o644)
			b.write("exit", c.exit, 0o644)
			b.write("after", c.after, 0o644)
			if c.fails == "" {
				b.ok("dpkg_finish")
			} else {
				b.fails("dpkg_finish", c.fails)
			}
			if got, want := b.read("told"), "--force-confdef --force-confold --configure -a noninteractive 1 l /dev/null\n"; got != want {
				t.Errorf("%s: dpkg was told %q, want %q", c.name, got, want)
			}
		}
	})
}
