// Package workspacetest starts a workspace for tests: alice, bob and carol in
// #ops, with an app that is invited. In flows a Config; out comes a server that
// listens on the loopback, and stock clients for it, which end with the test.
package workspacetest

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"hardenbot/bot/workspace"
)

// The IDs and secrets of the standard team.
const (
	Alice, Bob, Carol = "U0ALICE", "U0BOB", "U0CAROL"
	Bot               = "U0BOT"
	Ops               = "C0OPS"     // public; everybody and the app are in it
	Random            = "C0RANDOM"  // public; the app is not in it
	Private           = "G0PRIVATE" // alice, bob and the app
	Approvers         = "S0APPROVERS"

	BotToken      = "xoxb-test"
	AppToken      = "xapp-test"
	SigningSecret = "test-signing-secret"
)

// Config returns the standard team. The app has the /harden command, hears of
// mentions, direct messages and opened home tabs, and has the scopes for them.
func Config() workspace.Config {
	return workspace.Config{
		Team: workspace.Team{ID: "T0TEAM", Name: "Example", Domain: "example"},
		App:  workspace.App{ID: "A0APP", Name: "hardenbot", BotUserID: Bot, BotID: "B0BOT"},
		Users: []workspace.User{
			{ID: Alice, Name: "alice", DisplayName: "alice", RealName: "Alice"},
			{ID: Bob, Name: "bob", DisplayName: "bob", RealName: "Bob"},
			{ID: Carol, Name: "carol", DisplayName: "carol", RealName: "Carol"},
		},
		Channels: []workspace.Channel{
			{ID: Ops, Name: "ops", Members: []string{Alice, Bob, Carol, Bot}},
			{ID: Random, Name: "random", Members: []string{Alice, Bob, Carol}},
			{ID: Private, Name: "private", Private: true, Members: []string{Alice, Bob, Bot}},
		},
		UserGroups: []workspace.UserGroup{{ID: Approvers, Handle: "approvers", Name: "Approvers", Members: []string{Bob, Carol}}},
		BotToken:   BotToken, AppToken: AppToken, SigningSecret: SigningSecret,
		BotScopes: []string{
			"app_mentions:read", "channels:history", "channels:read", "chat:write", "commands", "files:write", "groups:history",
			"groups:read", "im:history", "im:read", "im:write", "reactions:write", "usergroups:read", "users:read",
		},
		Commands: []string{"/harden"},
		Events:   []string{"app_mention", "message.im", "app_home_opened"},
	}
}

// Start serves the workspace on the loopback until the test ends. It sets the URL.
func Start(t testing.TB, cfg workspace.Config) *workspace.Workspace {
	t.Helper()
	return Serve(t, cfg, func(ws *workspace.Workspace) http.Handler { return ws })
}

// Serve is Start with something in front of the workspace.
func Serve(t testing.TB, cfg workspace.Config, front func(*workspace.Workspace) http.Handler) *workspace.Workspace {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	cfg.URL = "http://" + server.Listener.Addr().String()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	ws, err := workspace.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = front(ws)
	server.Start()
	t.Cleanup(func() {
		ws.Close()
		server.Close()
	})
	return ws
}
