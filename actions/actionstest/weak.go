package actionstest

import (
	"context"
	"time"

	"hardenbot/actions"
)

// Weak is a remedy for the fake fleet: a host is sound when its sshd setting
// passwordauthentication is "no".
func Weak() actions.Remedy {
	return actions.Remedy{
		ID: "weak", Title: "sshd accepts passwords", Why: "Passwords can be guessed.",
		Layer: actions.Access, Rank: 1, References: []string{"dev-sec sshd-27"},
		Needs: []actions.Section{actions.SectionSSHD},
		Check: func(f *actions.Facts) []actions.Evidence {
			if f.SSHD.Global["passwordauthentication"] == "no" {
				return nil
			}
			return []actions.Evidence{{Says: []string{"PasswordAuthentication is yes"}}}
		},
		Plan: func(f *actions.Facts, _ actions.Finding) (actions.Change, error) {
			return actions.Change{
				Notes:  []string{"People who log in by password need a key first."},
				Guards: []actions.Need{{Guard: "key-login"}},
				Steps: []actions.Step{{
					Says: "Turn passwords off in sshd", Do: "set passwordauthentication no\n",
					Undo:     "set passwordauthentication " + f.SSHD.Global["passwordauthentication"] + "\n",
					UndoSays: "Turn passwords on again", Lockout: true, Timeout: 10 * time.Second,
				}},
			}, nil
		},
	}
}

// KeyLogin is the guard that Weak needs.
func KeyLogin() actions.Guard {
	return actions.Guard{
		Name: "key-login", Says: "A login by key works",
		Ask: func(ctx context.Context, q actions.Question) actions.Answer {
			if err := q.Fleet.Prove(ctx, q.Facts.Host); err != nil {
				return actions.Refuse("no login by key: "+err.Error(), "put the bot's key into authorized_keys")
			}
			return actions.Allow("a new login by key worked")
		},
	}
}
