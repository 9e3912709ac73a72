package guards

import (
	"regexp"
	"strings"

	"hardenbot/actions"
)

// wish is a setting that has to count.
type wish struct {
	keyword string
	value   *regexp.Regexp
}

func wanted(lines string) []wish {
	var wishes []wish
	for line := range strings.SplitSeq(lines, "\n") {
		keyword, value, _ := strings.Cut(line, "=")
		wishes = append(wishes, wish{keyword, regexp.MustCompile("(?i)^(?:" + value + ")$")})
	}
	return wishes
}

// judgeSSHD compares what would count with what is wanted. users[0] is
// everybody.
func judgeSSHD(try sshdTry, users []string, want []wish, accounts []actions.Account) actions.Answer {
	switch {
	case try.link != "":
		return actions.Refuse(said(try.link)+" is no regular file, and hardenbot does not write through a symbolic link",
			"put a regular file in its place, or make the change by hand, and ask again")
	case try.odd != "":
		return actions.Refuse("what "+said(try.odd)+" includes could not be followed",
			"write that Include line with plain names and without quotes, and ask again")
	case try.invalid != "":
		return actions.Refuse("sshd would refuse the change: "+said(try.invalid),
			"mend sshd's configuration on the host until `sshd -t` is content, and ask again")
	case !try.complete || len(try.counts) != len(users):
		return actions.Refuse("this could not be checked: sshd's answer was cut off", "report this; the host may have very many accounts")
	}
	for _, w := range want {
		var differ []string
		for n, user := range users {
			if v := try.counts[n][w.keyword]; !w.value.MatchString(v) {
				differ = append(differ, whose(user)+" ("+said(v)+")")
			}
		}
		if len(differ) > 0 {
			return overridden(w, "would still be otherwise for "+listed(differ), try.against(w, !w.value.MatchString(try.counts[0][w.keyword])))
		}
		if lines := try.unseen(w, users, accounts); len(lines) > 0 {
			return overridden(w, "would still be otherwise for some connections", lines)
		}
	}
	return actions.Allow("sshd accepts the change, and it counts for everybody")
}

func whose(user string) string {
	if user == "" {
		return "everybody"
	}
	return user
}

func overridden(w wish, what string, lines []sshdLine) actions.Answer {
	if len(lines) == 0 {
		return actions.Refuse(w.keyword+" "+what, "find what sets it in the files that /etc/ssh/sshd_config includes, take it out, and ask again")
	}
	var at []string
	for _, l := range lines {
		at = append(at, l.String())
	}
	return actions.Refuse(w.keyword+" "+what+", because of "+listed(at),
		"take that out of the configuration, once those whom it is for can log in otherwise, and ask again")
}
