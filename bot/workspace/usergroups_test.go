package workspace_test

import (
	"slices"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"hardenbot/bot/workspace"
	"hardenbot/bot/workspace/workspacetest"
)

// A disabled group is in no list, unless it is asked for, and what changes is told.
func TestUserGroupsChange(t *testing.T) {
	cfg := workspacetest.Config()
	cfg.Events = append(cfg.Events, "subteam_members_changed", "subteam_updated")
	ws := workspacetest.Start(t, cfg)
	api := workspacetest.Client(t, ws)
	told := make(chan any, 2)
	client := socketmode.New(api)
	workspacetest.Run(t, ws, client, func(e socketmode.Event) {
		if e.Request == nil || e.Request.EnvelopeID == "" {
			return
		}
		_ = client.Ack(*e.Request)
		if ev, ok := e.Data.(slackevents.EventsAPIEvent); ok {
			told <- ev.InnerEvent.Data
		}
	})
	members := func() []string {
		t.Helper()
		groups, err := api.GetUserGroupsContext(t.Context(), slack.GetUserGroupsOptionIncludeUsers(true))
		must(t, err)
		if len(groups) == 0 {
			return nil
		}
		return groups[0].Users
	}
	if got := members(); !slices.Equal(got, []string{workspacetest.Bob, workspacetest.Carol}) {
		t.Errorf("at first: %v", got)
	}
	ws.SetUserGroup(workspacetest.Approvers, workspacetest.Carol, workspacetest.Alice)
	changed, ok := (<-told).(*slackevents.SubteamMembersChangedEvent)
	if !ok || !slices.Equal(changed.AddedUsers, []string{workspacetest.Alice}) || !slices.Equal(changed.RemovedUsers, []string{workspacetest.Bob}) {
		t.Errorf("told %+v", changed)
	}
	if got := members(); !slices.Equal(got, []string{workspacetest.Carol, workspacetest.Alice}) {
		t.Errorf("changed: %v", got)
	}
	ws.DisableUserGroup(workspacetest.Approvers)
	if updated, ok := (<-told).(*slackevents.SubteamUpdatedEvent); !ok || updated.Subteam.DateDelete == 0 {
		t.Errorf("told %+v", updated)
	}
	if got := members(); got != nil {
		t.Errorf("disabled: %v", got)
	}
	if _, err := api.GetUserGroupMembersContext(t.Context(), workspacetest.Approvers); err == nil {
		t.Error("the members of a disabled group are told")
	}
}

// users.info tells who is no plain member.
func TestKindsOfPeople(t *testing.T) {
	cfg := workspacetest.Config()
	cfg.Users = append(cfg.Users,
		workspace.User{ID: "U0GUEST", Name: "guest", SingleGuest: true}, workspace.User{ID: "U0BOT2", Name: "other", Bot: true},
		workspace.User{ID: "U0AWAY", Name: "away", TeamID: "T0OTHER", Stranger: true}, workspace.User{ID: "U0LEFT", Name: "left", Deleted: true})
	api := workspacetest.Client(t, workspacetest.Start(t, cfg))
	info := func(id string) *slack.User {
		u, err := api.GetUserInfoContext(t.Context(), id)
		must(t, err)
		return u
	}
	if u := info("U0GUEST"); !u.IsRestricted || !u.IsUltraRestricted {
		t.Errorf("%+v", u)
	}
	if u := info("U0BOT2"); !u.IsBot {
		t.Errorf("%+v", u)
	}
	if u := info("U0AWAY"); !u.IsStranger || u.TeamID != "T0OTHER" {
		t.Errorf("%+v", u)
	}
	if u := info("U0LEFT"); !u.Deleted {
		t.Errorf("%+v", u)
	}
	if u := info(workspacetest.Alice); u.IsBot || u.IsRestricted || u.Deleted || u.IsStranger || u.TeamID != "T0TEAM" {
		t.Errorf("%+v", u)
	}
}
