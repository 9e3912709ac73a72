package guards

import (
	"context"
	"slices"

	"hardenbot/actions"
)

// notOurOwnDoor keeps a change from closing the way that the bot itself comes
// in by. Its argument says what the change closes:
//
//	closes   root-login, password-login, or ssh-port: the change's calls
//	         narrow who gets to the SSH port
var notOurOwnDoor = actions.Guard{
	Name: "not-our-own-door",
	Says: "the bot's own way in stays open",
	Ask: func(_ context.Context, q actions.Question) actions.Answer {
		if no, refused := notBySSH(q.Facts.Host); refused {
			return no
		}
		if q.Args["closes"] == "ssh-port" {
			return ourAddressStays(q)
		}
		if no, missing := needs(q.Facts, actions.SectionLogin, actions.SectionSSHD, actions.SectionAccounts); missing {
			return no
		}
		switch closes := q.Args["closes"]; {
		case closes == "root-login" && q.Facts.Login.User == "root":
			return botIsRoot(q.Facts)
		case closes == "root-login", closes == "password-login":
			return wayLeft(q.Facts)
		default:
			return unknownDoor(closes, "the bot")
		}
	},
}

// botIsRoot refuses, and names whom the bot could log in as instead.
func botIsRoot(f *actions.Facts) actions.Answer {
	var others []string
	for _, a := range f.Accounts {
		if a.Human() && a.UID != 0 && a.Sudo && a.ByKey() {
			others = append(others, a.Name)
		}
	}
	slices.Sort(others)
	says := "the bot itself logs in as root, and this closes root's login"
	if len(others) == 0 {
		return actions.Refuse(says, "give the bot a login of its own with a key and sudo without a password, and name it as this host's user")
	}
	return actions.Refuse(says, "have the bot log in as another user that can use sudo without a password; these have a key and sudo: "+listed(others))
}

// wayLeft tells whether the bot's user can still come in with a key and act.
func wayLeft(f *actions.Facts) actions.Answer {
	user := f.Login.User
	sshd, ok := f.SSHD.PerUser[user]
	if !ok {
		sshd = f.SSHD.Global
	}
	at := slices.IndexFunc(f.Accounts, func(a actions.Account) bool { return a.Name == user })
	switch {
	case sshd["pubkeyauthentication"] != "yes":
		return actions.Refuse("sshd takes no keys from "+user+", the bot's user, so nothing would be left",
			"set PubkeyAuthentication yes first")
	case keysElsewhere(sshd):
		return actions.Allow("the bot logs in as %s, whose keys sshd gets from elsewhere than authorized_keys", user)
	case at < 0:
		return actions.Refuse("the bot's user "+user+" is not among the host's accounts, so its way in cannot be checked",
			"give the bot a local account with a key and sudo")
	case len(f.Accounts[at].Keys) == 0:
		return actions.Refuse("the bot's user "+user+" has no authorized key, so nothing would be left",
			"put the bot's key into the authorized_keys of "+user)
	case user != "root" && !f.Accounts[at].Sudo:
		return actions.Refuse("the bot's user "+user+" may not use sudo, so it could not undo anything",
			"give "+user+" sudo without a password")
	}
	return actions.Allow("the bot logs in as %s with a key, which stays open", user)
}

// keysElsewhere reports whether keys come from a command or a certificate
// authority, where the accounts' files say nothing.
func keysElsewhere(sshd map[string]string) bool {
	for _, keyword := range []string{"authorizedkeyscommand", "trustedusercakeys"} {
		if v := sshd[keyword]; v != "" && v != "none" {
			return true
		}
	}
	return false
}
