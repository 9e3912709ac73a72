// Package hosttest is a small SSH server for tests and benchmarks, in this
// process and on the loopback interface. In comes how it should behave, or
// misbehave; out comes an address. It forwards connections, so that it can
// stand for a jump host, too.
package hosttest

import (
	"crypto/ed25519"
	"crypto/rand"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
)

// Stage is a point in a visit at which a server can fall silent for good.
type Stage string

// The stages, in order.
const (
	HangBanner  Stage = "banner"  // the connection is accepted, and that is all
	HangKex     Stage = "kex"     // after the version
	HangAuth    Stage = "auth"    // when a key is offered
	HangSession Stage = "session" // when a session is asked for
	HangExec    Stage = "exec"    // when a command is asked for
	HangOutput  Stage = "output"  // while the command runs
)

// Stages lists all of them.
var Stages = []Stage{HangBanner, HangKex, HangAuth, HangSession, HangExec, HangOutput}

// Command is a command that a client asked for. The handler's result is the
// exit status.
type Command struct {
	Line           string
	User           string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Gone           <-chan struct{} // closed when the client goes away
	Drop           func()          // cuts the client's connection
}

// Config says how a server behaves. The zero value accepts any key and answers
// every command with status 0.
type Config struct {
	HostKeys []ssh.Signer // one of ed25519 if empty
	Accept   func(user string, key ssh.PublicKey) bool
	Exec     func(Command) int
	Hang     Stage
}

// Server is a running server.
type Server struct {
	Host string // 127.0.0.1
	Port int
	Keys []ssh.Signer // its host keys

	cfg      Config
	listener net.Listener
	gone     chan struct{}
	running  sync.WaitGroup
}

// Start runs a server until the test ends. Nothing of it runs after that.
func Start(t testing.TB, cfg Config) *Server {
	t.Helper()
	if len(cfg.HostKeys) == 0 {
		cfg.HostKeys = []ssh.Signer{NewKey(t)}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	s := &Server{Host: "127.0.0.1", Port: port, Keys: cfg.HostKeys, cfg: cfg, listener: listener, gone: make(chan struct{})}
	s.running.Go(s.accept)
	t.Cleanup(s.Close)
	return s
}

// Close stops the server, if it runs, and waits until nothing of it does.
func (s *Server) Close() {
	select {
	case <-s.gone:
		return
	default:
		close(s.gone)
	}
	_ = s.listener.Close()
	s.running.Wait()
}

// Address is host:port.
func (s *Server) Address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// NewKey makes an ed25519 key.
func NewKey(t testing.TB) ssh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.running.Go(func() { s.serve(conn) })
	}
}

func (s *Server) serve(conn net.Conn) {
	over := make(chan struct{})
	defer close(over)
	s.running.Go(func() { // whatever hangs, the end of the server ends it
		select {
		case <-s.gone:
		case <-over:
		}
		_ = conn.Close()
	})
	if s.cfg.Hang == HangBanner || s.cfg.Hang == HangKex {
		if s.cfg.Hang == HangKex {
			_, _ = io.WriteString(conn, "SSH-2.0-Silent\r\n")
		}
		s.hang(conn)
		return
	}
	sc, channels, requests, err := ssh.NewServerConn(conn, s.config(conn))
	if err != nil {
		return
	}
	s.running.Go(func() { ssh.DiscardRequests(requests) })
	for ch := range channels {
		s.running.Go(func() { s.channel(sc, conn, ch) })
	}
}

// hang waits until the client goes away or the server is stopped.
func (s *Server) hang(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

func (s *Server) config(conn net.Conn) *ssh.ServerConfig {
	cfg := &ssh.ServerConfig{
		PublicKeyCallback: func(c ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if s.cfg.Hang == HangAuth {
				s.hang(conn)
			}
			if s.cfg.Accept != nil && !s.cfg.Accept(c.User(), key) {
				return nil, io.EOF
			}
			return nil, nil
		},
	}
	for _, key := range s.cfg.HostKeys {
		cfg.AddHostKey(key)
	}
	return cfg
}
