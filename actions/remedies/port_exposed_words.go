package remedies

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"hardenbot/actions"
)

var reachSays = map[actions.Reach]string{
	actions.ReachInternet: "the internet",
	actions.ReachWide:     "parts of the internet",
	actions.ReachLB:       "load balancers",
	actions.ReachInternal: "internal networks",
}

// portSays words the chain that makes the port reachable. What was seen comes
// first: a message has room for the beginning.
func portSays(p actions.Ports, e actions.Exposure, what string) []string {
	says := seenFirst(e, "reachable because it is "+strings.Join(e.Because, ", "))
	if len(e.Rules) > 0 {
		says = append(says, "the rules that cause it: "+strings.Join(e.Rules, ", "))
	}
	if e.Inferred && len(e.Tried) == 0 {
		says = append(says, inferredSays(e))
	}
	if what != "" {
		says = append(says, "the port is usually "+what)
	}
	if !p.Known {
		says = append(says, "the configuration declares no ports for this host, so every port that the internet reaches is reported")
	}
	return says
}

// seenFirst puts what attempts to connect have shown before the reason, if there
// were any.
func seenFirst(e actions.Exposure, reason string) []string {
	if len(e.Tried) == 0 {
		return []string{reason}
	}
	return []string{inferredSays(e), reason}
}

// inferredSays words how it is known who gets to the port.
func inferredSays(e actions.Exposure) string {
	from := "the host's addresses"
	if e.Joined {
		from += ", security groups, network ACLs and routes"
	}
	switch concluded := "this is concluded from " + from + ", and "; {
	case !e.Inferred:
		return acceptedSays(e)
	case len(e.Tried) > 0:
		return concluded + "no connection from " + e.Tried[0].From + " to " + triedSays(e, false) + " was accepted: " + closedSays(e)
	case e.Untried != "":
		return concluded + "was not tried from outside: " + e.Untried
	case e.Joined:
		return concluded + "was not tried from outside"
	}
	return "this is concluded from " + from + " and was not tried from outside; a security group may still close it"
}

// acceptedSays words what was seen. It shows that some address outside gets
// there, and not that all do of which that is concluded.
func acceptedSays(e actions.Exposure) string {
	says := "a connection from " + e.Tried[0].From + " to " + triedSays(e, true) + " was accepted"
	if e.Reach == actions.ReachLB {
		says += ", past any load balancer"
	}
	return says
}

// closedSays words why a connection may not be accepted and the port is still
// taken to be open.
func closedSays(e actions.Exposure) string {
	from := e.Tried[0].From
	switch e.Reach {
	case actions.ReachInternet:
		return "something that is not known here closes it, or the way from " + from
	case actions.ReachWide:
		return from + " is not among those that are let in, or something that is not known here closes it"
	}
	return "nobody was seen to get there from outside"
}

// triedSays lists the addresses at which connections were accepted, or not.
func triedSays(e actions.Exposure, open bool) string {
	var all []string
	for _, t := range e.Tried {
		if t.Open == open {
			all = append(all, net.JoinHostPort(t.Address, strconv.Itoa(t.Port)))
		}
	}
	return strings.Join(all, " and ")
}

// portName names a port and its process: "3306/tcp (mariadbd)".
func portName(l actions.Listener) string {
	name := portSubject(l)
	if l.Process != "" {
		name += " (" + l.Process + ")"
	}
	return name
}

func portSubject(l actions.Listener) string { return fmt.Sprintf("%d/%s", l.Port, l.Proto) }
