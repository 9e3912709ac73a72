package guards

import (
	"context"

	"hardenbot/actions"
)

// keyLogin has a new login made, because an open connection proves nothing
// about the next one.
var keyLogin = actions.Guard{
	Name: "key-login",
	Says: "a new login with the key works, and sudo with it",
	Ask: func(ctx context.Context, q actions.Question) actions.Answer {
		if err := q.Fleet.Prove(ctx, q.Facts.Host); err != nil {
			return actions.Refuse("no new login with the key: "+err.Error(),
				"make sure that "+q.Facts.Host.User+" can log in with the bot's key and run `sudo -n true`")
		}
		return actions.Allow("a new login with the key worked, and root's rights with it")
	},
}
