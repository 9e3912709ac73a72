package remedies_test

import (
	"os"
	"testing"
)

// The restart is scheduled once for a boot, and never for another one.
func TestRebootSoon(t *testing.T) {
	inShells(t, func(t *testing.T, b box) {
		if err := os.Mkdir(b.path("systemd"), 0o755); err != nil {
			t.Fatal(err)
		}
		b.write("boot", "this-boot\n", 0o644)
		b.write("active", "inactive\n", 0o644)
		b.write("state-of-system", "running\n", 0o644)
		b.write("told", "", 0o644)
		b.write("bin/sync", "#!/bin/sh\necho sync >>\"$D/told\"\n", 0o755)
		b.write("bin/systemd-run", "#!/bin/sh\necho \"systemd-run $*\" >>\"$D/told\"\necho active >\"$D/active\"\n", 0o755)
		b.write("bin/systemctl", "#!/bin/sh\ncase $1 in\nis-active) cat \"$D/active\" ;;\nis-system-running) cat \"$D/state-of-system\" ;;\nesac\n", 0o755)
		if got := b.ok("boot_id"); got != "this-boot" {
			t.Errorf("the boot id is %q", got)
		}
		if got := b.ok("reboot_soon other-boot"); got != "the host was restarted since" || b.read("told") != "" {
			t.Errorf("after another boot it says %q and does %q", got, b.read("told"))
		}
		const want = "sync\nsystemd-run --quiet --collect --unit=hardenbot-reboot --on-active=2s --timer-property=AccuracySec=100ms -- systemctl --no-block reboot\n"
		b.ok("reboot_soon this-boot")
		if got := b.read("told"); got != want {
			t.Errorf("does\n%s\nwant\n%s", got, want)
		}
		b.write("told", "", 0o644)
		b.ok("reboot_soon this-boot")
		b.write("active", "inactive\n", 0o644)
		b.write("state-of-system", "stopping\n", 0o644)
		b.ok("reboot_soon this-boot")
		if got := b.read("told"); got != "sync\nsync\n" {
			t.Errorf("while the restart is under way it does\n%s", got)
		}
		b.write("state-of-system", "running\n", 0o644)
		b.write("bin/systemd-run", "#!/bin/sh\nexit 1\n", 0o755)
		b.fails("reboot_soon this-boot", "the restart of the host could not be scheduled")
	})
}
