package simhost

import (
	"path"
	"strings"
)

// dpkgQuery is dpkg-query -W -f FORMAT [PATTERN…].
func dpkgQuery(c *call) int {
	set, patterns, bad := options(strings.Split(strings.ReplaceAll(strings.Join(c.args[1:], "\x00"), "\x00-f=", "\x00-f\x00"), "\x00"), "Wf:")
	if bad != "" || set["W"] == "" {
		return c.unknown(bad)
	}
	format := strings.NewReplacer(`\n`, "\n", `\t`, "\t").Replace(set["f"])
	show := func(x pack) bool {
		status, ok := "installed", "ok"
		want := "install"
		line := strings.NewReplacer(
			"${db:Status-Status}", status, "${db:Status-Want}", want, "${db:Status-Eflag}", ok,
			"${binary:Package}", x.Name, "${Package}", x.Name, "${source:Package}", x.source(), "${Version}", x.have,
			"${Conffiles}", "",
		).Replace(format)
		c.printf("%s", line)
		return true
	}
	if len(patterns) == 0 {
		patterns = []string{"*"}
	}
	status := 0
	for _, p := range patterns {
		p, _, _ = strings.Cut(p, ":")
		found := c.h.packages.list(func(x pack) bool {
			ok, _ := path.Match(p, x.Name)
			return ok && x.have != ""
		})
		if len(found) == 0 {
			c.fail("no packages found matching %s", p)
			status = 1
		}
		for _, x := range found {
			show(x)
		}
	}
	return status
}

// dpkg compares versions, and finishes what was cut off, of which there is
// never anything here.
func dpkg(c *call) int {
	args := c.args[1:]
	if len(args) == 4 && args[0] == "--compare-versions" {
		yes := false
		switch args[2] {
		case "lt":
			yes = newer(args[3], args[1])
		case "gt":
			yes = newer(args[1], args[3])
		case "eq":
			yes = args[1] == args[3]
		default:
			return c.unknown(args[2])
		}
		if yes {
			return 0
		}
		return 1
	}
	if len(args) > 0 && args[len(args)-1] == "-a" {
		return 0
	}
	return c.unknown("this use")
}

// aptCache is apt-cache policy NAME….
func aptCache(c *call) int {
	if len(c.args) < 3 || c.args[1] != "policy" {
		return c.unknown("this use")
	}
	for _, name := range c.args[2:] {
		x, known := c.h.packages.get(name)
		if !known {
			continue
		}
		have := x.have
		if have == "" {
			have = "(none)"
		}
		c.printf("%s:\n  Installed: %s\n  Candidate: %s\n  Version table:\n", name, have, x.candidate())
	}
	return 0
}

// aptConfig is apt-config dump: the settings of apt.conf.d, in their order.
func aptConfig(c *call) int {
	if len(c.args) != 2 || c.args[1] != "dump" {
		return c.unknown("this use")
	}
	for _, s := range c.h.aptSettings() {
		c.printf("%s %q;\n", s[0], s[1])
	}
	return 0
}

// aptSettings reads what apt.conf(5) knows in small: KEY "VALUE"; and
// KEY { "VALUE"; … }; and #clear KEY;
func (h *Host) aptSettings() [][2]string {
	var all [][2]string
	set := func(key, value string) {
		for i, s := range all {
			if s[0] == key && !strings.HasSuffix(key, "::") {
				all[i][1] = value
				return
			}
		}
		all = append(all, [2]string{key, value})
	}
	for _, file := range h.glob("/etc/apt/apt.conf.d/*") {
		raw, err := h.files.read(file)
		if err != nil {
			continue
		}
		within := ""
		for line := range strings.Lines(string(raw)) {
			line = strings.TrimSuffix(strings.TrimSpace(line), ";")
			key, value, _ := strings.Cut(line, ` "`)
			value = strings.TrimSuffix(value, `"`)
			switch {
			case strings.HasPrefix(line, "#clear "):
				gone := strings.TrimPrefix(line, "#clear ")
				kept := all[:0]
				for _, s := range all {
					if s[0] != gone && !strings.HasPrefix(s[0], gone+"::") {
						kept = append(kept, s)
					}
				}
				all = kept
			case line == "" || strings.HasPrefix(line, "//") || strings.HasPrefix(line, "#"):
			case strings.HasSuffix(line, "{"):
				within = strings.TrimSpace(strings.TrimSuffix(line, "{"))
				set(within, "")
			case line == "}":
				within = ""
			case within != "":
				set(within+"::", strings.Trim(line, `"`))
			default:
				set(key, value)
			}
		}
	}
	return all
}
