package guards

import (
	"net/netip"
	"strings"
)

// inPattern matches a name with a pattern of ssh_config(5), PATTERNS: * is any
// number of characters, ? is one.
func inPattern(name, pattern string) bool {
	at, star, tried := 0, -1, 0 // star is the last * in the pattern, tried where it ends in the name
	for i := 0; i < len(name); {
		switch {
		case at < len(pattern) && pattern[at] == '*':
			star, tried = at, i
			at++
		case at < len(pattern) && (pattern[at] == '?' || pattern[at] == name[i]):
			at++
			i++
		case star >= 0:
			tried++
			at, i = star+1, tried
		default:
			return false
		}
	}
	return strings.Trim(pattern[at:], "*") == ""
}

// inPatternList matches a name with a pattern list: one pattern holds, and none
// that is negated by ! does.
func inPatternList(name, list string) bool {
	in := false
	for pattern := range strings.SplitSeq(list, ",") {
		not, negated := strings.CutPrefix(pattern, "!")
		switch {
		case negated && inPattern(name, not):
			return false
		case !negated && inPattern(name, pattern):
			in = true
		}
	}
	return in
}

// userAt matches one word of AllowUsers or DenyUsers: USER or USER@HOST, where
// HOST is a list of patterns, addresses and networks. The address stands for the
// host's name, as it does with UseDNS no.
func userAt(user, from, word string) bool {
	name, hosts, ok := strings.Cut(word, "@")
	if !inPattern(user, name) {
		return false
	}
	return !ok || fromHosts(from, hosts)
}

func fromHosts(from, list string) bool {
	in := false
	for pattern := range strings.SplitSeq(list, ",") {
		not, negated := strings.CutPrefix(pattern, "!")
		switch {
		case negated && fromHost(from, not):
			return false
		case !negated && fromHost(from, pattern):
			in = true
		}
	}
	return in
}

func fromHost(from, pattern string) bool {
	if network, err := netip.ParsePrefix(pattern); err == nil {
		address, err := netip.ParseAddr(from)
		return err == nil && network.Contains(address.WithZone(""))
	}
	return inPattern(from, pattern)
}
