package remedies

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"hardenbot/actions"
)

// How long apt may take: a download on a slow line and the maintainers'
// scripts. The wait for others who change packages (2 min) is part of it.
const (
	aptTimeout     = 15 * time.Minute
	restartTimeout = 2 * time.Minute
)

// pin is one version of one package.
type pin struct{ name, version string }

// What Debian Policy lets packages and versions be called (5.6.1, 5.6.12), and
// systemd.unit(5) units. Anything else does not come from an archive.
var (
	packageName    = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]+(:[a-z0-9][a-z0-9-]*)?$`)
	packageVersion = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z.+~:-]*$`)
	serviceName    = regexp.MustCompile(`^[0-9A-Za-z_][0-9A-Za-z:_.\\@-]*\.service$`)
)

// aptCall is a call of one of prelude/apt.sh's functions, a pin a line.
func aptCall(function string, pins []pin) (string, error) {
	call := function
	for _, p := range pins {
		if !packageName.MatchString(p.name) || !packageVersion.MatchString(p.version) {
			return "", fmt.Errorf("the host offers %q in version %q, which is no name or version of a Debian package: look at its package lists", p.name, p.version)
		}
		word, err := quote(p.name + "=" + p.version)
		if err != nil {
			return "", err
		}
		call += " \\\n\t" + word
	}
	return call + "\n", nil
}

// aptExact is the guard that has apt say whether it would do exactly this, how
// being "upgrade" or "install".
func aptExact(how string, pins []pin) actions.Need {
	lines := make([]string, len(pins))
	for i, p := range pins {
		lines[i] = p.name + "=" + p.version
	}
	return actions.Need{Guard: "apt-exact", Args: map[string]string{"how": how, "pins": strings.Join(lines, "\n")}}
}

// candidates pins those of the packages that are not installed to the versions
// that the host would install.
func candidates(f *actions.Facts, names ...string) ([]pin, error) {
	var pins []pin
	for _, name := range names {
		p := f.Packages[name]
		if p.Installed != "" {
			continue
		}
		if p.Candidate == "" {
			return nil, fmt.Errorf("the host's package archives offer no %s: run apt-get update there, or add the archive", name)
		}
		pins = append(pins, pin{name, p.Candidate})
	}
	return pins, nil
}

// installStep installs packages that are not there. Undone, they are purged
// with whatever came along.
func installStep(call string, pins []pin) (actions.Step, error) {
	do, err := aptCall(call, pins)
	if err != nil {
		return actions.Step{}, err
	}
	return actions.Step{
		Says: "Install " + pinned(pins) + ", with what that depends on; upgrade and remove nothing",
		Do:   do, Undo: "apt_remove\n", UndoSays: "Purge what was installed",
		Timeout: aptTimeout,
	}, nil
}

// autoremoveStep removes what apt calls unneeded, as far as it still does.
func autoremoveStep(unneeded []actions.Unneeded) (actions.Step, error) {
	pins := make([]pin, len(unneeded))
	for i, u := range unneeded {
		pins[i] = pin{u.Package, u.Version}
	}
	do, err := aptCall("apt_autoremove", pins)
	if err != nil {
		return actions.Step{}, err
	}
	return actions.Step{
		Says: "Remove " + pinned(pins) + ", which came along with others and which nothing needs any more, and nothing else",
		Do:   do, Irreversible: true, Timeout: aptTimeout,
	}, nil
}

// pinned words pins for people: "openssl 3.0.17-1, libssl3 3.0.17-1".
func pinned(pins []pin) string {
	words := make([]string, len(pins))
	for i, p := range pins {
		words[i] = p.name + " " + p.version
	}
	return strings.Join(words, ", ")
}

// keptServices are patterns, for sh and path.Match alike, of services that are
// left alone when a library was replaced; they use the old one until the next
// boot. A restart would cut people's sessions and everything that talks over
// the bus, or take routes and rules away that others have set. A container has
// libraries of its own.
var keptServices = []string{
	"dbus*.service", "systemd-logind.service", "user@*.service", "*getty@*.service", "ssh*@*.service",
	"display-manager.service",
	"systemd-networkd.service", "networking.service", "NetworkManager.service",
	"systemd-nspawn@*.service",
}

func keptNote() string {
	return "these are never restarted and use replaced libraries until the next boot: " + strings.Join(keptServices, ", ")
}

// staleStep restarts what only the host can know once packages were replaced.
func staleStep() actions.Step {
	return actions.Step{
		Says:       "Restart whatever else still uses a replaced library, sshd last",
		Do:         "restart_stale_services \\\n\t'" + strings.Join(keptServices, "' \\\n\t'") + "'\n",
		Disruptive: true, Irreversible: true, Timeout: aptTimeout,
	}
}

// restartSteps restarts the services one by one, sshd last.
func restartSteps(units []string) ([]actions.Step, error) {
	order := slices.DeleteFunc(slices.Clone(units), sshdService)
	if i := slices.IndexFunc(units, sshdService); i >= 0 {
		order = append(order, units[i])
	}
	var steps []actions.Step
	for _, unit := range order {
		step, err := restartStep(unit)
		if err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, nil
}

func restartStep(unit string) (actions.Step, error) {
	if !serviceName.MatchString(unit) {
		return actions.Step{}, fmt.Errorf("the host names a service %q, which systemd would not: restart it by hand", unit)
	}
	word, err := quote(unit)
	if err != nil {
		return actions.Step{}, err
	}
	says := "Restart " + unit + ", so that it stops using the old library"
	if sshdService(unit) {
		says += "; sshd tests its configuration first, and open sessions go on"
	}
	return actions.Step{
		Says: says, Do: "restart_service " + word + "\n",
		Disruptive: true, Irreversible: true, Timeout: restartTimeout,
	}, nil
}

func sshdService(unit string) bool { return unit == "ssh.service" || unit == "sshd.service" }
