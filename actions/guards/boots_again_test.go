package guards_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

const (
	nextKernel = "6.12.43+deb13-amd64"
	grubNames  = "menuentry 'Debian' {\n\tlinux\t/vmlinuz-" + nextKernel + " root=UUID=x ro\n\tinitrd\t/initrd.img-" + nextKernel + "\n}\n"
)

// bootable is a host that comes back: its files, by their path in the box.
func bootable() map[string]string {
	return map[string]string{
		"boot/vmlinuz-" + nextKernel: "kernel", "boot/initrd.img-" + nextKernel: "initramfs",
		"boot/vmlinuz-6.12.9-amd64": "kernel", "boot/initrd.img-6.12.9-amd64": "initramfs",
		"boot/grub/grub.cfg": grubNames,
		"enabled":            "ssh.service enabled\nsshd.service alias\n",
		"bin/uname":          "#!/bin/sh\necho 6.12.9-amd64\n",
		"bin/sshd":           "#!/bin/sh\n",
		"bin/findmnt":        "#!/bin/sh\necho 'Success, no errors or warnings detected'\n",
		"bin/df":             "#!/bin/sh\necho head\ncase $1 in -Pi) echo x 1000 1 999 1% / ;; *) echo x 1000000 1 900000 1% / ;; esac\n",
		"bin/systemctl": `#!/bin/sh
case $* in
"is-enabled"*) grep "^$3 " "$(dirname "$0")/../enabled" | cut -d ' ' -f 2 ;;
"list-units --failed"*) cat "$(dirname "$0")/../failed" 2>/dev/null ;;
"list-dependencies"*) printf 'ssh.service\n  sysinit.target\n    local-fs.target\n' ;;
"list-units --type"*) cut -d ' ' -f 1 "$(dirname "$0")/../running" 2>/dev/null ;;
"show"*" wanted.service") echo multi-user.target ;;
esac
exit 0
`,
	}
}

func TestBootsAgain(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string // "-" takes one away
		ok    bool
		says  string
	}{
		{"sound", nil, true, "nothing was found that would keep the host from coming back; kernel " + nextKernel + " is there, and GRUB names it"},
		{"no image", map[string]string{"boot/vmlinuz-" + nextKernel: "-"}, false, "missing or empty: /boot/vmlinuz-" + nextKernel},
		{"empty initramfs", map[string]string{"boot/initrd.img-" + nextKernel: ""}, false, "missing or empty: /boot/initrd.img-" + nextKernel},
		{"kernels without an initramfs", map[string]string{
			"boot/initrd.img-" + nextKernel: "-", "boot/initrd.img-6.12.9-amd64": "-",
		}, true, "GRUB names it"},
		{"GRUB was not updated", map[string]string{"boot/grub/grub.cfg": "\tlinux /vmlinuz-6.12.9-amd64\n"}, false, "/boot/grub/grub.cfg does not name " + nextKernel},
		{"GRUB names a longer one", map[string]string{"boot/grub/grub.cfg": "\tlinux /vmlinuz-" + nextKernel + "-rt\n"}, false, "does not name " + nextKernel},
		{"GRUB names one that only looks alike", map[string]string{"boot/grub/grub.cfg": "\tlinux /vmlinuz-6x12.43+deb13-amd64\n"}, false, "does not name " + nextKernel},
		{"GRUB has it in a comment", map[string]string{"boot/grub/grub.cfg": "# linux /vmlinuz-" + nextKernel + "\n"}, false, "does not name " + nextKernel},
		{"no GRUB", map[string]string{"boot/grub/grub.cfg": "-"}, true, "its boot loader was not checked"},
		{"sshd off", map[string]string{"enabled": "ssh.service disabled\n"}, false, "nothing that lets the bot in is started at boot, of ssh.service, sshd.service, ssh.socket, sshd.socket"},
		{"sshd on until the boot only", map[string]string{"enabled": "ssh.service enabled-runtime\n"}, false, "nothing that lets the bot in"},
		{"by a socket", map[string]string{"enabled": "ssh.service disabled\nssh.socket enabled\n"}, true, "nothing was found"},
		{"sshd refuses its configuration", map[string]string{"bin/sshd": "#!/bin/sh\necho line 3: bad >&2\necho option\nexit 255\n"}, false, "sshd would not start again: line 3: bad option"},
		{"what sshd needs failed", map[string]string{"failed": "other.service loaded failed\nlocal-fs.target loaded failed\n"}, false, "has failed: local-fs.target"},
		{"the network failed", map[string]string{"failed": "networking.service loaded failed\n"}, false, "has failed: networking.service"},
		{"something else failed", map[string]string{"failed": "other.service loaded failed\n"}, true, "nothing was found"},
		{"fstab", map[string]string{"bin/findmnt": "#!/bin/sh\nprintf '/data\\n   [E] unreachable on boot required source: UUID=1\\n   [W] odd\\n'\nexit 1\n"}, false,
			"boot would wait for a file system in vain: /data: unreachable on boot required source: UUID=1"},
		{"full", map[string]string{"bin/df": "#!/bin/sh\necho head\necho x 1000 999 1 99% /\n"}, false, "there is no room: / has 1 KiB left"},
		{"no inodes", map[string]string{"bin/df": "#!/bin/sh\necho head\ncase $1 in -Pi) echo x 1000 999 1 99% / ;; *) echo x 1 1 900000 1% / ;; esac\n"}, false, "/ has no room for new files"},
		{"passphrase", map[string]string{"crypttab": "# x y none\ndata UUID=1 none luks\nswap /dev/sda2 /dev/urandom swap\n"}, false, "ask at the console for the passphrase of data"},
		{"passphrase by other means", map[string]string{"crypttab": "data UUID=1 none luks,tpm2-device=auto\nmore UUID=2 /etc/key luks\nlast UUID=3 none noauto\n"}, true, "nothing was found"},
		{"started by hand", map[string]string{
			"running": "app.service\nssh.service\nwanted.service\n", "enabled": "ssh.service enabled\napp.service disabled\nwanted.service disabled\n",
		}, true, "these run now and are not started at boot: app.service"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := bootBox(t, c.files)
			before := tree(t, h.dir)
			a := ask(t, "boots-again", actionstest.Sound(), map[string]string{"kernel": nextKernel}, h)
			a.Says = strings.ReplaceAll(a.Says, h.dir, "")
			expect(t, a, c.ok, c.says)
			if after := tree(t, h.dir); after != before {
				t.Errorf("the guard changed something:\n%s\nwas\n%s", after, before)
			}
		})
	}
}

// bootBox is a bootable host with other files.
func bootBox(t *testing.T, other map[string]string) here {
	t.Helper()
	h := here{t: t, dir: t.TempDir()}
	h.swap = []string{"/boot", h.dir + "/boot", "/etc/crypttab", h.dir + "/crypttab"}
	files := bootable()
	for name, content := range other {
		files[name] = content
	}
	for name, content := range files {
		if content != "-" {
			write(t, filepath.Join(h.dir, name), content)
		}
	}
	return h
}

// What has no kernel of its own says so, and is not refused for that.
func TestBootsAgainWithoutAKernel(t *testing.T) {
	h := bootBox(t, nil)
	if err := os.RemoveAll(filepath.Join(h.dir, "boot")); err != nil {
		t.Fatal(err)
	}
	expect(t, ask(t, "boots-again", actionstest.Sound(), map[string]string{"container": "lxc"}, h), true,
		"it is a container (lxc), so its kernel is another machine's and was not checked")
	expect(t, ask(t, "boots-again", actionstest.Sound(), nil, h), true,
		"no package brought its kernel, so what starts it lies elsewhere and was not checked")
}

// Through Systems Manager the bot comes in by its agent, not by sshd.
func TestBootsAgainThroughSystemsManager(t *testing.T) {
	f := actionstest.Sound()
	f.Host.Transport = actions.TransportSSM
	args := map[string]string{"kernel": nextKernel}
	expect(t, ask(t, "boots-again", f, args, bootBox(t, nil)), false, "of amazon-ssm-agent.service, ")
	h := bootBox(t, map[string]string{"enabled": "amazon-ssm-agent.service enabled\n"})
	expect(t, ask(t, "boots-again", f, args, h), true, "nothing was found")
}
