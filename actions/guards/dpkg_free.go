package guards

import (
	"context"
	_ "embed" // the script
	"strings"

	"hardenbot/actions"
)

//go:embed dpkg_free.sh
var dpkgFreeScript string

// dpkgLocks are the files that apt and dpkg lock (apt(8), dpkg(1)), plain words
// for a shell.
var dpkgLocks = []string{
	"/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock",
	"/var/lib/apt/lists/lock", "/var/cache/apt/archives/lock",
}

// dpkgFree looks whether packages can be changed now. Whoever holds a lock is
// waited for by people; nothing is ever killed.
var dpkgFree = actions.Guard{
	Name: "dpkg-free",
	Says: "nothing else changes packages, and dpkg was not interrupted",
	Ask: func(ctx context.Context, q actions.Question) actions.Answer {
		out, no := look(ctx, q, "set -- "+strings.Join(dpkgLocks, " ")+"\n"+dpkgFreeScript)
		if no != nil {
			return *no
		}
		return judgeDpkg(out.Stdout)
	},
}

func judgeDpkg(stdout string) actions.Answer {
	var holders []string
	var broken string
	complete := false
	for line := range strings.SplitSeq(stdout, "\n") {
		kind, rest, _ := strings.Cut(line, " ")
		switch f := strings.Split(rest, "\t"); {
		case kind == "held" && len(f) == 3:
			holders = append(holders, said(f[2])+" (process "+said(f[1])+") holds "+f[0])
		case kind == "broken":
			broken = said(rest)
		case kind == "end":
			complete = true
		}
	}
	switch {
	case len(holders) > 0:
		return actions.Refuse(listed(holders), "wait until it is done; if it is stuck, look at it on the host and end it by hand")
	case broken != "":
		return actions.Refuse("dpkg was interrupted: "+broken, "run `dpkg --configure -a` on the host")
	case !complete:
		return actions.Refuse("this could not be checked: the answer was cut off", "ask again")
	}
	return actions.Allow("nothing else changes packages now")
}
