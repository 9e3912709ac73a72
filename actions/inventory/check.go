package inventory

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"unicode"
)

// name is what hosts and groups may be called: the characters of host names
// (RFC 1123) and the underscore, so that patterns and shells take none of them
// for something else. 253 is the longest host name (RFC 1035).
var name = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,252}$`)

// CheckName refuses names of hosts and groups that patterns could not tell.
func CheckName(s string) error {
	if name.MatchString(s) {
		return nil
	}
	return fmt.Errorf("the name %.60q cannot be used: a name has 1 to 253 letters, digits, dots, hyphens and underscores, and begins with a letter, a digit or an underscore", s)
}

// CheckAddress refuses what is neither an IP address nor a host name.
func CheckAddress(s string) error {
	if _, err := netip.ParseAddr(s); err == nil || name.MatchString(s) {
		return nil
	}
	return fmt.Errorf("%.60q is neither an IP address nor a host name", s)
}

// CheckPort refuses what is no TCP or UDP port number.
func CheckPort(port int) error {
	if port >= 1 && port <= 65535 {
		return nil
	}
	return fmt.Errorf("%d is no port: ports go from 1 to 65535", port)
}

// CheckUser refuses what cannot be a login name. It leaves room for those of
// directories (user@domain, DOMAIN\user).
func CheckUser(s string) error {
	odd := func(c rune) bool {
		return unicode.IsSpace(c) || !unicode.IsPrint(c) || strings.ContainsRune("%\"'`$", c)
	}
	if s != "" && len(s) <= 255 && s[0] != '-' && !strings.ContainsFunc(s, odd) {
		return nil
	}
	return fmt.Errorf("%.60q is no login name", s)
}
