package actions

import (
	"errors"
	"slices"
	"time"
)

// Policy says who may do what and where. Its zero value allows nothing.
type Policy struct {
	Channels    map[string][]string // Slack channel ID → patterns of the hosts it may target
	Requesters  []string            // IDs of Slack users and user groups who may scan and ask for fixes
	Approvers   []string            // IDs of Slack users and user groups who may scan and approve
	Approvals   int                 // how many different approvers a plan needs, at least 1
	ApprovalTTL time.Duration       // how long a plan waits for them

	// LockoutApprovals is how many different approvers a plan needs that could
	// lock people out; never fewer than Approvals.
	LockoutApprovals int

	StepUp  StepUp  // which plans need an approver's second factor
	Members Members // who is in the user groups; without it they let nobody in
}

// ErrForbidden is behind every refusal by policy.
var ErrForbidden = errors.New("not allowed")

// MayScan refuses people who are neither requester nor approver.
func (p Policy) MayScan(who Person) error {
	if p.listed(p.Requesters, who) || p.listed(p.Approvers, who) {
		return nil
	}
	return forbidden("you may not scan hosts: ask for your user ID %s to be added to policy.requesters%s", who.ID, p.unread(p.Requesters, p.Approvers))
}

// MayRequest refuses people who may not ask for fixes.
func (p Policy) MayRequest(who Person) error {
	if p.listed(p.Requesters, who) {
		return nil
	}
	return forbidden("you may not request fixes: ask for your user ID %s to be added to policy.requesters%s", who.ID, p.unread(p.Requesters))
}

// MayApprove refuses people who are not approvers.
func (p Policy) MayApprove(who Person) error {
	if p.listed(p.Approvers, who) {
		return nil
	}
	return forbidden("you may not decide on plans: only the people listed in policy.approvers may%s", p.unread(p.Approvers))
}

// approvals is how many approvers a plan for the hosts needs.
func (p Policy) approvals(hosts []HostPlan) int {
	n := max(1, p.Approvals)
	if slices.ContainsFunc(hosts, func(h HostPlan) bool { return h.Change.Lockout() }) {
		n = max(n, p.LockoutApprovals)
	}
	return n
}

// Patterns returns what a channel may target, or refuses the channel.
func (p Policy) Patterns(channel string) ([]string, error) {
	patterns := p.Channels[channel]
	if len(patterns) == 0 {
		return nil, forbidden("this channel may not target any hosts: add its ID %s to policy.channels", channel)
	}
	return patterns, nil
}

func forbidden(format string, args ...any) error {
	return sentence(ErrForbidden, format, args...)
}
