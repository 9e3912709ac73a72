package simhost

import (
	"os"
	"strconv"
	"strings"
)

// flock takes the lock of a descriptor; the interpreter holds none of its own.
func flock(c *call) int {
	if len(c.args) != 2 {
		return c.unknown("this use")
	}
	return 0
}

// lockFile is what `9>FILE` is rewritten to: the lock is taken with the file.
func lockFile(c *call) int {
	f, err := c.open(c.abs(c.args[2]), os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return c.complain(c.args[2], err)
	}
	_ = f.Close()
	release, err := c.h.lock(c.ctx, c.abs(c.args[2]))
	if err != nil {
		return 1
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.locks[c.args[1]] = release
	return 0
}

func unlockFile(c *call) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if release := c.locks[c.args[1]]; release != nil {
		release()
		delete(c.locks, c.args[1])
	}
	return count(c.args[2], 1)
}

func bindFD(c *call) int {
	c.setFD(c.args[1], c.out)
	return 0
}

func which(c *call) int {
	name := c.args[1]
	if c.h.command(name) == nil || strings.HasPrefix(name, "@") {
		return 127
	}
	if !strings.Contains(name, "/") {
		name = "/usr/bin/" + name
	}
	c.printf("%s\n", name)
	return 0
}

func refuse(c *call) int { return c.unknown("the shell's " + c.args[1]) }

func umask(c *call) int {
	if len(c.args) == 2 {
		if m, err := strconv.ParseUint(c.args[1], 8, 12); err == nil {
			c.mask = int(m)
			return 0
		}
	}
	return c.unknown("this use")
}
