package guards_test

import (
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

func TestNobodyLeftBehind(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2026, 11, d, 9, 30, 0, 0, time.UTC) }
	person := func(name, password string, keys int) actions.Account {
		return actions.Account{Name: name, UID: 1001, Login: true, Password: password, Keys: make([]actions.Key, keys)}
	}
	for _, c := range []struct {
		name     string
		accounts []actions.Account
		logins   []actions.RecentLogin
		ok       bool
		says     string
	}{
		{"everybody has a key", []actions.Account{person("alice", "usable", 1)},
			[]actions.RecentLogin{{User: "alice", Method: "password", Last: day(3)}},
			true, "everybody who has a password has a key too"},
		{"two log in by password", []actions.Account{person("carol", "usable", 0), person("alice", "empty", 0)},
			[]actions.RecentLogin{
				{User: "carol", Method: "keyboard-interactive/pam", Last: day(5)},
				{User: "alice", Method: "password", Last: day(3)},
				{User: "carol", Method: "password", Last: day(4)},
			},
			false, "these log in by password and have no key: alice (last on 2026-11-03 09:30 UTC) and carol (last on 2026-11-05 09:30 UTC)"},
		{"one could and did not", []actions.Account{person("bob", "usable", 0), person("alice", "usable", 1)},
			[]actions.RecentLogin{{User: "bob", Method: "publickey", Last: day(3)}, {User: "alice", Method: "password", Last: day(3)}},
			true, "nobody without a key logged in by password lately; bob could and did not"},
		{"a lock may leave another password", []actions.Account{person("bob", "locked", 0)},
			[]actions.RecentLogin{{User: "bob", Method: "password", Last: day(3)}},
			false, "bob (last on 2026-11-03 09:30 UTC)"},
		{"a lock without a shell is the end", []actions.Account{{Name: "bob", UID: 1001, Password: "locked"}},
			[]actions.RecentLogin{{User: "bob", Method: "password", Last: day(3)}},
			true, "everybody who has a password has a key too"},
		{"files may still come without a shell", []actions.Account{{Name: "bob", UID: 1001, Password: "usable"}},
			[]actions.RecentLogin{{User: "bob", Method: "password", Last: day(3)}},
			false, "bob (last on 2026-11-03 09:30 UTC)"},
		{"a directory's people are no accounts of the host", nil,
			[]actions.RecentLogin{{User: "carol@corp.example", Method: "password", Last: day(3)}},
			false, "carol@corp.example (last on 2026-11-03 09:30 UTC)"},
		{"a directory's people have any UID", []actions.Account{{Name: "carol", UID: 1234601104, Login: true, Password: "usable"}},
			[]actions.RecentLogin{{User: "carol", Method: "keyboard-interactive/pam", Last: day(3)}},
			false, "carol (last on 2026-11-03 09:30 UTC)"},
		{"so have those of old systems", []actions.Account{{Name: "carol", UID: 500, Login: true, Password: "usable"}},
			[]actions.RecentLogin{{User: "carol", Method: "password", Last: day(3)}},
			false, "carol (last on 2026-11-03 09:30 UTC)"},
		{"a login by key since shows a key", nil, []actions.RecentLogin{
			{User: "carol", Method: "password", Last: day(3)}, {User: "carol", Method: "publickey", Last: day(4)},
		}, true, "everybody who has a password has a key too"},
		{"an earlier login by key does not", nil, []actions.RecentLogin{
			{User: "carol", Method: "password", Last: day(3)}, {User: "carol", Method: "publickey", Last: day(2)},
		}, false, "carol (last on 2026-11-03 09:30 UTC)"},
		{"root counts", []actions.Account{{Name: "root", Login: true, Password: "usable"}},
			[]actions.RecentLogin{{User: "root", Method: "password", Last: day(3)}},
			false, "root (last on 2026-11-03 09:30 UTC)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := actionstest.Sound()
			f.Accounts, f.Logins = c.accounts, c.logins
			expect(t, ask(t, "nobody-left-behind", f, map[string]string{"closes": "password-login"}, witness{}), c.ok, c.says)
		})
	}
}

// A team that shares root's login is not locked out of it.
func TestNobodyLeftBehindByRoot(t *testing.T) {
	key := []actions.Key{{Type: "ssh-ed25519"}}
	alice := actions.Account{Name: "alice", UID: 1234601104, Login: true, Password: "locked", Sudo: true, Keys: key}
	but := func(change func(*actions.Account)) []actions.Account {
		a := alice
		change(&a)
		return []actions.Account{a}
	}
	at := func(user, method string) []actions.RecentLogin {
		return []actions.RecentLogin{{User: user, Method: method, Last: time.Date(2026, 11, 3, 9, 30, 0, 0, time.UTC)}}
	}
	const nobody = "people log in as root (last on 2026-11-03 09:30 UTC), and nobody but the bot has a login of their own with a key and sudo"
	for _, c := range []struct {
		name   string
		people []actions.Account
		logins []actions.RecentLogin
		ok     bool
		says   string
	}{
		{"nobody comes as root", nil, at("ops", "publickey"), true, "nobody logged in as root lately"},
		{"all come as root, with keys", nil, at("root", "publickey"), false, nobody},
		{"by password", nil, at("root", "password"), false, nobody},
		{"by another name with root's UID", []actions.Account{{Name: "toor", Login: true, Sudo: true, Keys: key}}, at("toor", "publickey"), false, nobody},
		{"somebody could come otherwise", []actions.Account{alice}, at("root", "publickey"), true,
			"root still logs in (last on 2026-11-03 09:30 UTC); these have a key and sudo of their own: alice"},
		{"without a key", but(func(a *actions.Account) { a.Keys = nil }), at("root", "publickey"), false, nobody},
		{"without sudo", but(func(a *actions.Account) { a.Sudo = false }), at("root", "publickey"), false, nobody},
		{"without a shell", but(func(a *actions.Account) { a.Login = false }), at("root", "publickey"), false, nobody},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := actionstest.Sound() // in which the bot's own user has a key and sudo
			f.Accounts, f.Logins = append(f.Accounts, c.people...), c.logins
			a := ask(t, "nobody-left-behind", f, map[string]string{"closes": "root-login"}, witness{})
			expect(t, a, c.ok, c.says)
			if !c.ok && a.Mend != "give each of them a login of their own with a key and sudo" {
				t.Errorf("to mend it: %s", a.Mend)
			}
		})
	}
}

func TestNobodyLeftBehindKnowsWhatIsClosed(t *testing.T) {
	expect(t, ask(t, "nobody-left-behind", actionstest.Sound(), map[string]string{"closes": "the-moon"}, witness{}),
		false, "it is not known what closing the-moon means for people")
	expect(t, ask(t, "nobody-left-behind", actionstest.Sound(), nil, witness{}), false, "it is not known what closing")
}
