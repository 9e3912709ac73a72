package remedies_test

import (
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

// sshd reads its box's drop-ins and then the main file; the first value counts,
// but user deploy has passwords always. It refuses the word "nonsense".
const fakeSSHD = `#!/bin/sh
! grep -rqs nonsense "$D/ssh" || { echo "bad configuration option" >&2; exit 255; }
[ "$1" = -T ] || exit 0
{
	case "$*" in
	*user=deploy,*) echo passwordauthentication yes ;;
	esac
	cat "$D"/ssh/sshd_config.d/*.conf "$D/ssh/sshd_config" 2>/dev/null | tr A-Z a-z
} | awk '!seen[$1]++'
`

// systemctl says that the units in $D/running run.
const fakeRunning = `#!/bin/sh
case $1 in
is-active) grep -qx -e "$3" "$D/running" && echo active || echo inactive ;;
*) echo "$*" >>"$D/told" ;;
esac
`

func withSSHD(t *testing.T, running string, test func(*testing.T, box)) {
	inShells(t, func(t *testing.T, b box) {
		b.write("bin/sshd", fakeSSHD, 0o755)
		b.write("bin/systemctl", fakeRunning, 0o755)
		b.write("running", running, 0o644)
		b.write("told", "", 0o644)
		b.write("ssh/sshd_config", "UsePAM yes\n", 0o644)
		test(t, b)
	})
}

func TestReloadSSHD(t *testing.T) {
	for _, c := range []struct{ running, told string }{
		{"ssh.service\n", "reload -- ssh.service\n"},
		{"sshd.service\n", "reload -- sshd.service\n"},
		{"ssh.socket\n", ""}, // the next connection starts an sshd
		{"ssh.socket\nssh.service\n", "reset-failed -- ssh.service\nrestart -- ssh.service\n"},
		{"sshd.socket\nsshd.service\n", "reset-failed -- sshd.service\nrestart -- sshd.service\n"},
	} {
		withSSHD(t, c.running, func(t *testing.T, b box) {
			b.ok("reload_sshd")
			if got := b.read("told"); got != c.told {
				t.Errorf("with %q running, systemctl was told %q", c.running, got)
			}
		})
	}
	withSSHD(t, "cron.service\n", func(t *testing.T, b box) {
		b.fails("reload_sshd", "none of ssh.service, sshd.service and ssh.socket runs")
	})
	withSSHD(t, "ssh.service\n", func(t *testing.T, b box) {
		b.write("ssh/sshd_config", "nonsense\n", 0o644)
		b.fails("reload_sshd", "bad configuration option")
		if got := b.read("told"); got != "" {
			t.Errorf("systemctl was told %q", got)
		}
	})
}

func TestTestSSHDTakesABadFileBackAtOnce(t *testing.T) {
	withSSHD(t, "ssh.service\n", func(t *testing.T, b box) {
		b.fails(`f=/etc/ssh/sshd_config.d/00-x.conf; keep "$f"; echo nonsense | put "$f" 0600; test_sshd "$f"; echo went on`,
			"which was taken back: bad configuration option")
		if got := b.names("ssh/sshd_config.d"); got != "" {
			t.Errorf("left behind: %s", got)
		}
	})
}

func TestIncludeDropIns(t *testing.T) {
	withSSHD(t, "", func(t *testing.T, b box) {
		b.write("ssh/sshd_config", "UsePAM yes\nMatch User deploy", 0o640)
		b.ok("include_dropins; include_dropins")
		if got, want := b.read("ssh/sshd_config"), "Include "+b.path("ssh")+"/sshd_config.d/00-hardenbot-*.conf\nUsePAM yes\nMatch User deploy"; got != want {
			t.Errorf("the main file is\n%s\nwant\n%s", got, want)
		}
		if mode := stat(t, b.path("ssh/sshd_config")).Mode & 0o7777; mode != 0o640 {
			t.Errorf("the mode is %o", mode)
		}
	})
}

// Whichever change is undone first, the others stay included; the last one
// restores the main file.
func TestExcludeDropIns(t *testing.T) {
	withSSHD(t, "", func(t *testing.T, b box) {
		b.write("ssh/sshd_config.d/00-hardenbot-left.conf", "UsePAM yes\n", 0o600)
		b.ok(`touch -d yesterday /etc/ssh/sshd_config.d/00-hardenbot-left.conf; keep /etc/ssh/sshd_config; include_dropins`)
		included := b.read("ssh/sshd_config")
		b.ok(`echo "X y" | put /etc/ssh/sshd_config.d/00-hardenbot-later.conf 0600; exclude_dropins`)
		if got := b.read("ssh/sshd_config"); got != included {
			t.Errorf("a later change is not included any more:\n%s", got)
		}
		b.ok(`rm /etc/ssh/sshd_config.d/00-hardenbot-later.conf; exclude_dropins; exclude_dropins`)
		if got := b.read("ssh/sshd_config"); got != "UsePAM yes\n" {
			t.Errorf("the main file is\n%s", got)
		}
	})
}

// An undo succeeds where nothing runs that could have read the change, and
// fails where something does and cannot be reloaded.
func TestUnloadSSHD(t *testing.T) {
	withSSHD(t, "my-sshd.service\n", func(t *testing.T, b box) {
		b.fails("reload_sshd", "none of ssh.service, sshd.service and ssh.socket runs")
		b.ok("unload_sshd")
	})
	withSSHD(t, "sshd.service\n", func(t *testing.T, b box) {
		b.ok("unload_sshd")
		if got := b.read("told"); got != "reload -- sshd.service\n" {
			t.Errorf("systemctl was told %q", got)
		}
		b.write("ssh/sshd_config", "nonsense\n", 0o644)
		b.fails("unload_sshd; echo went on", "bad configuration option")
	})
}

// The change's own scripts, from the first keep to the last restore.
func TestDropInDoAndUndo(t *testing.T) {
	for _, include := range []bool{true, false} {
		withSSHD(t, "ssh.service\n", func(t *testing.T, b box) {
			f := actionstest.Broken()
			f.SSHD.Include = include
			change, _, err := actions.Derive(f, find(t, "ssh-password-auth"), "")
			if err != nil {
				t.Fatal(err)
			}
			b.ok(change.UndoScript()) // before it ran, there is nothing to do
			if got := b.read("told"); got != "" {
				t.Errorf("an undo too early told systemctl %q", got)
			}
			b.ok(change.Steps[0].Do)
			b.ok(change.Steps[0].Do)
			if got := b.names("ssh/sshd_config.d"); got != "00-hardenbot-ssh-password-auth.conf" {
				t.Errorf("the drop-ins are %s", got)
			}
			b.ok(change.UndoScript())
			b.ok(change.UndoScript())
			if got := b.read("ssh/sshd_config") + b.names("ssh/sshd_config.d"); got != "UsePAM yes\n" {
				t.Errorf("undone to %q", got)
			}
		})
	}
}

// What counts for a user decides, not what the drop-in says.
func TestDropInFailsWhereItDoesNotCount(t *testing.T) {
	withSSHD(t, "ssh.service\n", func(t *testing.T, b box) {
		f := actionstest.Broken()
		f.SSHD.PerUser["deploy"] = f.SSHD.Global
		change, _, err := actions.Derive(f, find(t, "ssh-password-auth"), "")
		if err != nil {
			t.Fatal(err)
		}
		b.fails(change.Steps[0].Do, "for deploy, sshd does not have: passwordauthentication (no)")
	})
}
