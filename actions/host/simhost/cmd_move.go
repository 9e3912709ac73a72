package simhost

import (
	"errors"
	"io/fs"
	"os"
	"path"
)

func rmdir(c *call) int {
	for _, name := range c.args[1:] {
		info, err := c.h.files.stat(c.abs(name), false)
		if err == nil && !info.IsDir() {
			err = errors.New("not a directory")
		}
		if err == nil {
			err = c.h.files.remove(c.abs(name), false)
		}
		if err != nil {
			return c.fail("failed to remove '%s': %s", name, reason(err))
		}
	}
	return 0
}

func mv(c *call) int {
	set, names, bad := options(c.args[1:], "fT")
	if bad != "" || len(names) != 2 {
		return c.unknown(bad)
	}
	from, to := c.abs(names[0]), c.abs(names[1])
	if info, err := c.h.files.stat(to, true); err == nil && info.IsDir() && set["T"] == "" {
		to = path.Join(to, path.Base(from))
	}
	if err := c.h.files.rename(from, to); err != nil {
		return c.fail("cannot move '%s' to '%s': %s", names[0], names[1], reason(err))
	}
	return 0
}

// cp copies one file, with -a its mode, owner and times as well.
func cp(c *call) int {
	_, names, bad := options(c.args[1:], "afp")
	if bad != "" || len(names) != 2 {
		return c.unknown(bad)
	}
	from, to := c.abs(names[0]), c.abs(names[1])
	info, err := c.h.files.stat(from, false)
	if err != nil {
		return c.fail("cannot stat '%s': %s", names[0], reason(err))
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		target, _ := c.h.files.readlink(from)
		if err := c.h.files.symlink(target, to); err != nil {
			return c.fail("cannot create '%s': %s", names[1], reason(err))
		}
		return 0
	}
	raw, err := c.h.files.read(from)
	if err == nil {
		err = c.h.files.write(to, string(raw), info.Mode().Perm())
	}
	if err == nil {
		err = errors.Join(c.h.files.chown(to, c.h.files.owner(from, true)), c.h.files.chtimes(to, info.ModTime()))
	}
	if err != nil {
		return c.fail("cannot copy '%s': %s", names[0], reason(err))
	}
	return 0
}

func rm(c *call) int {
	set, names, bad := options(c.args[1:], "rf")
	if bad != "" {
		return c.unknown(bad)
	}
	status := 0
	for _, name := range names {
		_, err := c.h.files.stat(c.abs(name), false)
		if errors.Is(err, fs.ErrNotExist) && set["f"] != "" {
			continue
		}
		if err == nil {
			err = c.may(path.Dir(c.abs(name)), os.O_WRONLY)
		}
		if err == nil {
			err = c.h.files.remove(c.abs(name), set["r"] != "")
		}
		if err != nil {
			c.fail("cannot remove '%s': %s", name, reason(err))
			status = 1
		}
	}
	return status
}

func ln(c *call) int {
	set, names, bad := options(c.args[1:], "sfT")
	if bad != "" || len(names) != 2 || set["s"] == "" {
		return c.unknown(bad)
	}
	if set["f"] != "" {
		_ = c.h.files.remove(c.abs(names[1]), false) // it need not be there
	}
	if err := c.h.files.symlink(names[0], c.abs(names[1])); err != nil {
		return c.fail("failed to create symbolic link '%s': %s", names[1], reason(err))
	}
	return 0
}
