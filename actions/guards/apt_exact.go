package guards

import (
	"context"
	"strings"

	"hardenbot/actions"
)

// aptExact has apt say what it would do, with the prelude's apt_foresee, which
// changes nothing. So a plan that apt cannot carry out exactly is refused before
// anybody approves it. Its arguments:
//
//	how    "upgrade" or "install"
//	pins   NAME=VERSION a line
var aptExact = actions.Guard{
	Name: "apt-exact",
	Says: "apt would do what the plan names, and nothing else",
	Ask: func(ctx context.Context, q actions.Question) actions.Answer {
		words, err := quoted(append([]string{q.Args["how"]}, strings.Split(q.Args["pins"], "\n")...))
		if err != nil {
			return actions.Refuse("this could not be checked: "+err.Error(), "look at the host's package lists")
		}
		out, err := q.Fleet.Run(ctx, q.Facts.Host, actions.Script{Body: "apt_foresee" + words + "\n"})
		if err != nil {
			return actions.Refuse("this could not be checked: "+err.Error(), "make the host reachable and ask again")
		}
		if out.Exit != 0 {
			return actions.Refuse(said(out.Stderr), "install the pending security updates first, or run `apt-get update` on the host, and ask again")
		}
		return actions.Allow("apt would change what the plan names and nothing else")
	},
}
