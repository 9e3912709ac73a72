package guards_test

import (
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
	"hardenbot/actions/guards"
)

// A host that is reached through Systems Manager tells of no connection. No
// guard takes that for a proof of how people log in.
func TestGuardsWithoutSSH(t *testing.T) {
	without := func(transport string) *actions.Facts {
		f := actionstest.Sound()
		f.Host.Transport = transport
		f.Login = actions.Login{User: "root", Root: true}
		f.SSHD.Address, f.SSHD.Port = "", 0
		return f
	}
	doors := []struct{ guard, closes string }{
		{"sshd-as-running", ""},
		{"not-our-own-door", "password-login"}, {"not-our-own-door", "root-login"}, {"not-our-own-door", "ssh-port"},
	}
	for _, door := range doors {
		args := map[string]string{"closes": door.closes}
		expect(t, ask(t, door.guard, without(actions.TransportSSM), args, witness{}), false,
			"the bot reaches the host through AWS Systems Manager, where a login by key cannot be proven")
		expect(t, ask(t, door.guard, without("pigeon"), args, witness{}), false, "the bot reaches the host by the transport pigeon")
	}
	risky := actions.Change{Steps: []actions.Step{{Says: "Turn passwords off", Do: "true", Lockout: true}}}
	for lockout, change := range map[bool]actions.Change{true: risky, false: {}} {
		answers := actions.AskGuards(t.Context(), guards.All(), without(actions.TransportSSM),
			actions.Change{Steps: change.Steps, Guards: []actions.Need{{Guard: "key-login"}}}, witness{})
		if answers[0].OK == lockout {
			t.Errorf("key-login, could lock out %v: %+v", lockout, answers[0])
		}
	}
	// By SSH too, what needs the bot's address refuses without it.
	for _, door := range doors {
		a := ask(t, door.guard, without(""), map[string]string{"closes": door.closes}, witness{})
		if byAddress := door.guard == "sshd-as-running" || door.closes == "ssh-port"; byAddress && a.OK {
			t.Errorf("%s %s allows without the bot's address: %s", door.guard, door.closes, a.Says)
		}
	}
}

// The account that the bot would log in as is no person's, whoever the bot is
// on the host now.
func TestBotsAccountIsNoPerson(t *testing.T) {
	f := actionstest.Sound()
	f.Host.Transport, f.Host.User = actions.TransportSSM, "hardenbot"
	f.Login = actions.Login{User: "root", Root: true}
	f.Logins = []actions.RecentLogin{{User: "root", Method: "publickey", Last: f.Collected, Count: 1}}
	f.Accounts = []actions.Account{{
		Name: "hardenbot", UID: 1000, Login: true, Shell: "/bin/sh", Password: "locked", Sudo: true,
		Keys: []actions.Key{{Type: "ED25519", Bits: 256, Fingerprint: "SHA256:x"}},
	}}
	if f.Collected.IsZero() {
		t.Fatal("the facts have no time, so that the login does not count")
	}
	expect(t, ask(t, "nobody-left-behind", f, map[string]string{"closes": "root-login"}, witness{}), false, "people log in as root")
}

// Every guard that there is has been thought of: what needs no SSH may allow.
func TestGuardsThatNeedNoSSH(t *testing.T) {
	known := map[string]bool{
		"key-login": true, "sshd-as-running": true, "not-our-own-door": true, // refuse
		"nobody-left-behind": true, "second-way-in": true, "peers-admitted": true, "apt-exact": true,
		"dpkg-free": true, "sshd-valid": true, "boots-again": true, // judge people, peers, packages and files
		actions.GuardUnchanged: true,
	}
	for _, g := range guards.All() {
		if !known[g.Name] {
			t.Errorf("whether %s may allow on a host that is not reached by SSH is not decided", g.Name)
		}
	}
}
