package guards

import (
	"context"

	"hardenbot/actions"
)

// keyLogin has a new login made, because an open connection proves nothing
// about the next one. Where the bot does not log in by SSH, no login by key can
// be proven; a change that locks nobody out then needs the bot's own way alone.
var keyLogin = actions.Guard{
	Name: "key-login",
	Says: "a new login with the key works, and sudo with it",
	Ask: func(ctx context.Context, q actions.Question) actions.Answer {
		no, notSSH := notBySSH(q.Facts.Host)
		if notSSH && q.Change.Lockout() {
			return no
		}
		if err := q.Fleet.Prove(ctx, q.Facts.Host); err != nil {
			return actions.Refuse("no new login with the key: "+err.Error(),
				"make sure that "+q.Facts.Host.User+" can log in with the bot's key and run `sudo -n true`")
		}
		if notSSH {
			return actions.Allow("a new command as root worked; the change restricts no login, and none by key could be tried")
		}
		return actions.Allow("a new login with the key worked, and root's rights with it")
	},
}
