package haproxy_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/haproxy"
)

// site is web-1 and web-2 behind two HAProxys, the first of which has its stats
// socket in the file system, and the second on a TCP port.
type site struct {
	t        *testing.T
	dir      string
	webs     []*web
	balances []*exec.Cmd
	client   *http.Client // of the first HAProxy's frontend
	sockets  []string
	rotation *haproxy.Rotation
	config   func(stats, level, front string) string
}

// web is a server that holds requests for /hold until it is told to let go.
type web struct {
	host  actions.Host
	at    net.Addr
	http  *httptest.Server
	seen  atomic.Int64
	held  chan struct{} // gets a value for each request that is held
	letGo chan struct{} // closed
	over  sync.Once     // of closing letGo
}

func (w *web) release() { w.over.Do(func() { close(w.letGo) }) }

const configuration = `
global
  stats socket %[1]s level %[2]s
defaults
  mode http
  timeout client 30s
  timeout server 30s
  timeout connect 1s
frontend www
  bind %[3]s
  default_backend app
backend app
  option httpchk GET /health
  default-server check inter 50ms
  server web-1 %[4]s
  server web-2 %[5]s
  server-template spare 2 nowhere.invalid:80 init-addr none
backend plain
  server one %[4]s
  server two %[5]s
`

func newSite(t *testing.T) *site {
	s := &site{t: t, dir: t.TempDir()}
	for n := range 2 {
		s.webs = append(s.webs, newWeb(t, n+1))
	}
	s.config = func(stats, level, front string) string {
		return fmt.Sprintf(configuration, stats, level, front, s.webs[0].at, s.webs[1].at)
	}
	unix := filepath.Join(s.dir, "stats-1")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	s.start(1, unix, "admin")
	s.start(2, "fd@3", "admin", file)
	_, _ = listener.Close(), file.Close()
	s.client = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(s.dir, "www-1"))
	}}}
	t.Cleanup(s.client.CloseIdleConnections)
	s.sockets = []string{unix, listener.Addr().String()}
	s.rotation = &haproxy.Rotation{
		Sockets: s.sockets, Poll: 5 * time.Millisecond, Limit: 20 * time.Second, Ready: 20 * time.Second,
	}
	for _, w := range s.webs {
		s.eventually(w.host.Name+" is up", func() bool { return s.rotation.Serving(t.Context(), w.host, s.seats(w)) == nil })
	}
	return s
}

// newWeb listens at an address of its own: 127.0.0.1, 127.0.0.2.
func newWeb(t *testing.T, n int) *web {
	w := &web{held: make(chan struct{}, 100), letGo: make(chan struct{})}
	w.host = actions.Host{Name: fmt.Sprintf("web-%d", n), Address: fmt.Sprintf("127.0.0.%d", n), Port: 22}
	listener, err := net.Listen("tcp", w.host.Address+":0")
	if err != nil {
		t.Fatal(err)
	}
	w.at = listener.Addr()
	w.http = &httptest.Server{Listener: listener, Config: &http.Server{Handler: w}}
	w.http.Start()
	t.Cleanup(func() {
		w.release() // Close waits for it
		w.http.Close()
	})
	return w
}

func (w *web) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/health" {
		return
	}
	w.seen.Add(1)
	if r.URL.Path == "/hold" && w.host.Name == "web-1" {
		w.held <- struct{}{}
		<-w.letGo
	}
	_, _ = io.WriteString(rw, w.host.Name)
}

// start runs the n-th HAProxy.
func (s *site) start(n int, stats, level string, files ...*os.File) {
	path, err := exec.LookPath("haproxy")
	if err != nil && os.Getenv("HARDENBOT_REQUIRE_HAPROXY") == "1" {
		s.t.Fatal("haproxy is not installed, and HARDENBOT_REQUIRE_HAPROXY asks for it: apt-get install haproxy")
	}
	if err != nil {
		s.t.Skip("haproxy is not installed: apt-get install haproxy")
	}
	config := filepath.Join(s.dir, fmt.Sprintf("haproxy-%d.cfg", n))
	text := s.config(stats, level, filepath.Join(s.dir, fmt.Sprintf("www-%d", n)))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(path, "-db", "-q", "-f", config)
	cmd.ExtraFiles, cmd.Stderr = files, os.Stderr
	if err := cmd.Start(); err != nil {
		s.t.Fatal("start haproxy: ", err)
	}
	s.t.Cleanup(func() { s.stop(n) })
	s.balances = append(s.balances, cmd)
}

func (s *site) stop(n int) {
	_ = s.balances[n-1].Process.Kill()
	_ = s.balances[n-1].Wait()
}

func (s *site) eventually(what string, so func() bool) {
	s.t.Helper()
	for end := time.Now().Add(20 * time.Second); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("it never came to this: %s", what)
		}
	}
}

// seats is what Seats should find for the host.
func (s *site) seats(w *web) []actions.Seat {
	port := w.at.(*net.TCPAddr).Port
	plain := map[string]string{"web-1": "one", "web-2": "two"}[w.host.Name]
	return []actions.Seat{
		{Driver: "haproxy", Group: "app", Target: w.host.Name, Port: port},
		{Driver: "haproxy", Group: "plain", Target: plain, Port: port},
	}
}

// get makes a request through the first HAProxy and returns who answered.
func (s *site) get(path string) (string, error) {
	resp, err := s.client.Get("http://www" + path)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %s", resp.StatusCode, body)
	}
	return string(body), err
}

// tell sends a command to the n-th HAProxy, past the Rotation.
func (s *site) tell(n int, command string) string {
	s.t.Helper()
	network := "tcp"
	if filepath.IsAbs(s.sockets[n-1]) {
		network = "unix"
	}
	conn, err := net.Dial(network, s.sockets[n-1])
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	_, _ = fmt.Fprintln(conn, command)
	answer, err := io.ReadAll(conn)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(answer)
}
