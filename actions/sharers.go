package actions

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// A change of a security group is a change of every host that carries it, at
// once. So what guards one of them guards all.

// carries reports whether one of the host's interfaces has one of the groups.
func (f *Facts) carries(groups []string) bool {
	return f != nil && f.Cloud != nil && slices.ContainsFunc(f.Cloud.groups(), func(g SecurityGroup) bool { return slices.Contains(groups, g.ID) })
}

// heedSharers excludes hosts whose change would shut others in the plan out, or
// would do something else to a group that they share.
func (p Planner) heedSharers(ctx context.Context, drafts []draft) {
	why := make([]string, len(drafts))
	answers := make([][]Answer, len(drafts))
	for i := range drafts {
		d := &drafts[i]
		if d.excluded != nil || len(d.Change.groups()) == 0 {
			continue
		}
		for j := range drafts {
			if other := &drafts[j]; i != j && why[i] == "" && other.facts.carries(d.Change.groups()) {
				why[i], answers[i] = p.against(ctx, d, other)
			}
		}
	}
	for i := range drafts {
		if why[i] != "" {
			drafts[i].exclude(why[i], answers[i])
		}
	}
}

// against says why the change must not be made because of a host that shares a
// group, or nothing.
func (p Planner) against(ctx context.Context, d, other *draft) (string, []Answer) {
	if other.excluded == nil && !d.Change.agrees(other.Change) {
		return fmt.Sprintf("it shares a security group with %s, for which something else would have to be done to it, since other ports are declared there or other load balancers are before it: declare the same for both, or give them groups of their own", other.Host.Name), nil
	}
	all := AskGuards(ctx, p.Guards, other.facts, d.Change, p.Fleet)
	if no := Refusals(all); len(no) > 0 {
		return fmt.Sprintf("it shares a security group with %s, where %s refuses: %s", other.Host.Name, no[0].Guard, no[0].Says), all
	}
	return "", nil
}

// agrees reports whether both changes do the same to the groups that both change.
func (c Change) agrees(other Change) bool {
	for _, group := range c.groups() {
		if slices.Contains(other.groups(), group) && Digest(c.callsTo(group)) != Digest(other.callsTo(group)) {
			return false
		}
	}
	return true
}

func (c Change) callsTo(group string) []Call {
	var calls []Call
	for _, s := range c.Steps {
		if s.Call != nil && s.Call.Rule != nil && s.Call.Rule.Group == group {
			calls = append(calls, *s.Call)
		}
	}
	return calls
}

// sharers returns the other hosts of the plan whose groups the change changes.
func (v *visit) sharers() []Host {
	var hosts []Host
	for _, hp := range v.plan.Hosts {
		shared := slices.ContainsFunc(hp.Change.groups(), func(g string) bool { return slices.Contains(v.hp.Change.groups(), g) })
		if shared && hp.Host.Name != v.hp.Host.Name {
			hosts = append(hosts, hp.Host)
		}
	}
	return hosts
}

// manyAtOnce is how many of the hosts that share a group are asked at a time.
const manyAtOnce = 8

// ofSharers asks something of each of them. The error is of all that said no.
func (v *visit) ofSharers(ask func(Host) error) error {
	hosts := v.sharers()
	failures := make([]error, len(hosts))
	each(manyAtOnce, len(hosts), func(i int) {
		if err := ask(hosts[i]); err != nil {
			failures[i] = fmt.Errorf("%s, which shares a security group with it: %w", hosts[i].Name, err)
		}
	})
	return errors.Join(failures...)
}

// guardSharer asks the guards of the change on a host that it affects as well.
func (v *visit) guardSharer(ctx context.Context, h Host) error {
	facts, err := v.Fleet.Collect(ctx, h)
	if err != nil {
		return err
	}
	for _, no := range Refusals(AskGuards(ctx, v.Guards, facts, v.hp.Change, v.Fleet)) {
		return fmt.Errorf("%s refuses: %s; %s", no.Guard, no.Says, no.Mend)
	}
	return v.Fleet.Healthy(ctx, h)
}
