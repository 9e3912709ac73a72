package host

import (
	"errors"
	"regexp"
	"strings"

	"hardenbot/actions"
)

// instanceID is what an EC2 instance is called.
var instanceID = regexp.MustCompile(`^i-[0-9a-f]{8,17}$`)

// parseOS reads os-release(5), with the kernel and the boot after it.
func parseOS(text string, f *actions.Facts) error {
	values := map[string]string{}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		values[key] = clean(strings.Trim(value, `"'`), maxString)
	}
	f.OS = actions.OS{
		ID: values["ID"], Version: values["VERSION_ID"], Name: values["PRETTY_NAME"],
		Kernel: values["probe_kernel"], BootID: values["probe_boot"],
	}
	if instance := values["probe_instance"]; instanceID.MatchString(instance) {
		f.OS.Instance = instance
	}
	if f.OS.ID == "" || f.OS.Kernel == "" {
		return errors.New("the distribution or the kernel is not named")
	}
	return nil
}

func parseLogin(text string, f *actions.Facts) error {
	values := map[string]string{}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(line, " ")
		values[key] = clean(value, maxString)
	}
	f.Login = actions.Login{User: values["user"], Root: values["root"] == "yes", From: values["from"]}
	if f.Login.User == "" {
		return errors.New("the login is not named")
	}
	return nil
}

// parseServices reads the blocks of `systemctl show`, one for each unit asked
// for, in that order. Their Id is not looked at: an alias has another's.
func parseServices(text string, f *actions.Facts) error {
	blocks := strings.Split(strings.TrimSpace(text), "\n\n")
	if len(blocks) != len(askUnits) {
		return errors.New("systemctl did not answer for every unit")
	}
	f.Services = map[string]actions.Service{}
	for i, block := range blocks {
		values := map[string]string{}
		for line := range strings.Lines(block) {
			key, value, _ := strings.Cut(line, "=")
			values[key] = clean(value, 64)
		}
		f.Services[askUnits[i]] = actions.Service{
			Load: values["LoadState"], Active: values["ActiveState"], Enabled: values["UnitFileState"],
		}
	}
	return nil
}

// parseLibraries reads lines of a unit, a tab and a path as in proc(5), maps.
func parseLibraries(text string, f *actions.Facts) error {
	f.Libraries = []actions.LibraryUse{}
	for line := range strings.Lines(text) {
		parts := fields(strings.TrimRight(line, "\n"), 2)
		path, deleted := strings.CutSuffix(parts[1], " (deleted)")
		if path != "" {
			f.Libraries = append(f.Libraries, actions.LibraryUse{Unit: parts[0], Path: path, Deleted: deleted})
		}
	}
	if len(f.Libraries) == 0 {
		return errors.New("no process was seen to use libc, which cannot be")
	}
	return nil
}
