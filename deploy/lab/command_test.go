package lab

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The command itself. Only TestInterruptedUp needs a lab.

func TestParse(t *testing.T) {
	env := parse("HARDENBOT_CONFIG=/s/hardenbot.yaml\nLAB_PASSWORD=p=q\nLAB_HOSTS=\"web-1 db-2\"\nLAB_ADDR_web_1=198.18.0.11\nLAB_ADDR_db_2=198.18.0.12\n")
	if env.Config != "/s/hardenbot.yaml" || env.Password != "p=q" {
		t.Errorf("got %+v", env)
	}
	if len(env.Hosts) != 2 || env.Hosts["web-1"] != "198.18.0.11" || env.Hosts["db-2"] != "198.18.0.12" {
		t.Errorf("got hosts %v", env.Hosts)
	}
}

func TestBadCallsSayWhatIsWrong(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{nil, "a command is missing"},
		{[]string{"fly"}, "there is no command fly"},
	}
	for _, tt := range tests {
		if _, err := run("./lab", tt.args...); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("lab %q: got %v, want %q", tt.args, err, tt.want)
		}
	}
	requireRoot(t)
	tests = []struct {
		args []string
		want string
	}{
		{[]string{"up", "-n", "0"}, "-n wants a number from 1 to 99, not 0"},
		{[]string{"up", "-n"}, "-n needs a value"},
		{[]string{"up", "--name", "Web_1"}, "--name wants at most 8 small letters and digits"},
		{[]string{"up", "--trait", "web-9=match"}, "--trait names web-9, which is not one of web-1 to web-4"},
		{[]string{"up", "--trait", "web-1=rust"}, "there is no trait rust"},
		{[]string{"reset", "../x"}, "there is no host ../x"},
		{[]string{"down", "now"}, "down does not know now"},
	}
	for _, tt := range tests {
		if _, err := run("./lab", tt.args...); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("lab %q: got %v, want %q", tt.args, err, tt.want)
		}
	}
}

func TestWithoutRootItSaysWhatItNeeds(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	for parent := dir; parent != os.TempDir(); parent = filepath.Dir(parent) {
		if err := os.Chmod(parent, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(filepath.Join(dir, "lab"), "up")
	cmd.Dir = dir
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "run it as root") && !strings.Contains(string(out), "the lab needs Linux") {
		t.Errorf("got %v: %s", err, out)
	}
}

// In a network namespace of its own, with a default route that would carry
// anything: the range stays unreachable before the bridge is there and after
// it is gone. (Its own /sys, because the script looks for the bridge there.)
func TestNothingLeavesWhileTheLabIsDown(t *testing.T) {
	requireRoot(t)
	const script = `
		set -euo pipefail
		mount -t sysfs sysfs /sys
		ip link add wan type veth peer name isp
		ip address add 192.0.2.1/24 dev wan
		ip link set wan up
		ip link set isp up
		ip route add default via 192.0.2.254
		source lib/network.sh
		where() { ip -o route get 198.18.0.11 2>&1 || true; }
		echo "never up: $(where)"
		network_up
		echo "up: $(where)"
		network_down
		echo "down: $(where)"`
	out, err := exec.Command("unshare", "--net", "--mount", "bash", "-c", script).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := strings.Split(string(out), "\n")
	want := []string{
		"never up: 198.18.0.11 via 192.0.2.254 dev wan",
		"up: 198.18.0.11 dev hblab0",
		"down: RTNETLINK answers: ",
	}
	for i, prefix := range want {
		if !strings.HasPrefix(lines[i], prefix) {
			t.Errorf("got  %s\nwant %s…", lines[i], prefix)
		}
	}
}

// A killed `up` leaves a half-made host; the next one makes it whole, and
// `down` leaves nothing.
func TestInterruptedUp(t *testing.T) {
	env := Open(t)
	const host = "half-1"
	mounted := func() bool {
		mounts, err := os.ReadFile("/proc/self/mounts")
		return err == nil && strings.Contains(string(mounts), "/hosts/"+host+"/root ")
	}
	t.Cleanup(func() {
		env.must(t, "down", "--name", "half")
		_, err := net.InterfaceByName("vb-" + host)
		processes, _ := exec.Command("pgrep", "-f", "machine="+host+" ").Output()
		if mounted() || err == nil || len(processes) > 0 {
			t.Errorf("down left something: mounted %v, port %v, processes %q", mounted(), err == nil, processes)
		}
	})
	up := exec.Command(env.command, "up", "-n", "1", "--name", "half")
	up.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := up.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error {
		if !mounted() {
			return errors.New("not mounted yet")
		}
		return nil
	})
	if err := syscall.Kill(-up.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := up.Wait(); err == nil {
		t.Fatal("up was done before it could be killed")
	}
	if status := env.must(t, "status"); !strings.Contains(lineWith(status, host), "down") && !strings.Contains(lineWith(status, host), "unready") {
		t.Errorf("a half-made host counts as up:\n%s", status)
	}
	env.must(t, "up", "-n", "1", "--name", "half")
	if status := env.must(t, "status"); !strings.Contains(lineWith(status, host), "running") {
		t.Errorf("the host was not made whole:\n%s", status)
	}
}

func requireRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
}
