package remedies

import (
	"fmt"
	"slices"
	"strings"

	"hardenbot/actions"
)

// sshPasswordAuth turns passwords off in sshd. PasswordAuthentication alone is
// not enough: keyboard-interactive authentication asks PAM, and PAM asks for
// the password.
var sshPasswordAuth = actions.Remedy{
	ID:         "ssh-password-auth",
	Title:      "sshd accepts passwords",
	Why:        "Passwords are guessed, reused and phished; whoever has one is in, from anywhere that reaches port 22",
	Layer:      actions.Access,
	Rank:       1,
	References: []string{"dev-sec sshd-27", "dev-sec sshd-29", "Mozilla OpenSSH guidelines"},
	Needs:      []actions.Section{actions.SectionSSHD},
	Check:      checkPasswordAuth,
	Plan:       planPasswordAuth,
}

func checkPasswordAuth(f *actions.Facts) []actions.Evidence {
	unseen := unseenMatch(f, "accept passwords")
	says := passwordWays(f.SSHD.Global)
	if len(says) == 0 {
		if users := passwordUsers(f, f.SSHD.Users()); len(users) > 0 {
			says = append(says, "passwords are off in general, but a Match block accepts them for "+strings.Join(users, ", "))
		}
	}
	if len(says) == 0 {
		return unseen
	}
	if users := passwordUsers(f, withPassword(f)); len(users) > 0 {
		says = append(says, "accounts that can log in by password: "+strings.Join(users, ", "))
	}
	return append([]actions.Evidence{{Says: says}}, unseen...)
}

func planPasswordAuth(f *actions.Facts, _ actions.Finding) (actions.Change, error) {
	if err := noSecondFactor(f); err != nil {
		return actions.Change{}, err
	}
	d := dropIn{
		Remedy: "ssh-password-auth",
		Settings: []setting{
			{"PasswordAuthentication", "no", "no"},
			{"KbdInteractiveAuthentication", "no", "no"},
		},
		Users: f.SSHD.Users(),
	}
	// Before OpenSSH 8.7 this was a keyword of its own, which turned
	// keyboard-interactive on again; later it is an alias and not listed.
	if _, own := f.SSHD.Global["challengeresponseauthentication"]; own {
		d.Settings = append(d.Settings, setting{"ChallengeResponseAuthentication", "no", "no"})
	}
	c, err := d.change(f)
	if err != nil {
		return actions.Change{}, err
	}
	c.Notes = append([]string{"from then on people log in with a key only"}, c.Notes...)
	c.Guards = append([]actions.Need{
		{Guard: "key-login"},
		{Guard: "nobody-left-behind", Args: map[string]string{"closes": "password-login"}},
		{Guard: "not-our-own-door", Args: map[string]string{"closes": "password-login"}},
	}, c.Guards...)
	return c, nil
}

// passwordWays says by which settings a password alone is accepted, a phrase each.
func passwordWays(s map[string]string) []string {
	var ways []string
	if s["passwordauthentication"] != "no" && enough(s, "password") {
		ways = append(ways, "PasswordAuthentication is yes")
	}
	if asksPAM(s) && enough(s, "keyboard-interactive") {
		ways = append(ways, "KbdInteractiveAuthentication is yes and UsePAM is yes, which accepts passwords too")
	}
	return ways
}

func asksPAM(s map[string]string) bool {
	return s["usepam"] == "yes" &&
		(s["kbdinteractiveauthentication"] == "yes" || s["challengeresponseauthentication"] == "yes")
}

// enough reports whether AuthenticationMethods lets the method in without one
// that is more than a password. Each of its lists is one complete way in.
func enough(s map[string]string, method string) bool {
	methods := s["authenticationmethods"]
	if methods == "" || methods == "any" {
		return true
	}
	for list := range strings.FieldsSeq(methods) {
		names := methodNames(list)
		if slices.Contains(names, method) && !slices.ContainsFunc(names, beyondPassword) {
			return true
		}
	}
	return false
}

// noSecondFactor refuses to turn off what somebody needs beside a key: there,
// keyboard-interactive is how a one-time code is asked for.
func noSecondFactor(f *actions.Facts) error {
	everybody := append([]string{""}, f.SSHD.Users()...)
	for _, user := range everybody {
		for list := range strings.FieldsSeq(effective(f, user)["authenticationmethods"]) {
			names := methodNames(list)
			if slices.ContainsFunc(names, beyondPassword) && slices.ContainsFunc(names, passwordLike) {
				return fmt.Errorf("AuthenticationMethods asks for %s, so turning passwords off would lock people out: "+
					"narrow AuthenticationMethods and PasswordAuthentication by hand", list)
			}
		}
	}
	return nil
}

// methodNames splits one list of AuthenticationMethods: "publickey,keyboard-interactive:pam".
func methodNames(list string) []string {
	names := strings.Split(list, ",")
	for i, n := range names {
		names[i], _, _ = strings.Cut(n, ":")
	}
	return names
}

func passwordLike(method string) bool {
	return method == "password" || method == "keyboard-interactive"
}

func beyondPassword(method string) bool { return method != "any" && !passwordLike(method) }

// passwordUsers returns those of the users whom sshd lets in by password.
func passwordUsers(f *actions.Facts, users []string) []string {
	var in []string
	for _, u := range users {
		s := effective(f, u)
		if len(passwordWays(s)) > 0 && (u != "root" || s["permitrootlogin"] == "yes") {
			in = append(in, u)
		}
	}
	return in
}

// withPassword returns the accounts of people that have a password, sorted.
func withPassword(f *actions.Facts) []string {
	var names []string
	for _, a := range f.Accounts {
		if a.Human() && a.Password != "locked" {
			names = append(names, a.Name)
		}
	}
	slices.Sort(names)
	return names
}
