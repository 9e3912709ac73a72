package remedies

import (
	"fmt"
	"slices"
	"strings"

	"hardenbot/actions"
)

// dpkgInterrupted finds packages that dpkg was cut off in the middle of: by a
// power cut, a full disk, somebody's Ctrl-C. Until that is finished apt refuses
// to install or upgrade anything. dpkg's own way is taken, `dpkg --configure
// -a`; it runs maintainers' scripts, which is why nothing else does it in
// passing.
var dpkgInterrupted = actions.Remedy{
	ID:         "dpkg-interrupted",
	Title:      "dpkg was interrupted and has left packages unfinished",
	Why:        "Until it is finished no security update can be installed, and what is half configured may not start again",
	Layer:      actions.Patch,
	Rank:       1,
	References: []string{"dpkg(1) --configure, --audit"},
	Needs:      []actions.Section{actions.SectionDpkg},
	Check:      checkDpkgInterrupted,
	Plan:       planDpkgInterrupted,
}

func checkDpkgInterrupted(f *actions.Facts) []actions.Evidence {
	says := leftUndone(f)
	switch {
	case len(says) == 0:
		return nil
	case f.Dpkg.Busy:
		return []actions.Evidence{{Unchecked: true, Says: []string{
			"not checked: packages are being changed right now, so what looks unfinished may be under way; scan again once that is done",
		}}}
	}
	return []actions.Evidence{{Says: says}}
}

// leftUndone says what dpkg has not finished, a sentence each, by package.
func leftUndone(f *actions.Facts) []string {
	var says []string
	for _, u := range f.Dpkg.Unfinished {
		one := fmt.Sprintf("%s %s is %s", u.Package, u.Version, u.Status)
		if u.Again {
			one += " and has to be installed again"
		}
		says = append(says, one)
	}
	slices.Sort(says)
	if f.Dpkg.HalfWritten {
		says = append(says, "dpkg was cut off while it wrote down what it had done")
	}
	return says
}

// planDpkgInterrupted has dpkg finish what it can. What was cut off while it
// was unpacked, dpkg cannot finish by itself: that is installed again.
func planDpkgInterrupted(f *actions.Facts, _ actions.Finding) (actions.Change, error) {
	again, err := installAgain(f.Dpkg.Unfinished)
	if err != nil {
		return actions.Change{}, err
	}
	do, err := aptCall("dpkg_finish", again)
	if err != nil {
		return actions.Change{}, err
	}
	says := "Have dpkg finish what it was interrupted in (`dpkg --configure -a`)" + finishing(f.Dpkg.Unfinished)
	if len(again) > 0 {
		says += ", and install " + pinned(again) + " again, which was cut off while it was unpacked"
	}
	return actions.Change{
		Notes: []string{
			"the packages' own scripts run, ask nobody, and may restart their services; configuration files that were changed on the host stay as they are",
			"this cannot be undone; one host goes first, and its health is checked before the next",
			keptNote(),
		},
		Guards: []actions.Need{
			{Guard: "key-login"},
			{Guard: "dpkg-free", Args: map[string]string{"interrupted": "allowed"}},
		},
		Steps: []actions.Step{
			{Says: says, Do: do, Disruptive: true, Irreversible: true, Timeout: aptTimeout},
			staleStep(),
		},
	}, nil
}

// installAgain pins what has to be unpacked anew. It fails for packages that
// dpkg would leave as they are.
func installAgain(unfinished []actions.Unfinished) ([]pin, error) {
	var pins []pin
	for _, u := range unfinished {
		again := u.Again || u.Status == "half-installed"
		switch {
		case u.Want != "install":
			return nil, fmt.Errorf("%s is %s and was to become %q, which dpkg does not finish by itself: run `apt-get install` or `apt-get purge` for it on the host", u.Package, u.Status, u.Want)
		case again && u.Candidate == "":
			return nil, fmt.Errorf("%s has to be installed again, and the host's package archives do not offer it: bring its package to the host and install it there", u.Package)
		case again:
			pins = append(pins, pin{u.Package, u.Candidate})
		}
	}
	slices.SortFunc(pins, func(a, b pin) int { return strings.Compare(a.name, b.name) })
	return pins, nil
}

// finishing names the packages that dpkg can finish: ": nginx 1.22.1-9, curl 7.88.1-10".
func finishing(unfinished []actions.Unfinished) string {
	var pins []pin
	for _, u := range unfinished {
		if !u.Again && u.Status != "half-installed" {
			pins = append(pins, pin{u.Package, u.Version})
		}
	}
	if len(pins) == 0 {
		return ""
	}
	slices.SortFunc(pins, func(a, b pin) int { return strings.Compare(a.name, b.name) })
	return ": " + pinned(pins)
}
