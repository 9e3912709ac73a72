package bot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

// allMembers is a directory in which everybody is a member.
type allMembers struct{}

func (allMembers) AuthTestContext(context.Context) (*slack.AuthTestResponse, error) {
	return &slack.AuthTestResponse{TeamID: "T0TEAM"}, nil
}

func (allMembers) GetUserInfoContext(_ context.Context, id string, _ ...slack.GetUserInfoOption) (*slack.User, error) {
	return &slack.User{ID: id, TeamID: "T0TEAM"}, nil
}

// others are people who are no plain members, in the order of what they are told.
var others = []struct {
	user workspace.User
	told string
}{
	{workspace.User{ID: "U0GUEST", Name: "guest", Guest: true}, "from guests"},
	{workspace.User{ID: "U0SINGLE", Name: "single", SingleGuest: true}, "from guests"},
	{workspace.User{ID: "U0ROBOT", Name: "robot", Bot: true}, "from bots"},
	{workspace.User{ID: "U0LEFT", Name: "left", Deleted: true}, "accounts that were deactivated"},
	{workspace.User{ID: "U0AWAY", Name: "away", TeamID: "T0OTHER"}, "people of other workspaces"},
	{workspace.User{ID: "U0STRANGE", Name: "strange", Stranger: true}, "people of other workspaces"},
}

func addOthers(team *workspace.Config) {
	for _, o := range others {
		team.Users = append(team.Users, o.user)
		team.Channels[0].Members = append(team.Channels[0].Members, o.user.ID)
	}
}

// Nobody but full members has a word, even if the policy lists them, and each
// is told so alone, and it is audited.
func TestOnlyMembersAreAdmitted(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		s := set(t, mode, func(s *stage) {
			for _, o := range others {
				s.cfg.Policy.Requesters = append(s.cfg.Policy.Requesters, o.user.ID)
				s.cfg.Policy.Approvers = append(s.cfg.Policy.Approvers, o.user.ID)
			}
			s.cfg.Planner.Policy, s.cfg.Approver.Policy = s.cfg.Policy, s.cfg.Policy
		})
		s.start()
		request := s.requested()
		for _, o := range others {
			s.click(o.user.ID, request, actionApprove, workspace.Accept())
			s.told(o.user.ID, "I take no word", o.told)
			s.command(o.user.ID, "scan web-*")
			s.eventually("the command of "+o.user.Name+" is refused", func() bool { return len(s.ws.Ephemerals(o.user.ID)) == 2 })
			_, err := s.ws.As(o.user.ID).Say(wst.Ops, "<@"+wst.Bot+"> scan web-*", "")
			must(t, err)
			s.eventually("the mention of "+o.user.Name+" is refused", func() bool { return len(s.ws.Ephemerals(o.user.ID)) == 3 })
		}
		if s.records(actions.KindScan) != 1 || s.records(actions.KindRun) != 0 || s.sound("web-1") {
			t.Error("somebody's word was taken")
		}
		var refusals []string
		for _, e := range s.ledger.(*actionstest.Ledger).Trail() {
			if e.Action == "request.refused" && e.Actor.ID == "U0GUEST" && strings.Contains(e.Detail["why"], "guests") {
				refusals = append(refusals, e.Subject)
			}
		}
		if want := []string{actionApprove, "command", "mention"}; !slices.Equal(refusals, want) {
			t.Errorf("the audit trail has %q, want %q", refusals, want)
		}
	})
}

// A window is refused to those who were members when it was opened, too.
func TestWindowsAreNotAdmittedEither(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	request := s.requested()
	s.click(wst.Bob, request, actionDeny)
	view := s.view(wst.Bob)
	s.bot.roster.keep(wst.Bob, profile{User: slack.User{ID: wst.Bob, TeamID: "T0TEAM", Deleted: true}, read: time.Now()})
	_, err := s.ws.As(wst.Bob).Submit(s.ctx, view, workspace.Values{reasonID: "because"})
	must(t, err)
	s.eventually("bob is told", func() bool {
		return slices.ContainsFunc(s.ws.Messages(s.ws.As(wst.Bob).DM()), workspace.Containing("accounts that were deactivated"))
	})
	if after := s.sees("Approve?"); after.TS != request.TS || len(after.Buttons()) != len(request.Buttons()) {
		t.Error("the plan was decided on")
	}
}

// Of whom Slack does not tell who it is, no word is taken.
func TestUnknownPeopleAreRefused(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	s.ws.FailNext(1, "user_not_found", "users.info")
	s.command(wst.Alice, "scan web-*")
	s.told(wst.Alice, "Slack did not tell me who you are", "user_not_found")
	s.ws.BreakNext(2, "users.info")
	s.command(wst.Alice, "scan web-*")
	s.told(wst.Alice, "Slack did not tell me who you are", "no answer")
	if s.records(actions.KindScan) != 0 {
		t.Error("hosts were scanned")
	}
	s.ws.BreakNext(1, "users.info") // the second try works
	s.findings()
}

// A stop is taken even then, from people whom the policy lists.
func TestStopIsTakenWhenSlackIsSilent(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	s.ws.FailNext(1, "user_not_found", "users.info")
	s.command(wst.Carol, "stop")
	s.told(wst.Carol, "you may not scan hosts")
	s.ws.BreakNext(2, "users.info")
	s.command(wst.Alice, "start")
	s.told(wst.Alice, "Slack did not tell me who you are", "Only /harden stop works meanwhile")
	s.ws.BreakNext(2, "users.info")
	s.command(wst.Alice, "stop it burns")
	s.sees("stopped all changes", "it burns")
}

// slowDirectory counts what it is asked, and answers as it is told.
type slowDirectory struct {
	allMembers
	asked int
	err   error
}

func (d *slowDirectory) GetUserInfoContext(ctx context.Context, id string, o ...slack.GetUserInfoOption) (*slack.User, error) {
	d.asked++
	if d.err != nil {
		return nil, d.err
	}
	return d.allMembers.GetUserInfoContext(ctx, id, o...)
}

func TestWhoSomebodyIsIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &slowDirectory{}
		r := newRoster(d, time.Now)
		ask := func(what string, asked int, ok bool) {
			t.Helper()
			d.asked = 0
			if _, err := r.who(t.Context(), "U1"); (err == nil) != ok || d.asked != asked {
				t.Errorf("%s: asked %d times, %v", what, d.asked, err)
			}
		}
		ask("at first", 1, true)
		ask("at once again", 0, true)
		time.Sleep(profileLife)
		ask("a minute later", 1, true)
		d.err = errors.New("connection refused")
		time.Sleep(profileLife)
		ask("Slack is away", 2, true)
		time.Sleep(profileStale)
		ask("Slack is away for long", 2, false)
		d.err = nil
		ask("Slack is back", 1, true)
		d.err = slack.SlackErrorResponse{Err: "user_not_found"}
		time.Sleep(profileLife)
		ask("Slack says no", 1, false)
	})
}

func TestTurnedAway(t *testing.T) {
	member := slack.User{ID: "U1", TeamID: "T1"}
	with := func(change func(*slack.User)) slack.User { u := member; change(&u); return u }
	grid := with(func(u *slack.User) { u.TeamID, u.Enterprise.Teams = "E1", []string{"T1", "T2"} })
	for _, c := range []struct {
		name       string
		user       slack.User
		from, home string
		want       string
	}{
		{"a member", member, "T1", "T1", ""},
		{"a member, and no team is told", member, "", "T1", ""},
		{"a member of another team", member, "", "T2", "people of other workspaces"},
		{"the delivery names another team", member, "T2", "T1", "people of other workspaces"},
		{"a member of the organization", grid, "T2", "T1", ""},
		{"of the organization, from outside", grid, "T3", "T1", "people of other workspaces"},
		{"of another part of the organization", grid, "", "T3", "people of other workspaces"},
		{"nobody", slack.User{}, "", "T1", "people whom I cannot tell"},
		{"no team", slack.User{ID: "U1"}, "", "", "people whom I cannot tell"},
		{"Slackbot", with(func(u *slack.User) { u.ID = "USLACKBOT" }), "", "T1", "bots"},
		{"an app's user", with(func(u *slack.User) { u.IsAppUser = true }), "", "T1", "bots"},
		{"a workflow", with(func(u *slack.User) { u.IsWorkflowBot = true }), "", "T1", "bots"},
	} {
		if got := turnedAway(c.user, c.from, c.home); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
