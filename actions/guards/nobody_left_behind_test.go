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
		{"one could and did not", []actions.Account{person("bob", "usable", 0)},
			[]actions.RecentLogin{{User: "bob", Method: "publickey", Last: day(3)}, {User: "alice", Method: "password", Last: day(3)}},
			true, "nobody without a key logged in by password lately; bob could and did not"},
		{"a locked password is none", []actions.Account{person("bob", "locked", 0)},
			[]actions.RecentLogin{{User: "bob", Method: "password", Last: day(3)}},
			true, "everybody who has a password has a key too"},
		{"a service is nobody", []actions.Account{{Name: "www-data", UID: 33, Login: true, Password: "usable"}},
			[]actions.RecentLogin{{User: "www-data", Method: "password", Last: day(3)}},
			true, "everybody who has a password has a key too"},
		{"root counts", []actions.Account{{Name: "root", Login: true, Password: "usable"}},
			[]actions.RecentLogin{{User: "root", Method: "password", Last: day(3)}},
			false, "root (last on 2026-11-03 09:30 UTC)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := actionstest.Sound()
			f.Accounts, f.Logins = c.accounts, c.logins
			expect(t, ask(t, "nobody-left-behind", f, nil, witness{}), c.ok, c.says)
		})
	}
}
