package acceptance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestRollingUpgradeLosesNoRequest upgrades two hosts behind a real HAProxy
// while clients ask without a pause.
func TestRollingUpgradeLosesNoRequest(t *testing.T) {
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
		config["rotation"] = []any{map[string]any{"hosts": "web-*", "driver": "haproxy"}}
		config["rollout"] = map[string]any{"soak": "2s"}
	})
	front := w.balance(path, socket, "web-1", "web-2")
	w.start()
	plan := w.scan("web-1,web-2").fix(critical)
	asked := w.clients(front)
	w.shows(w.approve(plan), "web-1", "web-2", "Done on 2")
	ok, failed := asked()
	t.Logf("%d requests were answered", ok)
	if failed > 0 || ok < 100 {
		t.Errorf("%d requests were answered and %d were not", ok, failed)
	}
	w.leftOneAfterTheOther()
}

// balance runs HAProxy before the hosts' app and returns its URL.
func (w *world) balance(path, socket string, hosts ...string) string {
	w.Helper()
	front := freeAddress(w.T)
	config := fmt.Sprintf(`global
  stats socket %s mode 600 level admin
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
frontend front
  bind %s
  default_backend app
backend app
  option httpchk GET /health
  default-server check inter 200ms fall 2 rise 2
`, socket, front)
	for _, host := range hosts {
		config += fmt.Sprintf("  server %s %s:8080\n", host, w.lab.Hosts[host])
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
	url := "http://" + front + "/health"
	w.eventually("HAProxy answers", func() bool { return ask(w.Context(), url) == nil })
	return url
}

// clients ask until the function is called, which tells how many requests were
// answered and how many were not.
func (w *world) clients(url string) func() (ok, failed int64) {
	ctx, stop := context.WithCancel(w.Context())
	var answered, lost atomic.Int64
	done := make(chan struct{}, 2)
	for range cap(done) {
		go func() {
			for ctx.Err() == nil {
				switch err := ask(ctx, url); {
				case err == nil:
					answered.Add(1)
				case ctx.Err() == nil:
					lost.Add(1)
				}
				time.Sleep(20 * time.Millisecond) // the pace of a client, not a wait for anything
			}
			done <- struct{}{}
		}()
	}
	return func() (int64, int64) {
		stop()
		for range cap(done) {
			<-done
		}
		return answered.Load(), lost.Load()
	}
}

func ask(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return errors.New(answer.Status)
	}
	return nil
}

// leftOneAfterTheOther is checked in the audit trail once the bot has ended.
func (w *world) leftOneAfterTheOther() {
	w.Helper()
	w.stop()
	var order []string
	for _, e := range w.entries() {
		if what, ok := strings.CutPrefix(e.Action, "rotation."); ok {
			order = append(order, e.Host+" "+what)
		}
	}
	if got := strings.Join(order, ", "); got != "web-1 leaves, web-1 back, web-2 leaves, web-2 back" {
		w.Errorf("the order of leaving: %s", got)
	}
}
