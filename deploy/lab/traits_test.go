package lab

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// Who gets in, and what each trait changes.

func TestLogins(t *testing.T) {
	env := Open(t)
	host := pick(t, env, 0)
	tests := []struct {
		trait string
		user  string
		by    ssh.AuthMethod
		want  string // what `sudo -n id -un` prints, or "refused"
	}{
		{NoTraits, "ops", key(t, env), "root"},
		{NoTraits, "ops", ssh.Password(env.Password), "root"},
		{NoTraits, "root", ssh.Password(env.Password), "root"},
		{NoTraits, "root", key(t, env), "refused"},
		{NoTraits, "alice", ssh.Password(env.Password), "refused"},
		{"password-human", "alice", ssh.Password(env.Password), "no sudo"},
		{"password-human", "alice", key(t, env), "refused"},
		{"root-only", "root", key(t, env), "root"},
		{"root-only", "ops", key(t, env), "refused"},
		{"no-sudo", "ops", key(t, env), "no sudo"},
	}
	t.Cleanup(func() { env.Reset(t, host, NoTraits) })
	last := ""
	for _, tt := range tests {
		if tt.trait != last {
			env.Reset(t, host, tt.trait)
			last = tt.trait
		}
		if got := login(t, env, host, tt.user, tt.by); got != tt.want {
			t.Errorf("%s: %s by %T: got %q, want %q", tt.trait, tt.user, tt.by, got, tt.want)
		}
	}
}

func TestTraits(t *testing.T) {
	env := Open(t)
	host := pick(t, env, 1)
	const passwords = "sshd -T -C user=deploy,host=h,addr=198.18.0.1 | grep '^passwordauthentication'"
	const drop = "mkdir -p /run/sshd; echo 'PasswordAuthentication no' >/etc/ssh/sshd_config.d/%s; " + passwords
	tests := []struct{ trait, command, want string }{
		{NoTraits, fmt.Sprintf(drop, "60-late.conf"), "passwordauthentication no"},
		{"cloud-init", fmt.Sprintf(drop, "60-late.conf"), "passwordauthentication yes"},
		{"match", fmt.Sprintf(drop, "00-early.conf"), "passwordauthentication yes"},
		{"no-include", fmt.Sprintf(drop, "00-early.conf"), "passwordauthentication yes"},
		{"password-human", "last -w alice; lastlog -u alice", "198.18.0.1"},
		{"password-human", "journalctl -t sshd --no-pager", "Accepted password for alice from 198.18.0.1"},
		{"dpkg-locked", "apt-get -y install openssl 2>&1 || true", "held by process"},
		{"dpkg-locked", "ps -e -o args", "stuck-dpkg"},
		{"broken-health", "curl -s http://127.0.0.1:8080/health", "ok"},
		{"broken-health", "apt-get -y install openssl >/dev/null 2>&1; curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8080/health", "503"},
		{"socket", "systemctl is-enabled ssh.socket; systemctl is-active ssh.socket; systemctl is-enabled ssh.service || true", "enabled\nactive\ndisabled"},
		{"conffile", "cat /etc/lab-conffile.conf; apt-get -s upgrade | grep -o 'Inst lab-conffile .1.0. (1.1 Debian-Security:stable-security'", "edited on the host\nInst"},
		{"dpkg-interrupted", "dpkg-query -W -f '${db:Status-Abbrev} ' 'lab-*ed'; ls /var/lib/dpkg/updates; apt-get -y install at 2>&1 || true", "iF  iHR 0000\n"},
		{"dpkg-interrupted", "apt-get -y install at 2>&1 || true", "dpkg was interrupted, you must manually run 'dpkg --configure -a'"},
		{"reboot-required", "cat /run/reboot-required.pkgs", "linux-image-6.1.0-41-amd64\nlibc6\n"},
		{"mariadb-socket", "ss -Hltnp 'sport = 3306'", `("systemd",pid=1,`},
	}
	t.Cleanup(func() { env.Reset(t, host, NoTraits) })
	last := ""
	for _, tt := range tests {
		if tt.trait != last {
			env.Reset(t, host, tt.trait)
			last = tt.trait
		}
		if got := env.Exec(t, host, tt.command); !strings.Contains(got, tt.want) {
			t.Errorf("%s: %s\ngot  %s\nwant %s", tt.trait, tt.command, got, tt.want)
		}
	}
}

func key(t *testing.T, env Env) ssh.AuthMethod {
	t.Helper()
	text, err := os.ReadFile(env.Identity)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.ParsePrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return ssh.PublicKeys(signer)
}

// login returns whom `sudo -n id -un` names, "no sudo", or "refused". Any host
// key but the known one ends the test.
func login(t *testing.T, env Env, host, user string, by ssh.AuthMethod) string {
	t.Helper()
	known, err := knownhosts.New(env.KnownHosts)
	if err != nil {
		t.Fatal(err)
	}
	client, err := ssh.Dial("tcp", env.Hosts[host]+":22", &ssh.ClientConfig{
		User: user, Auth: []ssh.AuthMethod{by}, HostKeyCallback: known, Timeout: 10 * time.Second,
	})
	if err != nil && strings.Contains(err.Error(), "unable to authenticate") {
		return "refused"
	}
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	session, err := client.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	out, err := session.Output("sudo -n id -un 2>/dev/null || echo no sudo")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
