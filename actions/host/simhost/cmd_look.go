package simhost

import (
	"fmt"
	"path"
	"strings"
)

func stat(c *call) int {
	set, names, bad := options(c.args[1:], "c:L")
	if bad != "" || set["c"] == "" {
		return c.unknown(bad)
	}
	for _, name := range names {
		at := c.abs(name)
		info, err := c.h.files.stat(at, set["L"] != "")
		if err != nil {
			return c.fail("cannot statx '%s': %s", name, reason(err))
		}
		own := c.h.files.owner(at, set["L"] != "")
		line, known := filled(set["c"], map[byte]string{
			'a': fmt.Sprintf("%o", info.Mode().Perm()), 'u': fmt.Sprint(own.uid), 'g': fmt.Sprint(own.gid),
			'U': c.h.nameOf(own.uid), 'G': c.h.groupOf(own.gid), 's': fmt.Sprint(info.Size()), 'n': name,
			'Y': fmt.Sprint(info.ModTime().Unix()), 'Z': fmt.Sprint(c.h.files.changedAt(at, set["L"] != "").Unix()),
		})
		if !known {
			return c.unknown("the format " + set["c"])
		}
		c.printf("%s\n", line)
	}
	return 0
}

// filled puts values where a format has % and their letter.
func filled(format string, values map[byte]string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] == '%' && i+1 < len(format) {
			i++
			v, known := values[format[i]]
			if !known {
				return "", false
			}
			b.WriteString(v)
			continue
		}
		b.WriteByte(format[i])
	}
	return b.String(), true
}

func readlink(c *call) int {
	_, names, bad := options(c.args[1:], "")
	if bad != "" {
		return c.unknown(bad)
	}
	for _, name := range names {
		target, err := c.h.files.readlink(c.abs(name))
		if err != nil {
			return 1
		}
		c.printf("%s\n", target)
	}
	return 0
}

func realpath(c *call) int {
	_, names, bad := options(c.args[1:], "")
	if bad != "" {
		return c.unknown(bad)
	}
	for _, name := range names {
		at, err := c.h.files.resolve(c.abs(name), true)
		if err == nil {
			_, err = c.h.files.stat("/"+at, false)
		}
		if err != nil {
			return c.complain(name, err)
		}
		c.printf("%s\n", path.Clean("/"+at))
	}
	return 0
}

// df has a disk of 20 GiB, half full.
func df(c *call) int {
	set, names, bad := options(c.args[1:], "Pki")
	if bad != "" || len(names) != 1 {
		return c.unknown(bad)
	}
	if set["i"] != "" {
		c.printf("Filesystem Inodes IUsed IFree IUse%% Mounted on\n/dev/root 1310720 120000 1190720 10%% %s\n", names[0])
		return 0
	}
	c.printf("Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/root 20466256 9800000 10666256 48%% %s\n", names[0])
	return 0
}

// test is test(1), for what runs commands without a shell.
func test(c *call) int {
	if len(c.args) != 3 {
		return c.unknown("this test")
	}
	at := c.abs(c.args[2])
	info, err := c.h.files.stat(at, true)
	ok := false
	switch c.args[1] {
	case "-r":
		ok = err == nil && c.access(at, 4) == nil
	case "-e":
		ok = err == nil
	case "-f":
		ok = err == nil && info.Mode().IsRegular()
	case "-d":
		ok = err == nil && info.IsDir()
	default:
		return c.unknown("test " + c.args[1])
	}
	if ok {
		return 0
	}
	return 1
}
