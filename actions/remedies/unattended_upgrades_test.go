package remedies_test

import (
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

func TestUnattendedUpgradesFinds(t *testing.T) {
	set := func(key, value string) func(*actions.Facts) {
		return func(f *actions.Facts) { f.AptConfig[key] = value }
	}
	for _, c := range []struct {
		name string
		set  func(*actions.Facts)
		want string
	}{
		{"not installed", func(f *actions.Facts) { f.Packages["unattended-upgrades"] = actions.Package{Candidate: "2.9.1"} },
			"the package unattended-upgrades is not installed"},
		{"installed and off", set("APT::Periodic::Unattended-Upgrade", "0"), "APT::Periodic::Unattended-Upgrade is off in apt's configuration"},
		{"lists never refreshed", func(f *actions.Facts) { delete(f.AptConfig, "APT::Periodic::Update-Package-Lists") },
			"APT::Periodic::Update-Package-Lists is off in apt's configuration"},
		{"all off at once", set("APT::Periodic::Enable", "0"), "APT::Periodic::Enable turns all of apt's timers' work off"},
		{"every hour is on", set("APT::Periodic::Unattended-Upgrade", "1h"), ""},
		{"no security origin", set("Unattended-Upgrade::Origins-Pattern::", "origin=Debian,codename=${distro_codename},label=Debian"),
			"unattended-upgrades does not take from the security archive"},
		{"Ubuntu's list", func(f *actions.Facts) {
			delete(f.AptConfig, "Unattended-Upgrade::Origins-Pattern::")
			f.AptConfig["Unattended-Upgrade::Allowed-Origins::"] = "${distro_id}:${distro_codename}\n${distro_id}:${distro_codename}-security"
		}, ""},
		{"reboots", set("Unattended-Upgrade::Automatic-Reboot", "True"), "Unattended-Upgrade::Automatic-Reboot lets hosts reboot unasked"},
		{"a key in small letters", func(f *actions.Facts) {
			delete(f.AptConfig, "APT::Periodic::Unattended-Upgrade")
			f.AptConfig["apt::periodic::unattended-upgrade"] = "1"
		}, ""},
		{"a timer masked", func(f *actions.Facts) {
			f.Services["apt-daily.timer"] = actions.Service{Load: "masked", Active: "inactive", Enabled: "masked"}
		}, "apt-daily.timer is not enabled and active"},
		{"a timer stopped", func(f *actions.Facts) {
			f.Services["apt-daily-upgrade.timer"] = actions.Service{Load: "loaded", Active: "inactive", Enabled: "enabled"}
		}, "apt-daily-upgrade.timer is not enabled and active"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := actionstest.Sound()
			c.set(f)
			if got := evidence(t, "unattended-upgrades", f); got != c.want {
				t.Errorf("says\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestUnattendedUpgradesPlan(t *testing.T) {
	golden(t, "unattended-upgrades", "unattended-upgrades", actionstest.Broken())
}

// Where a team has chosen its origins they stay, and the security archive joins
// them.
func TestUnattendedUpgradesKeepsChosenOrigins(t *testing.T) {
	f := actionstest.Sound()
	f.AptConfig["Unattended-Upgrade::Origins-Pattern::"] = "origin=Example"
	golden(t, "unattended-upgrades-installed", "unattended-upgrades", f)
}

func TestUnattendedUpgradesPlanRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*actions.Facts)
		want string
	}{
		{"another distribution", func(f *actions.Facts) { f.OS.ID = "raspbian" }, `the security archives of "raspbian" are not known`},
		{"no candidate", func(f *actions.Facts) { f.Packages["unattended-upgrades"] = actions.Package{} }, "offer no unattended-upgrades"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := actionstest.Broken()
			c.set(f)
			_, _, err := actions.Derive(f, find(t, "unattended-upgrades"), "")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("refuses with %v, want %q", err, c.want)
			}
		})
	}
}
