package host

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hardenbot/actions/host/hosttest"
)

// TestProveWaitsOutAReload reaches a host that refuses connections for a moment.
func TestProveWaitsOutAReload(t *testing.T) {
	s := hosttest.Start(t, hosttest.Config{})
	front, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := front.Addr().String()
	front.Close() // refuses from here on
	h := hostAt(s)
	h.Port = front.Addr().(*net.TCPAddr).Port
	known := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(known, []byte(line(address, s.Keys[0])), 0o600); err != nil {
		t.Fatal(err)
	}
	c := client(t, func(cfg *Config) { cfg.KnownHosts = []string{known} }, s)

	back := make(chan net.Listener, 1)
	time.AfterFunc(500*time.Millisecond, func() {
		again, err := net.Listen("tcp", address)
		if err != nil {
			t.Error(err)
		}
		back <- again
		if err == nil {
			relay(again, hostAt(s).Port)
		}
	})
	if err := c.Prove(t.Context(), h); err != nil {
		t.Error(err)
	}
	if l := <-back; l != nil {
		l.Close()
	}
}

// relay passes one connection on to the port.
func relay(l net.Listener, port int) {
	near, err := l.Accept()
	if err != nil {
		return
	}
	defer near.Close()
	far, err := net.DialTCP("tcp", nil, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		return
	}
	defer far.Close()
	go func() {
		_, _ = io.Copy(far, near)
		_ = far.CloseWrite()
	}()
	_, _ = io.Copy(near, far)
}
