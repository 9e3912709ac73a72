package remedies_test

import (
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

func TestSSHPasswordAuthFinds(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*actions.Facts)
		want string
	}{
		{"passwords in general", func(f *actions.Facts) {
			setSSHD(f, "passwordauthentication", "yes")
			f.Accounts[1].Password = "usable"
		}, "PasswordAuthentication is yes\naccounts that can log in by password: ops"},
		{"through PAM only", func(f *actions.Facts) {
			setSSHD(f, "kbdinteractiveauthentication", "yes")
		}, "KbdInteractiveAuthentication is yes and UsePAM is yes, which accepts passwords too"},
		{"through PAM by the old keyword", func(f *actions.Facts) {
			setSSHD(f, "challengeresponseauthentication", "yes")
		}, "KbdInteractiveAuthentication is yes and UsePAM is yes, which accepts passwords too"},
		{"keyboard-interactive without PAM asks for nothing", func(f *actions.Facts) {
			setSSHD(f, "kbdinteractiveauthentication", "yes")
			setSSHD(f, "usepam", "no")
		}, ""},
		{"for one user", func(f *actions.Facts) {
			f.SSHD.PerUser["ops"]["passwordauthentication"] = "yes"
		}, "passwords are off in general, but a Match block accepts them for ops"},
		{"root keeps out although it has a password", func(f *actions.Facts) {
			setSSHD(f, "passwordauthentication", "yes")
			f.Accounts[0].Password = "usable"
		}, "PasswordAuthentication is yes"},
		{"root comes in", func(f *actions.Facts) {
			setSSHD(f, "passwordauthentication", "yes")
			setSSHD(f, "permitrootlogin", "yes")
			f.Accounts[0].Password = "usable"
		}, "PasswordAuthentication is yes\naccounts that can log in by password: root"},
		{"a key is asked for too", func(f *actions.Facts) {
			setSSHD(f, "passwordauthentication", "yes")
			setSSHD(f, "authenticationmethods", "publickey,password publickey,keyboard-interactive:pam")
		}, ""},
		{"a password is one of the ways", func(f *actions.Facts) {
			setSSHD(f, "passwordauthentication", "yes")
			setSSHD(f, "authenticationmethods", "publickey password")
		}, "PasswordAuthentication is yes"},
		{"sshd did not say", func(f *actions.Facts) {
			delete(f.SSHD.Global, "passwordauthentication")
		}, "PasswordAuthentication is yes"},
		{"accounts could not be read", func(f *actions.Facts) {
			setSSHD(f, "passwordauthentication", "yes")
			f.Accounts, f.Absent = nil, map[actions.Section]string{actions.SectionAccounts: "no root"}
		}, "PasswordAuthentication is yes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := actionstest.Sound()
			c.set(f)
			if got := evidence(t, "ssh-password-auth", f); got != c.want {
				t.Errorf("says\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestSSHPasswordAuthPlan(t *testing.T) {
	t.Run("plain", func(t *testing.T) {
		golden(t, "ssh-password-auth", "ssh-password-auth", actionstest.Broken())
	})
	t.Run("no include, old OpenSSH, a user of a Match line", func(t *testing.T) {
		f := actionstest.Broken()
		f.SSHD.Include = false
		f.SSHD.Version = "OpenSSH_8.4p1 Debian-5+deb11u3"
		setSSHD(f, "challengeresponseauthentication", "yes")
		f.SSHD.PerUser["deploy bot"] = f.SSHD.Global
		golden(t, "ssh-password-auth-no-include", "ssh-password-auth", f)
	})
}

func TestSSHPasswordAuthRefusesToPlan(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*actions.Facts)
		want string
	}{
		{"a second factor of one user", func(f *actions.Facts) {
			f.SSHD.PerUser["ops"]["authenticationmethods"] = "publickey,keyboard-interactive:pam"
		}, "AuthenticationMethods asks for publickey,keyboard-interactive:pam"},
		{"an OpenSSH without drop-ins", func(f *actions.Facts) { f.SSHD.Version = "OpenSSH_7.9p1 Debian-10+deb10u2" },
			"OpenSSH 7.9 reads no drop-ins"},
		{"a name that sshd -C cannot be given", func(f *actions.Facts) { f.SSHD.PerUser["a,b"] = f.SSHD.Global },
			`sshd cannot be asked what counts for the account "a,b"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := actionstest.Broken()
			c.set(f)
			_, _, err := actions.Derive(f, find(t, "ssh-password-auth"), "")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Plan says %v, want %q", err, c.want)
			}
		})
	}
}

// setSSHD sets what counts in general and for every user.
func setSSHD(f *actions.Facts, keyword, value string) {
	f.SSHD.Global[keyword] = value
	for _, s := range f.SSHD.PerUser {
		s[keyword] = value
	}
}
