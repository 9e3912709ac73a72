package simhost

import (
	"crypto/rand"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

func ls(c *call) int {
	set, names, bad := options(c.args[1:], "dtr1")
	if bad != "" {
		return c.unknown(bad)
	}
	type found struct {
		name string
		at   time.Time
	}
	var all []found
	status := 0
	for _, name := range names {
		info, err := c.h.files.stat(c.abs(name), false)
		if err != nil {
			c.fail("cannot access '%s': %s", name, reason(err))
			status = 2
			continue
		}
		if !info.IsDir() || set["d"] != "" {
			all = append(all, found{name, info.ModTime()})
			continue
		}
		entries, _ := c.h.files.readDir(c.abs(name))
		for _, e := range entries {
			all = append(all, found{e.Name(), time.Time{}})
		}
	}
	slices.SortStableFunc(all, func(a, b found) int {
		if set["t"] != "" {
			return b.at.Compare(a.at)
		}
		return strings.Compare(a.name, b.name)
	})
	if set["r"] != "" {
		slices.Reverse(all)
	}
	for _, f := range all {
		c.printf("%s\n", f.name)
	}
	return status
}

func mkdir(c *call) int {
	set, names, bad := options(c.args[1:], "pm:")
	if bad != "" {
		return c.unknown(bad)
	}
	mode := fs.FileMode(0o777 &^ c.mask)
	if m, err := strconv.ParseUint(set["m"], 8, 12); err == nil {
		mode = fs.FileMode(m)
	}
	for _, name := range names {
		at := c.abs(name)
		if set["p"] != "" {
			if info, err := c.h.files.stat(at, true); err == nil && info.IsDir() {
				continue
			}
			if err := c.h.files.makeAll(path.Dir(path.Clean(at))); err != nil {
				return c.fail("cannot create directory '%s': %s", name, reason(err))
			}
		}
		if err := c.may(path.Dir(at), os.O_WRONLY); err != nil {
			return c.fail("cannot create directory '%s': %s", name, reason(err))
		}
		if err := c.h.files.mkdir(at, mode); err != nil {
			return c.fail("cannot create directory '%s': %s", name, reason(err))
		}
		_ = c.h.files.chmod(at, mode) // whatever this machine's umask is
	}
	return 0
}

func mktemp(c *call) int {
	set, names, bad := options(c.args[1:], "d")
	if bad != "" || len(names) > 1 {
		return c.unknown(bad)
	}
	template := "/tmp/tmp.XXXXXX"
	if len(names) == 1 {
		template = names[0]
	}
	name := strings.TrimSuffix(template, "XXXXXX") + rand.Text()[:6]
	var err error
	if set["d"] != "" {
		err = c.h.files.mkdir(c.abs(name), 0o700)
	} else {
		var f *os.File
		if f, err = c.open(c.abs(name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err == nil {
			err = f.Close()
		}
	}
	if err != nil {
		return c.fail("failed to create file via template '%s': %s", template, reason(err))
	}
	c.printf("%s\n", name)
	return 0
}

func tee(c *call) int {
	_, names, bad := options(c.args[1:], "")
	if bad != "" {
		return c.unknown(bad)
	}
	all, _ := io.ReadAll(c.in)
	for _, name := range names {
		f, err := c.open(c.abs(name), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
		if err != nil {
			return c.complain(name, err)
		}
		_, _ = f.Write(all)
		_ = f.Close()
	}
	_, _ = c.out.Write(all)
	return 0
}
