package remedies_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/guards"
)

const stuckHolder = `stuck-dpkg \(process %d of stuck-dpkg\.service, since 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC\) holds /var/lib/dpkg/lock-frontend`

// A step waits for a real holder of the lock, names it, and never ends it.
func TestLabDpkgLock(t *testing.T) {
	s := openStage(t, "dpkg-locked")
	pid := strings.TrimSpace(s.exec(t, "systemctl show -p MainPID --value stuck-dpkg.service"))
	held := strings.ReplaceAll(stuckHolder, "%d", pid)
	install := "apt_install nftables=" + s.facts(t).Packages["nftables"].Candidate + "\n"

	out, err := s.client.Run(t.Context(), s.host, actions.Script{Body: "dpkg_patience=3\n" + install, Run: actions.NewID("R")})
	if want := regexp.MustCompile("^packages cannot be changed: after 3 s " + held + "; wait until it is done"); err != nil || out.Exit == 0 || !want.MatchString(out.Stderr) {
		t.Errorf("exit %d, %v, %q; want %s", out.Exit, err, out.Stderr, want)
	}
	if got := strings.TrimSpace(s.exec(t, "systemctl show -p MainPID --value stuck-dpkg.service")); got != pid {
		t.Fatalf("the holder %s is now %q", pid, got)
	}

	ended := make(chan actions.Output, 1)
	go func() {
		out, err := s.client.Run(t.Context(), s.host, actions.Script{Body: "exec >/run/said 2>&1\n" + install, Run: actions.NewID("R")})
		if err != nil {
			out = actions.Output{Exit: -1, Stderr: err.Error()}
		}
		ended <- out
	}()
	waiting := regexp.MustCompile("^waiting, because " + held + "\n$")
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		said := s.exec(t, "cat /run/said 2>/dev/null || true")
		if waiting.MatchString(said) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the step says %q, want %s", said, waiting)
		}
	}
	s.exec(t, "systemctl stop stuck-dpkg.service")
	if out := <-ended; out.Exit != 0 {
		t.Fatalf("exit %d, %s\n%s", out.Exit, out.Stderr, s.exec(t, "cat /run/said"))
	}
	if s.facts(t).Packages["nftables"].Installed == "" {
		t.Error("the step ended well, and its package is not there")
	}
}

// What dpkg was really killed in the middle of, twice, is found, is repaired by
// nobody but its own remedy, and is whole after that.
func TestLabDpkgInterrupted(t *testing.T) {
	s := openStage(t, "conffile", "dpkg-interrupted")
	state := func() string {
		return s.exec(t, "cat /var/lib/dpkg/status /var/lib/dpkg/updates/* | sha256sum; ls /var/lib/dpkg/updates")
	}
	before := state()
	f := s.facts(t)
	if got, want := unfinished(f), "lab-configured lab-unpacked"; got != want || !f.Dpkg.HalfWritten {
		t.Fatalf("unfinished are %q, half written %v", got, f.Dpkg.HalfWritten)
	}
	for _, subject := range []string{"critical", "rest"} {
		if _, _, err := actions.Derive(f, find(t, "pkg-security-updates"), subject); err == nil || !strings.Contains(err.Error(), "mend dpkg-interrupted before") {
			t.Errorf("the %s updates are planned with %v", subject, err)
		}
	}
	for _, id := range []string{"unattended-upgrades", "fail2ban"} {
		change, _, err := actions.Derive(f, find(t, id), "")
		if err != nil {
			t.Fatal(err)
		}
		s.refused(t, change, "dpkg-free", "dpkg was interrupted: lab-configured is half-configured, lab-unpacked is half-installed and it has a change")
	}
	if after := state(); after != before {
		t.Fatalf("looking changed what dpkg has:\n%s\nwas\n%s", after, before)
	}
	s.mend(t, actions.NewID("R"), "dpkg-interrupted", "")
	if got := s.exec(t, "dpkg --audit; dpkg-query -W -f '${Package} ${db:Status-Status}\n' 'lab-*ed'"); got != "lab-configured installed\nlab-unpacked installed\n" {
		t.Errorf("left is %q", got)
	}
	if _, err := s.plan(t, "pkg-security-updates", "critical"); err != nil {
		t.Errorf("then the updates still cannot be planned: %v", err)
	}
}

// An edited configuration file stands after the upgrade, the new one lies beside
// it, and people were told before.
func TestLabConffile(t *testing.T) {
	s := openStage(t, "conffile")
	f := s.facts(t)
	f.Upgrades = slices.DeleteFunc(f.Upgrades, func(u actions.Upgrade) bool { return u.Package != "lab-conffile" })
	change, _, err := actions.Derive(f, find(t, "pkg-security-updates"), "rest")
	if err != nil {
		t.Fatal(err)
	}
	told := slices.ContainsFunc(change.Notes, func(note string) bool {
		return strings.HasPrefix(note, "these configuration files were changed on the host and stay as they are; ") && strings.HasSuffix(note, ": /etc/lab-conffile.conf")
	})
	if !told {
		t.Errorf("the notes do not tell of the file: %q", change.Notes)
	}
	for _, no := range actions.Refusals(actions.AskGuards(t.Context(), guards.All(), f, change, s.client)) {
		t.Fatalf("%s refuses: %s; %s", no.Guard, no.Says, no.Mend)
	}
	for _, step := range change.Steps {
		s.run(t, actions.NewID("R"), step.Do, step.Timeout)
	}
	const want = "1.1\nedited on the host\nof version 1.1\nof version 1.1\n/etc/lab-conffile.conf.dpkg-dist\n"
	if got := s.exec(t, "dpkg-query -W -f '${Version}\n' lab-conffile; cat /etc/lab-conffile.conf /etc/lab-conffile.conf.dpkg-dist /etc/lab-untouched.conf; ls /etc/lab-*.dpkg-*"); got != want {
		t.Errorf("after the upgrade there is\n%s\nwant\n%s", got, want)
	}
}

// unfinished names the packages that dpkg has not finished.
func unfinished(f *actions.Facts) string {
	var names []string
	for _, u := range f.Dpkg.Unfinished {
		names = append(names, u.Package)
	}
	return strings.Join(names, " ")
}
