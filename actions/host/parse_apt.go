package host

import (
	"errors"
	"regexp"
	"strings"

	"hardenbot/actions"
)

// instLine is a line of `apt-get -s upgrade`:
// Inst openssl [3.0.15-1] (3.0.16-1 Debian:12/stable, Debian-Security:12/stable-security [amd64])
var instLine = regexp.MustCompile(`^Inst (\S+) (?:\[([^\]]*)\] )?\((\S+)(?: ([^\[]*?))?(?: \[([^\]]*)\])?\)`)

// remvLine is a line of what would be removed: Remv libold1 [1.2-3]
var remvLine = regexp.MustCompile(`^Remv (\S+) \[([^\]\s]+)\]`)

func parseUpgrades(text string, f *actions.Facts) error {
	f.Upgrades, f.Unneeded = []actions.Upgrade{}, nil
	sources, edited := map[string]string{}, map[string][]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "Inst "):
			m := instLine.FindStringSubmatch(clean(line, maxString))
			if m == nil {
				return errors.New("apt-get printed a line that is not understood: " + clean(line, 80))
			}
			f.Upgrades = append(f.Upgrades, actions.Upgrade{
				Package: m[1], From: m[2], To: m[3], Origin: m[4], Arch: m[5], Security: securityOrigin(m[4]),
			})
		case strings.HasPrefix(line, "Remv "):
			m := remvLine.FindStringSubmatch(clean(line, maxString))
			if m == nil {
				return errors.New("apt-get printed a line that is not understood: " + clean(line, 80))
			}
			f.Unneeded = append(f.Unneeded, actions.Unneeded{Package: m[1], Version: m[2]})
		case strings.HasPrefix(line, "S "):
			words := strings.Fields(clean(line, maxString))
			if len(words) == 3 {
				sources[words[1]] = words[2]
			}
		case strings.HasPrefix(line, "C "):
			name, file, _ := strings.Cut(clean(line[2:], maxString), " ")
			edited[name] = append(edited[name], file)
		}
	}
	for i, u := range f.Upgrades {
		name, _, _ := strings.Cut(u.Package, ":")
		f.Upgrades[i].Source, f.Upgrades[i].Edited = sources[u.Package], edited[name]
		delete(edited, name) // once, however often a host names the package
	}
	return nil
}

// securityOrigin reports whether any of the archives that have the version,
// each LABEL:VERSION/SUITE, is a security archive.
func securityOrigin(origins string) bool {
	for origin := range strings.SplitSeq(origins, ", ") {
		label, _, _ := strings.Cut(origin, ":")
		if label == "Debian-Security" || strings.HasSuffix(origin, "-security") {
			return true
		}
	}
	return false
}

// parsePackages reads `apt-cache policy`. A package that apt does not know of
// is neither installed nor to be had.
func parsePackages(text string, f *actions.Facts) error {
	f.Packages = map[string]actions.Package{}
	for _, name := range askPackages {
		f.Packages[name] = actions.Package{}
	}
	current := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if name, ok := strings.CutSuffix(line, ":"); ok && !strings.HasPrefix(line, " ") {
			current = name
		}
		p, asked := f.Packages[current]
		if !asked {
			continue
		}
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		value = strings.TrimPrefix(clean(value, maxString), "(none)")
		switch key {
		case "Installed":
			p.Installed = value
		case "Candidate":
			p.Candidate = value
		}
		f.Packages[current] = p
	}
	return nil
}

// aptLine is a line of `apt-config dump`.
var aptLine = regexp.MustCompile(`^(\S+) "(.*)";$`)

// parseAptConfig keeps the values by their key; those of a list, whose key ends
// in "::", are joined by line breaks.
func parseAptConfig(text string, f *actions.Facts) error {
	f.AptConfig = map[string]string{}
	for line := range strings.Lines(text) {
		m := aptLine.FindStringSubmatch(clean(line, maxString))
		if m == nil {
			continue
		}
		if before, ok := f.AptConfig[m[1]]; ok && strings.HasSuffix(m[1], "::") {
			m[2] = before + "\n" + m[2]
		}
		f.AptConfig[m[1]] = m[2]
	}
	return nil
}
