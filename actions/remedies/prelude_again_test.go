package remedies_test

import (
	"os"
	"testing"
)

// theChange is a run that ended well: it has changed a file, made another, left
// a third as it was, and started a unit. Its state lies in $D/old.
const (
	theUndo   = "restore \"$D/ssh/a\"; restore \"$D/ssh/b\"; restore_unit x.service\n"
	theChange = `mkdir "$D/old"
(
	HARDENBOT_STATE=$D/old
	keep "$D/ssh/a"; echo new | put "$D/ssh/a" 0600
	keep "$D/ssh/b"; echo made | put "$D/ssh/b" 0644
	keep "$D/ssh/c"
	keep_unit x.service; systemctl unmask x.service; systemctl enable x.service; systemctl start x.service
	note_end
)
`
	// undoTheChange is what a new run does, and then another one to undo that.
	undoTheChange = "unchanged_since \"$D/old\"; keep_again \"$D/old\"; (HARDENBOT_STATE=$D/old; " + theUndo + "); note_end\n"
	redoTheChange = "mkdir \"$D/third\"; HARDENBOT_STATE=$D/third; unchanged_since \"$D/state\"; keep_again \"$D/state\"; (HARDENBOT_STATE=$D/state; " + theUndo + "); note_end\n"
)

func afterTheChange(t *testing.T, test func(*testing.T, box)) {
	inShells(t, func(t *testing.T, b box) {
		b.write("bin/systemctl", fakeSystemctl, 0o755)
		b.write("bin/sync", "#!/bin/sh\n", 0o755) // which takes long on a busy disk
		b.write("enabled", "masked\n", 0o644)
		b.write("active", "inactive\n", 0o644)
		b.write("ssh/a", "old\n", 0o640)
		b.write("ssh/c", "mine\n", 0o644)
		b.ok(theChange)
		b.changed()
		test(t, b)
	})
}

// changed checks that everything is as the change has left it.
func (b box) changed() {
	b.t.Helper()
	b.is("a", "new\n", 0o600)
	b.is("b", "made\n", 0o644)
	if got := b.read("enabled") + b.read("active"); got != "enabled\nactive\n" {
		b.t.Errorf("the unit is %q", got)
	}
}

// unchanged checks that everything is as it was before the change.
func (b box) unchanged() {
	b.t.Helper()
	b.is("a", "old\n", 0o640)
	if got := b.names("ssh"); got != "a c sshd_config.d" {
		b.t.Errorf("there are %s", got)
	}
	if got := b.read("enabled") + b.read("active"); got != "masked\ninactive\n" {
		b.t.Errorf("the unit is %q", got)
	}
}

func (b box) is(name, content string, mode uint32) {
	b.t.Helper()
	if got := b.read("ssh/" + name); got != content || stat(b.t, b.path("ssh/"+name)).Mode&0o7777 != mode {
		b.t.Errorf("%s is %q, mode %o", name, got, stat(b.t, b.path("ssh/"+name)).Mode)
	}
}

func TestUndoOfAFinishedChange(t *testing.T) {
	afterTheChange(t, func(t *testing.T, b box) {
		b.ok(undoTheChange)
		b.unchanged()
		b.ok(undoTheChange) // it does no harm once more
		b.unchanged()
		b.ok(redoTheChange)
		b.changed()
	})
}

// The undo fails half way and is put back, by its own undo; it can then be made
// again.
func TestUndoOfAnUndoThatFailed(t *testing.T) {
	afterTheChange(t, func(t *testing.T, b box) {
		b.fails("unchanged_since \"$D/old\"; keep_again \"$D/old\"; (HARDENBOT_STATE=$D/old; restore \"$D/ssh/a\"; restore_unit x.service); fail 'it did not work'", "it did not work")
		b.ok(theUndo)
		b.changed()
		b.ok("rm -r \"$D/state\"; mkdir \"$D/state\"\n" + undoTheChange)
		b.unchanged()
	})
}

// Cut off by a restart, it is run again from its beginning.
func TestUndoOfAFinishedChangeCutOff(t *testing.T) {
	for _, cut := range []string{"keep \"$D/ssh/a\"", "keep_again \"$D/old\"", "keep_again \"$D/old\"; (HARDENBOT_STATE=$D/old; restore \"$D/ssh/a\")",
		"keep_again \"$D/old\"; (HARDENBOT_STATE=$D/old; restore \"$D/ssh/b\"; restore_unit x.service)"} {
		afterTheChange(t, func(t *testing.T, b box) {
			b.ok(cut)
			b.ok(undoTheChange)
			b.unchanged()
			b.ok(redoTheChange)
			b.changed()
		})
	}
}

// What somebody else has changed since is not put back.
func TestUnchangedSince(t *testing.T) {
	for _, tt := range []struct{ name, since, says string }{
		{"its bytes", "echo more >>\"$D/ssh/a\"", "/ssh/a is no longer as run old left it, so that run cannot be undone"},
		{"its mode", "chmod 0604 \"$D/ssh/a\"", "/ssh/a is no longer as run old left it"},
		{"its owner", "chown 1:1 \"$D/ssh/b\"", "/ssh/b is no longer as run old left it"},
		{"it went", "rm \"$D/ssh/a\"", "/ssh/a is no longer as run old left it"},
		{"a link in its place", "mv \"$D/ssh/a\" \"$D/ssh/z\"; ln -s z \"$D/ssh/a\"", "/ssh/a is no longer as run old left it"},
		{"a directory in its place", "rm \"$D/ssh/b\"; mkdir \"$D/ssh/b\"", "/ssh/b is no longer as run old left it"},
		{"what the run did not write", "echo more >>\"$D/ssh/c\"", "/ssh/c is no longer as run old left it"},
		{"a later run", "echo newest | put \"$D/ssh/b\" 0644", "/ssh/b is no longer as run old left it"},
		{"the unit stopped", "systemctl stop x.service", "x.service is no longer as run old left it, so that run cannot be undone"},
		{"the unit disabled", "systemctl disable x.service", "x.service is no longer as run old left it"},
		{"what was kept is gone", "rm -r \"$D/old\"", "nothing of run old is kept on this host any more, so it cannot be undone"},
		{"what was kept is damaged", "echo more >>\"$(HARDENBOT_STATE=$D/old; kept_at \"$D/ssh/a\")/file\"", "what was kept of "},
		{"written again as it was left", "touch \"$D/ssh/a\"; rm \"$D/ssh/b\"; echo made >\"$D/ssh/b\"; chmod 0644 \"$D/ssh/b\"", ""},
		{"put back by hand", "printf 'old\\n' >\"$D/ssh/a\"; chmod 0640 \"$D/ssh/a\"; rm \"$D/ssh/b\"", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "its owner" && os.Getuid() != 0 {
				t.Skip("needs root, to give a file away")
			}
			afterTheChange(t, func(t *testing.T, b box) {
				b.ok(tt.since)
				if tt.says == "" {
					b.ok("unchanged_since \"$D/old\"")
					return
				}
				b.fails("unchanged_since \"$D/old\" || true; echo went on", tt.says)
			})
		})
	}
}

// A run that has not written down what it left has not left anything.
func TestUnchangedSinceARunThatWasCutOff(t *testing.T) {
	inShells(t, func(t *testing.T, b box) {
		b.write("ssh/a", "old\n", 0o640)
		b.ok(`mkdir "$D/old"; (HARDENBOT_STATE=$D/old; keep "$D/ssh/a"; keep "$D/ssh/b"); echo x >"$D/ssh/b"`)
		b.fails(`unchanged_since "$D/old"`, "/ssh/b is no longer as run old left it")
		b.ok(`rm "$D/ssh/b"; unchanged_since "$D/old"`)
	})
}

// What cannot be put back as it was is said to have failed.
func TestRestoreChecksItself(t *testing.T) {
	for _, tt := range []struct{ name, program, body, script, says string }{
		{"other mode", "mv", `/bin/mv "$@"; for p; do :; done; [ "${p##*/}" != a ] || chmod 0777 "$p"`, "", "/ssh/a was put back, but is not as it was kept"},
		{"other bytes", "mv", `/bin/mv "$@"; for p; do :; done; [ "${p##*/}" != a ] || echo more >>"$p"`, "", "/ssh/a was put back, but is not as it was kept"},
		{"other owner", "mv", `/bin/mv "$@"; for p; do :; done; [ "${p##*/}" != a ] || chown 1:1 "$p"`, "", "/ssh/a was put back, but is not as it was kept"},
		{"still there", "rm", `exit 0`, `restore "$D/ssh/b"`, "/ssh/b was put back, but is not as it was kept"},
		{"damaged copy", "true", "", `echo more >>"$(kept_at "$D/ssh/a")/file"; restore "$D/ssh/a"`, "what was kept of "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "other owner" && os.Getuid() != 0 {
				t.Skip("needs root, to give a file away")
			}
			inShells(t, func(t *testing.T, b box) {
				b.write("ssh/a", "old\n", 0o640)
				b.ok(`keep "$D/ssh/a"; keep "$D/ssh/b"; echo new | put "$D/ssh/a" 0600; echo new | put "$D/ssh/b" 0600`)
				b.write("bin/"+tt.program, "#!/bin/sh\n"+tt.body+"\n", 0o755)
				script := tt.script
				if script == "" {
					script = `restore "$D/ssh/a"`
				}
				b.fails(script+" || true; echo went on", tt.says)
				if tt.name == "damaged copy" {
					b.is("a", "new\n", 0o600)
				}
			})
		})
	}
}

func TestKeepChecksItself(t *testing.T) {
	inShells(t, func(t *testing.T, b box) {
		b.write("ssh/a", "a long line\n", 0o640)
		b.write("bin/cp", "#!/bin/sh\nfor p; do :; done\n/bin/cp \"$@\" && echo 'a long' >\"$p\"\n", 0o755)
		b.fails(`keep "$D/ssh/a"; echo went on`, "/ssh/a changed while it was copied, or was not copied whole")
		b.ok(`! was_kept "$D/ssh/a"`)
	})
}

// What somebody else does between two steps of a run is not taken for the run's.
func TestNoteEndKnowsWhatPutWrote(t *testing.T) {
	inShells(t, func(t *testing.T, b box) {
		b.ok(`mkdir "$D/old"; HARDENBOT_STATE=$D/old; keep "$D/ssh/a"; echo new | put "$D/ssh/a" 0600; note_end`)
		b.ok(`HARDENBOT_STATE=$D/old; echo other >>"$D/ssh/a"; note_end`)
		b.fails(`unchanged_since "$D/old"`, "/ssh/a is no longer as run old left it")
		b.ok(`HARDENBOT_STATE=$D/old; echo newer | put "$D/ssh/a" 0600; note_end; unchanged_since "$D/old"`)
	})
}
