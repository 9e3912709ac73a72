package actions

import (
	"errors"
	"fmt"
	"time"
)

// Plan is what somebody asks to have done: one remedy on some hosts, in order.
type Plan struct {
	ID        string     `json:"id"`
	Remedy    string     `json:"remedy"`
	Subject   string     `json:"subject,omitempty"`
	Undoes    string     `json:"undoes,omitempty"`  // the run that it puts back, if it does; then Remedy is what finds the weakness again
	Instead   string     `json:"instead,omitempty"` // the plan that it takes the place of
	Drift     []string   `json:"drift,omitempty"`   // how it differs from that one
	Title     string     `json:"title"`             // the weakness that it mends
	Requester Person     `json:"requester"`
	Channel   string     `json:"channel"`
	Created   time.Time  `json:"created"`
	Expires   time.Time  `json:"expires"`
	Approvals int        `json:"approvals"` // how many are needed
	Prelude   string     `json:"prelude"`   // digest of the shell functions that the steps call
	Hosts     []HostPlan `json:"hosts"`     // in the order of the rollout
	Rollout   Rollout    `json:"rollout"`

	Others []string `json:"others,omitempty"` // whom else it affects (Change.Others), but for the plan's own hosts

	Excluded []Exclusion `json:"excluded,omitempty"` // hosts that were asked for and are left out
	Digest   string      `json:"digest"`             // over all that is approved: see digest

	State   PlanState  `json:"state"`
	Decided []Decision `json:"decided,omitempty"`
	RunID   string     `json:"run_id,omitempty"`
	Scan    string     `json:"scan,omitempty"` // the scan whose findings it mends
}

// HostPlan is the change on one host and what the guards said when it was made.
type HostPlan struct {
	Host    Host     `json:"host"`
	Change  Change   `json:"change"`
	Answers []Answer `json:"answers"`
}

// Exclusion is a host that the plan does not touch, and why.
type Exclusion struct {
	Host    string   `json:"host"`
	Why     string   `json:"why"`
	Answers []Answer `json:"answers,omitempty"`
}

// PlanState is where a plan stands.
type PlanState string

// A plan waits, and then exactly one of the others happens, once.
const (
	PlanWaiting   PlanState = "waiting"
	PlanApproved  PlanState = "approved"
	PlanDenied    PlanState = "denied"
	PlanWithdrawn PlanState = "withdrawn" // by its requester
	PlanExpired   PlanState = "expired"
	PlanRefused   PlanState = "refused" // no host is left that may be changed
)

// digest covers everything that people approve, and nothing that changes afterwards.
func (p Plan) digest() string {
	type host struct {
		Host   Host   `json:"host"`
		Change Change `json:"change"`
	}
	hosts := make([]host, len(p.Hosts))
	for i, h := range p.Hosts {
		hosts[i] = host{h.Host, h.Change}
	}
	p.Hosts, p.Excluded, p.Digest, p.State, p.Decided, p.RunID = nil, nil, "", "", nil, ""
	return Digest(struct {
		Plan  Plan   `json:"plan"`
		Hosts []host `json:"hosts"`
	}{p, hosts})
}

// Intact reports whether the plan still is what its digest was taken of.
func (p Plan) Intact() bool { return p.Digest == p.digest() }

// StillAt refuses a plan whose hosts are others by now: the inventory has one of
// its names for another machine than the one that was approved.
func (p Plan) StillAt(now []Host) error {
	for _, h := range now {
		if was := p.host(h.Name); address(was) != address(h) || was.Instance != h.Instance || was.Transport != h.Transport {
			return sentence(ErrChanged, "%s is another machine by now (at %s, it was %s when plan %s was made); ask for a new plan", h.Name, address(h), address(was), p.ID)
		}
	}
	return nil
}

// HostNames returns the names of the hosts that the plan would change.
func (p Plan) HostNames() []string {
	names := make([]string, len(p.Hosts))
	for i, h := range p.Hosts {
		names[i] = h.Host.Name
	}
	return names
}

// host returns the plan's host by that name, or one that has its name only.
func (p Plan) host(name string) Host {
	for _, hp := range p.Hosts {
		if hp.Host.Name == name {
			return hp.Host
		}
	}
	return Host{Name: name}
}

// ErrSound tells that a host does not (or no longer) have the weakness.
var ErrSound = errors.New("nothing to mend")

// Derive returns the change that mends a remedy's finding by the given
// subject. Its errors are sentences for people; ErrSound is behind the one
// that says that nothing is wrong.
func Derive(f *Facts, remedy Remedy, subject string) (Change, Finding, error) {
	for _, finding := range Examine(f, []Remedy{remedy}) {
		if !finding.answers(subject) {
			continue
		}
		if finding.Status == NotChecked {
			return Change{}, finding, errors.New(firstOf(finding.Evidence, "not checked"))
		}
		change, err := remedy.Plan(f, finding)
		if err != nil {
			return Change{}, finding, err
		}
		change.Remedy, change.Finding, change.Subject = remedy.ID, finding.ID, subject
		change.Host = f.Host.Name
		return change, finding, nil
	}
	return Change{}, Finding{}, fmt.Errorf("%s: %w", f.Host.Name, ErrSound)
}
