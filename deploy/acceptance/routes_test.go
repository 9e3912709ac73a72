package acceptance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestWaysInOfATeam takes everything about the hosts from an ssh_config file as
// people have it: web-1 by an encrypted key that an ssh-agent holds, web-2 by a
// certificate alone, and web-3 only through web-2, with the team's plain key.
func TestWaysInOfATeam(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "ssh_config")
	w := newWorld(t, "socket", nil, func(config map[string]any) {
		config["inventory"] = map[string]any{"ssh_config": file}
		ssh := config["ssh"].(map[string]any)
		delete(ssh, "identity_file")
		ssh["agent"] = true
	})
	w.encryptedKeyInAnAgent(dir, "web-1")
	w.certificateOnly(dir, "web-2")
	w.onlyFrom("web-2", "web-3")
	w.must(os.WriteFile(file, fmt.Appendf(nil, `Host *
  User ops
  ForwardAgent no
  UserKnownHostsFile %s
Host web-1
  HostName %s
  IdentityFile %s/encrypted
Host web-2
  HostName %s
  IdentityFile %[3]s/certified
  CertificateFile %[3]s/signed.pub
Host web-3
  HostName %[5]s
  IdentityFile %s
  ProxyJump web-2
`, w.lab.KnownHosts, w.lab.Hosts["web-1"], dir, w.lab.Hosts["web-2"], w.lab.Hosts["web-3"], w.lab.Identity), 0o600))
	if w.byKey("web-2", "ops") == nil || w.byKey("web-3", "ops") == nil {
		t.Fatal("a host lets in by another way than this test is about")
	}

	w.start()
	findings := w.scan("web-*")
	plan := findings.fix(passwords)
	outcome := w.approve(plan)
	w.shows(outcome, "web-1", "web-2", "web-3", "Done on 3")
	if again := w.scan("web-*"); strings.Contains(again.text(), passwords) {
		t.Errorf("the new scan still shows it:\n%s", again.text())
	}
	for _, host := range four[:3] {
		if out, err := w.bySSHConfig(file, host).CombinedOutput(); err != nil {
			t.Errorf("ssh does not get to %s any more: %v: %s", host, err, out)
		}
		if w.byPassword(host, "ops") == nil {
			t.Errorf("%s still takes the password", host)
		}
	}

	w.shows(w.approve(w.scan("web-3").fix("Nothing bans addresses")), "web-3", "done")
	if jail := w.lab.Exec(t, "web-3", "fail2ban-client get sshd ignoreip"); !strings.Contains(jail, w.lab.Hosts["web-2"]) {
		t.Errorf("the jump host, which is where web-3 sees the bot come from, may be banned:\n%s", jail)
	}
}

// bySSHConfig is a real ssh client with the same file as the bot.
func (w *world) bySSHConfig(file, host string) *exec.Cmd {
	cmd := exec.Command("ssh", "-F", file, "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=5", host, "true")
	cmd.Env = w.environment()
	return cmd
}

// encryptedKeyInAnAgent gives ops on the host a key that only an ssh-agent can
// use, which runs until the test ends.
func (w *world) encryptedKeyInAnAgent(dir, host string) {
	w.Helper()
	key := w.newKey(dir, "encrypted")
	w.lab.Exec(w.T, host, "echo '"+w.read(key+".pub")+"' >/home/ops/.ssh/authorized_keys")
	socket := filepath.Join(dir, "agent")
	agent := exec.Command("ssh-agent", "-D", "-a", socket)
	w.must(agent.Start())
	w.Cleanup(func() {
		_ = agent.Process.Kill() // it may have ended already
		_ = agent.Wait()
	})
	w.env = append(w.env, "SSH_AUTH_SOCK="+socket)
	w.eventually("the agent answers", func() bool { _, err := os.Stat(socket); return err == nil })
	w.tool("ssh-add", "-q", key)
	w.tool("ssh-keygen", "-q", "-p", "-P", "", "-N", "open sesame", "-f", key)
}

// certificateOnly has the host's sshd take certificates of a new authority for
// ops, and none of its keys.
func (w *world) certificateOnly(dir, host string) {
	w.Helper()
	authority, key := w.newKey(dir, "authority"), w.newKey(dir, "certified")
	w.tool("ssh-keygen", "-q", "-s", authority, "-I", "alice", "-n", "ops", "-V", "+1h", key+".pub")
	w.must(os.Rename(key+"-cert.pub", filepath.Join(dir, "signed.pub")))
	w.lab.Exec(w.T, host, `echo '`+w.read(authority+".pub")+`' >/etc/ssh/authority.pub
echo 'TrustedUserCAKeys /etc/ssh/authority.pub' >/etc/ssh/sshd_config.d/10-authority.conf
rm /home/ops/.ssh/authorized_keys && systemctl reload ssh`)
}

// onlyFrom has the host's sshd let people in from one other host alone.
func (w *world) onlyFrom(gate, host string) {
	w.Helper()
	w.lab.Exec(w.T, host, "echo 'AllowUsers *@"+w.lab.Hosts[gate]+"' >/etc/ssh/sshd_config.d/10-gate.conf && systemctl reload ssh")
}

func (w *world) newKey(dir, name string) string {
	w.Helper()
	path := filepath.Join(dir, name)
	w.tool("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path)
	return path
}

func (w *world) read(path string) string {
	w.Helper()
	raw, err := os.ReadFile(path)
	w.must(err)
	return strings.TrimSpace(string(raw))
}

func (w *world) tool(name string, args ...string) {
	w.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = w.environment()
	if out, err := cmd.CombinedOutput(); err != nil {
		w.Fatalf("%s: %v: %s", name, err, out)
	}
}
