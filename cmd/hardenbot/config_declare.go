package main

import (
	"context"
	"fmt"
	"strings"

	"hardenbot/actions"
	"hardenbot/actions/inventory"
)

// rules are what the file declares about hosts, wherever they come from.
type rules struct {
	expected     []expectation
	health       []healthRule
	consoles     []consoleRule
	rotations    []rotationRule
	rotated      string // the driver of hosts without a rule
	trusted      []string
	internal     []string
	maxAuthTries int // of sshd; 0: the catalogue's own
}

// scope is the hosts that an entry is about.
type scope struct {
	text string
	inventory.Pattern
	line int
}

// expectation is an entry of expected.
type expectation struct {
	scope
	ports actions.Ports
}

// healthRule is an entry of health.
type healthRule struct {
	scope
	check actions.HealthCheck
}

// consoleRule is an entry of console.
type consoleRule struct {
	scope
	via string
}

// rotationRule is an entry of rotation.
type rotationRule struct {
	scope
	driver string
}

// channelRule is a pattern of policy.channels.
type channelRule struct {
	scope
	id string
}

// declare returns what the file says that the host should be like. Several
// entries that name the same host add up.
func (r rules) declare(h actions.Host) actions.Declared {
	d := actions.Declared{Trusted: r.trusted, MaxAuthTries: r.maxAuthTries, Networks: actions.Networks{Internal: r.internal}}
	for _, e := range r.expected {
		if e.Match(h) {
			d.Ports.Known = true
			d.Ports.Internet = append(d.Ports.Internet, e.ports.Internet...)
			d.Ports.Internal = append(d.Ports.Internal, e.ports.Internal...)
			d.Ports.Host = append(d.Ports.Host, e.ports.Host...)
		}
	}
	for _, e := range r.health {
		if e.Match(h) {
			d.Health = append(d.Health, e.check)
		}
	}
	var consoles []string
	for _, e := range r.consoles {
		if e.Match(h) {
			consoles = append(consoles, e.via)
		}
	}
	d.Console = strings.Join(consoles, " or ")
	d.Rotation = r.rotated
	for _, e := range r.rotations {
		if e.Match(h) {
			d.Rotation = e.driver // the last one decides
		}
	}
	return d
}

// warnUnused warns of entries that name hosts which are not there. It is no
// problem: hosts come and go, also in an ssh_config file that somebody else
// keeps, and the bot should start all the same.
func (c *Config) warnUnused(doc *document) {
	for _, e := range c.expected {
		c.checkUsed(doc, "expected", e.scope)
	}
	for _, e := range c.health {
		c.checkUsed(doc, "health", e.scope)
	}
	for _, e := range c.consoles {
		c.checkUsed(doc, "console", e.scope)
	}
	for _, e := range c.rotations {
		c.checkUsed(doc, "rotation", e.scope)
	}
	for _, e := range c.channels {
		c.checkUsed(doc, "policy.channels."+e.id, e.scope)
	}
}

func (c *Config) checkUsed(doc *document, key string, e scope) {
	_, err := c.Static.Select(context.Background(), e.text)
	if err == nil {
		return
	}
	says := "has no effect here"
	for _, h := range c.Static.All() {
		if e.Match(h) {
			says = "has only a part of its effect here"
			break
		}
	}
	c.Warnings = append(c.Warnings, fmt.Sprintf("%s:%d: %s %s: %s", doc.file, e.line, key, says, err))
}
