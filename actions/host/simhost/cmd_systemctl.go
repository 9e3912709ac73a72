package simhost

import (
	"fmt"
	"strings"
)

// systemctl knows the verbs that scripts of this project use.
func systemctl(c *call) int {
	set, rest, bad := options(c.args[1:], "qp:", "quiet", "property=", "value", "now", "runtime", "no-block", "no-pager", "plain", "no-legend", "failed", "type=", "state=")
	if bad != "" || len(rest) == 0 {
		return c.unknown(bad)
	}
	verb, names := rest[0], rest[1:]
	switch verb {
	case "show":
		return c.show(set, names)
	case "list-units":
		return c.listUnits(set)
	case "list-dependencies":
		c.printf("%s\nsystem.slice\nsysinit.target\n", strings.Join(names, "\n"))
		return 0
	case "is-system-running":
		c.printf("running\n")
		return 0
	case "daemon-reload":
		return 0
	case "reboot":
		return c.unknown("a restart of the host")
	}
	do := unitVerbs[verb]
	if do == nil {
		return c.unknown(verb)
	}
	if verb != "is-active" && verb != "is-enabled" && c.uid != 0 {
		return c.fail("Access denied")
	}
	status := 0
	for _, name := range names {
		status = max(status, do(c, set, name, c.h.units.find(name)))
	}
	return status
}

// unitVerbs are done to one unit, which is nil where there is none.
var unitVerbs = map[string]func(c *call, set map[string]string, name string, u *unit) int{
	"is-active": func(c *call, set map[string]string, _ string, u *unit) int {
		state := activeState(u)
		if set["q"] == "" {
			c.printf("%s\n", state)
		}
		if state == "active" {
			return 0
		}
		return 3
	},
	"is-enabled": func(c *call, _ map[string]string, name string, u *unit) int {
		if u == nil {
			return c.fail("Failed to get unit file state for %s: No such file or directory", name)
		}
		c.printf("%s\n", enabledState(u))
		if enabledState(u) == "enabled" || u.enabled == "static" {
			return 0
		}
		return 1
	},
	"start": func(c *call, _ map[string]string, name string, u *unit) int { return c.begin(name, u) },
	"stop": func(c *call, _ map[string]string, name string, u *unit) int {
		if u == nil {
			return c.missing(name)
		}
		c.h.units.halt(u)
		return 0
	},
	"restart": func(c *call, _ map[string]string, name string, u *unit) int {
		if u == nil {
			return c.missing(name)
		}
		c.h.units.halt(u)
		return c.begin(name, u)
	},
	"reload": func(c *call, _ map[string]string, name string, u *unit) int {
		switch {
		case u == nil:
			return c.missing(name)
		case !u.active:
			return c.fail("%s is not active, cannot reload.", name)
		case u.Name != "ssh.service":
			return 0
		}
		// Its ExecReload tests the configuration first.
		if err := c.h.sshd.load(); err != nil {
			return c.fail("Job for %s failed: %s", name, err)
		}
		return 0
	},
	"reset-failed": func(_ *call, _ map[string]string, _ string, u *unit) int {
		if u != nil {
			u.failed = false
		}
		return 0
	},
	"enable": func(c *call, set map[string]string, name string, u *unit) int {
		if u == nil || u.masked != "" {
			return c.fail("Failed to enable unit: Unit file %s does not exist or is masked.", name)
		}
		u.enabled = "enabled"
		if _, now := set["now"]; now {
			return c.begin(name, u)
		}
		return 0
	},
	"disable": func(c *call, _ map[string]string, name string, u *unit) int {
		if u == nil {
			return c.missing(name)
		}
		u.enabled = "disabled"
		return 0
	},
	"mask": func(c *call, set map[string]string, name string, u *unit) int {
		masked := "masked"
		if _, runtime := set["runtime"]; runtime {
			masked = "masked-runtime"
		}
		if u == nil { // also one that is yet to be installed
			u = &unit{Unit: Unit{Name: name}, enabled: "disabled"}
			c.h.units.set(name, u)
		}
		u.masked = masked
		return 0
	},
	"unmask": func(c *call, _ map[string]string, name string, u *unit) int {
		if u != nil {
			u.masked = ""
		}
		return 0
	},
}

func (c *call) missing(name string) int {
	fmt.Fprintf(c.err, "Unit %s not found.\n", name)
	return 5
}

func (c *call) begin(name string, u *unit) int {
	if u == nil {
		return c.missing(name)
	}
	if err := c.h.units.start(u); err != nil {
		return c.fail("Job for %s failed: %s", name, err)
	}
	return 0
}
