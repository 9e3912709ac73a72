package host

import (
	"strings"
	"testing"

	"hardenbot/actions"
)

// Who has a key gets in by it only if sshd takes it.
func TestKeyLogin(t *testing.T) {
	const key = "K	alice	256 SHA256:abc alice (ED25519)\n"
	const takes = "W	alice	pubkeyauthentication yes\nW	alice	authenticationmethods any\nW	alice	strictmodes yes\n"
	for _, c := range []struct{ name, text, want string }{
		{"a key", takes + key, ""},
		{"no key", takes, "has no authorized key"},
		{"sshd did not say", key, "gets in by no key (PubkeyAuthentication is not known)"},
		{"no keys taken", "W	alice	pubkeyauthentication no\n" + key, "gets in by no key (PubkeyAuthentication no)"},
		{"a key and more", strings.Replace(takes, "any", "publickey,password", 1) + key, "gets in by no key alone (AuthenticationMethods publickey,password)"},
		{"a key is one of the ways", strings.Replace(takes, "any", "publickey,password publickey", 1) + key, ""},
		{"an option that leaves the way open", takes + "X	alice	no-pty\n" + key, ""},
		{"a command", takes + "X	alice	command\n" + key, "has no key to use: the first of them runs one command only (command=)"},
		{"an address", takes + "X	alice	from\n" + key, "has no key to use: the first of them is bound to an address (from=)"},
		{"expired", takes + "X	alice	expiry-time\nX	alice	expired\n" + key, "has no key to use: the first of them has expired (expiry-time=)"},
		{"not expired yet", takes + "X	alice	expiry-time\n" + key, ""},
		{"an authority", takes + "X	alice	cert-authority\n" + key, "has no key to use: the first of them is a certificate authority's (cert-authority)"},
		{"open to others", takes + "X	alice	modes /home/alice\n" + key, "has no key to use: the first of them is ignored for the owner or the mode of /home/alice (StrictModes)"},
		{"open to others, which nobody minds", strings.Replace(takes, "strictmodes yes", "strictmodes no", 1) + "X	alice	modes /home/alice\n" + key, ""},
		{"not to be read", takes + "X	alice	unreadable\n" + key, "has no key to use: the first of them is in a file that the account may not read"},
		{"too old a kind", takes + strings.Replace(key, "ED25519", "DSA", 1), "has no key to use: the first of them is of a kind that sshd takes no more (DSA)"},
		{"the next key is free", takes + "X	alice	command\n" + key + key, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var f actions.Facts
			if err := parseAccounts("A	alice:1000:1000:/bin/bash:usable\n"+c.text, &f); err != nil {
				t.Fatal(err)
			}
			if a := f.Accounts[0]; a.KeyLogin != c.want || a.ByKey() != (c.want == "") {
				t.Errorf("KeyLogin is %q and ByKey %v, want %q", a.KeyLogin, a.ByKey(), c.want)
			}
		})
	}
	var f actions.Facts
	if err := parseAccounts("A	root:0:0:/bin/bash:usable\n"+strings.ReplaceAll(takes+"W	alice	permitrootlogin no\n"+key, "alice", "root"), &f); err != nil {
		t.Fatal(err)
	}
	if got := f.Accounts[0].KeyLogin; got != "gets in by no key (PermitRootLogin no)" {
		t.Errorf("root: %q", got)
	}
}
