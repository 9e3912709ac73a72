package remedies

import (
	"errors"
	"fmt"
	"slices"

	"hardenbot/actions"
)

// planPortExposed narrows the rules that let in too many: to the internal
// networks, or to nobody where the port is declared for the host itself only.
func planPortExposed(f *actions.Facts, finding actions.Finding) (actions.Change, error) {
	if err := joined(f); err != nil {
		return actions.Change{}, err
	}
	n := narrow(f)
	err := n.until(func(f *actions.Facts) ([]string, bool) {
		for _, e := range actions.Exposures(f) {
			if tooWide, _ := widerThanDeclared(f.Host.Declared.Ports, e); tooWide && portSubject(e.Listener) == finding.Subject {
				return e.Rules, true
			}
		}
		return nil, false
	})
	if err != nil {
		return actions.Change{}, err
	}
	c := n.change(finding.Subject)
	if stays := undeclared(n.now, finding.Subject); stays != "" {
		c.Notes = append(c.Notes, stays)
	}
	return c, nil
}

// joined refuses where no security group is known to let anybody in.
func joined(f *actions.Facts) error {
	why := "the host is not known to be in a cloud"
	switch _, reason, missing := f.Missing(actions.SectionCloud); {
	case missing:
		why = "its security groups could not be read (" + reason + ")"
	case f.Cloud != nil && len(f.Cloud.Interfaces) == 0:
		why = fmt.Sprintf("%s has no network interface", f.Cloud.Instance)
	case f.Cloud != nil:
		return nil
	}
	return errors.New(why + ", so hardenbot has no rule to change: " +
		"bind the service to an internal address or to 127.0.0.1, or close the port in the firewall, and scan again; " +
		"if the port is meant to be open, declare it in the configuration")
}

// undeclared is what remains to be decided of a port that nobody declared.
func undeclared(f *actions.Facts, subject string) string {
	all := checkPortUndeclared(f)
	if !slices.ContainsFunc(all, func(e actions.Evidence) bool { return e.Subject == subject }) {
		return ""
	}
	return "whether " + subject + " belongs on this host is another question: the change leaves it open to internal networks or load balancers, " +
		"and that is reported as port-undeclared until the configuration declares the port"
}
