package acceptance

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hardenbot/bot/workspace"
)

const dropIn = "/etc/ssh/sshd_config.d/00-hardenbot-ssh-password-auth.conf"

// TestKilledBetweenTheChangeAndItsProof holds up the connection that would
// prove the change, and kills the bot there. The host has to undo itself, and
// the bot, started again, to report it.
func TestKilledBetweenTheChangeAndItsProof(t *testing.T) {
	gate := &gate{reached: make(chan struct{}, 1), open: make(chan struct{})}
	w := newWorld(t, "socket", nil, func(config map[string]any) {
		config["rollout"] = map[string]any{"proof_time": "10s"}
		gate.between(t, config)
	})
	gate.target = w.lab.Hosts["web-1"] + ":22"
	gate.holds = func() bool { return w.changed("web-1") }
	go gate.serve()
	before := w.fingerprint("web-1")
	w.start()

	plan := w.scan("web-1").fix(passwords)
	seen := w.all()
	_, err := w.slack.As(bob).Click(t.Context(), plan, "approve", workspace.Accept())
	w.must(err)
	select {
	case <-gate.reached:
	case <-time.After(patience):
		t.Fatalf("the proof was never tried:\n%s", w.transcript())
	}
	w.kill()
	killed := time.Now()
	if err := w.byPassword("web-1", "ops"); err == nil {
		t.Fatal("the change had not taken effect when the bot was killed, so this test shows nothing")
	}
	w.eventually("web-1 puts itself back", func() bool { return !w.changed("web-1") })
	t.Logf("web-1 had put itself back %s after the kill", time.Since(killed).Round(time.Second))
	w.eventually("web-1 takes passwords again", func() bool { return w.byPassword("web-1", "ops") == nil })
	if after := w.fingerprint("web-1"); after != before {
		t.Errorf("/etc is not as it was:\n%s", difference(before, after))
	}

	close(gate.open)
	w.start()
	w.shows(w.outcome(seen), "web-1", "undone", "interrupted")
	w.stop()
	w.trailHolds()
}

func (w *world) changed(host string) bool {
	return strings.Contains(w.lab.Exec(w.T, host, "test -e "+dropIn+" && echo changed || true"), "changed")
}

// gate is a TCP relay before one host's sshd, which holds up connections.
type gate struct {
	listener net.Listener
	target   string
	holds    func() bool   // asked for each new connection
	reached  chan struct{} // receives when one is held up
	open     chan struct{} // closed when no more are to be
	once     sync.Once
}

// between has the configuration reach web-1 through the gate.
func (g *gate) between(t *testing.T, config map[string]any) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	g.listener = l
	port := l.Addr().(*net.TCPAddr).Port
	for _, h := range config["inventory"].(map[string]any)["hosts"].([]any) {
		if host := h.(map[string]any); host["name"] == "web-1" {
			ssh := config["ssh"].(map[string]any)
			ssh["known_hosts"] = knownThrough(t, ssh["known_hosts"].(string), host["address"].(string), port)
			host["address"], host["port"] = "127.0.0.1", port
		}
	}
}

// knownThrough writes a known_hosts file with the host's keys at the gate too.
func knownThrough(t *testing.T, path, address string, port int) string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var lines []string
	for scan := bufio.NewScanner(file); scan.Scan(); {
		lines = append(lines, scan.Text())
		if names, key, ok := strings.Cut(scan.Text(), " "); ok && strings.Contains(","+names+",", ","+address+",") {
			lines = append(lines, fmt.Sprintf("[127.0.0.1]:%d %s", port, key))
		}
	}
	out := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(out, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}

func (g *gate) serve() {
	for {
		conn, err := g.listener.Accept()
		if err != nil {
			return
		}
		go g.relay(conn)
	}
}

func (g *gate) relay(conn net.Conn) {
	defer conn.Close()
	if g.holds() {
		g.once.Do(func() { g.reached <- struct{}{} })
		<-g.open
		return
	}
	host, err := net.Dial("tcp", g.target)
	if err != nil {
		return
	}
	defer host.Close()
	go func() {
		_, _ = io.Copy(host, conn)
		_ = host.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(conn, host)
}
