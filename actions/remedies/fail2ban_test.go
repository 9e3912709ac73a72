package remedies_test

import (
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

func TestFail2banFinds(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*actions.Facts)
		want string
	}{
		{"not installed", func(f *actions.Facts) { f.Packages["fail2ban"] = actions.Package{} }, "fail2ban is not installed"},
		{"stopped", func(f *actions.Facts) { f.Fail2ban = actions.Fail2ban{} }, "fail2ban is installed and does not run"},
		{"no jail", func(f *actions.Facts) { f.Fail2ban.Jails = []string{"nginx-http-auth"} }, "fail2ban runs without a jail for sshd"},
		{"not at boot", func(f *actions.Facts) {
			f.Services["fail2ban.service"] = actions.Service{Load: "loaded", Active: "active", Enabled: "disabled"}
		}, "fail2ban would not start at the next boot"},
		{"reads files", func(f *actions.Facts) { f.Fail2ban.Backend, f.Fail2ban.Matches = "file", nil }, blind},
		{"another unit", func(f *actions.Facts) { f.Fail2ban.Matches = []string{"_SYSTEMD_UNIT=sshd.service"} }, blind},
		{"another unit, and the name", func(f *actions.Facts) {
			f.Fail2ban.Matches = []string{"_SYSTEMD_UNIT=sshd.service", "_COMM=sshd"}
		}, ""},
		{"the name within another unit", func(f *actions.Facts) {
			f.Fail2ban.Matches = []string{"_SYSTEMD_UNIT=sshd.service _COMM=sshd"}
		}, blind},
		{"alternatives of a field", func(f *actions.Facts) {
			f.Fail2ban.Matches = []string{"_SYSTEMD_UNIT=sshd.service _SYSTEMD_UNIT=ssh.service"}
		}, ""},
		{"OpenSSH 9.8 logs by another name", func(f *actions.Facts) {
			f.SSHD.Version = "OpenSSH_10.0p2 Debian-7"
			f.Fail2ban.Matches = []string{"_SYSTEMD_UNIT=sshd.service + _COMM=sshd"}
		}, blind},
		{"OpenSSH 9.8, by its unit", func(f *actions.Facts) { f.SSHD.Version = "OpenSSH_9.8p1" }, ""},
		{"ssh.socket, by the unit", func(f *actions.Facts) {
			f.SSHD.Unit, f.Fail2ban.Matches = "ssh.socket", []string{"_SYSTEMD_UNIT=ssh.service"}
		}, blind},
		{"ssh.socket, by the name", func(f *actions.Facts) {
			f.SSHD.Unit, f.Fail2ban.Matches = "ssh.socket", []string{"_COMM=sshd"}
		}, ""},
		{"no matches at all", func(f *actions.Facts) { f.Fail2ban.Matches = nil }, blind},
		{"the bot in danger", func(f *actions.Facts) { f.Fail2ban.IgnoreIP = []string{"192.0.2.128/25", "bastion.example.com"} },
			"the sshd jail could ban 192.0.2.9, " + ours + "\nthe sshd jail could ban 192.0.2.0/24, " + ours},
		{"covered by a wider network", func(f *actions.Facts) { f.Fail2ban.IgnoreIP = []string{"192.0.0.0/16"} }, ""},
		{"the bot from IPv6", func(f *actions.Facts) { f.Login.From = "2001:db8::9" },
			"the sshd jail could ban 2001:db8::9, " + ours},
		{"a trusted address is banned", func(f *actions.Facts) { f.Fail2ban.Banned = []string{"192.0.2.77", "198.51.100.1"} },
			"the sshd jail has banned 192.0.2.77, " + ours},
		{"the bot's address unknown", func(f *actions.Facts) { f.Login.From = "UNKNOWN" },
			"the address that the bot logs in from is not known, so it cannot be kept from being banned"},
		{"a trusted one that is none", func(f *actions.Facts) { f.Host.Declared.Trusted = []string{"office"} },
			`the configuration trusts "office", which is neither an address nor a network: correct it`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := actionstest.Sound()
			c.set(f)
			if got := evidence(t, "fail2ban", f); got != c.want {
				t.Errorf("says\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

const (
	blind = "the sshd jail does not read what this host's sshd writes to the journal"
	ours  = "which is the bot's own address or a trusted one"
)

func TestFail2banPlan(t *testing.T) {
	golden(t, "fail2ban", "fail2ban", actionstest.Broken())
}

// What a team ignores already stays ignored, but not all of 127.0.0.0/8, from
// where the proof comes; how it bans stays as well.
func TestFail2banPlanInstalled(t *testing.T) {
	f := actionstest.Sound()
	f.Listeners = []actions.Listener{
		{Proto: "tcp", Address: "10.0.0.5", Port: 2222, Process: "sshd"},
		{Proto: "tcp", Address: "10.0.0.5", Port: 22, Process: "sshd"},
	}
	f.Fail2ban.IgnoreIP = []string{"127.0.0.0/8", "::1", "198.51.100.0/24", "bastion.example.com", "x\nbantime = -1"}
	f.Fail2ban.Banned = []string{"192.0.2.9"}
	golden(t, "fail2ban-installed", "fail2ban", f)
}

func TestFail2banPlanRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*actions.Facts)
		want string
	}{
		{"the bot's address unknown", func(f *actions.Facts) { f.Login.From = "" }, "the address that the bot logs in from is not known"},
		{"nothing to read the journal with", func(f *actions.Facts) { f.Packages["python3-systemd"] = actions.Package{} }, "offer no python3-systemd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := actionstest.Broken()
			c.set(f)
			_, _, err := actions.Derive(f, find(t, "fail2ban"), "")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("refuses with %v, want %q", err, c.want)
			}
		})
	}
}
