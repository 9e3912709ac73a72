package bot

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"hardenbot/actions"
	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

// byGroup lets those approve who are in the workspace's group of approvers.
func byGroup(s *stage) {
	s.cfg.Policy.Approvers = []string{wst.Approvers}
	s.cfg.Planner.Policy, s.cfg.Approver.Policy = s.cfg.Policy, s.cfg.Policy
}

func TestApproversByUserGroup(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		s := set(t, mode, byGroup)
		s.start()
		request := s.requested()
		s.ws.SetUserGroup(wst.Approvers, wst.Carol) // bob leaves it
		s.eventually("the change is seen", func() bool {
			in, known := s.bot.groups.In(wst.Approvers, wst.Bob)
			return known && !in
		})
		s.click(wst.Bob, request, actionApprove, workspace.Accept())
		s.told(wst.Bob, "you may not decide on plans")
		s.click(wst.Carol, request, actionApprove, workspace.Accept())
		s.sees("Approved by @carol", "✓ Done on 4 of 4 hosts")
	})
}

// Somebody who was just added is found, though Slack's event was lost.
func TestMembersAreLookedForAtTheClick(t *testing.T) {
	s := set(t, ModeSocket, byGroup)
	late := newClock()
	s.cfg.Now = late.now
	s.ws.SetUserGroup(wst.Approvers, wst.Carol)
	s.start()
	request := s.requested()
	s.eventually("the group is read", func() bool { _, known := s.bot.groups.In(wst.Approvers, wst.Bob); return known })
	s.ws.DropSockets()
	s.ws.SetUserGroup(wst.Approvers, wst.Bob)
	must(t, s.ws.WaitConnected(s.ctx, 1))
	late.advance(groupsSoon)
	s.click(wst.Bob, request, actionApprove, workspace.Accept())
	s.sees("Approved by @bob", "✓ Done on 4 of 4 hosts")
}

// A disabled group, and one that cannot be read, let nobody in.
func TestGroupsThatLetNobodyIn(t *testing.T) {
	for name, breaks := range map[string]func(*stage){
		"disabled": func(s *stage) { s.ws.DisableUserGroup(wst.Approvers) },
		"refused":  func(s *stage) { s.ws.FailNext(1000, "missing_scope", "usergroups.list") },
	} {
		t.Run(name, func(t *testing.T) {
			s := set(t, ModeSocket, byGroup)
			breaks(s)
			s.start()
			request := s.requested()
			s.click(wst.Bob, request, actionApprove, workspace.Accept())
			s.told(wst.Bob, "you may not decide on plans", wst.Approvers+" could not be read from Slack, or the group is disabled")
			if s.records(actions.KindRun) != 0 {
				t.Error("a run was started")
			}
		})
	}
}

// asked is a list of groups that is answered as the test says.
type asked struct {
	mu    sync.Mutex
	users []string
	err   error
	count int
}

// now has the list be another one.
func (a *asked) now(err error, users ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.users, a.err = users, err
}

func (a *asked) times() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.count
}

func (a *asked) list(context.Context) ([]slack.UserGroup, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.count++
	return []slack.UserGroup{{ID: "S1", Users: a.users}}, a.err
}

func TestGroupsAreReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &syncBuilder{}
		a := &asked{users: []string{"U1"}}
		g := newGroups([]string{"S1"}, nil, time.Now, log.logger())
		g.list = a.list
		ctx, cancel := context.WithCancel(t.Context())
		go g.run(ctx)
		is := func(what string, in, known bool) {
			t.Helper()
			synctest.Wait()
			if gotIn, gotKnown := g.In("S1", "U1"); gotIn != in || gotKnown != known {
				t.Errorf("%s: in %t, known %t", what, gotIn, gotKnown)
			}
		}
		is("at first", true, true)
		a.now(nil)
		time.Sleep(groupsEvery)
		is("a minute later", false, true)
		a.now(errors.New("away"), "U1")
		time.Sleep(groupsLife - time.Minute)
		is("Slack is away", false, true)
		time.Sleep(2 * time.Minute)
		is("Slack is away for long", false, false)
		if n := strings.Count(log.String(), "cannot be read"); n != 1 {
			t.Errorf("it was logged %d times", n)
		}
		a.now(nil, "U1")
		time.Sleep(groupsSoon)
		is("Slack is back", true, true)
		before := a.times()
		g.forget(ctx, "S2")
		if a.times() != before {
			t.Error("a group of somebody else's had the groups read")
		}
		a.now(nil)
		g.forget(ctx, "S1")
		is("told of a change", false, true)
		cancel()
	})
}

// An answer that was on its way when the group changed does not count.
func TestAnswersThatWereOvertaken(t *testing.T) {
	g := newGroups([]string{"S1"}, nil, time.Now, slog.New(slog.DiscardHandler))
	began := time.Now()
	g.list = (&asked{}).list
	g.forget(t.Context(), "S1")
	g.keep([]slack.UserGroup{{ID: "S1", Users: []string{"U1"}}}, began, nil)
	if in, _ := g.In("S1", "U1"); in {
		t.Error("who has left is in again")
	}
}
