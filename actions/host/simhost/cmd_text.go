package simhost

import (
	"bytes"
	"io"
	"strconv"
	"strings"
)

func cat(c *call) int {
	_, names, bad := options(c.args[1:], "")
	if bad != "" {
		return c.unknown(bad)
	}
	return c.inputs(names, func(_ string, r io.Reader) { _, _ = io.Copy(c.out, r) })
}

func head(c *call) int {
	set, names, bad := options(numbered(c.args[1:]), "n:c:q")
	if bad != "" {
		return c.unknown(bad)
	}
	if bytes := set["c"]; bytes != "" {
		n, _ := strconv.ParseInt(bytes, 10, 64)
		return c.inputs(names, func(_ string, r io.Reader) { _, _ = io.CopyN(c.out, r, n) })
	}
	left := count(set["n"], 10)
	if left == 0 {
		return 0
	}
	return c.lines(names, func(line string) bool {
		c.printf("%s\n", line)
		left--
		return left > 0
	})
}

func tail(c *call) int {
	set, names, bad := options(numbered(c.args[1:]), "n:c:q")
	if bad != "" {
		return c.unknown(bad)
	}
	return c.inputs(names, func(_ string, r io.Reader) {
		all, _ := io.ReadAll(r)
		if bytes := set["c"]; bytes != "" {
			_, _ = c.out.Write(all[max(0, len(all)-count(bytes, 0)):])
			return
		}
		lines := strings.SplitAfter(strings.TrimSuffix(string(all), "\n"), "\n")
		if rest, from := strings.CutPrefix(set["n"], "+"); from {
			lines = lines[min(len(lines), count(rest, 1)-1):]
		} else {
			lines = lines[max(0, len(lines)-count(set["n"], 10)):]
		}
		if text := strings.Join(lines, ""); text != "" {
			c.printf("%s\n", text)
		}
	})
}

// numbered turns the old -3 into -n 3.
func numbered(args []string) []string {
	if len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' && strings.Trim(args[0][1:], "0123456789") == "" {
		return append([]string{"-n", args[0][1:]}, args[1:]...)
	}
	return args
}

func count(s string, otherwise int) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	return otherwise
}

func cut(c *call) int {
	set, names, bad := options(c.args[1:], "d:f:c:s")
	if bad != "" {
		return c.unknown(bad)
	}
	by := set["d"]
	if by == "" {
		by = "\t"
	}
	return c.lines(names, func(line string) bool {
		if set["c"] != "" {
			c.printf("%s\n", strings.Join(chosen(strings.Split(line, ""), set["c"]), ""))
		} else if fields := strings.Split(line, by); len(fields) > 1 {
			c.printf("%s\n", strings.Join(chosen(fields, set["f"]), by))
		} else if set["s"] == "" {
			c.printf("%s\n", line)
		}
		return true
	})
}

// chosen returns the parts of a list such as 1,3-5,7-.
func chosen(all []string, list string) []string {
	var some []string
	for i, part := range all {
		for want := range strings.SplitSeq(list, ",") {
			from, to, ranged := strings.Cut(want, "-")
			low, high := count(from, 1), count(to, len(all))
			if !ranged {
				high = low
			}
			if i+1 >= low && i+1 <= high {
				some = append(some, part)
				break
			}
		}
	}
	return some
}

func wc(c *call) int {
	set, names, bad := options(c.args[1:], "lcw")
	if bad != "" || len(names) > 0 {
		return c.unknown(bad)
	}
	all, _ := io.ReadAll(c.in)
	switch {
	case set["l"] != "":
		c.printf("%d\n", bytes.Count(all, []byte("\n")))
	case set["c"] != "":
		c.printf("%d\n", len(all))
	default:
		c.printf("%d\n", len(strings.Fields(string(all))))
	}
	return 0
}

// paste joins all lines, as with -s.
func paste(c *call) int {
	set, names, bad := options(c.args[1:], "sd:")
	if bad != "" || set["s"] == "" {
		return c.unknown(bad)
	}
	var all []string
	status := c.lines(names, func(line string) bool { all = append(all, line); return true })
	by := set["d"]
	if by == "" {
		by = "\t"
	}
	c.printf("%s\n", strings.Join(all, by))
	return status
}
