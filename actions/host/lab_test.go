package host

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/deploy/lab"
)

// labHost returns a client for the lab, and one of its hosts.
func labHost(t *testing.T, env lab.Env, name, user string) (*Client, actions.Host) {
	t.Helper()
	c, err := New(Config{IdentityFile: env.Identity, KnownHosts: []string{env.KnownHosts}})
	if err != nil {
		t.Fatal(err)
	}
	return c, actions.Host{Name: name, Address: env.Hosts[name], Port: 22, User: user}
}

// TestRecord writes what the probe prints on hosts of the lab into testdata.
func TestRecord(t *testing.T) {
	if !*record {
		t.Skip("only with -record, which changes testdata")
	}
	for _, r := range []struct{ name, traits, user, prepare string }{
		{"root", "root-only", "root", "true"},
		{"sudo", "password-human,match", "ops", "true"},
		{"nosudo", "no-sudo", "ops", "true"},
		{"unfinished", "conffile,dpkg-interrupted,reboot-required", "ops", "true"},
		{"socket", "socket,cloud-init,no-include", "ops", "true"},
		{"hardened", lab.NoTraits, "ops", harden},
	} {
		t.Run(r.name, func(t *testing.T) {
			env := lab.Open(t)
			env.Reset(t, "web-1", r.traits)
			env.Exec(t, "web-1", r.prepare)
			c, h := labHost(t, env, "web-1", r.user)
			conn, err := c.open(t.Context(), h)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			out, err := conn.Exec(t.Context(), probeCommand, probeScript("@@RECORDED"), keepProbe)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join("testdata", r.name+".txt"), out.Stdout, 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// harden brings in what a host without any fix does not have.
const harden = `
export DEBIAN_FRONTEND=noninteractive
exec >/dev/null 2>&1 </dev/null
apt-get install -y --no-install-recommends fail2ban python3-systemd unattended-upgrades nftables || exit 1
printf '[DEFAULT]\nbackend = systemd\nignoreip = 127.0.0.1/8 198.18.0.1\n' >/etc/fail2ban/jail.local
printf 'PasswordAuthentication no\nKbdInteractiveAuthentication no\n' >/etc/ssh/sshd_config.d/00-hardenbot-ssh-password-auth.conf
systemctl reload ssh
systemctl restart fail2ban
for i in $(seq 50); do fail2ban-client status sshd && break; sleep 0.2; done
fail2ban-client set sshd banip 192.0.2.66
nft add table inet filter
nft add chain inet filter input '{ type filter hook input priority 0; policy accept; }'
nft add rule inet filter input tcp dport 9100 drop
apt-get install -y --only-upgrade libssl3 openssl
exit 0`

func TestCollectInLab(t *testing.T) {
	env := lab.Open(t)
	env.Reset(t, "web-1", "password-human,match")
	c, h := labHost(t, env, "web-1", "ops")
	facts, err := c.Collect(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	if len(facts.Absent) != 0 {
		t.Errorf("absent: %v", facts.Absent)
	}
	if facts.Login != (actions.Login{User: "ops", Root: true, From: env.Bridge}) {
		t.Errorf("login: %+v", facts.Login)
	}
	if !slices.Contains(facts.Listeners, actions.Listener{Proto: "tcp", Address: "0.0.0.0", Port: 3306, Process: "mariadbd"}) {
		t.Errorf("listeners: %+v", facts.Listeners)
	}
	if v := facts.SSHD.PerUser["deploy"]["passwordauthentication"]; v != "yes" || len(facts.SSHD.Match) != 1 {
		t.Errorf("deploy's passwordauthentication is %q; Match: %q", v, facts.SSHD.Match)
	}
	alice := facts.Accounts[slices.IndexFunc(facts.Accounts, func(a actions.Account) bool { return a.Name == "alice" })]
	if alice.Password != "usable" || len(alice.Keys) != 0 || alice.Sudo {
		t.Errorf("alice: %+v", alice)
	}
	if !slices.ContainsFunc(facts.Logins, func(l actions.RecentLogin) bool {
		return l.User == "alice" && l.Method == "password" && l.Count == 1 && time.Since(l.Last) < time.Hour
	}) {
		t.Errorf("logins: %+v", facts.Logins)
	}
}

func TestWithoutSudoInLab(t *testing.T) {
	env := lab.Open(t)
	env.Reset(t, "web-1", "no-sudo")
	c, h := labHost(t, env, "web-1", "ops")
	facts, err := c.Collect(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	const why = "needs root, and ops may not use sudo without a password"
	if facts.Login.Root || facts.Absent[actions.SectionSSHD] != why || facts.OS.ID != "debian" || len(facts.Listeners) == 0 {
		t.Errorf("login %+v, absent %v", facts.Login, facts.Absent)
	}
	_, err = c.Run(t.Context(), h, actions.Script{Body: "true"})
	wantError(t, err, ErrSudo, "ops may not act as root on web-1 without a password; it said: sudo: a password is required")
	wantError(t, c.Prove(t.Context(), h), ErrSudo, "ops may not act as root on web-1 without a password; it said: sudo: a password is required")
}

func TestRunInLab(t *testing.T) {
	env := lab.Open(t)
	env.Reset(t, "web-2", lab.NoTraits)
	c, h := labHost(t, env, "web-2", "ops")
	out, err := c.Run(t.Context(), h, actions.Script{
		Body: "id -u; stat -c %a $HARDENBOT_STATE; cat; echo oops >&2; exit 3", Run: actions.NewID("R"),
	})
	if err != nil || out != (actions.Output{Exit: 3, Stdout: "0\n700\n", Stderr: "oops\n"}) {
		t.Errorf("%+v, %v", out, err)
	}
	if err := c.Prove(t.Context(), h); err != nil {
		t.Error(err)
	}
}

func TestHealthInLab(t *testing.T) {
	env := lab.Open(t)
	env.Reset(t, "web-2", lab.NoTraits)
	c, h := labHost(t, env, "web-2", "ops")
	for _, tt := range []struct {
		check actions.HealthCheck
		says  string
	}{
		{actions.HealthCheck{URL: "http://127.0.0.1:8080/health"}, ""},
		{actions.HealthCheck{URL: "http://127.0.0.1:8080/nowhere", Status: 404}, ""},
		{actions.HealthCheck{URL: "http://127.0.0.1:8080/a'b$(id)"}, "web-2 is not healthy: http://127.0.0.1:8080/a'b$(id) answers 404, not 200"},
		{actions.HealthCheck{URL: "http://127.0.0.1:1/"}, "web-2 is not healthy: http://127.0.0.1:1/ does not answer: "},
		{actions.HealthCheck{URL: "file:///etc/passwd"}, `web-2: the health check's URL "file:///etc/passwd" is not one of http or https`},
	} {
		h.Declared.Health = []actions.HealthCheck{{URL: "http://127.0.0.1:8080/health"}, tt.check}
		err := c.Healthy(t.Context(), h)
		if tt.says == "" && err != nil || tt.says != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.says)) {
			t.Errorf("%s: %v, want %q", tt.check.URL, err, tt.says)
		}
	}
}

// until waits for a condition, and fails if it does not come in time.
func until(t *testing.T, limit time.Duration, what string, met func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !met(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s", what, limit)
		}
	}
}
