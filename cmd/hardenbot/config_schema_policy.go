package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"hardenbot/actions"
)

func (s schema) policy(n ast.Node) {
	p := &actions.Policy{Approvals: 1, ApprovalTTL: time.Hour, Channels: map[string][]string{}}
	s.mapping(map[string]into{
		"channels":          func(n ast.Node) { s.channels(n, p) },
		"requesters":        s.texts(&p.Requesters, checkMemberID),
		"approvers":         s.texts(&p.Approvers, checkMemberID),
		"approvals":         s.number(&p.Approvals, 1, 20),
		"lockout_approvals": s.number(&p.LockoutApprovals, 1, 20),
		"step_up":           s.text((*string)(&p.StepUp), checkStepUp),
		"notify":            s.texts(&s.cfg.Notify, checkMemberID),
		"approval_ttl":      s.duration(&p.ApprovalTTL, time.Minute, 7*24*time.Hour),
	})(n)
	s.required(n, "channels", "requesters", "approvers")
	p.LockoutApprovals = cmp.Or(p.LockoutApprovals, p.Approvals)
	if len(s.problems) == 0 {
		s.approvable(n, p)
	}
	s.cfg.Policy = p
}

func (s schema) channels(n ast.Node, p *actions.Policy) {
	for _, e := range s.entries(n) {
		id := keyOf(e)
		if err := checkChannelID(id); err != nil {
			s.problem(line(e.Key), "%s", err)
			continue
		}
		s.list(func(n ast.Node) {
			rule := channelRule{id: id}
			s.scope(&rule.scope)(n)
			p.Channels[id] = append(p.Channels[id], rule.text)
			s.cfg.channels = append(s.cfg.channels, rule)
		})(e.Value)
	}
}

// approvable refuses policies under which some plan could never be approved:
// nobody approves a plan of their own.
func (s schema) approvable(n ast.Node, p *actions.Policy) {
	switch {
	case len(p.Requesters) == 0 || len(p.Approvers) == 0 || len(p.Channels) == 0:
		s.problem(line(n), "policy.channels, policy.requesters and policy.approvers each need at least one entry")
		return
	case p.LockoutApprovals < p.Approvals:
		s.problem(line(n), "policy.lockout_approvals is %d, fewer than policy.approvals (%d): what could lock people out needs at least as many", p.LockoutApprovals, p.Approvals)
		return
	}
	if groups := p.Groups(); len(groups) > 0 {
		s.cfg.Warnings = append(s.cfg.Warnings, fmt.Sprintf("%s:%d: policy: who is in %s is known to Slack only, so whether there are enough approvers for everybody's plans was not checked",
			s.file, line(n), strings.Join(groups, " and ")))
	}
	if slices.ContainsFunc(p.Approvers, actions.IsGroup) {
		return
	}
	if s.enoughFor(n, p, "policy.approvals", "", p.Approvals) && p.LockoutApprovals > p.Approvals {
		s.enoughFor(n, p, "policy.lockout_approvals", " that could lock people out", p.LockoutApprovals)
	}
}

// enoughFor refuses a key under which plans, or some of them, need more approvers
// than there are.
func (s schema) enoughFor(n ast.Node, p *actions.Policy, key, which string, needed int) bool {
	if needed > len(p.Approvers) {
		s.problem(line(n), "%s is %d, more than there are people in policy.approvers (%d)", key, needed, len(p.Approvers))
		return false
	}
	before := len(s.problems)
	for _, requester := range p.Requesters {
		others := len(p.Approvers)
		if slices.Contains(p.Approvers, requester) {
			others--
		}
		if others < needed {
			s.problem(line(n), "plans of %s%s could never be approved: they need %s other than the requester, and there are %d", requester, which, count(needed, "approver"), others)
		}
	}
	return len(s.problems) == before
}
