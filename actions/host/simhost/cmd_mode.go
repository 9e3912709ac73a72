package simhost

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
)

func chmod(c *call) int {
	_, rest, bad := options(c.args[1:], "")
	if bad != "" || len(rest) < 2 {
		return c.unknown(bad)
	}
	mode, err := strconv.ParseUint(rest[0], 8, 12)
	if err != nil {
		return c.unknown("the mode " + rest[0])
	}
	for _, name := range rest[1:] {
		if err := c.h.files.chmod(c.abs(name), fs.FileMode(mode)); err != nil {
			return c.fail("changing permissions of '%s': %s", name, reason(err))
		}
	}
	return 0
}

func chown(c *call) int {
	_, rest, bad := options(c.args[1:], "")
	if bad != "" || len(rest) < 2 {
		return c.unknown(bad)
	}
	who, group, _ := strings.Cut(rest[0], ":")
	uid, err := strconv.Atoi(who)
	if err != nil {
		return c.unknown("the owner " + rest[0])
	}
	for _, name := range rest[1:] {
		if err := c.h.files.chown(c.abs(name), owner{uid, count(group, uid)}); err != nil {
			return c.complain(name, err)
		}
	}
	return 0
}

func touch(c *call) int {
	_, names, bad := options(c.args[1:], "")
	if bad != "" {
		return c.unknown(bad)
	}
	for _, name := range names {
		f, err := c.open(c.abs(name), os.O_CREATE|os.O_WRONLY, 0o666&^fs.FileMode(c.mask))
		if err == nil {
			err = errors.Join(f.Close(), c.h.files.chtimes(c.abs(name), time.Now()))
		}
		if err != nil {
			return c.fail("cannot touch '%s': %s", name, reason(err))
		}
	}
	return 0
}

// syncFiles finds everything on the disk at once; it fails for what is not there.
func syncFiles(c *call) int {
	_, names, _ := options(c.args[1:], "df")
	for _, name := range names {
		if _, err := c.h.files.stat(c.abs(name), true); err != nil {
			return c.fail("error opening '%s': %s", name, reason(err))
		}
	}
	return 0
}
