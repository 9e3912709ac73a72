package remedies_test

import (
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

func TestSSHRootLoginFinds(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*actions.Facts)
		want string
	}{
		{"yes", func(f *actions.Facts) {
			setSSHD(f, "permitrootlogin", "yes")
			f.Logins = append(f.Logins,
				actions.RecentLogin{User: "root", Method: "password", Count: 2, Last: time.Date(2026, 11, 19, 8, 30, 0, 0, time.UTC)})
		}, "PermitRootLogin is yes\nroot's password is locked, and it has no authorized key\n" +
			"root logged in by password 2 times, last on 2026-11-19 08:30 UTC"},
		{"by a Match block", func(f *actions.Facts) { f.SSHD.PerUser["root"]["permitrootlogin"] = "yes" },
			"PermitRootLogin is no in general, but a Match block makes it yes for root\n" +
				"root's password is locked, and it has no authorized key"},
		{"keys only is no finding", func(f *actions.Facts) { setSSHD(f, "permitrootlogin", "prohibit-password") }, ""},
		{"keys only, by its old name", func(f *actions.Facts) { setSSHD(f, "permitrootlogin", "without-password") }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := actionstest.Sound()
			c.set(f)
			if got := evidence(t, "ssh-root-login", f); got != c.want {
				t.Errorf("says\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestSSHRootLoginPlan(t *testing.T) {
	f := actionstest.Broken()
	f.SSHD.Ours = map[string]string{"00-hardenbot-ssh-root-login.conf": "PermitRootLogin yes\n"}
	golden(t, "ssh-root-login", "ssh-root-login", f)
}
