package guards_test

import (
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

func TestNotOurOwnDoor(t *testing.T) {
	for _, c := range []struct {
		name, closes string
		set          func(*actions.Facts)
		ok           bool
		says, mend   string
	}{
		{"its own login", "root-login", func(*actions.Facts) {}, true, "logs in as ops with a key", ""},
		{"root, and nobody else", "root-login", func(f *actions.Facts) {
			f.Login.User = "root"
			f.Accounts[1].Sudo = false
		}, false, "the bot itself logs in as root", "give the bot a login of its own with a key and sudo"},
		{"root, and somebody else", "root-login", func(f *actions.Facts) { f.Login.User = "root" },
			false, "the bot itself logs in as root", "these have a key and sudo: ops"},
		{"root with a key keeps in without passwords", "password-login", func(f *actions.Facts) {
			f.Login.User = "root"
			f.Accounts[0].Keys = f.Accounts[1].Keys
		}, true, "logs in as root with a key", ""},
		{"no key", "password-login", func(f *actions.Facts) { f.Accounts[1].Keys = nil },
			false, "ops has no authorized key", "authorized_keys of ops"},
		{"no sudo", "password-login", func(f *actions.Facts) { f.Accounts[1].Sudo = false },
			false, "ops may not use sudo", "give ops sudo"},
		{"keys are off for it", "password-login", func(f *actions.Facts) { f.SSHD.PerUser["ops"]["pubkeyauthentication"] = "no" },
			false, "sshd takes no keys from ops", "PubkeyAuthentication yes"},
		{"its key is a certificate", "password-login", func(f *actions.Facts) {
			f.Accounts[1].Keys = nil
			f.SSHD.PerUser["ops"]["trustedusercakeys"] = "/etc/ssh/ca.pub"
		}, true, "from elsewhere than authorized_keys", ""},
		{"no such account", "password-login", func(f *actions.Facts) { f.Accounts = f.Accounts[:1] },
			false, "ops is not among the host's accounts", "local account"},
		{"not asked about a known thing", "the-moon", func(*actions.Facts) {}, false, "closing the-moon", "report it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := actionstest.Sound()
			c.set(f)
			a := ask(t, "not-our-own-door", f, map[string]string{"closes": c.closes}, witness{})
			expect(t, a, c.ok, c.says)
			expect(t, actions.Answer{OK: true, Says: a.Mend}, true, c.mend)
		})
	}
}
