package simhost

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// sshd is the host's SSH server, on 127.0.0.1. Whom it lets in follows the
// configuration as it was when sshd read it last.
type sshd struct {
	h   *Host
	key ssh.Signer

	mu       sync.Mutex
	lines    []sshdLine
	port     int // on this machine; the same for as long as the host is there
	listener net.Listener
	main     *process
	conns    map[net.Conn]string // to the peer's address, as the host sees it
	next     int                 // of the peer's ports
}

func newSSHD(h *Host) (*sshd, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	s := &sshd{h: h, conns: map[net.Conn]string{}, next: 40000}
	if s.key, err = ssh.NewSignerFromKey(private); err != nil {
		return nil, err
	}
	block, err := ssh.MarshalPrivateKey(private, "root@"+h.Name)
	if err != nil {
		return nil, err
	}
	public := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(s.key.PublicKey()))) + " root@" + h.Name + "\n"
	return s, errors.Join(
		h.files.write("/etc/ssh/ssh_host_ed25519_key", string(pem.EncodeToMemory(block)), 0o600),
		h.files.write("/etc/ssh/ssh_host_ed25519_key.pub", public, 0o644))
}

// load has sshd read its configuration.
func (s *sshd) load() error {
	lines, faults := s.h.sshdRead("/etc/ssh/sshd_config")
	if len(faults) > 0 {
		return errors.New(strings.Join(faults, "\n"))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = lines
	if err := s.h.files.write("/run/sshd.pid", strconv.Itoa(s.main.pid)+"\n", 0o644); err != nil {
		return err
	}
	return s.h.files.chtimes("/run/sshd.pid", time.Now())
}

// start listens, and reads the configuration.
func (s *sshd) start() (int, error) {
	if _, faults := s.h.sshdRead("/etc/ssh/sshd_config"); len(faults) > 0 {
		return 0, errors.New(strings.Join(faults, "\n"))
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)))
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	s.listener, s.port = listener, listener.Addr().(*net.TCPAddr).Port
	s.main = s.h.start(&process{ppid: 1, name: "sshd", unit: "ssh.service"}, "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups")
	s.mu.Unlock()
	s.h.running.Go(func() { s.accept(listener) })
	return s.main.pid, s.load()
}

// stop stops listening; sessions go on.
func (s *sshd) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil {
		_ = s.listener.Close()
		s.listener = nil
		s.main.exit()
	}
}

func (s *sshd) pid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.main == nil {
		return 0
	}
	return s.main.pid
}

func (s *sshd) accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		s.h.running.Go(func() { s.serve(conn) })
	}
}

// serve serves one connection. Every one seems to come from Config.From.
func (s *sshd) serve(conn net.Conn) {
	defer conn.Close()
	if s.h.fail2ban.bans(s.h.cfg.From) {
		return
	}
	s.mu.Lock()
	s.next++
	peer := s.next
	s.conns[conn] = net.JoinHostPort(s.h.cfg.From, strconv.Itoa(peer))
	lines, main := s.lines, s.main
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.conns, conn)
	}()
	sc, channels, requests, err := ssh.NewServerConn(conn, s.config(lines))
	if err != nil {
		return
	}
	s.h.running.Go(func() { ssh.DiscardRequests(requests) })
	own := s.h.start(&process{ppid: main.pid, name: "sshd", unit: "session.scope"}, "sshd: "+sc.User())
	defer own.exit()
	var sessions sync.WaitGroup
	defer sessions.Wait()
	for ch := range channels {
		if ch.ChannelType() != "session" {
			_ = ch.Reject(ssh.UnknownChannelType, "only sessions")
			continue
		}
		sessions.Go(func() { s.h.session(own, sc.User(), peer, ch) })
	}
}

// peers are the addresses that are connected to sshd.
func (h *Host) peers() []string {
	h.sshd.mu.Lock()
	defer h.sshd.mu.Unlock()
	var all []string
	for _, peer := range h.sshd.conns {
		all = append(all, peer)
	}
	return all
}

// hangUp ends all connections.
func (s *sshd) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		_ = conn.Close()
	}
}
