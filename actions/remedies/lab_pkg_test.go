package remedies_test

import (
	"errors"
	"flag"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"hardenbot/actions"
	"hardenbot/actions/guards"
	"hardenbot/actions/host"
	"hardenbot/actions/remedies"
	"hardenbot/deploy/lab"
)

// labStranger is a host of the lab that knocks at the other's door.
const labStranger = "web-2"

var labPackageHost = flag.String("host", "web-4", "the lab's host that the tests of packages and of restarts change, and reset again")

// openStage resets the host with these traits, and again after the test.
func openStage(t *testing.T, traits ...string) stage {
	t.Helper()
	env := lab.Open(t)
	client, err := host.New(host.Config{
		IdentityFile: env.Identity, KnownHosts: []string{env.KnownHosts}, Prelude: remedies.Prelude,
		CollectTimeout: 2 * time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	name := *labPackageHost
	env.Reset(t, name, append([]string{lab.NoTraits}, traits...)...)
	t.Cleanup(func() { env.Reset(t, name, lab.NoTraits) })
	return stage{env, client, actions.Host{Name: name, Address: env.Hosts[name], Port: 22, User: "ops"}}
}

// exec is what a command at the host's console prints.
func (s stage) exec(t *testing.T, command string) string {
	t.Helper()
	return s.env.Exec(t, s.host.Name, command)
}

// TestLabPackages patches a real host and sets up what keeps it patched and
// guarded, in the order in which a team would.
func TestLabPackages(t *testing.T) {
	s := openStage(t)
	t.Run("critical", s.critical)
	t.Run("rest", s.rest)
	t.Run("unattended-upgrades", s.unattended)
	t.Run("fail2ban", s.fail2ban)
}

func (s stage) critical(t *testing.T) {
	if _, _, err := actions.Derive(s.facts(t), find(t, "pkg-security-updates"), "rest"); err == nil {
		t.Error("the rest is planned before what is critical")
	}
	before := s.facts(t).Upgrades
	s.mend(t, actions.NewID("R"), "pkg-security-updates", "critical")
	for _, u := range before {
		if u.Package == "openssl" {
			s.fails(t, "apt_upgrade openssl="+u.From+"\n", "newer than "+u.From+": ask for a new plan")
		}
	}
	s.fails(t, "apt_upgrade openssl=99.0-1\n", "gone from the archive")
	s.fails(t, "apt_upgrade fail2ban=1.0\n", "not installed any more")
}

// rest also removes a package that was installed for another one, and none that
// somebody has asked for meanwhile.
func (s stage) rest(t *testing.T) {
	unneeded := func() (names []string) {
		for _, u := range s.facts(t).Unneeded {
			names = append(names, u.Package)
		}
		return names
	}
	s.exec(t, "apt-get install -qq -y --no-install-recommends nftables python3-systemd >/dev/null && apt-mark auto nftables python3-systemd")
	if names := unneeded(); !slices.Contains(names, "nftables") || !slices.Contains(names, "python3-systemd") {
		t.Fatalf("unneeded are %v", names)
	}
	s.exec(t, "apt-mark manual python3-systemd")
	s.mend(t, actions.NewID("R"), "pkg-security-updates", "rest")
	if names := unneeded(); len(names) > 0 {
		t.Errorf("not removed: %v", names)
	}
	s.run(t, actions.NewID("R"), "apt_autoremove python3-systemd="+s.version(t, "python3-systemd")+"\n", time.Minute)
	if s.version(t, "python3-systemd") == "" {
		t.Error("a package that somebody asked for was removed")
	}
	s.exec(t, "apt-get purge -qq -y nftables python3-systemd >/dev/null") // their settings stay after a removal
}

func (s stage) version(t *testing.T, name string) string {
	t.Helper()
	return strings.TrimSpace(s.exec(t, "dpkg-query -W -f='${Version}' "+name))
}

func (s stage) unattended(t *testing.T) {
	s.exec(t, "systemctl disable --now apt-daily-upgrade.timer; systemctl mask --now apt-daily.timer")
	before, run := s.packages(t), actions.NewID("R")
	change := s.mend(t, run, "unattended-upgrades", "")
	s.run(t, run, change.UndoScript(), change.Steps[0].Timeout)
	s.run(t, run, change.UndoScript(), change.Steps[0].Timeout)
	if after := s.packages(t); after != before {
		t.Errorf("undone to\n%s\nit was\n%s", after, before)
	}
}

// fail2ban is mended under the dead-man switch, tried from both sides, and put
// back by the switch.
func (s stage) fail2ban(t *testing.T) {
	before, run := s.packages(t), actions.NewID("R")
	change, err := s.plan(t, "fail2ban", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.client.Arm(t.Context(), s.host, run, change.UndoScript(), time.Hour); err != nil {
		t.Fatal(err)
	}
	s.mend(t, run, "fail2ban", "")

	for range 8 {
		s.knock(t)
	}
	if err := s.client.Prove(t.Context(), s.host); err != nil {
		t.Errorf("after failed logins of its own, the bot is locked out: %v", err)
	}
	s.env.Exec(t, labStranger, `for i in 1 2 3 4 5 6 7 8; do
		timeout 5 ssh -n -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=3 nobody-here@`+s.host.Address+` true
	done; true`)
	s.bans(t, s.env.Hosts[labStranger], true)
	s.bans(t, s.env.Bridge, false)
	if s.strangerGetsThrough(t) {
		t.Error("the stranger is banned and still gets through")
	}

	if err := s.client.Fire(t.Context(), s.host, run); err != nil {
		t.Fatal(err)
	}
	if !s.strangerGetsThrough(t) {
		t.Error("undone, the stranger is still kept out")
	}
	if after := s.packages(t); after != before {
		t.Errorf("undone to\n%s\nit was\n%s", after, before)
	}
}

// plan derives the change and has every guard agree.
func (s stage) plan(t *testing.T, id, subject string) (actions.Change, error) {
	t.Helper()
	f := s.facts(t)
	change, _, err := actions.Derive(f, find(t, id), subject)
	if err != nil {
		return change, err
	}
	for _, no := range actions.Refusals(actions.AskGuards(t.Context(), guards.All(), f, change, s.client)) {
		t.Fatalf("%s refuses: %s; %s", no.Guard, no.Says, no.Mend)
	}
	return change, nil
}

// mend makes the change twice, and looks whether the host is sound then.
func (s stage) mend(t *testing.T, run, id, subject string) actions.Change {
	t.Helper()
	change, err := s.plan(t, id, subject)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, step := range change.Steps {
			s.run(t, run, step.Do, step.Timeout)
		}
		if err := s.client.Prove(t.Context(), s.host); err != nil {
			t.Error(err)
		}
		if err := actions.Verify(t.Context(), s.client, s.host, find(t, id), subject); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.plan(t, id, subject); !errors.Is(err, actions.ErrSound) {
		t.Errorf("after the change there still is something to do: %v", err)
	}
	return change
}

// fails runs a script that has to fail with this sentence.
func (s stage) fails(t *testing.T, script, says string) {
	t.Helper()
	out, err := s.client.Run(t.Context(), s.host, actions.Script{Body: script, Run: actions.NewID("R")})
	if err != nil || out.Exit == 0 || !strings.Contains(out.Stderr, says) {
		t.Errorf("exit %d, %v\n%s\nwant\n%s\nof\n%s", out.Exit, err, out.Stderr, says, script)
	}
}

// packages is all that the fixes may change: packages, apt's and fail2ban's
// configuration, and the units.
func (s stage) packages(t *testing.T) string {
	t.Helper()
	return s.exec(t, `
		dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\n'
		find /etc/apt /etc/fail2ban -type f -exec sha256sum {} + 2>/dev/null | sort
		ls -d /etc/fail2ban 2>&1
		for unit in apt-daily.timer apt-daily-upgrade.timer unattended-upgrades.service fail2ban.service; do
			echo "$unit $(systemctl is-enabled $unit 2>&1) $(systemctl is-active $unit)"
		done`)
}

// knock makes one login from the bot's own address that sshd refuses.
func (s stage) knock(t *testing.T) {
	t.Helper()
	known, err := knownhosts.New(s.env.KnownHosts)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := ssh.Dial("tcp", s.host.Address+":22", &ssh.ClientConfig{
		User: "nobody-here", HostKeyCallback: known, Timeout: 10 * time.Second,
		Auth: []ssh.AuthMethod{ssh.Password("wrong")},
	})
	if err == nil {
		conn.Close()
		t.Fatal("sshd let nobody-here in")
	}
	if !strings.Contains(err.Error(), "unable to authenticate") {
		t.Fatal(err)
	}
}

// bans waits until the jail has banned the address, or sees that it has not.
func (s stage) bans(t *testing.T, address string, want bool) {
	t.Helper()
	ask := "fail2ban-client get sshd banned " + address
	if want {
		ask = "within 30 fail2ban_has_banned " + address + "\n" + ask
	}
	out, err := s.client.Run(t.Context(), s.host, actions.Script{Body: ask})
	if err != nil || out.Exit != 0 || strings.TrimSpace(out.Stdout) != map[bool]string{true: "1", false: "0"}[want] {
		t.Errorf("banned %s: %q, want %t (exit %d, %v, %s)", address, out.Stdout, want, out.Exit, err, out.Stderr)
	}
}

func (s stage) strangerGetsThrough(t *testing.T) bool {
	t.Helper()
	said := s.env.Exec(t, labStranger, `timeout 5 bash -c 'read -r line </dev/tcp/`+s.host.Address+`/22 && echo "$line"' 2>&1 || true`)
	return strings.Contains(said, "SSH-2.0")
}
