package remedies

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"hardenbot/actions"
)

func planSecurityUpdates(f *actions.Facts, finding actions.Finding) (actions.Change, error) {
	if left := leftUndone(f); len(left) > 0 && !f.Dpkg.Busy {
		return actions.Change{}, fmt.Errorf("dpkg was interrupted on this host (%s): mend dpkg-interrupted before its security updates", left[0])
	}
	first, others := securityUpgrades(f)
	if finding.Subject == subjectCritical {
		return planCritical(f, first)
	}
	if len(first) > 0 || len(staleServices(f, true)) > 0 {
		return actions.Change{}, errors.New("critical libraries first: mend the critical finding of pkg-security-updates on this host before the rest")
	}
	return planRest(others, f.Unneeded)
}

// planCritical upgrades the critical packages and restarts what maps them now:
// exactly that will still map the replaced files afterwards.
func planCritical(f *actions.Facts, upgrades []actions.Upgrade) (actions.Change, error) {
	c, err := upgradeChange(upgrades)
	if err != nil {
		return actions.Change{}, err
	}
	restarts, err := restartSteps(staleServices(f, len(upgrades) == 0))
	if err != nil {
		return actions.Change{}, err
	}
	c.Steps = append(append(c.Steps, restarts...), staleStep())
	return c, nil
}

// planRest upgrades everything else and removes what nothing needs any more.
// Which services map what is replaced is known only afterwards.
func planRest(upgrades []actions.Upgrade, unneeded []actions.Unneeded) (actions.Change, error) {
	c, err := upgradeChange(upgrades)
	if err != nil {
		return actions.Change{}, err
	}
	c.Notes = append(c.Notes, "packages that run a service restart it while they are upgraded")
	if slices.ContainsFunc(upgrades, func(u actions.Upgrade) bool { return u.Package == "openssh-server" }) {
		c.Notes = append(c.Notes, "sshd is among them; open sessions go on")
	}
	if len(unneeded) > 0 {
		remove, err := autoremoveStep(unneeded)
		if err != nil {
			return actions.Change{}, err
		}
		c.Steps = append(c.Steps, remove)
	}
	c.Steps = append(c.Steps, staleStep())
	return c, nil
}

// editedFiles are the configuration files of the packages that somebody changed
// on the host, sorted. Which of them the new versions bring anew is known only
// once these are there.
func editedFiles(upgrades []actions.Upgrade) []string {
	var files []string
	for _, u := range upgrades {
		files = append(files, u.Edited...)
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// upgradeChange upgrades exactly these, in one step; none, if there are none.
func upgradeChange(upgrades []actions.Upgrade) (actions.Change, error) {
	c := actions.Change{
		Notes:  []string{keptNote()},
		Guards: []actions.Need{{Guard: "key-login"}, {Guard: "dpkg-free"}},
	}
	if len(upgrades) == 0 {
		return c, nil
	}
	pins := make([]pin, len(upgrades))
	for i, u := range upgrades {
		pins[i] = pin{u.Package, u.To}
	}
	do, err := aptCall("apt_upgrade", pins)
	if err != nil {
		return actions.Change{}, err
	}
	c.Notes = append(c.Notes, "an upgrade cannot be undone safely; one host goes first, and its health is checked before the next")
	if edited := editedFiles(upgrades); len(edited) > 0 {
		c.Notes = append(c.Notes, "these configuration files were changed on the host and stay as they are; where the new package brings another one, that lies beside it as FILE.dpkg-dist: "+strings.Join(edited, ", "))
	}
	c.Guards = append(c.Guards, aptExact("upgrade", pins))
	c.Steps = []actions.Step{{
		Says: "Upgrade " + pinned(pins) + ", and nothing else", Do: do,
		Disruptive: true, Irreversible: true, Timeout: aptTimeout,
	}}
	return c, nil
}
