package guards

import (
	"context"
	_ "embed" // the script
	"fmt"
	"strings"

	"hardenbot/actions"
)

//go:embed dpkg_free.sh
var dpkgFreeScript string

// dpkgFree looks whether packages can be changed now, and tells at once who is
// in the way. A step that changes packages waits for others that come after it;
// nothing is ever killed. Its argument:
//
//	interrupted   "allowed" for the change that has an interrupted dpkg finish
var dpkgFree = actions.Guard{
	Name: "dpkg-free",
	Says: "nothing else changes packages, and dpkg was not interrupted",
	Ask: func(ctx context.Context, q actions.Question) actions.Answer {
		var b strings.Builder
		if err := assign(&b, [][2]string{{"interrupted", q.Args["interrupted"]}}); err != nil {
			return actions.Refuse("this could not be checked: "+err.Error(), "this is a fault in hardenbot's catalogue; report it")
		}
		out, no := look(ctx, q, b.String()+dpkgFreeScript)
		if no != nil {
			return *no
		}
		return judgeDpkg(out.Stdout)
	},
}

const leftShown = 5 // how many unfinished packages a refusal names

func judgeDpkg(stdout string) actions.Answer {
	var holders, left []string
	complete := false
	for line := range strings.SplitSeq(stdout, "\n") {
		kind, rest, _ := strings.Cut(line, " ")
		switch f := strings.Split(rest, "\t"); {
		case kind == "held" && len(f) == 5:
			holders = append(holders, holder(f))
		case kind == "left":
			left = append(left, said(rest))
		case kind == "end":
			complete = true
		}
	}
	if more := len(left) - leftShown; more > 0 {
		left = append(left[:leftShown], fmt.Sprintf("%d more", more))
	}
	switch {
	case len(holders) > 0:
		a := actions.Refuse(listed(holders), "wait until it is done; if it is stuck, look at it on the host and end it by hand")
		a.Passing = len(left) == 0
		return a
	case len(left) > 0:
		return actions.Refuse("dpkg was interrupted: "+listed(left), "mend dpkg-interrupted on this host first")
	case !complete:
		return actions.Refuse("this could not be checked: the answer was cut off", "ask again")
	}
	return actions.Allow("nothing else changes packages now")
}

// holder words one line of dpkg_holders: "apt-get (process 812 of
// apt-daily.service, since 2026-11-20 06:14:03 UTC) holds /var/lib/dpkg/lock".
func holder(f []string) string {
	process := "process " + said(f[1])
	if f[3] != "" {
		process += " of " + said(f[3])
	}
	return said(f[2]) + " (" + process + ", since " + said(f[4]) + ") holds " + said(f[0])
}
