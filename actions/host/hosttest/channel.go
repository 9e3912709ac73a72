package hosttest

import (
	"io"
	"net"
	"strconv"

	"golang.org/x/crypto/ssh"
)

func (s *Server) channel(sc *ssh.ServerConn, conn net.Conn, ch ssh.NewChannel) {
	switch {
	case ch.ChannelType() == "direct-tcpip":
		s.forward(ch)
	case ch.ChannelType() != "session":
		_ = ch.Reject(ssh.UnknownChannelType, "only sessions and forwarding")
	case s.cfg.Hang == HangSession:
		return
	default:
		s.session(sc, conn, ch)
	}
}

func (s *Server) session(sc *ssh.ServerConn, conn net.Conn, ch ssh.NewChannel) {
	channel, requests, err := ch.Accept()
	if err != nil {
		return
	}
	gone := make(chan struct{})
	defer close(gone)
	for r := range requests {
		var line struct{ Text string }
		if r.Type != "exec" || ssh.Unmarshal(r.Payload, &line) != nil {
			_ = r.Reply(false, nil)
			continue
		}
		if s.cfg.Hang == HangExec {
			continue
		}
		_ = r.Reply(true, nil)
		if s.cfg.Hang == HangOutput {
			continue
		}
		s.running.Go(func() {
			status := 0
			if s.cfg.Exec != nil {
				status = s.cfg.Exec(Command{
					Line: line.Text, User: sc.User(), Stdin: channel, Stdout: channel, Stderr: channel.Stderr(),
					Gone: gone, Drop: func() { _ = conn.Close() },
				})
			}
			_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(status)}))
			_ = channel.Close()
		})
	}
}

// forward connects the client to where it wants to go (RFC 4254, 7.2).
func (s *Server) forward(ch ssh.NewChannel) {
	var to struct {
		Host       string
		Port       uint32
		Originator string
		OriginPort uint32
	}
	if err := ssh.Unmarshal(ch.ExtraData(), &to); err != nil {
		_ = ch.Reject(ssh.ConnectionFailed, "malformed")
		return
	}
	far, err := net.Dial("tcp", net.JoinHostPort(to.Host, strconv.Itoa(int(to.Port))))
	if err != nil {
		_ = ch.Reject(ssh.ConnectionFailed, "cannot connect")
		return
	}
	defer far.Close()
	near, requests, err := ch.Accept()
	if err != nil {
		return
	}
	s.running.Go(func() { ssh.DiscardRequests(requests) })
	s.running.Go(func() { _, _ = io.Copy(far, near); _ = far.Close() })
	_, _ = io.Copy(near, far)
	_ = near.Close()
}
