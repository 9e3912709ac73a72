package simhost

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

func (h *Host) boot() error {
	for name, text := range h.firstFiles() {
		mode := fs.FileMode(0o644)
		if strings.HasPrefix(name, "/etc/ssh/") {
			mode = 0o600
		}
		if err := h.files.write(name, text, mode); err != nil {
			return err
		}
	}
	if err := h.writeAccounts(); err != nil {
		return err
	}
	for _, dir := range []string{"/run/sshd", "/run/systemd/system", "/tmp", "/var/lib/dpkg/updates", "/etc/systemd/system/multi-user.target.wants",
		"/etc/ssh/sshd_config.d", "/var/lib/systemd/timers", "/boot", "/var/lib/apt/lists", "/etc/apt/apt.conf.d"} {
		if err := h.files.makeAll(dir); err != nil {
			return err
		}
	}
	h.start(&process{pid: 1, name: "systemd", unit: "init.scope"}, "/sbin/init")
	h.procs.last = 300
	var err error
	if h.sshd, err = newSSHD(h); err != nil {
		return err
	}
	for _, l := range h.cfg.Logins {
		h.logIn(l.Method, l.User, h.cfg.From, time.Now().Add(-l.Ago))
	}
	h.units.add(Unit{Name: "ssh.service", Process: "sshd", Active: true, Listens: []string{"tcp 0.0.0.0:22", "tcp [::]:22"}, Maps: []string{libC, libCrypto}})
	for _, u := range h.cfg.Units {
		h.units.add(u)
	}
	for _, u := range append([]Unit{{Name: "ssh.service", Active: true}}, h.cfg.Units...) {
		if u.Active {
			if err := h.units.start(h.units.find(u.Name)); err != nil {
				return fmt.Errorf("%s: %w", u.Name, err)
			}
		}
	}
	return nil
}

// firstFiles is what every host has, and what the configuration adds.
func (h *Host) firstFiles() map[string]string {
	all := map[string]string{
		"/dev/null": "", "/etc/hostname": h.Name + "\n",
		"/etc/os-release":                  osRelease,
		"/etc/ssh/sshd_config":             "Include /etc/ssh/sshd_config.d/*.conf\nKbdInteractiveAuthentication no\nUsePAM yes\nX11Forwarding yes\nPrintMotd no\nAcceptEnv LANG LC_*\nSubsystem sftp /usr/lib/openssh/sftp-server\nHostKey /etc/ssh/ssh_host_ed25519_key\n",
		"/etc/sudoers":                     "root ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n",
		"/proc/sys/kernel/random/boot_id":  bootID(h.Name),
		"/proc/stat":                       "btime " + strconv.FormatInt(h.booted.Unix(), 10) + "\n",
		"/boot/vmlinuz-" + h.cfg.Kernel:    "kernel",
		"/boot/initrd.img-" + h.cfg.Kernel: "initrd",
		"/boot/grub/grub.cfg":              "\tlinux\t/boot/vmlinuz-" + h.cfg.Kernel + " root=/dev/vda1 ro\n",
		"/var/lib/apt/lists/deb.debian.org_debian_dists_bookworm_main_binary-amd64_Packages": "",
	}
	if h.cfg.Instance != "" {
		all["/sys/class/dmi/id/board_asset_tag"] = h.cfg.Instance + "\n"
	}
	for _, p := range h.cfg.Packages {
		if p.Version != "" {
			for name, text := range p.Files {
				all[name] = text
			}
		}
	}
	for name, text := range h.cfg.Files {
		all[name] = text
	}
	return all
}

const osRelease = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n"

func bootID(name string) string {
	return fmt.Sprintf("00000000-0000-4000-8000-%012x\n", len(name)*7919+int(name[len(name)-1]))
}
