package workspace

import (
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"
)

// authorize checks the token, and the scope if the method has a fixed one.
func (c *call) authorize(req *http.Request, m method) error {
	if c.method == "api.test" {
		return nil
	}
	token := c.str("token")
	if bearer, ok := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer "); ok {
		token = bearer
	}
	isBot, isApp := same(token, c.cfg.BotToken), same(token, c.cfg.AppToken)
	switch {
	case token == "":
		return refuse("not_authed")
	case !isBot && !isApp:
		return refuse("invalid_auth")
	case isBot && c.revoked.bot, isApp && c.revoked.app:
		return refuse("token_revoked")
	case m.app != isApp:
		return refuse("not_allowed_token_type")
	case m.app:
		return nil // the app token has connections:write and nothing else
	}
	return c.requireScope(m.scope)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// requireScope notes the scope for the journal and refuses a token without it.
func (c *call) requireScope(scope string) error {
	if scope == "" {
		return nil
	}
	c.scopes = append(c.scopes, scope)
	if c.hasScope(scope) {
		return nil
	}
	return &apiError{code: "missing_scope", needed: scope, provided: strings.Join(c.cfg.BotScopes, ",")}
}

func (w *Workspace) hasScope(scope string) bool { return slices.Contains(w.cfg.BotScopes, scope) }

// family is the first part of the scopes that a kind of conversation needs, as
// in channels:read or im:history.
func (c *channel) family() string {
	switch {
	case c.IM:
		return "im"
	case c.Private:
		return "groups"
	default:
		return "channels"
	}
}

func apiTest(c *call) (object, error) {
	if code := c.str("error"); code != "" {
		return object{"args": c.logged()}, refuse(code)
	}
	return object{"args": c.logged()}, nil
}

func authTest(c *call) (object, error) {
	return object{
		"url":     c.cfg.URL + "/",
		"team":    c.cfg.Team.Name,
		"team_id": c.cfg.Team.ID,
		"user":    c.cfg.App.Name,
		"user_id": c.cfg.App.BotUserID,
		"bot_id":  c.cfg.App.BotID,
		"app_id":  c.cfg.App.ID,
	}, nil
}
