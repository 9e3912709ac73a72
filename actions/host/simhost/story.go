package simhost

import (
	"fmt"
	"time"
)

// Libraries of Debian 12 on amd64 that services map.
const (
	libC      = "/usr/lib/x86_64-linux-gnu/libc.so.6"
	libCrypto = "/usr/lib/x86_64-linux-gnu/libcrypto.so.3"
	libSSL    = "/usr/lib/x86_64-linux-gnu/libssl.so.3"
)

// Story is the four web servers of an audit. On the last one somebody, carol,
// logs in by password and has no key.
func Story(key string) []Config {
	all := make([]Config, 4)
	for i := range all {
		all[i] = WebServer(i+1, key)
	}
	last := &all[len(all)-1]
	last.Accounts = append(last.Accounts, Account{Name: "carol", UID: 1002, Password: "hunter2"})
	last.Logins = append(last.Logins, Login{"carol", "password", 20 * time.Hour})
	return all
}

// WebServer is a web server that nobody has looked after: an audit would flag
// what is pending, passwords in sshd, and ports that nobody watches. ops logs in
// with the key and may act as root.
func WebServer(number int, key string) Config {
	return Config{
		Name: fmt.Sprintf("web-%d", number), Address: fmt.Sprintf("10.0.1.%d", 10+number), From: "10.0.0.10",
		Instance: fmt.Sprintf("i-0000000000000000%d", number),
		Accounts: []Account{
			{Name: "root", Password: "changeme"},
			{Name: "ops", UID: 1000, Keys: []string{key}, Sudo: SudoFree},
			{Name: "alice", UID: 1001, Keys: []string{key}, Sudo: SudoAsks, Password: "correct horse"},
		},
		Units:    webUnits(),
		Packages: webPackages(),
		Files: map[string]string{
			"/etc/ssh/sshd_config.d/50-cloud-init.conf": "PasswordAuthentication yes\nPermitRootLogin yes\n",
		},
		Logins: []Login{{"alice", "publickey", 26 * time.Hour}, {"ops", "publickey", 90 * time.Minute}},
	}
}

func webUnits() []Unit {
	return []Unit{
		{Name: "nginx.service", Process: "nginx", Active: true, Maps: []string{libC, libCrypto, libSSL},
			Listens: []string{"tcp 0.0.0.0:80", "tcp [::]:80", "tcp 0.0.0.0:443", "tcp [::]:443"}},
		{Name: "app.service", Process: "app", Active: true, Maps: []string{libC}, Listens: []string{"tcp 0.0.0.0:8080"}, Needs: []string{"mariadb.service"}},
		{Name: "mariadb.service", Process: "mariadbd", Active: true, Maps: []string{libC, libCrypto, libSSL}, Listens: []string{"tcp 0.0.0.0:3306"}},
		{Name: "prometheus.service", Process: "prometheus", Active: true, Maps: []string{libC}, Listens: []string{"tcp *:9090"}},
		{Name: "prometheus-node-exporter.service", Process: "prometheus-node", Active: true, Maps: []string{libC}, Listens: []string{"tcp *:9100"}},
		{Name: "ssh.socket", Disabled: true}, {Name: "mariadb.socket", Disabled: true}, {Name: "systemd-networkd.service", Process: "systemd-network", Active: true, Maps: []string{libC}},
		{Name: "apt-daily.timer", Active: true}, {Name: "apt-daily-upgrade.timer", Disabled: true},
	}
}

// webPackages is what matters of them; a real host has some hundreds more.
func webPackages() []Package {
	secured := func(name, from, to, source string, replaces ...string) Package {
		return Package{Name: name, Version: from, Offers: to, Security: true, Source: source, Replaces: replaces}
	}
	f2b := map[string]string{
		"/etc/fail2ban/jail.conf":                   "[DEFAULT]\nbantime = 10m\nfindtime = 10m\nmaxretry = 5\n",
		"/etc/fail2ban/jail.d/defaults-debian.conf": "[sshd]\nenabled = true\n",
	}
	nginx, mariadb := webUnits()[0], webUnits()[2]
	return []Package{
		secured("openssl", "3.0.20-1~deb12u2", "3.0.22-1~deb12u2", ""),
		secured("libssl3", "3.0.20-1~deb12u2", "3.0.22-1~deb12u2", "openssl", libCrypto, libSSL),
		secured("libcurl4", "7.88.1-10+deb12u12", "7.88.1-10+deb12u14", "curl"),
		secured("curl", "7.88.1-10+deb12u12", "7.88.1-10+deb12u14", ""),
		secured("perl-base", "5.36.0-7+deb12u3", "5.36.0-7+deb12u4", "perl"),
		secured("liblzma5", "5.4.1-1+deb12u1", "5.4.1-1+deb12u2", "xz-utils"),
		secured("rsync", "3.2.7-1+deb12u6", "3.2.7-1+deb12u8", ""),
		secured("tzdata", "2026b-0+deb12u1", "2026f-0+deb12u1", ""),
		{Name: "nginx-light", Version: "1.22.1-9+deb12u9", Offers: "1.22.1-9+deb12u11", Security: true, Source: "nginx", Brings: []Unit{nginx}},
		{Name: "mariadb-server", Version: "1:10.11.18-0+deb12u1", Offers: "1:10.11.19-0+deb12u1", Security: true, Source: "mariadb", Brings: []Unit{mariadb}},
		{Name: "openssh-server", Version: "1:9.2p1-2+deb12u6", Source: "openssh"},
		{Name: "libc6", Version: "2.36-9+deb12u14", Source: "glibc"},
		{Name: "sudo", Version: "1.9.13p3-1+deb12u4"},
		{Name: "linux-image-6.1.0-37-cloud-amd64", Version: "6.1.140-1", Source: "linux-signed-amd64"},
		{Name: "nftables", Version: "1.0.6-2+deb12u2", Brings: []Unit{{Name: "nftables.service", Disabled: true}}},
		{Name: "python3-systemd", Offers: "235-1+b2", Source: "python-systemd"},
		{Name: "fail2ban", Offers: "1.0.2-2", Files: f2b, Brings: []Unit{{Name: "fail2ban.service", Process: "fail2ban-server", Maps: []string{libC}}}},
		{Name: "unattended-upgrades", Offers: "2.9.1+nmu3", Files: map[string]string{
			"/etc/apt/apt.conf.d/50unattended-upgrades": "Unattended-Upgrade::Origins-Pattern {\n\t\"origin=Debian,codename=${distro_codename},label=Debian-Security\";\n};\n",
		}, Brings: []Unit{{Name: "unattended-upgrades.service", Process: "unattended-upgr", Maps: []string{libC}}}},
		{Name: "needrestart", Offers: "3.6-4+deb12u4"},
	}
}
