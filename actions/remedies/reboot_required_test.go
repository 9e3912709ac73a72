package remedies_test

import (
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

// outdatedKernel returns the facts of web-1 where a newer kernel is installed.
func outdatedKernel() *actions.Facts {
	f := actionstest.Sound()
	f.OS.Kernel = "6.1.0-9-amd64"
	f.Boot = actions.Boot{
		Version: "6.1.27-1", Required: true, Packages: []string{"linux-image-6.1.0-10-amd64", "libc6"},
		Kernels: []actions.Kernel{
			{Release: "6.1.0-9-amd64", Version: "6.1.27-1"},
			{Release: "6.1.0-10-amd64", Version: "6.1.38-4"},
			{Release: "6.1.0-11-cloud-amd64", Version: "6.1.38-5"},
		},
	}
	return f
}

func TestRebootRequiredFinds(t *testing.T) {
	kernel := func(running, version string, installed ...actions.Kernel) func(*actions.Facts) {
		return func(f *actions.Facts) {
			f.OS.Kernel, f.Boot = running, actions.Boot{Version: version, Kernels: installed}
		}
	}
	both := func(one, other func(*actions.Facts)) func(*actions.Facts) {
		return func(f *actions.Facts) { one(f); other(f) }
	}
	for _, c := range []struct {
		name string
		set  func(*actions.Facts)
		want string
	}{
		{"newer by number, not by letter", kernel("6.1.0-9-amd64", "6.1.27-1", actions.Kernel{Release: "6.1.0-10-amd64", Version: "6.1.38-4"}),
			"kernel 6.1.0-9-amd64 (6.1.27-1) is running, and 6.1.0-10-amd64 (6.1.38-4) is installed"},
		{"the newest of several", kernel("6.8.0-9-generic", "", actions.Kernel{Release: "6.8.0-100-generic", Version: "6.8.0-100.100"}, actions.Kernel{Release: "6.8.0-52-generic", Version: "6.8.0-52.53"}),
			"kernel 6.8.0-9-generic is running, and 6.8.0-100-generic (6.8.0-100.100) is installed"},
		{"Debian 13", kernel("6.12.41+deb13-amd64", "6.12.41-1", actions.Kernel{Release: "6.12.43+deb13-amd64", Version: "6.12.43-1"}),
			"kernel 6.12.41+deb13-amd64 (6.12.41-1) is running, and 6.12.43+deb13-amd64 (6.12.43-1) is installed"},
		{"from backports to stable", kernel("6.1.0-0.deb11.21-amd64", "", actions.Kernel{Release: "6.1.0-28-amd64", Version: "6.1.119-1"}),
			"kernel 6.1.0-0.deb11.21-amd64 is running, and 6.1.0-28-amd64 (6.1.119-1) is installed"},
		{"the same release built anew", kernel("6.1.0-9-amd64", "6.1.27-1", actions.Kernel{Release: "6.1.0-9-amd64", Version: "6.1.27-2"}),
			"kernel 6.1.0-9-amd64 (6.1.27-1) is running, and 6.1.0-9-amd64 (6.1.27-2) is installed"},
		{"the same release, and the kernel does not name its package", kernel("6.1.0-9-amd64", "", actions.Kernel{Release: "6.1.0-9-amd64", Version: "6.1.27-2"}), ""},
		{"running the newest", kernel("6.1.0-10-amd64", "6.1.38-4", actions.Kernel{Release: "6.1.0-9-amd64", Version: "6.1.27-1"}, actions.Kernel{Release: "6.1.0-10-amd64", Version: "6.1.38-4"}), ""},
		{"running a newer one than is installed", kernel("6.1.0-10-amd64", "", actions.Kernel{Release: "6.1.0-9-amd64", Version: "6.1.27-1"}), ""},
		{"a newer one of another flavour", kernel("6.1.0-9-amd64", "", actions.Kernel{Release: "6.1.0-11-cloud-amd64", Version: "6.1.38-5"}), ""},
		{"a kernel from elsewhere", kernel("6.18.44-fc-v669", "", actions.Kernel{Release: "6.1.0-10-amd64", Version: "6.1.38-4"}), ""},
		{"what is no version", kernel("6.1.0-9-amd64", "", actions.Kernel{Release: "x.1.0-10-amd64", Version: "y"}), ""},
		{"in a container", both(kernel("6.1.0-9-amd64", "", actions.Kernel{Release: "6.1.0-10-amd64", Version: "6.1.38-4"}),
			func(f *actions.Facts) { f.Boot.Container = "lxc" }), ""},
		{"the flag", func(f *actions.Facts) { f.Boot.Required = true }, "packages ask for a restart (/run/reboot-required)"},
		{"the flag in a container", func(f *actions.Facts) {
			f.Boot = actions.Boot{Required: true, Container: "lxc", Packages: []string{"libc6", "dbus"}}
		}, "packages ask for a restart (/run/reboot-required): libc6, dbus"},
		{"the flag of many", func(f *actions.Facts) {
			f.Boot = actions.Boot{Required: true, Packages: []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"}}
		}, "packages ask for a restart (/run/reboot-required): a, b, c, d, e, f, g, h, i, j and 2 more"},
		{"packages without the flag", func(f *actions.Facts) { f.Boot.Packages = []string{"libc6"} }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := actionstest.Sound()
			c.set(f)
			if got := evidence(t, "reboot-required", f); got != c.want {
				t.Errorf("says\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestRebootRequiredPlan(t *testing.T) {
	golden(t, "reboot-required", "reboot-required", outdatedKernel())
	f := actionstest.Sound()
	f.Boot = actions.Boot{Required: true, Container: "systemd-nspawn"}
	golden(t, "reboot-required-container", "reboot-required", f)
}

// What more asks for a restart meanwhile makes it no other plan.
func TestRebootRequiredPlanStays(t *testing.T) {
	f := outdatedKernel()
	before, _, err := actions.Derive(f, find(t, "reboot-required"), "")
	if err != nil {
		t.Fatal(err)
	}
	f.Boot.Packages = append(f.Boot.Packages, "dbus")
	after, _, err := actions.Derive(f, find(t, "reboot-required"), "")
	if err != nil || after.Digest() != before.Digest() {
		t.Errorf("the plan became another one, %v", err)
	}
	f.Boot.Kernels[1].Release = "6.1.0-12-amd64"
	if after, _, err := actions.Derive(f, find(t, "reboot-required"), ""); err != nil || after.Digest() == before.Digest() {
		t.Errorf("with another kernel the plan is the same, %v", err)
	}
}
