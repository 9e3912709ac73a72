package remedies

import (
	"strings"

	version "github.com/knqyf263/go-deb-version"

	"hardenbot/actions"
)

// newerKernel returns the newest installed kernel of the running one's flavour,
// if it is newer than that one. A container's kernel is another machine's.
func newerKernel(f *actions.Facts) (actions.Kernel, bool) {
	newest, ok := newestKernel(f)
	if !ok {
		return actions.Kernel{}, false
	}
	running := actions.Kernel{Release: f.OS.Kernel, Version: f.Boot.Version}
	return newest, olderKernel(running, newest)
}

// bootsInto is the release of the kernel that the host should come back with:
// empty where no package brought one that could have started this host.
func bootsInto(f *actions.Facts) string {
	newest, _ := newestKernel(f)
	return newest.Release
}

// newestKernel returns the newest installed kernel of the running one's flavour.
func newestKernel(f *actions.Facts) (newest actions.Kernel, ok bool) {
	if f.Boot.Container != "" {
		return newest, false
	}
	_, flavour := kernelFlavour(f.OS.Kernel)
	for _, k := range f.Boot.Kernels {
		if _, its := kernelFlavour(k.Release); its == flavour && (!ok || olderKernel(newest, k)) {
			newest, ok = k, true
		}
	}
	return newest, ok
}

// kernelFlavour divides a release, as `uname -r` says it, into its version and
// the kind of machine that it is built for: "6.1.0-41-cloud-amd64" is
// "6.1.0-41" and "cloud-amd64". What replaces a kernel is of its flavour.
func kernelFlavour(release string) (number, flavour string) {
	parts := strings.Split(release, "-")
	n := 1
	for n < len(parts) && parts[n] != "" && parts[n][0] >= '0' && parts[n][0] <= '9' {
		n++
	}
	return strings.Join(parts[:n], "-"), strings.Join(parts[n:], "-")
}

// olderKernel reports whether a is older than b: by its release, or, where a
// distribution builds the same release anew, by the version of its package.
// What is no version is never older.
func olderKernel(a, b actions.Kernel) bool {
	is, _ := kernelFlavour(a.Release)
	other, _ := kernelFlavour(b.Release)
	if is != other {
		return olderVersion(is, other)
	}
	return a.Version != "" && olderVersion(a.Version, b.Version)
}

// olderVersion compares as dpkg does (deb-version(7)).
func olderVersion(a, b string) bool {
	is, err := version.NewVersion(a)
	if err != nil {
		return false
	}
	other, err := version.NewVersion(b)
	return err == nil && is.LessThan(other)
}
