package demo

import (
	"log/slog"

	"hardenbot/bot/workspace"
	"hardenbot/bot/workspace/page"
)

// The team of the demo. The tokens are good for its own workspace only.
const (
	alice, bob, carol = "U0ALICE", "U0BOB", "U0CAROL"
	botUser           = "U0HARDENBOT"
	ops               = "C0OPS"

	botToken = "xoxb-demo"
	appToken = "xapp-demo"
)

var notes = map[string]string{alice: "requester", bob: "approver", carol: "bystander"}

var usages = []page.Usage{
	{Text: "/harden scan PATTERN", Says: "look at hosts, such as web-*"},
	{Text: "/harden fix REMEDY PATTERN", Says: "plan a fix"},
	{Text: "/harden posture", Says: "how the fleet stands"},
	{Text: "/harden runs", Says: "the latest runs"},
	{Text: "/harden audit", Says: "the newest entries of the audit trail"},
	{Text: "/harden help", Says: "all commands"},
}

func team(url string, log *slog.Logger) workspace.Config {
	return workspace.Config{
		URL:  url,
		Team: workspace.Team{ID: "T0DEMO", Name: "Demo", Domain: "demo"},
		App:  workspace.App{ID: "A0HARDENBOT", Name: "hardenbot", BotUserID: botUser, BotID: "B0HARDENBOT"},
		Users: []workspace.User{
			{ID: alice, Name: "alice", DisplayName: "alice", RealName: "Alice"},
			{ID: bob, Name: "bob", DisplayName: "bob", RealName: "Bob"},
			{ID: carol, Name: "carol", DisplayName: "carol", RealName: "Carol"},
		},
		Channels: []workspace.Channel{{ID: ops, Name: "ops", Members: []string{alice, bob, carol, botUser}}},
		BotToken: botToken, AppToken: appToken, SigningSecret: "demo",
		BotScopes: []string{
			"app_mentions:read", "channels:history", "channels:read", "chat:write", "commands", "files:write", "groups:history",
			"groups:read", "im:history", "im:read", "im:write", "reactions:write", "usergroups:read", "users:read",
		},
		Commands: []string{"/harden"},
		Events:   []string{"app_mention", "message.im", "app_home_opened"},
		Logger:   log,
	}
}
