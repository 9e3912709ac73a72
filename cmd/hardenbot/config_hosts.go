package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hardenbot/actions"
	"hardenbot/actions/inventory"
)

// complete builds the inventory and fills in what depends on several keys.
func (c *Config) complete(doc *document) {
	if c.SSH.IdentityFile == "" && !c.SSH.Agent && !c.withoutSSH() {
		doc.problem(1, "there is no key to log in with: set ssh.identity_file, or ssh.agent: true")
	}
	if c.EC2 != nil && len(c.AWS.Accounts) == 0 {
		doc.problem(c.EC2.line, "inventory.ec2 needs aws.accounts: name the accounts and the regions to look at")
	}
	if c.ssmLine > 0 && len(c.AWS.Accounts) == 0 {
		doc.problem(c.ssmLine, "the transport ssm needs aws.accounts: name the accounts and the regions of the instances")
	}
	c.completeRotation(doc)
	if len(c.SSH.KnownHosts) == 0 {
		c.SSH.KnownHosts = usualKnownHosts()
	}
	hosts := c.collectHosts(doc)
	if len(doc.problems) > 0 {
		return
	}
	if len(hosts) == 0 && c.EC2 == nil {
		doc.problem(1, "no hosts are named: list them under inventory.hosts, or name an inventory.ssh_config or an inventory.ec2 that does")
		return
	}
	var err error
	if c.Static, err = inventory.New(hosts); err != nil {
		doc.problem(c.sshLine, "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
		return
	}
	c.checkVantage(doc)
	if c.EC2 == nil { // otherwise nobody knows yet
		c.warnUnused(doc)
	}
}

// checkVantage refuses a host that is not there, or that does not stand outside.
// An instance is looked at when it is asked.
func (c *Config) checkVantage(doc *document) {
	if c.Vantage == "" {
		return
	}
	found, err := c.Static.Select(context.Background(), c.Vantage)
	switch {
	case err != nil && c.EC2 != nil:
		return
	case err == nil && c.EC2 == nil && len(c.Static.All()) == 1:
		err = fmt.Errorf("%s is the only host, and a host does not try its own ports: name one beside it", c.Vantage)
	case err == nil:
		err = actions.StandsOutside(found[0]) // a name is no pattern
	}
	if err != nil {
		doc.problem(c.places.vantage, "vantage: %s", err)
	}
}

// withoutSSH reports whether no host can be one that is reached by SSH.
func (c *Config) withoutSSH() bool {
	bySSH := func(h staticHost) bool { return h.Transport == "" }
	return c.ssmLine > 0 && c.sshConfig == "" && !slices.ContainsFunc(c.hosts, bySSH) &&
		(c.EC2 == nil || c.EC2.Transport != "")
}

// completeRotation gives hosts that nothing is said about what there is.
func (c *Config) completeRotation(doc *document) {
	if len(c.AWS.Accounts) > 0 {
		c.rotated = driverAWS
	}
	needs := map[string]string{}
	if len(c.AWS.Accounts) == 0 {
		needs[driverAWS] = "aws.accounts"
	}
	if len(c.haproxies) == 0 {
		needs[driverHAProxy] = "haproxy.sockets"
	}
	for _, r := range c.rotations {
		if key := needs[r.driver]; key != "" {
			doc.problem(r.line, "the rotation driver %s needs %s, which the file does not have", r.driver, key)
		}
	}
}

// finish fills in what the host leaves out, and what is declared about it.
func (c *Config) finish(h actions.Host) (actions.Host, error) {
	h, err := c.sshHosts.Complete(h, c.SSH.User)
	h.Declared = c.declare(h)
	return h, err
}

// collectHosts returns the hosts of this file and of ssh_config, finished.
func (c *Config) collectHosts(doc *document) []actions.Host {
	if c.sshConfig != "" {
		var err error
		if c.sshHosts, err = inventory.ReadSSHConfig(c.sshConfig); err != nil {
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
	for _, name := range c.sshHosts.Names() {
		if lines[name] == 0 {
			all = append(all, staticHost{Host: actions.Host{Name: name}, line: c.sshLine})
		}
	}
	hosts := make([]actions.Host, 0, len(all))
	machines := map[string]string{}
	for _, h := range all {
		full, err := c.finish(h.Host)
		if err != nil {
			doc.sshProblem(h.line, err)
			continue
		}
		full.Public = actions.PublicAddress(full.Address)
		if h.public != nil {
			full.Public = *h.public
		}
		machine := inventory.Machine(full)
		if first := machines[machine]; first != "" && first != full.Name {
			doc.problem(h.line, "the hosts %q and %q are one machine (%s): keep one of the two names, or two runs could change it at once", first, full.Name, endpoint(full.Address, full.Port))
		}
		machines[machine] = full.Name
		hosts = append(hosts, full)
	}
	return hosts
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

// usualKnownHosts are the files that ssh(1) reads.
func usualKnownHosts() []string {
	files := []string{"/etc/ssh/ssh_known_hosts"}
	if home, err := os.UserHomeDir(); err == nil {
		files = append([]string{filepath.Join(home, ".ssh", "known_hosts")}, files...)
	}
	return files
}
