package host

import (
	"slices"
	"strings"

	"hardenbot/actions"
)

// keyWays is what the host has to say about one account's keys.
type keyWays struct {
	sshd   map[string]string // what `sshd -T` has for the account
	doubts []string          // about the key that comes next
}

func waysOf(ways map[string]*keyWays, name string) *keyWays {
	if ways[name] == nil {
		ways[name] = &keyWays{sshd: map[string]string{}}
	}
	return ways[name]
}

func (w *keyWays) setting(line string) {
	keyword, value, _ := strings.Cut(clean(line, maxString), " ")
	w.sshd[keyword] = value
}

// maxDoubts bounds the options of one key.
const maxDoubts = 32

func (w *keyWays) doubt(word string) {
	if len(w.doubts) < maxDoubts {
		w.doubts = append(w.doubts, clean(word, maxString))
	}
}

// narrowing are the options of authorized_keys (sshd(8)) with which a key does
// not let a person in, or not always, and what they do.
var narrowing = []struct{ option, says string }{
	{"cert-authority", "is a certificate authority's (cert-authority)"},
	{"expired", "has expired (expiry-time=)"},
	{"command", "runs one command only (command=)"},
	{"from", "is bound to an address (from=)"},
}

// unusable takes the doubts about the key: the clause of the gravest, or none.
func (w *keyWays) unusable(key actions.Key) string {
	doubts := w.doubts
	w.doubts = nil
	for _, d := range doubts {
		if path, ok := strings.CutPrefix(d, "modes "); ok && w.sshd["strictmodes"] != "no" {
			return "is ignored for the owner or the mode of " + path + " (StrictModes)"
		}
	}
	if slices.Contains(doubts, "unreadable") {
		return "is in a file that the account may not read"
	}
	for _, n := range narrowing {
		if slices.Contains(doubts, n.option) {
			return n.says
		}
	}
	if key.Type == "DSA" {
		return "is of a kind that sshd takes no more (DSA)"
	}
	return ""
}

// noKeyLogin is Account.KeyLogin. A nil receiver is an account that was not
// looked at.
func (w *keyWays) noKeyLogin(a actions.Account) string {
	switch {
	case w == nil:
		return "was not searched for keys"
	case w.sshd["pubkeyauthentication"] != "yes":
		return "gets in by no key (PubkeyAuthentication " + orNothing(w.sshd["pubkeyauthentication"]) + ")"
	case a.UID == 0 && (w.sshd["permitrootlogin"] == "no" || w.sshd["permitrootlogin"] == "forced-commands-only"):
		return "gets in by no key (PermitRootLogin " + w.sshd["permitrootlogin"] + ")"
	case !keyAlone(w.sshd["authenticationmethods"]):
		return "gets in by no key alone (AuthenticationMethods " + w.sshd["authenticationmethods"] + ")"
	case len(a.Keys) == 0:
		return "has no authorized key"
	case !slices.ContainsFunc(a.Keys, func(k actions.Key) bool { return k.Unusable == "" }):
		return "has no key to use: the first of them " + a.Keys[0].Unusable
	}
	return ""
}

func orNothing(value string) string {
	if value == "" {
		return "is not known"
	}
	return value
}

// keyAlone reports whether AuthenticationMethods lets a key in without more.
func keyAlone(methods string) bool {
	return methods == "" || methods == "any" || slices.Contains(strings.Fields(methods), "publickey")
}
