package remedies_test

import (
	"slices"
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

// interrupted returns the facts of web-1 where an upgrade was cut off.
func interrupted() *actions.Facts {
	f := actionstest.Sound()
	f.Dpkg = actions.Dpkg{HalfWritten: true, Unfinished: []actions.Unfinished{
		{Package: "nginx", Version: "1.22.1-9", Want: "install", Status: "unpacked"},
		{Package: "libc6:amd64", Version: "2.36-9", Want: "install", Status: "triggers-pending"},
		{Package: "curl", Version: "7.88.1-10", Want: "install", Status: "half-installed", Again: true, Candidate: "7.88.1-12"},
	}}
	return f
}

func TestDpkgInterruptedFinds(t *testing.T) {
	const want = "curl 7.88.1-10 is half-installed and has to be installed again\n" +
		"libc6:amd64 2.36-9 is triggers-pending\nnginx 1.22.1-9 is unpacked\n" +
		"dpkg was cut off while it wrote down what it had done"
	f := interrupted()
	if got := evidence(t, "dpkg-interrupted", f); got != want {
		t.Errorf("says\n%s\nwant\n%s", got, want)
	}
	f.Dpkg.Unfinished = nil
	if got := evidence(t, "dpkg-interrupted", f); got != "dpkg was cut off while it wrote down what it had done" {
		t.Errorf("of the database alone it says %q", got)
	}
}

// What is under way is no weakness, and not sound either.
func TestDpkgInterruptedWhileBusy(t *testing.T) {
	f := interrupted()
	f.Dpkg.Busy = true
	found := actions.Examine(f, []actions.Remedy{find(t, "dpkg-interrupted")})
	if len(found) != 1 || found[0].Status != actions.NotChecked {
		t.Errorf("finds %+v, want one finding that is not checked", found)
	}
	if _, _, err := actions.Derive(f, find(t, "dpkg-interrupted"), ""); err == nil || !strings.Contains(err.Error(), "being changed right now") {
		t.Errorf("it is planned with %v", err)
	}
}

func TestDpkgInterruptedPlan(t *testing.T) {
	golden(t, "dpkg-interrupted-again", "dpkg-interrupted", interrupted())
	f := interrupted()
	f.Dpkg.Unfinished = f.Dpkg.Unfinished[:2]
	golden(t, "dpkg-interrupted", "dpkg-interrupted", f)
}

func TestDpkgInterruptedPlanRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*actions.Unfinished)
		want string
	}{
		{"a removal", func(u *actions.Unfinished) { u.Want, u.Status = "deinstall", "half-configured" },
			`curl is half-configured and was to become "deinstall", which dpkg does not finish by itself`},
		{"no candidate", func(u *actions.Unfinished) { u.Candidate = "" }, "curl has to be installed again, and the host's package archives do not offer it"},
		{"half installed without the flag", func(u *actions.Unfinished) { u.Candidate, u.Again = "", false }, "curl has to be installed again"},
		{"a strange name", func(u *actions.Unfinished) { u.Package = "-o=x" }, "no name or version of a Debian package"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := interrupted()
			c.set(&f.Dpkg.Unfinished[2])
			if _, _, err := actions.Derive(f, find(t, "dpkg-interrupted"), ""); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("refuses with %v, want %q", err, c.want)
			}
		})
	}
}

// Nothing else repairs dpkg in passing: its updates wait for this remedy.
func TestUpdatesWaitForDpkg(t *testing.T) {
	for _, subject := range []string{"critical", "rest"} {
		f := actionstest.Broken()
		f.Dpkg = interrupted().Dpkg
		_, _, err := actions.Derive(f, find(t, "pkg-security-updates"), subject)
		if err == nil || !strings.Contains(err.Error(), "dpkg was interrupted on this host (curl 7.88.1-10 is half-installed") ||
			!strings.Contains(err.Error(), "mend dpkg-interrupted before") {
			t.Errorf("the %s updates are planned with %v", subject, err)
		}
	}
	for _, r := range []string{"pkg-security-updates", "unattended-upgrades", "fail2ban", "reboot-required"} {
		for name, f := range broken(find(t, r)) {
			for _, finding := range actions.Examine(f, []actions.Remedy{find(t, r)}) {
				c, err := find(t, r).Plan(f, finding)
				if err == nil && !slices.ContainsFunc(c.Guards, func(n actions.Need) bool { return n.Guard == "dpkg-free" && n.Args["interrupted"] == "" }) {
					t.Errorf("%s changes packages on %s and does not ask whether dpkg was interrupted", r, name)
				}
				if strings.Contains(c.UndoScript()+steps(c), "dpkg_finish") || strings.Contains(steps(c), "--configure") {
					t.Errorf("%s repairs dpkg in passing", r)
				}
			}
		}
	}
}

// steps is all that a change runs.
func steps(c actions.Change) string {
	var b strings.Builder
	for _, s := range c.Steps {
		b.WriteString(s.Do)
	}
	return b.String()
}
