package acceptance

import (
	"strings"
	"testing"
)

const (
	critical = "Security updates of OpenSSL are pending"
	rest     = "Security updates are pending"
)

// TestCriticalLibrariesFirstAndStopAtTheFirstFailure upgrades openssl on hosts
// of which the third does not survive it.
func TestCriticalLibrariesFirstAndStopAtTheFirstFailure(t *testing.T) {
	w := newWorld(t, "socket", traits{"web-3": "broken-health"})
	w.start()
	old := w.version("web-4", "openssl")
	findings := w.scan("web-*")
	w.inOrder(findings.text(), critical, rest)

	early := findings.fix(rest)
	w.shows(early, "critical")
	plan := findings.fix(critical)
	w.shows(plan, "openssl=", "libssl3=", "web-1", "systemd-logind", "next boot")
	outcome := w.approve(plan)
	w.shows(outcome, "web-3", "not healthy", "untouched")

	for _, host := range []string{"web-1", "web-2"} {
		if now := w.version(host, "openssl"); now == old {
			t.Errorf("%s still has openssl %s", host, now)
		}
		w.nobodyMapsTheOldLibrary(host)
	}
	if now := w.version("web-4", "openssl"); now != old {
		t.Errorf("web-4 was touched: openssl is %s now", now)
	}

	w.shows(w.approve(w.scan("web-1").fix(rest)), "web-1", "done")
	if again := w.scan("web-1"); strings.Contains(again.text(), rest) {
		t.Errorf("security updates are still pending on web-1:\n%s", again.text())
	}
}

func (w *world) version(host, name string) string {
	w.Helper()
	return strings.TrimSpace(w.lab.Exec(w.T, host, "dpkg-query -W -f='${Version}' "+name))
}

// nobodyMapsTheOldLibrary leaves out what the plan says it leaves as it is:
// services that cannot be restarted under way.
func (w *world) nobodyMapsTheOldLibrary(host string) {
	w.Helper()
	out := w.lab.Exec(w.T, host, `grep -l 'lib\(ssl\|crypto\).*(deleted)' /proc/[0-9]*/maps 2>/dev/null | while read -r m; do ps -o unit= -p "$(echo "$m" | cut -d/ -f3)"; done | grep '\.service' | grep -vx 'systemd-\(logind\|networkd\)\.service' || true`)
	if strings.TrimSpace(out) != "" {
		w.Errorf("%s still runs the old library in: %s", host, out)
	}
}

// TestFail2banGuardsSSHAndNeverTheBot installs it and then fails to log in from
// the bot's own address more often than the jail allows.
func TestFail2banGuardsSSHAndNeverTheBot(t *testing.T) {
	w := newWorld(t, "socket", nil)
	w.start()
	w.shows(w.approve(w.scan("web-1").fix("Nothing bans addresses")), "web-1", "done")
	if out := w.lab.Exec(t, "web-1", "fail2ban-client status sshd"); !strings.Contains(out, "Currently banned") {
		t.Errorf("the jail sshd does not run:\n%s", out)
	}
	for range 8 {
		if w.ssh("web-1", "nobody-here", "-o", "BatchMode=yes", "-o", "PubkeyAuthentication=no") == nil {
			t.Fatal("a login by nobody worked")
		}
	}
	w.eventually("fail2ban has seen the failed logins", func() bool {
		return strings.Contains(w.lab.Exec(t, "web-1", "grep -c 'Ignore "+w.lab.Bridge+"' /var/log/fail2ban.log || true"), "8")
	})
	if err := w.byKey("web-1", "ops"); err != nil {
		t.Errorf("the bot's address was banned: %v", err)
	}
}
