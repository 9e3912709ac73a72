package simhost

import (
	"strconv"
	"strings"
)

func getent(c *call) int {
	if len(c.args) < 2 || !has([]string{"passwd", "group", "shadow"}, c.args[1]) {
		return c.unknown("this database")
	}
	if c.args[1] == "shadow" && c.uid != 0 {
		return 2
	}
	if len(c.args) == 2 {
		for _, e := range c.h.entries(c.args[1]) {
			c.printf("%s\n", strings.Join(e, ":"))
		}
		return 0
	}
	status := 0
	for _, key := range c.args[2:] {
		e := c.h.entry(c.args[1], key)
		if e == nil {
			status = 2
			continue
		}
		c.printf("%s\n", strings.Join(e, ":"))
	}
	return status
}

// id prints one of -u -un -g -gn -G -nG for a user.
func id(c *call) int {
	set, names, bad := options(c.args[1:], "ugGn")
	if bad != "" {
		return c.unknown(bad)
	}
	who := strconv.Itoa(c.uid)
	if len(names) > 0 {
		who = names[0]
	}
	e := c.h.entry("passwd", who)
	if len(e) < 4 {
		return c.fail("'%s': no such user", who)
	}
	shown := e[2]
	if set["u"] == "" && set["n"] != "" {
		shown = c.h.groupOf(count(e[3], 0))
	} else if set["n"] != "" {
		shown = e[0]
	}
	c.printf("%s\n", shown)
	return 0
}
