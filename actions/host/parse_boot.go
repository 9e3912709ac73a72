package host

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"hardenbot/actions"
)

// kernelPackage is a package with a kernel in it, by the release that uname(1)
// will tell. Packages that stand for the newest one have no number after image-.
var kernelPackage = regexp.MustCompile(`^linux-image-(?:unsigned-)?([0-9][0-9A-Za-z.+~_-]*?)(?:-unsigned)?$`)

// debugKernel is the ending of packages that bring a kernel's symbols only.
var debugKernel = regexp.MustCompile(`-dbg(sym)?$`)

// Debian's kernels tell their package in `uname -v`, as in
// "#1 SMP PREEMPT_DYNAMIC Debian 6.1.158-1 (2025-11-09)". Ubuntu's do not, and
// get another release with each package.
var debianVersion = regexp.MustCompile(` Debian ([0-9][0-9A-Za-z.+~-]*)`)

// parseBoot reads what the probe's boot.sh prints.
func parseBoot(text string, f *actions.Facts) error {
	f.Boot = actions.Boot{}
	for line := range strings.Lines(text) {
		line = clean(line, maxString)
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "":
		case line == "required":
			f.Boot.Required = true
		case word == "container":
			f.Boot.Container = rest
		case word == "version":
			if m := debianVersion.FindStringSubmatch(line); m != nil {
				f.Boot.Version = m[1]
			}
		case word == "P" && !slices.Contains(f.Boot.Packages, rest):
			f.Boot.Packages = append(f.Boot.Packages, rest)
		case word == "K":
			addKernel(rest, &f.Boot)
		case word != "P":
			return errors.New("what was said of the kernel is not understood: " + clean(line, 80))
		}
	}
	return nil
}

func addKernel(line string, b *actions.Boot) {
	name, version, _ := strings.Cut(line, " ")
	m := kernelPackage.FindStringSubmatch(name)
	if m == nil || debugKernel.MatchString(name) {
		return
	}
	b.Kernels = append(b.Kernels, actions.Kernel{Release: m[1], Version: version})
}
