package host

import (
	"strings"
	"testing"

	"hardenbot/actions"
)

func TestBoot(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       actions.Boot
		absent     string
	}{
		{"Debian", "version #1 SMP PREEMPT_DYNAMIC Debian 6.1.158-1 (2025-11-09)\nK\tlinux-image-6.1.0-41-amd64\t6.1.158-1\n" +
			"K\tlinux-image-6.1.0-42-cloud-amd64\t6.1.159-1\nK\tlinux-image-amd64\t6.1.159-1\nK\tlinux-image-6.1.0-41-amd64-dbg\t6.1.158-1\n" +
			"K\tlinux-image-6.1.0-40-amd64-unsigned\t6.1.153-1\n",
			actions.Boot{Version: "6.1.158-1", Kernels: []actions.Kernel{
				{Release: "6.1.0-41-amd64", Version: "6.1.158-1"}, {Release: "6.1.0-42-cloud-amd64", Version: "6.1.159-1"},
				{Release: "6.1.0-40-amd64", Version: "6.1.153-1"},
			}}, ""},
		{"Ubuntu", "version #53-Ubuntu SMP PREEMPT_DYNAMIC Sat Jan 11 00:06:25 UTC 2025\n" +
			"K\tlinux-image-unsigned-6.8.0-55-generic\t6.8.0-55.57\nK\tlinux-image-generic\t6.8.0-55.57\nrequired\nP libc6\nP libc6\nP linux-base\n",
			actions.Boot{Required: true, Packages: []string{"libc6", "linux-base"},
				Kernels: []actions.Kernel{{Release: "6.8.0-55-generic", Version: "6.8.0-55.57"}}}, ""},
		{"a container", "container systemd-nspawn\nversion #1 SMP\n", actions.Boot{Container: "systemd-nspawn"}, ""},
		{"a kernel from elsewhere", "version #1 SMP NotDebian 6.1.158-1\nK\tlinux-image-6.1; reboot\t1\nK\n", actions.Boot{}, ""},
		{"control characters", "P li\x1b[2Jbc6\nrequired\n", actions.Boot{Required: true, Packages: []string{"li [2Jbc6"}}, ""},
		{"something else", "reboot now\n", actions.Boot{}, "what was said of the kernel is not understood: reboot now"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			same(t, reads(t, actions.SectionBoot, tt.text, tt.absent).Boot, tt.want)
		})
	}
}

// Edited configuration files belong to their package once, however often a host
// names it.
func TestEditedConffiles(t *testing.T) {
	inst := "Inst nginx-common [1] (2 Debian-Security:12/stable-security [all])\n"
	text := inst + inst + "Inst libx:i386 [1] (2 Debian:12/stable [i386])\n" +
		"C nginx-common /etc/nginx/sites-available/default\nC nginx-common /etc/nginx/my file\nC libx /etc/x\nC other /etc/other\n"
	var f actions.Facts
	if err := parseUpgrades(text, &f); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, u := range f.Upgrades {
		got = append(got, u.Package+": "+strings.Join(u.Edited, ", "))
	}
	same(t, got, []string{"nginx-common: /etc/nginx/sites-available/default, /etc/nginx/my file", "nginx-common: ", "libx:i386: /etc/x"})
	many := "Inst a [1] (2 [all])\n"
	var size int
	if err := parseUpgrades(strings.Repeat(many, 5000)+strings.Repeat("C a /x\n", 5000), &f); err != nil {
		t.Fatal(err)
	}
	for _, u := range f.Upgrades {
		size += len(u.Edited)
	}
	if size != 5000 {
		t.Errorf("5000 files became %d", size)
	}
}
