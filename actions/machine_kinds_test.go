package actions_test

import (
	"maps"
	"slices"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

// kind is a kind of change, and what it does to a host's settings.
type kind struct {
	remedy   actions.Remedy
	settings map[string]string
	switched bool // the dead-man switch guards it
	forward  bool // it cannot be undone
	called   bool // it changes the cloud and not the host
}

const passwords = "passwordauthentication"

var (
	install = actions.Step{Says: "Install", Do: "keep installed\nset installed yes\n", Undo: "restore installed\n", Timeout: time.Minute}
	harden  = actions.Step{Says: "Turn passwords off", Do: "keep passwordauthentication\nkeep banner\nset banner none\nset passwordauthentication no\n",
		Undo: "restore passwordauthentication\nrestore banner\n", Lockout: true, Timeout: 20 * time.Second}
	upgrade = actions.Step{Says: "Upgrade", Do: "set passwordauthentication no\n", Disruptive: true, Irreversible: true, Timeout: time.Minute}
	again   = actions.Step{Says: "Restart what maps the old files", Do: "set restarted yes\n", Disruptive: true, Irreversible: true, Timeout: time.Minute}
	kernel  = actions.Step{Says: "Install the kernel", Do: "at_boot passwordauthentication no\n", Irreversible: true, Timeout: time.Minute}
	reboot  = actions.Step{Says: "Restart the host", Reboot: true, Disruptive: true, Irreversible: true, Timeout: 10 * time.Minute}
)

// kinds are the shapes that the catalogue's changes have.
var kinds = map[string]kind{
	"risky": {remedy: weakWith(harden), switched: true,
		settings: map[string]string{passwords: "no", "banner": "none"}},
	"prepared": {remedy: weakWith(install, harden), switched: true,
		settings: map[string]string{passwords: "no", "banner": "none", "installed": "yes"}},
	"disruptive": {remedy: weakWith(disturbing(harden)), switched: true,
		settings: map[string]string{passwords: "no", "banner": "none"}},
	"plain": {remedy: weakWith(install, disturbing(harmless(harden))),
		settings: map[string]string{passwords: "no", "banner": "none", "installed": "yes"}},
	"packages": {remedy: weakWith(upgrade, again), forward: true,
		settings: map[string]string{passwords: "no", "restarted": "yes"}},
	"restart": {remedy: weakWith(kernel, reboot), forward: true, settings: map[string]string{passwords: "no"}},
	"calls":   {remedy: actionstest.Wide(), called: true},
}

var kindNames = slices.Sorted(maps.Keys(kinds))

func weakWith(steps ...actions.Step) actions.Remedy {
	r := actionstest.Weak()
	r.Plan = func(f *actions.Facts, _ actions.Finding) (actions.Change, error) {
		return actions.Change{
			Notes:  []string{note(f.SSHD.Global[passwords])},
			Guards: []actions.Need{{Guard: "key-login"}}, Steps: slices.Clone(steps),
		}, nil
	}
	return r
}

func disturbing(s actions.Step) actions.Step { s.Disruptive = true; return s }
func harmless(s actions.Step) actions.Step   { s.Lockout = false; return s }

// note makes the plan for a host differ from the plan for one that was set
// otherwise.
func note(before string) string { return "It was " + before + " before." }
