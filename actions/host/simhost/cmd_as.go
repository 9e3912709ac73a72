package simhost

import (
	"strings"
)

// setpriv runs a command as another user.
func setpriv(c *call) int {
	args, other := c.args[1:], *c
	as := &process{h: c.h, pid: c.pid, ppid: c.ppid, group: c.group, name: c.name, uid: c.uid, unit: c.unit, mask: c.mask, fds: c.fds, locks: c.locks}
	for len(args) > 0 && strings.HasPrefix(args[0], "--") {
		if uid, is := strings.CutPrefix(args[0], "--reuid="); is {
			as.uid = count(uid, 65534)
		}
		args = args[1:]
	}
	other.process = as
	return other.exec(args...)
}

// sudo knows -n, and -l -U NAME. Without -n there is nobody to ask.
func sudo(c *call) int {
	args, asked, list := c.args[1:], false, false
	who := ""
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "-n":
			asked = true
		case "-l":
			list = true
		case "-U":
			who, args = args[1], args[1:]
		default:
			return c.unknown(args[0])
		}
		args = args[1:]
	}
	if list {
		return c.sudoRules(who)
	}
	rule := c.h.sudoRule(c.h.nameOf(c.uid))
	switch {
	case !asked || rule != sudoFree && c.uid != 0:
		return c.fail("a password is required")
	case len(args) == 0:
		return c.unknown("this use")
	}
	as := c.h.start(&process{ppid: c.pid, group: c.group, name: "sudo", unit: c.unit, end: c.end}, "sudo "+strings.Join(args, " "))
	defer as.exit()
	other := *c
	other.process = as
	return other.exec(args...)
}

func (c *call) sudoRules(who string) int {
	switch c.h.sudoRule(who) {
	case sudoFree:
		c.printf("User %s may run the following commands on %s:\n    (ALL : ALL) NOPASSWD: ALL\n", who, c.h.Name)
	case sudoAsks:
		c.printf("User %s may run the following commands on %s:\n    (ALL : ALL) ALL\n", who, c.h.Name)
	default:
		c.printf("User %s is not allowed to run sudo on %s.\n", who, c.h.Name)
	}
	return 0
}

// kill ends processes, or with a minus the groups of processes.
func kill(c *call) int {
	_, rest, bad := options(c.args[1:], "s:")
	if bad != "" {
		return c.unknown(bad)
	}
	status := 1
	for _, word := range rest {
		n := count(word, 0)
		for _, p := range c.h.list(func(p *process) bool { return p.end != nil && (p.pid == n || n < 0 && p.group == -n) }) {
			p.end()
			status = 0
		}
	}
	return status
}
