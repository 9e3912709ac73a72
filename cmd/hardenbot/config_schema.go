package main

import (
	"time"

	"github.com/goccy/go-yaml/ast"

	"hardenbot/actions"
	"hardenbot/actions/inventory"
)

// schema is the keys of the configuration file, and where each one goes.
type schema struct {
	cfg *Config
	*document
	dir string // relative paths begin here
}

func (s schema) read(root ast.Node) {
	s.mapping(map[string]into{
		"slack":     s.slack(),
		"store":     at(&s.cfg.places.store, s.path(&s.cfg.Store)),
		"inventory": s.inventory(),
		"aws":       s.aws,
		"ssh":       s.ssh(),
		"expected":  s.list(s.expectation),
		"health":    s.list(s.healthRule),
		"trusted":   s.texts(&s.cfg.trusted, checkNetwork("name those that must never be banned")),
		"networks": s.mapping(map[string]into{
			"internal": s.filled(s.texts(&s.cfg.internal, checkNetwork("name your own networks"))),
		}),
		"vantage": at(&s.cfg.places.vantage, s.text(&s.cfg.Vantage, inventory.CheckName)),
		"console": s.list(s.consoleRule),
		"limits": s.mapping(map[string]into{
			"max_auth_tries": s.number(&s.cfg.maxAuthTries, 1, 10),
		}),
		"rollout":  s.rollout(),
		"rotation": s.list(s.rotationRule),
		"haproxy": s.mapping(map[string]into{
			"sockets": s.filled(s.texts(&s.cfg.haproxies, checkStatsSocket)),
		}),
		"policy": s.policy,
	})(root)
}

func (s schema) slack() into {
	slack := &s.cfg.Slack
	keys := s.mapping(map[string]into{
		"mode":    s.text(&slack.Mode, checkMode),
		"api_url": s.text(&slack.APIURL, checkSecureURL("slack.api_url", "the tokens go there")),
		"listen":  s.text(&slack.Listen, checkListen),
	})
	return func(n ast.Node) {
		keys(n)
		if slack.Mode == "http" && slack.Listen == "" {
			s.problem(line(n), "slack.mode http needs slack.listen, for example listen: 127.0.0.1:8080")
		}
	}
}

func (s schema) inventory() into {
	return func(n ast.Node) {
		s.cfg.sshLine = line(n)
		s.mapping(map[string]into{
			"hosts":      s.list(s.host),
			"ssh_config": at(&s.cfg.sshLine, s.path(&s.cfg.sshConfig)),
			"ec2":        s.ec2,
		})(n)
	}
}

func (s schema) host(n ast.Node) {
	h := staticHost{line: line(n)}
	public := new(bool)
	s.mapping(map[string]into{
		"name":      s.text(&h.Name, inventory.CheckName),
		"address":   s.text(&h.Address, inventory.CheckAddress),
		"port":      s.number(&h.Port, 1, 65535),
		"user":      s.text(&h.User, inventory.CheckUser),
		"groups":    s.texts(&h.Groups, inventory.CheckName),
		"transport": s.transport(&h.Transport),
		"public": func(n ast.Node) {
			h.public = public
			s.boolean(public)(n)
		},
	})(n)
	s.required(n, "name")
	s.cfg.hosts = append(s.cfg.hosts, h)
}

// transport reads how a host is reached. SSH is what an empty one means.
func (s schema) transport(to *string) into {
	return func(n ast.Node) {
		s.text(to, checkTransport)(n)
		if *to == "ssh" {
			*to = ""
		}
		if *to != "" && s.cfg.ssmLine == 0 {
			s.cfg.ssmLine = line(n)
		}
	}
}

func (s schema) ssh() into {
	ssh := &s.cfg.SSH
	var known string
	keys := s.mapping(map[string]into{
		"user":            s.text(&ssh.User, inventory.CheckUser),
		"identity_file":   at(&s.cfg.places.identity, s.path(&ssh.IdentityFile)),
		"agent":           at(&s.cfg.places.agent, s.boolean(&ssh.Agent)),
		"known_hosts":     at(&s.cfg.places.known, s.path(&known)),
		"connect_timeout": s.duration(&ssh.ConnectTimeout, time.Second, 5*time.Minute),
		"parallel":        s.number(&ssh.Parallel, 1, 1024),
	})
	return func(n ast.Node) {
		keys(n)
		if known != "" {
			ssh.KnownHosts = []string{known}
		}
	}
}

func (s schema) expectation(n ast.Node) {
	e := expectation{ports: actions.Ports{Known: true}}
	s.mapping(map[string]into{
		"hosts":    s.scope(&e.scope),
		"internet": s.ports(&e.ports.Internet),
		"internal": s.ports(&e.ports.Internal),
		"host":     s.ports(&e.ports.Host),
	})(n)
	s.required(n, "hosts")
	if port, twice := repeated(e.ports.Internet, e.ports.Internal, e.ports.Host); twice {
		s.problem(line(n), "port %d is listed twice: list it once, under the widest of internet, internal and host", port)
	}
	s.cfg.expected = append(s.cfg.expected, e)
}

func (s schema) ports(to *[]int) into {
	return s.list(func(n ast.Node) {
		var port int
		if s.number(&port, 1, 65535)(n); port != 0 {
			*to = append(*to, port)
		}
	})
}

func (s schema) rotationRule(n ast.Node) {
	r := rotationRule{}
	s.mapping(map[string]into{
		"hosts":  s.scope(&r.scope),
		"driver": s.text(&r.driver, checkDriver),
	})(n)
	s.required(n, "hosts", "driver")
	s.cfg.rotations = append(s.cfg.rotations, r)
}

func (s schema) consoleRule(n ast.Node) {
	var c consoleRule
	s.mapping(map[string]into{
		"hosts": s.scope(&c.scope),
		"via":   s.text(&c.via, checkWords),
	})(n)
	s.required(n, "hosts", "via")
	s.cfg.consoles = append(s.cfg.consoles, c)
}

// scope reads a pattern of hosts.
func (s schema) scope(to *scope) into {
	return func(n ast.Node) {
		to.line = line(n)
		s.text(&to.text, func(typed string) (err error) {
			to.Pattern, err = inventory.ParsePattern(typed)
			return err
		})(n)
	}
}
