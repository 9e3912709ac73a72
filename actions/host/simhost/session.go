package simhost

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/crypto/ssh"
)

// session runs the command that a client asks for, as its login shell would. It
// goes on to its end, even if the client goes away.
func (h *Host) session(of *process, user string, peer int, ch ssh.NewChannel) {
	channel, requests, err := ch.Accept()
	if err != nil {
		return
	}
	defer channel.Close()
	for r := range requests {
		var line struct{ Text string }
		if r.Type != "exec" || ssh.Unmarshal(r.Payload, &line) != nil {
			_ = r.Reply(r.Type == "env", nil) // there are no terminals here
			continue
		}
		_ = r.Reply(true, nil)
		h.running.Go(func() { ssh.DiscardRequests(requests) })
		status := h.login(of, user, peer, line.Text, channel)
		_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(status)}))
		return
	}
}

func (h *Host) login(of *process, user string, peer int, line string, channel ssh.Channel) int {
	e := h.entry("passwd", user)
	in, feed, err := os.Pipe()
	if err != nil || e == nil {
		return 255
	}
	defer in.Close()
	h.running.Go(func() {
		_, _ = io.Copy(feed, channel) // ends with the channel, or when nobody reads
		_ = feed.Close()
	})
	as := &process{h: h, pid: of.pid, uid: count(e[2], 65534), unit: of.unit, mask: 0o022}
	return as.shell(h.ctx, script{
		text: line, name: "sh", in: in, out: channel, err: channel.Stderr(),
		env: []string{fmt.Sprintf("SSH_CONNECTION=%s %d %s 22", h.cfg.From, peer, h.cfg.Address)},
	})
}
