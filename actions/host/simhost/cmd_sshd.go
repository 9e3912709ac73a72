package simhost

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/ssh"
)

// sshdProgram is sshd -t, -T, and -V, with -f FILE and -C CONNECTION.
func sshdProgram(c *call) int {
	set, rest, bad := options(c.args[1:], "tTVf:C:Dei")
	switch {
	case bad != "" || len(rest) > 0:
		return c.unknown(bad)
	case set["V"] != "":
		fmt.Fprintln(c.err, sshVersion)
		return 0
	case set["t"] == "" && set["T"] == "":
		return c.unknown("serving")
	case c.uid != 0:
		return c.fail("no hostkeys available -- exiting.")
	}
	file := set["f"]
	if file == "" {
		file = "/etc/ssh/sshd_config"
	}
	if info, err := c.h.files.stat("/run/sshd", true); err != nil || !info.IsDir() {
		fmt.Fprintln(c.err, "Missing privilege separation directory: /run/sshd")
		return 255
	}
	lines, faults := c.h.sshdRead(c.abs(file))
	if len(faults) > 0 {
		for _, f := range faults {
			fmt.Fprintln(c.err, f)
		}
		fmt.Fprintf(c.err, "%s: terminating, %d bad configuration options\n", file, len(faults))
		return 255
	}
	if set["T"] == "" {
		return 0
	}
	var peer sshdPeer
	for part := range strings.SplitSeq(set["C"], ",") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "user":
			peer.user = value
		case "host":
			peer.host = value
		case "addr":
			peer.addr = value
		case "laddr":
			peer.laddr = value
		case "lport":
			peer.lport = value
		}
	}
	s := c.h.effective(lines, peer)
	for _, keyword := range s.order {
		for _, value := range s.values[keyword] {
			c.printf("%s %s\n", keyword, value)
		}
	}
	return 0
}

const sshVersion = "OpenSSH_9.2p1 Debian-2+deb12u6, OpenSSL 3.0.16 11 Feb 2025"

// sshProgram is ssh -V, and the login without any credentials by which the fix
// of fail2ban makes sshd refuse somebody.
func sshProgram(c *call) int {
	if len(c.args) == 2 && c.args[1] == "-V" {
		fmt.Fprintln(c.err, sshVersion)
		return 0
	}
	set, rest, bad := options(c.args[1:], "nF:o:b:p:")
	if bad != "" || len(rest) != 2 || set["b"] == "" {
		return c.unknown("this use")
	}
	user, _, _ := strings.Cut(rest[0], "@")
	if c.h.fail2ban.bans(set["b"]) || c.h.sshd.pid() == 0 {
		fmt.Fprintf(c.err, "ssh: connect to host %s port %s: Connection refused\n", rest[0], set["p"])
		return 255
	}
	c.h.refusedLogin(user, set["b"])
	fmt.Fprintf(c.err, "%s: Permission denied (publickey).\n", rest[0])
	return 255
}

// sshKeygen is ssh-keygen -lf -, of one key.
func sshKeygen(c *call) int {
	if strings.Join(c.args[1:], " ") != "-lf -" {
		return c.unknown("this use")
	}
	line, _ := bufio.NewReader(io.LimitReader(c.in, 64<<10)).ReadString('\n')
	key, comment, _, _, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		return c.fail("(stdin) is not a public key file.")
	}
	if comment == "" {
		comment = "no comment"
	}
	bits, kind := 256, "ED25519"
	if key.Type() != ssh.KeyAlgoED25519 {
		bits, kind = 3072, strings.ToUpper(strings.TrimPrefix(key.Type(), "ssh-"))
	}
	c.printf("%d %s %s (%s)\n", bits, ssh.FingerprintSHA256(key), comment, kind)
	return 0
}
