package remedies_test

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
	"hardenbot/actions/remedies"
)

func TestPreludeIsPOSIX(t *testing.T) {
	if err := actionstest.CheckScript(remedies.Prelude); err != nil {
		t.Error(err)
	}
	if len(remedies.PreludeDigest) != 64 {
		t.Errorf("the digest is %q", remedies.PreludeDigest)
	}
}

func TestKeepPutRestore(t *testing.T) {
	inShells(t, func(t *testing.T, b box) {
		old := time.Date(2020, 2, 3, 4, 5, 6, 0, time.UTC)
		b.write("ssh/a file", "old\n", 0o640)
		if err := os.Chtimes(b.path("ssh/a file"), old, old); err != nil {
			t.Fatal(err)
		}
		root := os.Getuid() == 0
		if root {
			if err := os.Chown(b.path("ssh/a file"), 1, 2); err != nil {
				t.Fatal(err)
			}
		}
		change := `keep "$D/ssh/a file"; printf 'new\n' | put "$D/ssh/a file" 0600` + "\n"
		b.ok(change)
		b.ok(change) // a second time, the first keep counts
		if got := b.read("ssh/a file"); got != "new\n" {
			t.Errorf("put wrote %q", got)
		}
		if s := stat(t, b.path("ssh/a file")); s.Mode&0o7777 != 0o600 || int(s.Uid) != os.Getuid() {
			t.Errorf("put made mode %o, owner %d", s.Mode, s.Uid)
		}
		for range 2 {
			b.ok(`restore "$D/ssh/a file"`)
			s := stat(t, b.path("ssh/a file"))
			if got := b.read("ssh/a file"); got != "old\n" || s.Mode&0o7777 != 0o640 || s.Mtim.Sec != old.Unix() {
				t.Errorf("restored %q, mode %o, time %d", got, s.Mode, s.Mtim.Sec)
			}
			if root && (s.Uid != 1 || s.Gid != 2) {
				t.Errorf("restored owner %d:%d", s.Uid, s.Gid)
			}
		}
		if got := b.names("ssh"); got != "a file sshd_config.d" {
			t.Errorf("left behind: %s", got)
		}
	})
}

func stat(t *testing.T, path string) syscall.Stat_t {
	t.Helper()
	var s syscall.Stat_t
	if err := syscall.Stat(path, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRestoreRemovesWhatWasAbsent(t *testing.T) {
	inShells(t, func(t *testing.T, b box) {
		b.ok(`keep "$D/ssh/new"; echo x | put "$D/ssh/new" 0644`)
		b.ok(`restore "$D/ssh/new"`)
		b.ok(`restore "$D/ssh/new"`)
		if got := b.names("ssh"); got != "sshd_config.d" {
			t.Errorf("left behind: %s", got)
		}
	})
}

func TestRestoreWithoutKeepDoesNothing(t *testing.T) {
	inShells(t, func(t *testing.T, b box) {
		b.write("ssh/file", "mine\n", 0o644)
		b.ok(`restore "$D/ssh/file"`)
		if got := b.read("ssh/file"); got != "mine\n" {
			t.Errorf("restored to %q", got)
		}
		if got := b.ok(`was_kept "$D/ssh/file" || echo never; keep "$D/ssh/file"; was_kept "$D/ssh/file" && echo now`); got != "never\nnow" {
			t.Errorf("was_kept says %q", got)
		}
	})
}

// A keep that was cut off by a loss of power leaves a nameless copy, which
// counts for nothing.
func TestKeepAfterPowerLoss(t *testing.T) {
	inShells(t, func(t *testing.T, b box) {
		b.write("ssh/file", "whole\n", 0o644)
		if err := os.Mkdir(b.path("state/keep.abcdef"), 0o700); err != nil {
			t.Fatal(err)
		}
		b.write("state/keep.abcdef/file", "who", 0o600)
		b.ok(`restore "$D/ssh/file"; keep "$D/ssh/file"; echo x | put "$D/ssh/file" 0644; restore "$D/ssh/file"`)
		if got := b.read("ssh/file"); got != "whole\n" {
			t.Errorf("restored %q", got)
		}
	})
}

func TestKeepTellsPathsApart(t *testing.T) {
	inShells(t, func(t *testing.T, b box) {
		b.ok(`mkdir "$D/ssh/a"; echo 1 >"$D/ssh/a/b"; echo 2 >"$D/ssh/a%2Fb"
keep "$D/ssh/a/b"; keep "$D/ssh/a%2Fb"; rm "$D/ssh/a/b" "$D/ssh/a%2Fb"
restore "$D/ssh/a/b"; restore "$D/ssh/a%2Fb"`)
		if b.read("ssh/a/b") != "1\n" || b.read("ssh/a%2Fb") != "2\n" {
			t.Error("the two were mixed up")
		}
	})
}

func TestKeepARestoresLink(t *testing.T) {
	inShells(t, func(t *testing.T, b box) {
		b.ok(`ln -s nowhere "$D/ssh/link"; keep "$D/ssh/link"; rm "$D/ssh/link"; restore "$D/ssh/link"`)
		if to, err := os.Readlink(b.path("ssh/link")); err != nil || to != "nowhere" {
			t.Errorf("restored a link to %q, %v", to, err)
		}
	})
}

func TestFilesRefuse(t *testing.T) {
	inShells(t, func(t *testing.T, b box) {
		b.write("ssh/target", "t\n", 0o644)
		b.ok(`ln -s target "$D/ssh/link"`)
		b.fails(`echo x | put "$D/ssh/link" 0644`, "is a symbolic link")
		b.fails(`echo x | put "$D/ssh/sshd_config.d" 0644`, "is a directory")
		b.fails(`echo x | put "$D/none/file" 0644`, "cannot be written")
		b.fails(`echo x | put "$D/ssh/file" sticky`, "could not be written")
		b.fails(`keep "$D/ssh"`, "is a directory")
		b.fails(`keep relative`, "is not an absolute path")
		b.fails("keep '/a\nb'", "line break")
		b.fails(`unset HARDENBOT_STATE; was_kept /a || exit 0`, "HARDENBOT_STATE is not set")
		if b.read("ssh/target") != "t\n" || b.names("ssh") != "link sshd_config.d target" {
			t.Errorf("something was written: %s", b.names("ssh"))
		}
	})
}

// The shell ignores set -e to the left of ||, which is where an undo runs.
func TestFailEndsAnUndo(t *testing.T) {
	inShells(t, func(t *testing.T, b box) {
		c := actions.Change{Steps: []actions.Step{{Undo: "restore relative\necho went on\n"}, {Undo: "echo second\n"}}}
		out, ok := b.run(c.UndoScript())
		if ok || strings.Contains(out, "went on") || !strings.Contains(out, "second") {
			t.Errorf("ok %v, says %q", ok, out)
		}
	})
}
