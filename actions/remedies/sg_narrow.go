package remedies

import (
	"fmt"
	"slices"

	"hardenbot/actions"
)

// narrowing replaces ingress rules by narrower ones, and follows what that
// makes of the facts. A rule that also lets in who is meant to get in is split:
//
//   - the ports in open stay open to whom the rule lets in;
//   - all its ports but those in shut stay open to internal networks, and those
//     that are declared internal or people log in by to trusted addresses;
//   - the load balancers of the ports in balanced, which their targets or the
//     health checks are on, are let in by their groups;
//   - a rule for every protocol leaves ICMP behind: without it, path MTU
//     discovery fails (RFC 1191, RFC 8201).
//
// Nothing is let in that the replaced rule did not let in, but for the balancers.
type narrowing struct {
	open     []int
	shut     []int
	balanced []int

	before *actions.Facts
	now    *actions.Facts // after the calls
	lets   []actions.Call
	takes  []actions.Call
	gone   []replaced
}

// replaced is a rule that goes, and what comes in its place.
type replaced struct {
	rule  actions.IngressRule
	group actions.SecurityGroup
	by    []actions.IngressRule
}

// narrow returns the narrowing that follows the declared ports.
func narrow(f *actions.Facts) *narrowing {
	n := &narrowing{before: f, now: f, open: f.Host.Declared.Ports.Internet, shut: f.Host.Declared.Ports.Host}
	for _, b := range f.Cloud.Balancers {
		for _, t := range b.Targets {
			for _, port := range t.Ports() {
				if !slices.Contains(n.shut, port) {
					n.balanced = append(n.balanced, port)
				}
			}
		}
	}
	return n
}

// offence is what a check finds in the facts: the rules to blame, or none.
type offence func(*actions.Facts) (rules []string, found bool)

// until replaces the rules to blame until the check finds nothing more, so that
// what is planned is known to mend what was found. Its errors are sentences for
// people: why no change can do that.
func (n *narrowing) until(find offence) error {
	for {
		ids, found := find(n.now)
		if !found {
			return nil
		}
		before := len(n.gone)
		for _, id := range ids {
			if err := n.replace(id); err != nil {
				return err
			}
		}
		if len(n.gone) == before {
			return fmt.Errorf("no rule of a security group can be replaced by a narrower one that mends this: " +
				"narrow the declared ports and networks in the configuration, or mend it by hand")
		}
		after := *n.before
		after.Cloud = n.before.Cloud.After(slices.Concat(n.lets, n.takes))
		n.now = &after
	}
}

func (n *narrowing) replace(id string) error {
	rule, group, ok := n.now.Cloud.Rule(id)
	if !ok {
		return nil
	}
	rule.Group = group.ID
	if why := rule.Unclear(); why != "" {
		return fmt.Errorf("the rule %s is not understood (%s), so it is not known whom it is meant for: look at it and mend it by hand", id, why)
	}
	if !n.before.Host.Declared.Ports.Known && (rule.Everything() || rule.From != rule.To) {
		return fmt.Errorf("the rule %s lets in to %s, and the configuration declares no ports for the host, so it is not known which of them are to stay open: "+
			"declare the host's ports (internet, internal, host) in the configuration and ask again", id, rule.Ports())
	}
	if err := n.sharedWithBalancer(rule, group); err != nil {
		return err
	}
	by, err := n.instead(rule)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(by, rule.Same) {
		return fmt.Errorf("all that the rule %s lets in is declared: narrow what the configuration declares, or mend it by hand", id)
	}
	for _, r := range by {
		n.let(r)
	}
	n.takes = append(n.takes, n.call(actions.RevokeIngress, rule))
	n.gone = append(n.gone, replaced{rule, group, by})
	return nil
}

// let authorizes a rule unless one of that content is there, which then stays
// whatever happens.
func (n *narrowing) let(r actions.IngressRule) {
	same := func(c actions.Call) bool { return c.Rule.Same(r) }
	if !n.has(r) && !slices.ContainsFunc(n.lets, same) {
		n.lets = append(n.lets, n.call(actions.AuthorizeIngress, r))
	}
}

// has reports whether the group has a rule of that content by now.
func (n *narrowing) has(r actions.IngressRule) bool {
	for _, i := range n.now.Cloud.Interfaces {
		for _, g := range i.Groups {
			there := func(known actions.IngressRule) bool {
				known.Group = g.ID
				return known.Same(r)
			}
			if slices.ContainsFunc(g.Rules, there) {
				return true
			}
		}
	}
	return false
}

func (n *narrowing) call(action string, r actions.IngressRule) actions.Call {
	return actions.Call{Action: action, Account: n.before.Cloud.Account, Region: n.before.Cloud.Region, Rule: &r}
}
