package guards

import (
	"context"
	"slices"

	"hardenbot/actions"
)

// secondWayIn asks for another way in before the SSH port is restricted: one
// that does not lead through that port. Any of three is enough: a console that
// the configuration declares, the agent of AWS Systems Manager online now, or the
// EC2 serial console together with an account that has a password to log in
// with there.
var secondWayIn = actions.Guard{
	Name: "second-way-in",
	Says: "there is another way in than SSH",
	Ask: func(_ context.Context, q actions.Question) actions.Answer {
		if declared := q.Facts.Host.Declared.Console; declared != "" {
			return actions.Allow("the configuration declares another way in: %s; see that it works before you approve", said(declared))
		}
		if no, missing := needs(q.Facts, actions.SectionCloud); missing {
			return no
		}
		if q.Facts.Cloud == nil {
			return actions.Refuse("no way in but SSH is known: the host is no instance in a cloud and the configuration declares no console for it",
				"declare the host's console in the configuration, and try it")
		}
		if q.Facts.Cloud.Agent == "Online" {
			return actions.Allow("the agent of AWS Systems Manager is online")
		}
		return bySerialConsole(q.Facts)
	},
}

// bySerialConsole judges the last way, and says of each what is missing.
func bySerialConsole(f *actions.Facts) actions.Answer {
	agent, tells := f.Cloud.Unread["agent"]
	switch {
	case tells:
		agent = "whether the agent of AWS Systems Manager is online could not be read (" + said(agent) + ")"
	case f.Cloud.Agent == "":
		agent = "AWS Systems Manager knows no agent on the host"
	default:
		agent = "the agent of AWS Systems Manager is not online (" + said(f.Cloud.Agent) + ")"
	}
	console, unread := f.Cloud.Unread["console"]
	mend := "install the agent of AWS Systems Manager and give the instance a role for it, or enable the EC2 serial console and give an account a password, " +
		"or declare the host's console in the configuration; then ask again"
	switch _, why, missing := f.Missing(actions.SectionAccounts); {
	case unread:
		return actions.Refuse(agent+", and whether the EC2 serial console is enabled could not be read ("+said(console)+")", mend)
	case !f.Cloud.Console:
		return actions.Refuse(agent+", and the EC2 serial console is off for the account in the region", mend)
	case missing:
		return actions.Refuse(agent+", and whether an account has a password for the EC2 serial console could not be read ("+said(why)+")", mend)
	}
	names := withPassword(f)
	if len(names) == 0 {
		return actions.Refuse(agent+", and no account has a password to log in with on the EC2 serial console", mend)
	}
	return actions.Allow("the EC2 serial console is enabled, and these have a password to log in with there: %s", listed(names))
}

// withPassword returns the people who can log in by password, sorted.
func withPassword(f *actions.Facts) []string {
	var names []string
	for _, a := range f.Accounts {
		if a.Human() && a.Password == "usable" {
			names = append(names, a.Name)
		}
	}
	slices.Sort(names)
	return names
}
