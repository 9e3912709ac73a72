package simhost

import (
	"fmt"
	"strings"
)

func activeState(u *unit) string {
	switch {
	case u != nil && u.active:
		return "active"
	case u != nil && u.failed:
		return "failed"
	}
	return "inactive"
}

func enabledState(u *unit) string {
	if u.masked != "" {
		return u.masked
	}
	return u.enabled
}

// show prints properties of units, a blank line between units.
func (c *call) show(set map[string]string, names []string) int {
	wanted := set["p"]
	if wanted == "" {
		wanted = set["property"]
	}
	_, bare := set["value"]
	for i, name := range names {
		if i > 0 {
			c.printf("\n")
		}
		for property := range strings.SplitSeq(wanted, ",") {
			value, known := propertyOf(c.h.units.find(name), property)
			switch {
			case !known:
				return c.unknown("the property " + property)
			case bare:
				c.printf("%s\n", value)
			default:
				c.printf("%s=%s\n", property, value)
			}
		}
	}
	return 0
}

func propertyOf(u *unit, property string) (string, bool) {
	switch property {
	case "LoadState":
		switch {
		case u == nil:
			return "not-found", true
		case u.masked != "":
			return "masked", true
		}
		return "loaded", true
	case "ActiveState":
		return activeState(u), true
	case "UnitFileState":
		if u == nil {
			return "", true
		}
		return enabledState(u), true
	case "MainPID":
		if u == nil {
			return "0", true
		}
		return fmt.Sprint(u.pid), true
	case "Type":
		return "notify", true
	case "WantedBy":
		if u != nil && u.enabled == "enabled" {
			return "multi-user.target", true
		}
		return "", true
	case "RequiredBy", "TriggeredBy", "BoundBy", "UpheldBy":
		return "", true
	}
	return "", false
}

func (c *call) listUnits(set map[string]string) int {
	if _, failed := set["failed"]; failed {
		c.h.units.mu.Lock()
		defer c.h.units.mu.Unlock()
		for name, u := range c.h.units.all {
			if u.failed {
				c.printf("%s loaded failed failed %s\n", name, name)
			}
		}
		return 0
	}
	for _, u := range c.h.units.running() {
		if strings.HasSuffix(u.Name, "."+set["type"]) {
			c.printf("%s loaded active running %[1]s\n", u.Name)
		}
	}
	return 0
}
