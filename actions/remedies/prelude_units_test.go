package remedies_test

import "testing"

// systemctl keeps the state of one unit in the files $D/enabled and $D/active,
// and writes down what it was told.
const fakeSystemctl = `#!/bin/sh
case $1 in
is-enabled) cat "$D/enabled"; exit ;;
is-active) cat "$D/active"; exit ;;
esac
echo "$*" >>"$D/told"
case $1 in
enable | disable) echo "${1}d" >"$D/enabled" ;;
mask) echo masked >"$D/enabled" ;;
unmask) echo disabled >"$D/enabled" ;;
start) echo active >"$D/active" ;;
stop) echo inactive >"$D/active" ;;
esac
`

func TestRestoreUnit(t *testing.T) {
	for _, was := range []struct{ enabled, active, told string }{
		{"enabled", "active", "unmask -- x.service\nenable -- x.service\nstart -- x.service\n"},
		{"disabled", "inactive", "unmask -- x.service\ndisable -- x.service\n"},
		{"masked", "inactive", ""},
		{"static", "active", "unmask -- x.service\nstart -- x.service\n"},
		{"not-found", "inactive", "unmask -- x.service\ndisable -- x.service\n"},
	} {
		t.Run(was.enabled, func(t *testing.T) {
			inShells(t, func(t *testing.T, b box) {
				b.write("bin/systemctl", fakeSystemctl, 0o755)
				b.write("enabled", was.enabled+"\n", 0o644)
				b.write("active", was.active+"\n", 0o644)
				b.ok("keep_unit x.service")
				b.write("enabled", "masked\n", 0o644)
				b.write("active", "inactive\n", 0o644)
				b.write("told", "", 0o644)
				b.ok("keep_unit x.service; restore_unit x.service; restore_unit never-kept.service")
				if got := b.read("told"); got != was.told {
					t.Errorf("systemctl was told\n%swant\n%s", got, was.told)
				}
				if got := b.read("active"); got != was.active+"\n" {
					t.Errorf("the unit is %s", got)
				}
			})
		})
	}
}

func TestRestoreUnitStops(t *testing.T) {
	inShells(t, func(t *testing.T, b box) {
		b.write("bin/systemctl", fakeSystemctl, 0o755)
		b.write("enabled", "disabled\n", 0o644)
		b.write("active", "failed\n", 0o644)
		b.ok("keep_unit x.service; systemctl enable x.service; systemctl start x.service; restore_unit x.service")
		if b.read("enabled") != "disabled\n" || b.read("active") != "inactive\n" {
			t.Errorf("the unit is %s%s", b.read("enabled"), b.read("active"))
		}
	})
}

func TestUnitNames(t *testing.T) {
	inShells(t, func(t *testing.T, b box) {
		b.fails("keep_unit ../x.service", "is not the name of a unit")
		b.fails("keep_unit ''", "is not the name of a unit")
	})
}
