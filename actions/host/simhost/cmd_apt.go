package simhost

import (
	"fmt"
	"slices"
	"strings"
)

// aptDoes is what an apt-get would do.
type aptDoes struct {
	install []pack // with the version to come in Offers
	remove  []pack
}

// aptGet knows -s, install, upgrade, remove, purge and autoremove; versions and
// dependencies are as the host's configuration has them.
func aptGet(c *call) int {
	args := []string{}
	for i := 1; i < len(c.args); i++ {
		if c.args[i] == "-o" {
			i++
			continue
		}
		args = append(args, c.args[i])
	}
	set, rest, bad := options(args, "sqy", "no-install-recommends", "only-upgrade", "no-remove", "reinstall")
	if bad != "" || len(rest) == 0 {
		return c.unknown(bad)
	}
	does, fault := c.aptPlan(rest[0], rest[1:], set)
	if fault != "" {
		fmt.Fprintf(c.err, "E: %s\n", fault)
		return 100
	}
	if set["s"] != "" {
		does.say(c)
		return 0
	}
	if c.uid != 0 {
		fmt.Fprintln(c.err, "E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)")
		return 100
	}
	for _, x := range does.remove {
		c.printf("Removing %s (%s) ...\n", x.Name, x.have)
		c.h.remove(x.Name)
	}
	for _, x := range does.install {
		c.printf("Setting up %s (%s) ...\n", x.Name, x.Offers)
		if err := c.h.install(x.Name, x.Offers); err != nil {
			fmt.Fprintf(c.err, "dpkg: error processing package %s: %s\nE: Sub-process /usr/bin/dpkg returned an error code (1)\n", x.Name, err)
			return 100
		}
	}
	return 0
}

func (c *call) aptPlan(verb string, names []string, set map[string]string) (does aptDoes, fault string) {
	switch verb {
	case "upgrade":
		does.install = c.h.packages.list(func(x pack) bool { return x.have != "" && x.Offers != "" && newer(x.Offers, x.have) })
		return does, ""
	case "autoremove":
		return does, ""
	case "remove", "purge":
		for _, name := range names {
			if x, known := c.h.packages.get(name); known && x.have != "" {
				does.remove = append(does.remove, x)
			}
		}
		return does, ""
	case "install":
		for _, pin := range names {
			if fault := does.add(c.h.packages, pin, set); fault != "" {
				return does, fault
			}
		}
		return does, ""
	}
	return does, "Invalid operation " + verb
}

// add adds a package in the version that is asked for, after what it needs.
func (d *aptDoes) add(from *packages, pin string, set map[string]string) (fault string) {
	name, version, pinned := strings.Cut(pin, "=")
	x, known := from.get(name)
	_, only := set["only-upgrade"]
	switch {
	case !known:
		return "Unable to locate package " + name
	case pinned && version != x.have && version != x.Offers:
		return fmt.Sprintf("Version '%s' for '%s' was not found", version, name)
	case x.have == x.candidate() || x.have == "" && only || pinned && version == x.have:
		return ""
	case slices.ContainsFunc(d.install, func(o pack) bool { return o.Name == x.Name }):
		return ""
	}
	for _, need := range x.Depends {
		if from.installed(need) == "" {
			if fault := d.add(from, need, set); fault != "" {
				return fault
			}
		}
	}
	d.install = append(d.install, x)
	return ""
}

func (d *aptDoes) say(c *call) {
	for _, x := range d.remove {
		c.printf("Purg %s [%s]\n", x.Name, x.have)
	}
	for _, x := range d.install {
		had := ""
		if x.have != "" {
			had = "[" + x.have + "] "
		}
		c.printf("Inst %s %s(%s %s [amd64])\n", x.Name, had, x.Offers, x.origin())
	}
	for _, x := range d.install {
		c.printf("Conf %s (%s %s [amd64])\n", x.Name, x.Offers, x.origin())
	}
}

// unattendedUpgrade is a trial run of unattended-upgrade.
func unattendedUpgrade(c *call) int {
	if len(c.args) != 2 || c.args[1] != "--dry-run" {
		return c.unknown("more than a trial run")
	}
	for _, s := range c.h.aptSettings() {
		if strings.HasPrefix(s[0], "Unattended-Upgrade::Origins-Pattern") && s[1] != "" {
			return 0
		}
	}
	return c.fail("no origins are allowed")
}
