package remedies

import (
	"fmt"
	"strings"
	"time"

	"hardenbot/actions"
)

// rebootRequired finds hosts that run an older kernel than they have installed,
// or whose packages ask for a restart. The restart is the whole change: nothing
// else in the catalogue ever restarts a host.
var rebootRequired = actions.Remedy{
	ID:         "reboot-required",
	Title:      "The host has to be restarted to use what was installed",
	Why:        "A kernel's holes are closed when the new one runs, not when it is installed",
	Layer:      actions.Patch,
	Rank:       3,
	References: []string{"Lynis KRNL-5830"},
	Needs:      []actions.Section{actions.SectionOS, actions.SectionBoot},
	Check:      checkRebootRequired,
	Plan:       planRebootRequired,
}

// rebootTimeout is how long a host may take until it is there again with
// another boot id.
const rebootTimeout = 10 * time.Minute

const askersShown = 10 // how many packages the evidence names

func checkRebootRequired(f *actions.Facts) []actions.Evidence {
	var says []string
	if newer, ok := newerKernel(f); ok {
		says = append(says, fmt.Sprintf("kernel %s is running, and %s is installed",
			kernelWords(actions.Kernel{Release: f.OS.Kernel, Version: f.Boot.Version}), kernelWords(newer)))
	}
	if f.Boot.Required {
		says = append(says, "packages ask for a restart (/run/reboot-required)"+askers(f.Boot.Packages))
	}
	if len(says) == 0 {
		return nil
	}
	return []actions.Evidence{{Says: says}}
}

func kernelWords(k actions.Kernel) string {
	if k.Version == "" {
		return k.Release
	}
	return k.Release + " (" + k.Version + ")"
}

func askers(packages []string) string {
	if len(packages) == 0 {
		return ""
	}
	words := ": " + strings.Join(packages[:min(askersShown, len(packages))], ", ")
	if more := len(packages) - askersShown; more > 0 {
		words += fmt.Sprintf(" and %d more", more)
	}
	return words
}

// planRebootRequired restarts the host, and nothing else. Where people decide
// about several hosts, each is out of rotation while it is down.
func planRebootRequired(f *actions.Facts, _ actions.Finding) (actions.Change, error) {
	notes := []string{
		"everything that runs on the host ends, sessions and open connections too; what is not started at boot stays down",
		"a restart cannot be undone; one host goes first, and its health is checked before the next",
	}
	next := bootsInto(f)
	if next != "" {
		notes = append(notes, "the host comes back with kernel "+next)
	}
	return actions.Change{
		Notes: notes,
		Guards: []actions.Need{
			{Guard: "key-login"},
			{Guard: "dpkg-free"},
			{Guard: "boots-again", Args: map[string]string{"kernel": next, "container": f.Boot.Container}},
		},
		Steps: []actions.Step{{
			Says:   "Restart the host, and wait until it is there again with a new boot id",
			Reboot: true, Disruptive: true, Irreversible: true, Timeout: rebootTimeout,
		}},
	}, nil
}
