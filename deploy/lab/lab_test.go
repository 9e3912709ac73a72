package lab

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The promises of README.md, checked against hosts that are up.

func TestHostsReachNothingBeyond(t *testing.T) {
	env := Open(t)
	for host := range env.Hosts {
		routes := env.Exec(t, host, "ip -4 route; ip -6 route | grep default || true")
		if strings.Contains(routes, "default") || strings.Count(routes, "\n") != 1 {
			t.Errorf("%s has routes beyond the lab:\n%s", host, routes)
		}
		for _, far := range []string{"1.1.1.1", "2606:4700:4700::1111"} {
			if got := env.Exec(t, host, "ip route get "+far+" >/dev/null 2>&1 && echo reachable || echo unreachable"); got != "unreachable\n" {
				t.Errorf("%s: %s is %s", host, far, got)
			}
		}
	}
	forwarding, err := os.ReadFile("/proc/sys/net/ipv4/conf/hblab0/forwarding")
	if err != nil || string(forwarding) != "0\n" {
		t.Errorf("the bridge forwards: %q, %v", forwarding, err)
	}
}

func TestListenersOfTheStory(t *testing.T) {
	env := Open(t)
	host := pick(t, env, 0)
	env.Reset(t, host, NoTraits)
	listening := env.Exec(t, host, "ss -Hltn | awk '{ print $4 }'")
	for _, want := range []string{"0.0.0.0:22", "0.0.0.0:80", "0.0.0.0:443", "0.0.0.0:3306", "0.0.0.0:8080", "*:9090", "*:9100"} {
		if !slices.Contains(strings.Fields(listening), want) {
			t.Errorf("%s does not listen on %s; it does on\n%s", host, want, listening)
		}
		port := want[strings.LastIndex(want, ":"):]
		if err := dial(env.Hosts[host] + port); err != nil {
			t.Errorf("from this machine: %v", err)
		}
	}
}

func TestUpdatesArePendingWithoutNetwork(t *testing.T) {
	env := Open(t)
	host := pick(t, env, 0)
	env.Reset(t, host, NoTraits)
	pending := env.Exec(t, host, "apt-get -s upgrade")
	for _, name := range []string{"openssl", "libssl3"} {
		line := lineWith(pending, "Inst "+name+" ")
		if !strings.Contains(line, "Debian-Security:") || !strings.Contains(line, "-security ") {
			t.Errorf("%s is not pending from the security archive: %q", name, line)
		}
	}
	offered := env.Exec(t, host, "apt-get -s install unattended-upgrades fail2ban python3-systemd nftables at")
	if line := lineWith(offered, "Inst fail2ban "); !strings.Contains(line, "(1.0.2-2 Debian:12.") {
		t.Errorf("fail2ban does not come from the main archive: %q", line)
	}
	present := env.Exec(t, host, "dpkg-query -W -f '${Package}\n'")
	for _, name := range []string{"fail2ban", "unattended-upgrades"} {
		if slices.Contains(strings.Fields(present), name) {
			t.Errorf("%s is installed already", name)
		}
	}
}

func TestCutAndHeal(t *testing.T) {
	env := Open(t)
	host := pick(t, env, 0)
	address := env.Hosts[host] + ":22"
	env.Cut(t, host)
	if err := dial(address); err == nil {
		t.Errorf("%s answers while it is cut off", host)
	}
	if got := env.Exec(t, host, "hostname"); got != env.machine(host)+"\n" {
		t.Errorf("the console of %s says %q", host, got)
	}
	env.Heal(t, host)
	eventually(t, func() error { return dial(address) })
}

func TestResetMakesTheHostAsNew(t *testing.T) {
	env := Open(t)
	host := pick(t, env, 0)
	env.Exec(t, host, "touch /root/left-behind && systemctl disable --now nginx")
	before := env.Exec(t, host, "cat /etc/ssh/ssh_host_*_key.pub")
	env.Reset(t, host)
	if got := env.Exec(t, host, "ls /root; systemctl is-active nginx"); got != "active\n" {
		t.Errorf("after the reset: %q", got)
	}
	if after := env.Exec(t, host, "cat /etc/ssh/ssh_host_*_key.pub"); after != before {
		t.Errorf("the host keys changed:\n%s%s", before, after)
	}
}

func TestRebootComesBack(t *testing.T) {
	env := Open(t)
	host := pick(t, env, 0)
	const boot = "cat /proc/sys/kernel/random/boot_id"
	before := env.Exec(t, host, boot)
	env.Exec(t, host, "systemctl reboot")
	eventually(t, func() error {
		after, err := run(env.command, "exec", env.machine(host), "--", "sh", "-c", boot)
		if err == nil && after == before {
			err = errors.New("it has not gone down yet")
		}
		return errors.Join(err, dial(env.Hosts[host]+":22"))
	})
}

// pick returns the name of the i-th host, of the last one when there are fewer.
func pick(t *testing.T, env Env, i int) string {
	t.Helper()
	return fmt.Sprintf("web-%d", min(i+1, len(env.Hosts)))
}

func dial(address string) error {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return err
	}
	return conn.Close()
}

func eventually(t *testing.T, try func() error) {
	t.Helper()
	err := try()
	for deadline := time.Now().Add(time.Minute); err != nil && time.Now().Before(deadline); err = try() {
		time.Sleep(50 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func lineWith(text, part string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) {
			return line
		}
	}
	return ""
}

// A test calls its hosts web-N, whichever group it was given, and waits only
// where all groups are taken.
func TestEachTestHasAGroup(t *testing.T) {
	lab := Env{Config: filepath.Join(t.TempDir(), "hardenbot.yaml"), Hosts: map[string]string{"web-1": "a", "app-1": "b", "app2-1": "c"}}
	t.Run("two at once", func(t *testing.T) {
		for _, want := range []struct{ machine, address string }{{"web-1", "a"}, {"app-1", "b"}} {
			env := lab
			if err := env.take(t, []string{"none", "web", "app"}); err != nil {
				t.Fatal(err)
			}
			if len(env.Hosts) != 1 || env.Hosts["web-1"] != want.address || env.machine("web-1") != want.machine {
				t.Errorf("got %s and %v, want %v", env.machine("web-1"), env.Hosts, want)
			}
		}
		if held, err := hold(t, filepath.Join(filepath.Dir(lab.Config), "tests-app.lock")); held || err != nil {
			t.Errorf("taken twice: %v, %v", held, err)
		}
	})
	again := lab
	if err := again.take(t, []string{"app"}); err != nil {
		t.Error(err)
	}
	if err := again.take(t, []string{"none"}); err == nil || !strings.Contains(err.Error(), "lab up") {
		t.Errorf("without hosts: %v", err)
	}
}
