package actionstest

import (
	"maps"
	"time"

	"hardenbot/actions"
)

// Sound returns the facts of web-1 with nothing wrong on it. Each call gives
// facts of their own, which a test may change.
func Sound() *actions.Facts {
	return &actions.Facts{
		Host: actions.Host{
			Name: "web-1", Address: "203.0.113.11", Port: 22, User: "ops", Public: true,
			Declared: actions.Declared{
				Ports:   actions.Ports{Known: true, Internet: []int{22, 80, 443}, Internal: []int{9100}, Host: []int{3306}},
				Trusted: []string{"192.0.2.0/24"},
			},
		},
		Collected: time.Date(2026, 11, 20, 14, 2, 0, 0, time.UTC),
		OS: actions.OS{
			ID: "debian", Version: "12", Name: "Debian GNU/Linux 12 (bookworm)",
			Kernel: "6.1.0-41-amd64", BootID: "5a1c8a5e-7d0d-4f0e-9d0e-1f5f0d5f3c11",
		},
		Login: actions.Login{User: "ops", Root: true, From: "192.0.2.9"},
		Listeners: []actions.Listener{
			{Proto: "tcp", Address: "0.0.0.0", Port: 22, Process: "sshd"},
			{Proto: "tcp", Address: "0.0.0.0", Port: 80, Process: "nginx"},
			{Proto: "tcp", Address: "0.0.0.0", Port: 443, Process: "nginx"},
			{Proto: "tcp", Address: "127.0.0.1", Port: 3306, Process: "mariadbd"},
		},
		SSHD: actions.SSHD{
			Global:  soundSSHD(),
			PerUser: map[string]map[string]string{"ops": soundSSHD(), "root": soundSSHD()},
			Unit:    "ssh.service", Include: true, Version: "OpenSSH_9.2p1 Debian-2+deb12u7",
		},
		Accounts: []actions.Account{
			{Name: "root", UID: 0, Groups: []string{"root"}, Shell: "/bin/bash", Login: true, Password: "locked", Sudo: true},
			{Name: "ops", UID: 1000, Groups: []string{"ops"}, Shell: "/bin/bash", Login: true, Password: "locked", Sudo: true, Keys: []actions.Key{
				{Type: "ssh-ed25519", Bits: 256, Fingerprint: "SHA256:2wd0c4rHqKXj5cVQmVdYyXn3lJx4yTn0k1o4Zb7uT1A", Comment: "hardenbot"},
			}},
		},
		Logins: []actions.RecentLogin{
			{User: "ops", Method: "publickey", Last: time.Date(2026, 11, 20, 14, 1, 0, 0, time.UTC), Count: 31},
		},
		Packages: map[string]actions.Package{
			"fail2ban":            {Installed: "1.0.2-2", Candidate: "1.0.2-2"},
			"python3-systemd":     {Installed: "235-1+b2", Candidate: "235-1+b2"},
			"nftables":            {Installed: "1.0.6-2+deb12u2", Candidate: "1.0.6-2+deb12u2"},
			"unattended-upgrades": {Installed: "2.9.1+nmu3", Candidate: "2.9.1+nmu3"},
		},
		Libraries: []actions.LibraryUse{{Unit: "nginx.service", Path: "/usr/lib/x86_64-linux-gnu/libssl.so.3"}},
		Services: map[string]actions.Service{
			"ssh.service":                 {Load: "loaded", Active: "active", Enabled: "enabled"},
			"fail2ban.service":            {Load: "loaded", Active: "active", Enabled: "enabled"},
			"unattended-upgrades.service": {Load: "loaded", Active: "active", Enabled: "enabled"},
			"apt-daily.timer":             {Load: "loaded", Active: "active", Enabled: "enabled"},
			"apt-daily-upgrade.timer":     {Load: "loaded", Active: "active", Enabled: "enabled"},
		},
		AptConfig: map[string]string{
			"APT::Periodic::Update-Package-Lists":            "1",
			"APT::Periodic::Unattended-Upgrade":              "1",
			"Unattended-Upgrade::Origins-Pattern::":          "origin=Debian,codename=${distro_codename}-security,label=Debian-Security",
			"Unattended-Upgrade::Automatic-Reboot":           "false",
			"Unattended-Upgrade::Remove-Unused-Dependencies": "false",
		},
		Fail2ban: actions.Fail2ban{
			Running: true, Jails: []string{"sshd"}, Backend: "systemd",
			Matches:  []string{"_SYSTEMD_UNIT=ssh.service + _COMM=sshd"},
			IgnoreIP: []string{"127.0.0.0/8", "::1", "192.0.2.0/24", "192.0.2.9"},
		},
	}
}

// Broken returns the facts of web-1 as the audit found it: everything that the
// catalogue knows is wrong.
func Broken() *actions.Facts {
	f := Sound()
	f.Listeners = append(f.Listeners[:3:3],
		actions.Listener{Proto: "tcp", Address: "0.0.0.0", Port: 3306, Process: "mariadbd"},
		actions.Listener{Proto: "tcp", Address: "*", Port: 9100, Process: "prometheus-node"},
	)
	for _, s := range []map[string]string{f.SSHD.Global, f.SSHD.PerUser["ops"], f.SSHD.PerUser["root"]} {
		maps.Copy(s, map[string]string{
			"passwordauthentication": "yes", "permitrootlogin": "yes",
			"maxauthtries": "6", "logingracetime": "120", "maxstartups": "10:30:100",
		})
	}
	f.Accounts[0].Password, f.Accounts[1].Password = "usable", "usable"
	f.Upgrades = []actions.Upgrade{
		{Package: "libssl3", Source: "openssl", From: "3.0.17-1~deb12u2", To: "3.0.17-1~deb12u3", Arch: "amd64", Origin: "Debian-Security:12/bookworm-security", Security: true},
		{Package: "openssl", Source: "openssl", From: "3.0.17-1~deb12u2", To: "3.0.17-1~deb12u3", Arch: "amd64", Origin: "Debian-Security:12/bookworm-security", Security: true},
		{Package: "nginx", Source: "nginx", From: "1.22.1-9+deb12u2", To: "1.22.1-9+deb12u3", Arch: "amd64", Origin: "Debian-Security:12/bookworm-security", Security: true},
	}
	f.Packages = map[string]actions.Package{
		"fail2ban":            {Candidate: "1.0.2-2"},
		"python3-systemd":     {Candidate: "235-1+b2"},
		"nftables":            {Candidate: "1.0.6-2+deb12u2"},
		"unattended-upgrades": {Candidate: "2.9.1+nmu3"},
	}
	f.Services = map[string]actions.Service{
		"ssh.service":                 {Load: "loaded", Active: "active", Enabled: "enabled"},
		"fail2ban.service":            {Load: "not-found", Active: "inactive"},
		"unattended-upgrades.service": {Load: "not-found", Active: "inactive"},
		"apt-daily.timer":             {Load: "loaded", Active: "active", Enabled: "enabled"},
		"apt-daily-upgrade.timer":     {Load: "loaded", Active: "active", Enabled: "enabled"},
	}
	f.AptConfig = map[string]string{}
	f.Fail2ban = actions.Fail2ban{}
	return f
}

// soundSSHD is what `sshd -T` says on a host that is as it should be.
func soundSSHD() map[string]string {
	return map[string]string{
		"authenticationmethods":        "any",
		"authorizedkeyscommand":        "none",
		"kbdinteractiveauthentication": "no",
		"logingracetime":               "60",
		"maxauthtries":                 "3",
		"maxstartups":                  "10:30:60",
		"passwordauthentication":       "no",
		"permitrootlogin":              "no",
		"port":                         "22",
		"pubkeyauthentication":         "yes",
		"trustedusercakeys":            "none",
		"usepam":                       "yes",
	}
}
