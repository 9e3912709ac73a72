package main

import (
	"time"

	"github.com/goccy/go-yaml/ast"

	"hardenbot/actions"
)

func (s schema) healthRule(n ast.Node) {
	h := healthRule{check: actions.HealthCheck{Timeout: 5 * time.Second}}
	check, before := &h.check, len(s.problems)
	s.mapping(map[string]into{
		"hosts":   s.scope(&h.scope),
		"url":     s.text(&check.URL, checkHealthURL),
		"status":  s.number(&check.Status, 100, 599),
		"tcp":     s.text(&check.TCP, checkConnectable),
		"command": s.filled(s.list(s.argument(&check.Command))),
		"timeout": s.duration(&check.Timeout, 100*time.Millisecond, time.Minute),
	})(n)
	s.required(n, "hosts")
	if len(s.problems) > before {
		return
	}
	switch kinds := one(check.URL != "") + one(check.TCP != "") + one(check.Command != nil); {
	case kinds != 1:
		s.problem(line(n), "a health check is one of url, tcp and command: name exactly one, and make an entry for each check")
	case check.URL == "" && check.Status != 0:
		s.problem(line(n), "status is for a url: a tcp check passes when the connection is accepted, a command when it ends with status 0")
	case check.URL != "" && check.Status == 0:
		check.Status = 200
	}
	s.cfg.health = append(s.cfg.health, h)
}

// argument reads one word of a command.
func (s schema) argument(to *[]string) into {
	return func(n ast.Node) {
		var word string
		s.text(&word, checkArgument)(n)
		*to = append(*to, word)
	}
}
