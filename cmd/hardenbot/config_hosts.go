package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"hardenbot/actions"
	"hardenbot/actions/inventory"
)

// complete builds the inventory and fills in what depends on several keys.
func (c *Config) complete(doc *document) {
	if c.SSH.IdentityFile == "" && !c.SSH.Agent {
		doc.problem(1, "there is no key to log in with: set ssh.identity_file, or ssh.agent: true")
	}
	if len(c.SSH.KnownHosts) == 0 {
		c.SSH.KnownHosts = usualKnownHosts()
	}
	hosts := c.collectHosts(doc)
	if len(doc.problems) > 0 {
		return
	}
	if len(hosts) == 0 {
		doc.problem(1, "no hosts are named: list them under inventory.hosts, or name an inventory.ssh_config that does")
		return
	}
	plain, err := inventory.New(hosts)
	if err != nil {
		doc.problem(c.sshLine, "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
		return
	}
	declared := c.declare(doc, plain)
	if c.Inventory, err = inventory.New(declared); err != nil {
		doc.problem(1, "%s", err)
	}
}

// collectHosts returns the hosts of both sources, completed.
func (c *Config) collectHosts(doc *document) []actions.Host {
	var file *inventory.SSHConfig
	if c.sshConfig != "" {
		var err error
		if file, err = inventory.ReadSSHConfig(c.sshConfig); err != nil {
			doc.sshProblem(c.sshLine, err)
			return nil
		}
	}
	lines := map[string]int{}
	all := c.hosts
	for _, h := range c.hosts {
		if at := lines[h.Name]; at > 0 {
			doc.problem(h.line, "the host %q is defined in line %d already", h.Name, at)
		}
		lines[h.Name] = h.line
	}
	for _, name := range file.Names() {
		if lines[name] == 0 {
			all = append(all, staticHost{Host: actions.Host{Name: name}, line: c.sshLine})
		}
	}
	hosts := make([]actions.Host, 0, len(all))
	machines := map[string]string{}
	for _, h := range all {
		full, err := file.Complete(h.Host, c.SSH.User)
		if err != nil {
			doc.sshProblem(h.line, err)
			continue
		}
		full.Public = actions.PublicAddress(full.Address)
		if h.public != nil {
			full.Public = *h.public
		}
		if first := machines[machine(full)]; first != "" && first != full.Name {
			doc.problem(h.line, "the hosts %q and %q are one machine (%s): keep one of the two names, or two runs could change it at once", first, full.Name, endpoint(full.Address, full.Port))
		}
		machines[machine(full)] = full.Name
		hosts = append(hosts, full)
	}
	return hosts
}

// machine is where a connection ends. Unless the address is a public one, it
// may be another machine behind another jump host.
func machine(h actions.Host) string {
	address := strings.ToLower(strings.TrimSuffix(strings.Trim(h.Address, "[]"), "."))
	if ip, err := netip.ParseAddr(address); err == nil {
		address = ip.Unmap().String()
	}
	way := endpoint(address, h.Port)
	if actions.PublicAddress(address) {
		return way
	}
	for _, j := range h.Route.Jumps {
		way += " through " + endpoint(strings.ToLower(j.Address), j.Port)
	}
	return way
}

// sshProblem takes over the problems of an ssh_config file. Those with a place
// of their own keep it.
func (d *document) sshProblem(at int, err error) {
	var path *os.PathError
	if errors.As(err, &path) {
		d.problem(at, "inventory.ssh_config cannot be read: %s", err)
		return
	}
	for _, text := range strings.Split(err.Error(), "\n") {
		problem := errors.New(text)
		// One line of the file is reported once, however many hosts it covers.
		if !hasProblem(d.problems, text) {
			d.problems = append(d.problems, problem)
		}
	}
}

func hasProblem(all problems, text string) bool {
	for _, p := range all {
		if p.Error() == text {
			return true
		}
	}
	return false
}

// declare gives each host what the file says it should be like. Several
// entries that name the same host add up.
func (c *Config) declare(doc *document, inv *inventory.Inventory) []actions.Host {
	declared := map[string]*actions.Declared{}
	for _, h := range inv.All() {
		declared[h.Name] = &actions.Declared{Trusted: c.trusted, MaxAuthTries: c.maxAuthTries}
	}
	for _, e := range c.expected {
		for _, h := range c.named(doc, inv, "expected", e.hosts, e.line) {
			ports := &declared[h.Name].Ports
			ports.Known = true
			ports.Internet = append(ports.Internet, e.ports.Internet...)
			ports.Internal = append(ports.Internal, e.ports.Internal...)
			ports.Host = append(ports.Host, e.ports.Host...)
		}
	}
	for _, r := range c.health {
		for _, h := range c.named(doc, inv, "health", r.hosts, r.line) {
			declared[h.Name].Health = append(declared[h.Name].Health, r.check)
		}
	}
	for _, r := range c.channels {
		c.named(doc, inv, "policy.channels."+r.id, r.pattern, r.line)
	}
	hosts := inv.All()
	for i := range hosts {
		hosts[i].Declared = *declared[hosts[i].Name]
	}
	return hosts
}

// named returns the hosts that an entry's pattern names. One that names none
// is a warning only: hosts come and go, also in an ssh_config file that
// somebody else keeps, and the bot should start all the same.
func (c *Config) named(doc *document, inv *inventory.Inventory, key, pattern string, at int) []actions.Host {
	hosts, err := inv.Select(context.Background(), pattern)
	if err != nil {
		c.Warnings = append(c.Warnings, fmt.Sprintf("%s:%d: %s has no effect here: %s", doc.file, at, key, err))
	}
	return hosts
}

// usualKnownHosts are the files that ssh(1) reads.
func usualKnownHosts() []string {
	files := []string{"/etc/ssh/ssh_known_hosts"}
	if home, err := os.UserHomeDir(); err == nil {
		files = append([]string{filepath.Join(home, ".ssh", "known_hosts")}, files...)
	}
	return files
}
