package remedies

import (
	"fmt"
	"strings"

	"hardenbot/actions"
)

var reachSays = map[actions.Reach]string{
	actions.ReachInternet: "the internet",
	actions.ReachWide:     "parts of the internet",
	actions.ReachLB:       "load balancers",
	actions.ReachInternal: "internal networks",
}

// portSays words the chain that makes the port reachable.
func portSays(p actions.Ports, e actions.Exposure, what string) []string {
	says := []string{"reachable because it is " + strings.Join(e.Because, ", ")}
	if len(e.Rules) > 0 {
		says = append(says, "the rules that cause it: "+strings.Join(e.Rules, ", "))
	}
	if e.Inferred {
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

func inferredSays(e actions.Exposure) string {
	if e.Joined {
		return "this is concluded from the host's addresses, security groups, network ACLs and routes, and was not tried from outside"
	}
	return "this is concluded from the host's addresses and was not tried from outside; a security group may still close it"
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
