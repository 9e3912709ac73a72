package simhost

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"

	"golang.org/x/crypto/ssh"
)

// Bastion is the jump host of a network: an SSH server on 127.0.0.1 that leads
// on to hosts by their private addresses, and to nothing else. It lets one key
// in and runs no commands.
type Bastion struct {
	listener net.Listener
	key      ssh.Signer
	admitted ssh.PublicKey
	hosts    map[string]*Host // by address

	mu      sync.Mutex
	conns   map[net.Conn]bool
	running sync.WaitGroup
}

// NewBastion starts one. Close it before the hosts.
func NewBastion(admitted ssh.PublicKey, hosts []*Host) (*Bastion, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	b := &Bastion{admitted: admitted, hosts: map[string]*Host{}, conns: map[net.Conn]bool{}}
	for _, h := range hosts {
		b.hosts[h.cfg.Address] = h
	}
	if b.key, err = ssh.NewSignerFromKey(private); err != nil {
		return nil, err
	}
	if b.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	b.running.Go(b.accept)
	return b, nil
}

// Port is where it listens, on 127.0.0.1.
func (b *Bastion) Port() int { return b.listener.Addr().(*net.TCPAddr).Port }

// HostKey is the key that it proves itself with.
func (b *Bastion) HostKey() ssh.PublicKey { return b.key.PublicKey() }

// Close cuts all connections and waits until nothing of it runs.
func (b *Bastion) Close() {
	_ = b.listener.Close()
	b.mu.Lock()
	for conn := range b.conns {
		_ = conn.Close()
	}
	b.conns = nil
	b.mu.Unlock()
	b.running.Wait()
}

func (b *Bastion) accept() {
	for {
		conn, err := b.listener.Accept()
		if err != nil {
			return
		}
		b.running.Go(func() { b.serve(conn) })
	}
}

// keep has Close cut the connection; false if that was already.
func (b *Bastion) keep(conn net.Conn) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.conns == nil {
		return false
	}
	b.conns[conn] = true
	return true
}

func (b *Bastion) forget(conn net.Conn) {
	_ = conn.Close()
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.conns, conn)
}

func (b *Bastion) serve(conn net.Conn) {
	defer b.forget(conn)
	if !b.keep(conn) {
		return
	}
	cfg := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if !bytes.Equal(key.Marshal(), b.admitted.Marshal()) {
			return nil, errors.New("refused")
		}
		return nil, nil
	}}
	cfg.AddHostKey(b.key)
	_, channels, requests, err := ssh.NewServerConn(conn, cfg)
	if err != nil {
		return
	}
	b.running.Go(func() { ssh.DiscardRequests(requests) })
	for ch := range channels {
		b.running.Go(func() { b.forward(ch) })
	}
}

// forward connects the client to sshd of a host (RFC 4254, 7.2).
func (b *Bastion) forward(ch ssh.NewChannel) {
	var to struct {
		Host       string
		Port       uint32
		Originator string
		OriginPort uint32
	}
	if ch.ChannelType() != "direct-tcpip" || ssh.Unmarshal(ch.ExtraData(), &to) != nil {
		_ = ch.Reject(ssh.UnknownChannelType, "only forwarding")
		return
	}
	h := b.hosts[to.Host]
	if h == nil || to.Port != 22 {
		_ = ch.Reject(ssh.Prohibited, "this leads to port 22 of the network's hosts only")
		return
	}
	far, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(h.Port())))
	if err != nil {
		_ = ch.Reject(ssh.ConnectionFailed, "cannot connect")
		return
	}
	defer b.forget(far)
	near, requests, err := ch.Accept()
	if err != nil || !b.keep(far) {
		return
	}
	b.running.Go(func() { ssh.DiscardRequests(requests) })
	b.running.Go(func() { _, _ = io.Copy(far, near); _ = far.Close() })
	_, _ = io.Copy(near, far)
	_ = near.Close()
}
