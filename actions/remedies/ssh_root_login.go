package remedies

import (
	"fmt"

	"hardenbot/actions"
)

// sshRootLogin closes root's own login. The finding is PermitRootLogin yes;
// prohibit-password, Debian's default, is none: it lets in keys only, and which
// keys root has is another question. The fix goes all the way to no, as CIS has
// it, so that each action has a person's name on it.
var sshRootLogin = actions.Remedy{
	ID:         "ssh-root-login",
	Title:      "Root may log in over SSH",
	Why:        "Root is the name that every attacker knows, and a shared login tells nobody who did what",
	Layer:      actions.Access,
	Rank:       2,
	References: []string{"CIS Ubuntu 24.04 5.1.20", "CIS Debian 12 5.1.20", "dev-sec sshd"},
	Needs:      []actions.Section{actions.SectionSSHD},
	Check:      checkRootLogin,
	Plan:       planRootLogin,
}

func checkRootLogin(f *actions.Facts) []actions.Evidence {
	general, root := f.SSHD.Global["permitrootlogin"], effective(f, "root")["permitrootlogin"]
	unseen := unseenMatch(f, "let root in")
	var says []string
	switch {
	case general == "yes":
		says = append(says, "PermitRootLogin is yes")
	case root == "yes":
		says = append(says, "PermitRootLogin is "+general+" in general, but a Match block makes it yes for root")
	default:
		return unseen
	}
	return append([]actions.Evidence{{Says: append(says, rootSays(f)...)}}, unseen...)
}

// rootSays tells how root can come in and how it did.
func rootSays(f *actions.Facts) []string {
	var says []string
	for _, a := range f.Accounts {
		if a.Name == "root" {
			says = append(says, fmt.Sprintf("root's password is %s, and it has %s", a.Password, count(len(a.Keys), "authorized key")))
		}
	}
	for _, l := range f.Logins {
		if l.User == "root" {
			says = append(says, fmt.Sprintf("root logged in by %s %s, last on %s",
				l.Method, count(l.Count, "time"), l.Last.UTC().Format("2006-01-02 15:04 UTC")))
		}
	}
	return says
}

// count words a number of things: "1 key", "2 keys", "no key".
func count(n int, thing string) string {
	switch n {
	case 0:
		return "no " + thing
	case 1:
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

func planRootLogin(f *actions.Facts, _ actions.Finding) (actions.Change, error) {
	d := dropIn{
		Remedy:   "ssh-root-login",
		Settings: []setting{{"PermitRootLogin", "no", "no"}},
		Users:    []string{"root"},
	}
	c, err := d.change(f)
	if err != nil {
		return actions.Change{}, err
	}
	c.Notes = append([]string{"whoever logs in as root today needs an account of their own with a key and sudo"}, c.Notes...)
	c.Guards = append([]actions.Need{
		{Guard: "key-login"},
		{Guard: "nobody-left-behind", Args: map[string]string{"closes": "root-login"}},
		{Guard: "not-our-own-door", Args: map[string]string{"closes": "root-login"}},
	}, c.Guards...)
	return c, nil
}
