package remedies_test

import (
	"fmt"
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

func upgrade(name, source string) actions.Upgrade {
	return actions.Upgrade{
		Package: name, Source: source, From: "1.0-1", To: "1.0-1+deb12u1", Arch: "amd64",
		Origin: "Debian-Security:12/bookworm-security", Security: true,
	}
}

const libssl = "/usr/lib/x86_64-linux-gnu/libssl.so.3"

func TestSecurityUpdatesFinds(t *testing.T) {
	notSecurity := upgrade("vim", "vim")
	notSecurity.Security = false
	for _, c := range []struct {
		name      string
		upgrades  []actions.Upgrade
		libraries []actions.LibraryUse
		want      map[string]string // subject → title
	}{
		{"an upgrade from elsewhere", []actions.Upgrade{notSecurity}, nil, nil},
		{"openssl by its source", []actions.Upgrade{upgrade("libssl-doc", "openssl")}, nil,
			map[string]string{"critical": "Security updates of OpenSSL are pending"}},
		{"openssl by its name", []actions.Upgrade{upgrade("libssl3t64:arm64", "")}, nil,
			map[string]string{"critical": "Security updates of OpenSSL are pending"}},
		{"a name that only looks like it", []actions.Upgrade{upgrade("libssl3-tools", "")}, nil,
			map[string]string{"rest": "Security updates are pending"}},
		{"both", []actions.Upgrade{upgrade("nginx", "nginx"), upgrade("openssl", "openssl")}, nil,
			map[string]string{"critical": "Security updates of OpenSSL are pending", "rest": "Security updates are pending"}},
		{"upgraded and still in use", nil, []actions.LibraryUse{{Unit: "nginx.service", Path: libssl, Deleted: true}},
			map[string]string{"critical": "Services still run with an old OpenSSL"}},
		{"in use by a session", nil, []actions.LibraryUse{{Unit: "session-3.scope", Path: libssl, Deleted: true}}, nil},
		{"in use by what is never restarted", nil, []actions.LibraryUse{{Unit: "user@1000.service", Path: libssl, Deleted: true}}, nil},
		{"another library in use", nil, []actions.LibraryUse{{Unit: "nginx.service", Path: "/usr/lib/libz.so.1", Deleted: true}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := actionstest.Sound()
			f.Upgrades, f.Libraries = c.upgrades, c.libraries
			got := map[string]string{}
			for _, finding := range actions.Examine(f, []actions.Remedy{find(t, "pkg-security-updates")}) {
				got[finding.Subject] = finding.Title
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("finds %q, want %q", got, c.want)
			}
		})
	}
}

func TestSecurityUpdatesSpellOutTen(t *testing.T) {
	f := actionstest.Sound()
	for i := range 12 {
		f.Upgrades = append(f.Upgrades, upgrade(fmt.Sprintf("lib%02d", i), "lib"))
	}
	says := evidence(t, "pkg-security-updates", f)
	for _, want := range []string{
		"12 packages have security updates\nlib00 1.0-1 → 1.0-1+deb12u1 (Debian-Security:12/bookworm-security)\n",
		"\nlib09 1.0-1 → 1.0-1+deb12u1 (Debian-Security:12/bookworm-security)\nand 2 more",
	} {
		if !strings.Contains(says, want) {
			t.Errorf("does not say %q:\n%s", want, says)
		}
	}
}

func TestSecurityUpdatesCriticalFirst(t *testing.T) {
	_, _, err := actions.Derive(actionstest.Broken(), find(t, "pkg-security-updates"), "rest")
	if err == nil || !strings.HasPrefix(err.Error(), "critical libraries first") {
		t.Errorf("the rest is planned before what is critical: %v", err)
	}
}

func TestSecurityUpdatesRefuseStrangeNames(t *testing.T) {
	for _, name := range []string{"openssl-", "-o=Dpkg::Pre-Invoke=x", "open ssl", "OpenSSL", "../x", "x"} {
		f := actionstest.Sound()
		u := upgrade(name, "openssl")
		if name == "openssl-" {
			u.Package, u.To = "openssl", "1.0 --allow-downgrades"
		}
		f.Upgrades = []actions.Upgrade{u}
		if c, _, err := actions.Derive(f, find(t, "pkg-security-updates"), "critical"); err == nil {
			t.Errorf("%q is planned: %s", name, c.Steps[0].Do)
		}
	}
}

func TestSecurityUpdatesPlanCritical(t *testing.T) {
	f := actionstest.Broken()
	f.Libraries = []actions.LibraryUse{
		{Unit: "ssh.service", Path: "/usr/lib/x86_64-linux-gnu/libcrypto.so.3"},
		{Unit: "nginx.service", Path: libssl},
		{Unit: "nginx.service", Path: "/usr/lib/x86_64-linux-gnu/libcrypto.so.3"},
		{Unit: "systemd-logind.service", Path: "/usr/lib/x86_64-linux-gnu/libcrypto.so.3"},
		{Unit: "cron.service", Path: "/usr/lib/x86_64-linux-gnu/libc.so.6"},
		{Unit: "session-3.scope", Path: libssl},
		{Unit: `system-app\x2dworker.service`, Path: libssl},
	}
	goldenOf(t, "pkg-security-updates-critical", "pkg-security-updates", "critical", f)
}

func TestSecurityUpdatesPlanRestartsOnly(t *testing.T) {
	f := actionstest.Sound()
	f.Libraries = []actions.LibraryUse{
		{Unit: "nginx.service", Path: libssl, Deleted: true},
		{Unit: "mariadb.service", Path: libssl},
	}
	goldenOf(t, "pkg-security-updates-restarts", "pkg-security-updates", "critical", f)
}

func TestSecurityUpdatesPlanRest(t *testing.T) {
	f := actionstest.Sound()
	f.Upgrades = []actions.Upgrade{upgrade("openssh-server", "openssh"), upgrade("nginx", "nginx"), upgrade("libc6:i386", "glibc")}
	f.Unneeded = []actions.Unneeded{{Package: "libold1", Version: "1.2-3"}, {Package: "libold1:i386", Version: "1.2-3"}}
	goldenOf(t, "pkg-security-updates-rest", "pkg-security-updates", "rest", f)
}
