package guards

import (
	"context"
	_ "embed" // the script
	"net/netip"
	"strconv"
	"strings"

	"hardenbot/actions"
	"hardenbot/actions/sshdconfig"
)

//go:embed sshd_as_running.sh
var sshdAsRunningScript string

// sshdAsRunning keeps a reload from bringing in more than the change. What
// somebody wrote and did not load yet, such as another Port, would count from
// then on, and an undo, which reloads too, would not take it away.
//
// Two things are asked for, each of which is enough to find most of that:
// nothing that sshd reads has changed since it last did, and what it would read
// lets the bot in, by the way that the bot has now come.
var sshdAsRunning = actions.Guard{
	Name: "sshd-as-running",
	Says: "a reload of sshd brings in nothing but the change",
	Ask: func(ctx context.Context, q actions.Question) actions.Answer {
		if no, refused := notBySSH(q.Facts.Host); refused {
			return no
		}
		if no, missing := needs(q.Facts, actions.SectionLogin, actions.SectionSSHD, actions.SectionAccounts); missing {
			return no
		}
		f := q.Facts
		if _, err := netip.ParseAddr(f.SSHD.Address); err != nil || f.SSHD.Port == 0 || f.Login.From == "" {
			return actions.Refuse("this could not be checked: the host did not tell by which address and port hardenbot came in",
				"see that sshd sets SSH_CONNECTION for "+f.Login.User+", and ask again")
		}
		var b strings.Builder
		if err := assign(&b, [][2]string{
			{"user", f.Login.User}, {"from", f.Login.From},
			{"address", f.SSHD.Address}, {"port", strconv.Itoa(f.SSHD.Port)},
		}); err != nil {
			return actions.Refuse("this could not be checked: "+err.Error(), "give hardenbot another account and ask again")
		}
		out, no := look(ctx, q, b.String()+sshdconfig.Functions+sshdAsRunningScript)
		if no != nil {
			return *no
		}
		return parseSSHDNow(out.Stdout).judge(f)
	},
}

// sshdNow is what the script found.
type sshdNow struct {
	unit, by string
	started  string // when sshd last read its configuration, "each" or "unknown"
	other    bool
	newer    []string
	groups   []string
	counts   map[string][]string // keyword → values, one for each line
	complete bool
}

func parseSSHDNow(stdout string) sshdNow {
	now := sshdNow{counts: map[string][]string{}}
	for line := range strings.SplitSeq(stdout, "\n") {
		kind, rest, _ := strings.Cut(line, " ")
		switch kind {
		case "unit":
			now.unit = rest
		case "by":
			now.by = rest
		case "started":
			now.started = rest
		case "other":
			now.other = true
		case "newer":
			now.newer = append(now.newer, said(rest))
		case "group":
			now.groups = append(now.groups, rest)
		case "counts":
			keyword, value, _ := strings.Cut(rest, " ")
			now.counts[keyword] = append(now.counts[keyword], value)
		case "end":
			now.complete = true
		}
	}
	return now
}

func (now sshdNow) judge(f *actions.Facts) actions.Answer {
	switch {
	case !now.complete:
		return actions.Refuse("this could not be checked: sshd's answer was cut off", "report this")
	case now.other:
		return actions.Refuse("sshd was started with another configuration than /etc/ssh/sshd_config (-f)", "make the change by hand in that file")
	case now.unit == "":
		return actions.Refuse("sshd is run by "+orElse(now.by, "no unit of systemd")+", which hardenbot does not reload",
			"have sshd run as ssh.service or sshd.service, or under ssh.socket, or make the change by hand")
	}
	if shut := now.shut(f); shut != "" {
		return actions.Refuse("read again, sshd's configuration would keep the bot out: "+shut,
			"somebody changed it and did not reload sshd: look at the change, reload sshd yourself, and see that you and the bot still get in")
	}
	socket := strings.HasSuffix(now.unit, ".socket")
	switch {
	case now.started == "each" && socket:
		return actions.Allow("each connection has an sshd of its own, which reads the configuration as it is")
	case now.started == "unknown", now.started == "each":
		return actions.Refuse("it could not be checked whether sshd has read its configuration as it is now, because it has no pid file",
			"set PidFile /run/sshd.pid and restart sshd, see that you still get in, and ask again")
	case len(now.newer) > 0:
		return actions.Refuse(listed(shortened(now.newer))+" changed after sshd last read its configuration ("+said(now.started)+"), so a reload would bring in more than this change",
			"look at what changed, reload sshd yourself, and see that you still get in")
	}
	return actions.Allow("sshd has read its configuration as it is now, and that lets the bot in")
}

func orElse(value, other string) string {
	if value == "" {
		return other
	}
	return said(value)
}

// shortened keeps the first few of many names.
func shortened(names []string) []string {
	if len(names) <= 3 {
		return names
	}
	return append(names[:3:3], strconv.Itoa(len(names)-3)+" more")
}
