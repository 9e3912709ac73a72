package guards

import (
	"context"

	"hardenbot/actions"
)

// stateRoot is where hosts keep what a run may have to put back.
const stateRoot = "/var/lib/hardenbot/"

// unchangedSince looks whether what a run has changed is still as the run left
// it, by the prelude's unchanged_since: what somebody has changed since is not
// overwritten. Its argument:
//
//	run   id of the run
var unchangedSince = actions.Guard{
	Name: actions.GuardUnchanged,
	Says: "nothing that would be put back was changed since",
	Ask: func(ctx context.Context, q actions.Question) actions.Answer {
		word, err := quoted([]string{stateRoot + q.Args["run"]})
		if err != nil || q.Args["run"] == "" {
			return actions.Refuse("this could not be checked: the run is not known", "this is a fault in hardenbot's catalogue; report it")
		}
		out, err := q.Fleet.Run(ctx, q.Facts.Host, actions.Script{Body: "unchanged_since" + word + "\n"})
		switch {
		case err != nil:
			return actions.Refuse("this could not be checked: "+err.Error(), "make the host reachable and ask again")
		case out.Exit != 0:
			return actions.Refuse(said(out.Stderr), "put it back by hand, as far as that is still wanted")
		}
		return actions.Allow("what run %s has changed is as it left it", q.Args["run"])
	},
}
