package remedies

import (
	"errors"
	"fmt"
	"slices"

	"hardenbot/actions"
)

// planLBBypass lets in the load balancers by their groups and takes the port
// out of the rules that lead past them. Internal networks keep it only where
// that is declared.
func planLBBypass(f *actions.Facts, finding actions.Finding) (actions.Change, error) {
	port, err := bypassedPort(f, finding.Subject)
	if err != nil {
		return actions.Change{}, err
	}
	balancers := f.Cloud.TargetOf(port)
	for _, b := range balancers {
		if len(b.Groups) == 0 {
			return actions.Change{}, fmt.Errorf("the load balancer %s has no security group, so no rule can tell it from its clients: "+
				"give it a security group (a network load balancer can only get one when it is made) and ask again", b.Name)
		}
	}
	n := narrow(f)
	n.closeBut(port)
	err = n.until(func(f *actions.Facts) ([]string, bool) {
		for _, e := range actions.PastBalancers(f) {
			if portSubject(e.Listener) == finding.Subject && bypassed(f.Host.Declared.Ports, e, balancers) {
				return e.Rules, true
			}
		}
		return nil, false
	})
	if err != nil {
		return actions.Change{}, err
	}
	c := n.change(finding.Subject)
	c.Notes = append(c.Notes, fmt.Sprintf("the load balancer's health checks have to use port %d, or another one that stays open to it", port))
	return c, nil
}

// closeBut keeps the port open to its load balancers and, where that is
// declared, to internal networks.
func (n *narrowing) closeBut(port int) {
	p := n.before.Host.Declared.Ports
	n.open = slices.DeleteFunc(slices.Clone(n.open), func(open int) bool { return open == port })
	n.balanced = append(n.balanced, port)
	if !slices.Contains(p.Internet, port) && !slices.Contains(p.Internal, port) && p.Known {
		n.shut = append(slices.Clone(n.shut), port)
	}
}

// bypassedPort finds the port of a finding.
func bypassedPort(f *actions.Facts, subject string) (int, error) {
	for _, e := range actions.PastBalancers(f) {
		if portSubject(e.Listener) == subject {
			return e.Listener.Port, nil
		}
	}
	return 0, errors.New("no load balancer serves " + subject + " any more: scan again")
}
