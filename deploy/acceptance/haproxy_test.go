package acceptance

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const restart = "The host has to be restarted"

// TestRollingUpgradeLosesNoRequest upgrades four hosts with nginx behind a real
// HAProxy, which restarts services, and restarts one of the hosts, while
// clients ask at a steady rate.
func TestRollingUpgradeLosesNoRequest(t *testing.T) {
	w, front := balanced(t, "haproxy")
	clients := load(t, front)
	w.shows(w.approve(w.scan("web-*").fix(critical)), append(four[:4:4], "Done on 4")...)
	w.restarted(four[2])
	if _, failed := clients.tell(t); len(failed) > 0 {
		t.Errorf("%d requests failed, the first of them:\n%s", len(failed), strings.Join(failed[:min(len(failed), 10)], "\n"))
	}
	w.leftOneAfterTheOther(four[0], four[1], four[2], four[3], four[2])
}

// TestUpgradeWithoutDrainLosesRequests is the same upgrade of two hosts that stay
// in rotation: it shows that the test above can fail.
func TestUpgradeWithoutDrainLosesRequests(t *testing.T) {
	w, front := balanced(t, "none")
	clients := load(t, front)
	w.shows(w.approve(w.scan(four[0]+","+four[1]).fix(critical)), four[0], four[1], "Done on 2")
	if answered, failed := clients.tell(t); len(failed) == 0 || answered == 0 {
		t.Errorf("%d requests failed and %d were answered, want some of both", len(failed), answered)
	}
	w.leftOneAfterTheOther()
}

// balanced is the four hosts behind HAProxy, with the driver that takes them
// out of its rotation, and the URL that clients ask for.
func balanced(t *testing.T, driver string) (*world, string) {
	path, err := exec.LookPath("haproxy")
	if err != nil && os.Getenv("HARDENBOT_REQUIRE_HAPROXY") == "1" {
		t.Fatal("haproxy is not installed, and HARDENBOT_REQUIRE_HAPROXY asks for it")
	}
	if err != nil {
		t.Skip("haproxy is not installed")
	}
	socket := filepath.Join(t.TempDir(), "admin.sock")
	w := newWorld(t, "socket", nil, func(config map[string]any) {
		config["haproxy"] = map[string]any{"sockets": []any{socket}}
		config["rotation"] = []any{map[string]any{"hosts": "web-*", "driver": driver}}
		config["rollout"] = map[string]any{"soak": "2s"}
	})
	for _, host := range four {
		w.ownPage(host)
	}
	front := w.balance(path, socket, four...)
	w.start()
	return w, front
}

// ownPage has nginx answer /page by itself: the lab's application makes a
// process for each request, which is too much work at this rate.
func (w *world) ownPage(host string) {
	w.Helper()
	w.lab.Exec(w.T, host, `sed -i 's|location / {|location = /page { return 200; }\n\t&|' /etc/nginx/sites-available/default && nginx -t -q && systemctl reload nginx`)
}

// balance runs HAProxy before the hosts' nginx and returns its URL. It hides
// nothing: a request that fails at one host is not tried at another.
func (w *world) balance(path, socket string, hosts ...string) string {
	w.Helper()
	front := freeAddress(w.T)
	config := fmt.Sprintf(`global
  stats socket %s mode 600 level admin
defaults
  mode http
  retries 0
  no option redispatch
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  timeout check 5s
frontend front
  bind %s
  default_backend app
backend app
  option httpchk GET /health
  default-server check inter 1s fall 2 rise 2
`, socket, front)
	for _, host := range hosts {
		config += fmt.Sprintf("  server %s %s:80\n", host, w.lab.Hosts[host])
	}
	file := filepath.Join(filepath.Dir(socket), "haproxy.cfg")
	w.must(os.WriteFile(file, []byte(config), 0o600))
	haproxy := exec.Command(path, "-db", "-f", file)
	haproxy.Stdout, haproxy.Stderr = w.log, w.log
	w.must(haproxy.Start())
	w.Cleanup(func() {
		_ = haproxy.Process.Kill() // it may have ended already
		_ = haproxy.Wait()
	})
	url := "http://" + front + "/page"
	w.eventually("HAProxy answers", func() bool {
		answer, err := http.Get(url)
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	return url
}

// restarted has a host ask for a restart, as a new kernel does, and restarts
// it.
func (w *world) restarted(host string) {
	w.Helper()
	boot := func() string {
		return w.lab.Exec(w.T, host, "cat /proc/sys/kernel/random/boot_id")
	}
	before := boot()
	w.lab.Exec(w.T, host, "touch /run/reboot-required")
	w.shows(w.approve(w.scan(host).fix(restart)), host, "Done on 1")
	if boot() == before {
		w.Errorf("%s was not restarted", host)
	}
}

// leftOneAfterTheOther is checked in the audit trail once the bot has ended.
func (w *world) leftOneAfterTheOther(hosts ...string) {
	w.Helper()
	w.stop()
	var order, want []string
	for _, e := range w.entries() {
		if what, ok := strings.CutPrefix(e.Action, "rotation."); ok {
			order = append(order, e.Host+" "+what)
		}
	}
	for _, host := range hosts {
		want = append(want, host+" leaves", host+" back")
	}
	if got := strings.Join(order, ", "); got != strings.Join(want, ", ") {
		w.Errorf("the order of leaving: %s, want %s", got, strings.Join(want, ", "))
	}
}
