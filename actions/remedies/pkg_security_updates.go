package remedies

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"hardenbot/actions"
)

// pkgSecurityUpdates finds pending upgrades from security archives. What is
// critical goes first, as a small change of its own; the rest follows. A
// kernel that needs a new package is not among what apt upgrades, and so
// neither here.
var pkgSecurityUpdates = actions.Remedy{
	ID:         "pkg-security-updates",
	Title:      "Security updates are pending",
	Why:        "The holes that these close are public, and so are the tools that use them",
	Layer:      actions.Patch,
	Rank:       2,
	References: []string{"Lynis PKGS-7392"},
	Needs:      []actions.Section{actions.SectionDpkg, actions.SectionUpgrades, actions.SectionLibraries},
	Check:      checkSecurityUpdates,
	Plan:       planSecurityUpdates,
}

// criticalSources are the source packages that go first, and why. The list is
// short on purpose: a small change is one that people read, and that shows its
// fault on the first host. sudo and the kernel need a login before they can be
// abused; openssh can fail in a way that locks people out and glibc restarts
// everything, so both are better off in the rolling rest.
var criticalSources = []struct {
	source   string
	binaries []string // patterns, for hosts that do not name the source
	why      string
}{
	{"openssl", []string{"openssl", "libssl1.1", "libssl3", "libssl3t64", "libssl-dev", "openssl-provider-*"},
		"nearly every service that speaks TLS reads its peers' first bytes with it, before any login"},
}

// criticalLibraries are the file names of what criticalSources bring.
var criticalLibraries = []string{"libssl.so*", "libcrypto.so*"}

const (
	subjectCritical = "critical"
	subjectRest     = "rest"
	upgradesShown   = 10 // how many the evidence spells out
)

func checkSecurityUpdates(f *actions.Facts) []actions.Evidence {
	first, others := securityUpgrades(f)
	stale := staleServices(f, true)
	var found []actions.Evidence
	if len(first)+len(stale) > 0 {
		title := "Security updates of OpenSSL are pending"
		if len(first) == 0 {
			title = "Services still run with an old OpenSSL"
		}
		found = append(found, actions.Evidence{Subject: subjectCritical, Title: title, Rank: 1, Says: append(upgradeSays(first), staleSays(stale)...)})
	}
	if len(others) > 0 {
		found = append(found, actions.Evidence{Subject: subjectRest, Rank: 2, Says: upgradeSays(others)})
	}
	return found
}

// securityUpgrades returns the pending upgrades from security archives, by
// name: those of criticalSources and all others.
func securityUpgrades(f *actions.Facts) (first, others []actions.Upgrade) {
	for _, u := range f.Upgrades {
		switch {
		case !u.Security:
		case isCritical(u):
			first = append(first, u)
		default:
			others = append(others, u)
		}
	}
	byName := func(a, b actions.Upgrade) int { return strings.Compare(a.Package, b.Package) }
	slices.SortFunc(first, byName)
	slices.SortFunc(others, byName)
	return first, others
}

func isCritical(u actions.Upgrade) bool {
	name, _, _ := strings.Cut(u.Package, ":")
	for _, c := range criticalSources {
		if u.Source == c.source || u.Source == "" && matches(c.binaries, name) {
			return true
		}
	}
	return false
}

// staleServices returns the services that map a critical library and may be
// restarted, sorted: all of them, or only those whose library was replaced.
func staleServices(f *actions.Facts, replaced bool) []string {
	var units []string
	for _, use := range f.Libraries {
		if !strings.HasSuffix(use.Unit, ".service") || matches(keptServices, use.Unit) || replaced && !use.Deleted {
			continue
		}
		if matches(criticalLibraries, path.Base(use.Path)) {
			units = append(units, use.Unit)
		}
	}
	slices.Sort(units)
	return slices.Compact(units)
}

// matches reports whether the name is one of the patterns (path.Match).
func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(p, name)
		return err == nil && ok
	})
}

func upgradeSays(upgrades []actions.Upgrade) []string {
	var says []string
	if len(upgrades) > 1 {
		says = append(says, fmt.Sprintf("%d packages have security updates", len(upgrades)))
	}
	for _, u := range upgrades[:min(upgradesShown, len(upgrades))] {
		says = append(says, fmt.Sprintf("%s %s → %s (%s)", u.Package, u.From, u.To, u.Origin))
	}
	if more := len(upgrades) - upgradesShown; more > 0 {
		says = append(says, fmt.Sprintf("and %d more", more))
	}
	return says
}

func staleSays(units []string) []string {
	var says []string
	for _, unit := range units {
		says = append(says, unit+" still runs with a library that was replaced on disk")
	}
	return says
}
