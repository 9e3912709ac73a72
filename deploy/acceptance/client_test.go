package acceptance

import (
	"os/exec"
	"strings"
)

// byKey tries a real ssh client with the bot's key.
func (w *world) byKey(host, user string) error {
	return w.ssh(host, user, "-i", w.lab.Identity, "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes",
		"-o", "PreferredAuthentications=publickey")
}

// byPassword tries a real ssh client with the lab's password.
func (w *world) byPassword(host, user string) error {
	return w.ssh(host, user, "-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1",
		"-o", "PreferredAuthentications=password,keyboard-interactive")
}

func (w *world) ssh(host, user string, options ...string) error {
	args := []string{"-e", "ssh", "-F", "/dev/null", "-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=5",
		"-o", "UserKnownHostsFile=" + w.lab.KnownHosts}
	args = append(append(args, options...), user+"@"+w.lab.Hosts[host], "true")
	cmd := exec.Command("sshpass", args...)
	cmd.Env = append(cmd.Environ(), "SSHPASS="+w.lab.Password)
	return cmd.Run()
}

// keyOnly fails the test unless the host takes the key and refuses the password.
func (w *world) keyOnly(host string) {
	w.Helper()
	if err := w.byKey(host, "ops"); err != nil {
		w.Errorf("%s does not take the key any more: %v", host, err)
	}
	if err := w.byPassword(host, "ops"); err == nil {
		w.Errorf("%s still takes the password", host)
	}
}

// fingerprint is the state of /etc byte for byte, with modes, owners and times
// of change, but for those of directories.
func (w *world) fingerprint(host string) string {
	w.Helper()
	return w.lab.Exec(w.T, host, strings.Join([]string{
		`cd /etc && find . -xdev -type d -printf '%p %m %U %G\n' | sort`,
		`find . -xdev ! -type d -printf '%p %y %m %U %G %s %T@ %l\n' | sort`,
		`find . -xdev -type f -exec sha256sum {} + | sort`,
	}, "; "))
}
