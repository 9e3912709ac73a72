package actions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// errDrift is behind the refusal of a host for which the plan would be another
// one by now.
var errDrift = errors.New("the host has changed since the plan was made, so that the plan would be another one now")

// probe reads the host again and derives its change again: what was approved
// is done to the host that it was approved for, or not at all.
func (v *visit) probe(ctx context.Context) error {
	facts, err := v.Fleet.Collect(ctx, v.hp.Host)
	if err != nil {
		return sentence(errLost, "%v", err)
	}
	v.facts = facts
	if v.plan.Undoes != "" {
		return nil // what it does follows from the run, and the guards look at the host
	}
	remedy, err := Find(v.Catalogue, v.plan.Remedy)
	if err != nil {
		return err
	}
	change, _, err := Derive(facts, remedy, v.plan.Subject)
	if err != nil {
		return err
	}
	if change.Digest() == v.hp.Change.Digest() || v.forThisRun(facts, remedy) {
		return nil
	}
	drift := v.hp.Change.differences(change)
	if err := v.differs(v.hp.Host.Name, drift); err != nil {
		return err
	}
	return fmt.Errorf("%w: %s", errDrift, strings.Join(drift, "; "))
}

// forThisRun reports whether the plan is another one only because of what this
// run has done on hosts that came before: they share a security group.
func (v *visit) forThisRun(facts *Facts, remedy Remedy) bool {
	if facts.Cloud == nil || len(v.hp.Change.groups()) == 0 {
		return false
	}
	before := *facts
	before.Cloud = facts.Cloud.Before(v.doneElsewhere())
	change, _, err := Derive(&before, remedy, v.plan.Subject)
	return err == nil && change.Digest() == v.hp.Change.Digest()
}

// doneElsewhere returns the calls that this run has made for other hosts, in
// order, with the ids of the rules that they made.
func (v *visit) doneElsewhere() []Call {
	var calls []Call
	for _, hp := range v.plan.Hosts {
		at := v.run.Host(hp.Host.Name)
		if at == nil || hp.Host.Name == v.hp.Host.Name {
			continue
		}
		for n, done := range at.Steps {
			step := hp.Change.Steps[n]
			if step.Call == nil || step.Call.Rule == nil || !done.Changed {
				continue
			}
			call, rule := *step.Call, *step.Call.Rule
			if done.Rule != "" {
				rule.ID = done.Rule
			}
			call.Rule = &rule
			calls = append(calls, call)
		}
	}
	return calls
}

// differences words what would be another way: what falls away, and what comes
// instead.
func (c Change) differences(now Change) []string {
	var lines []string
	was, is := c.lines(), now.lines()
	for _, l := range was {
		if !slices.Contains(is, l) {
			lines = append(lines, "no longer: "+l)
		}
	}
	for _, l := range is {
		if !slices.Contains(was, l) {
			lines = append(lines, "now: "+l)
		}
	}
	if len(lines) == 0 {
		lines = []string{"the same is said, but the commands differ"}
	}
	return lines
}

// lines is what a change says, a line for each thing that people approve.
func (c Change) lines() []string {
	lines := slices.Clone(c.Notes)
	for _, s := range c.Steps {
		line := s.Says
		if s.Call != nil {
			line += " (" + s.Call.String() + ")"
		}
		lines = append(lines, line)
	}
	for _, need := range c.Guards {
		lines = append(lines, "the guard "+need.Guard)
	}
	for _, other := range c.Others {
		lines = append(lines, "affects "+other)
	}
	return lines
}
