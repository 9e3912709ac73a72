package acceptance

import "strings"

// unneeded is a library that nothing on the hosts needs.
const unneeded = "libjansson4"

// restOnly leaves only security updates pending on the host that are neither
// critical nor large, and a package that was installed for another one that is
// gone.
func (w *world) restOnly(host string) {
	w.Helper()
	w.lab.Exec(w.T, host, `export DEBIAN_FRONTEND=noninteractive
apt-get -qq -y install --only-upgrade openssl libssl3 >/dev/null
apt-mark hold '~i~nmariadb' '~i~nperl' >/dev/null
apt-get -qq -y install `+unneeded+` >/dev/null
apt-mark auto `+unneeded+` >/dev/null
systemctl restart systemd-journald ssh nginx mariadb app prometheus-node-exporter`)
}

// pending lists the upgrades that apt would make on the host, as NAME VERSION.
func (w *world) pending(host string) string {
	w.Helper()
	out := w.lab.Exec(w.T, host, `apt-get -s upgrade | sed -n 's/^Inst \([^ ]*\) \[[^]]*\] (\([^ ]*\) .*/\1 \2/p' | sort`)
	if strings.Count(out, "\n") < 10 || !strings.Contains(out, "nginx ") {
		w.Fatalf("on %s there is little to upgrade: %s", host, out)
	}
	return out
}

// upgraded holds that the packages are at these versions, and that the one that
// nothing needs is gone.
func (w *world) upgraded(host, versions string) {
	w.Helper()
	names := ""
	for line := range strings.Lines(versions) {
		name, _, _ := strings.Cut(line, " ")
		names += " " + name
	}
	if now := w.lab.Exec(w.T, host, `dpkg-query -W -f='${Package} ${Version}\n'`+names+` | sort`); now != versions {
		w.Errorf("%s has\n%s\nwant\n%s", host, now, versions)
	}
	if left := w.lab.Exec(w.T, host, `dpkg-query -W -f='${db:Status-Status}' `+unneeded+` 2>/dev/null || true`); left == "installed" {
		w.Errorf("%s still has %s, which nothing needs", host, unneeded)
	}
}
