package bot

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"golang.org/x/sync/singleflight"

	"hardenbot/actions"
)

// groups knows who is in the user groups that the policy names. It implements
// actions.Members: what it has not read lately, nobody is in.
type groups struct {
	names []string // without any, Slack is never asked
	list  func(context.Context) ([]slack.UserGroup, error)
	now   func() time.Time
	log   *slog.Logger

	changed chan struct{} // something may have changed; has room for one
	calls   singleflight.Group

	mu      sync.Mutex
	members map[string]map[string]bool // user IDs by group; a disabled group is not there
	read    time.Time                  // zero after a change that was not read yet
	since   time.Time                  // of the newest change that Slack told of
	failing bool
}

// How often the groups are read, how soon again when somebody is not found in
// them or Slack tells of a change, and for how long what was read counts. Slack
// takes 20 such calls a minute.
const (
	groupsEvery = time.Minute
	groupsSoon  = 5 * time.Second
	groupsLife  = 5 * time.Minute
)

func newGroups(names []string, client *client, now func() time.Time, log *slog.Logger) *groups {
	return &groups{
		names: names, now: now, log: log, changed: make(chan struct{}, 1),
		list: func(ctx context.Context) ([]slack.UserGroup, error) {
			return client.api.GetUserGroupsContext(ctx, slack.GetUserGroupsOptionIncludeUsers(true))
		},
	}
}

// knowGroups has the policies ask the bot who is in their groups.
func (b *Bot) knowGroups() {
	b.groups = newGroups(append(b.cfg.Policy.Groups(), b.cfg.Approver.Policy.Groups()...), b.client, b.cfg.Now, b.log)
	b.cfg.Policy.Members, b.cfg.Planner.Policy.Members, b.cfg.Approver.Policy.Members = b.groups, b.groups, b.groups
}

// hearOfGroups has the groups read again when Slack tells that one has changed.
func (b *Bot) hearOfGroups(ctx context.Context, event any) {
	switch event := event.(type) {
	case *slackevents.SubteamMembersChangedEvent:
		b.groups.forget(ctx, event.SubteamID)
	case *slackevents.SubteamUpdatedEvent:
		b.groups.forget(ctx, event.Subteam.ID)
	}
}

// In implements actions.Members.
func (g *groups) In(group, user string) (in, known bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	members, known := g.members[group]
	if !known || g.now().Sub(g.read) > groupsLife {
		return false, false
	}
	return members[user], true
}

// run reads the groups again and again until ctx ends.
func (g *groups) run(ctx context.Context) {
	if len(g.names) == 0 {
		return
	}
	for ctx.Err() == nil {
		g.refresh(ctx)
		if !sleep(ctx, groupsSoon) {
			return
		}
		timer := time.NewTimer(groupsEvery - groupsSoon)
		select {
		case <-g.changed:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// forget lets nobody in by any group until they are read again, which is done at
// once where the group that changed is one of the policy's.
func (g *groups) forget(ctx context.Context, changed string) {
	if !slices.Contains(g.names, changed) {
		return
	}
	g.mu.Lock()
	g.read, g.since = time.Time{}, g.now()
	g.mu.Unlock()
	g.calls.Forget("list") // what is on its way may be older than the change
	g.refresh(ctx)
}

// freshen reads the groups again where the person is not found in one of the
// policy's lists: it may have been added a moment ago.
func (g *groups) freshen(ctx context.Context, policy actions.Policy, who actions.Person) {
	if len(g.names) == 0 || policy.MayRequest(who) == nil && policy.MayApprove(who) == nil {
		return
	}
	g.mu.Lock()
	age := g.now().Sub(g.read)
	g.mu.Unlock()
	if age >= groupsSoon {
		g.refresh(ctx)
	}
}

// refresh reads the groups. What cannot be read stays as it was, until it is
// too old.
func (g *groups) refresh(ctx context.Context) {
	_, _, _ = g.calls.Do("list", func() (any, error) {
		began := g.now()
		all, err := twice(ctx, g.list)
		if ctx.Err() != nil {
			return nil, err
		}
		g.keep(all, began, err)
		return nil, err
	})
}

func (g *groups) keep(all []slack.UserGroup, began time.Time, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if began.Before(g.since) || began.Before(g.read) {
		return // it was overtaken
	}
	if err != nil {
		if !g.failing {
			g.log.Error("the user groups of the policy cannot be read; soon they let nobody in", "err", safe(err))
		}
		g.failing = true
		g.nudge()
		return
	}
	g.failing, g.read, g.members = false, began, map[string]map[string]bool{}
	for _, group := range all {
		if group.DateDelete != 0 {
			continue
		}
		g.members[group.ID] = map[string]bool{}
		for _, user := range group.Users {
			g.members[group.ID][user] = true
		}
	}
}

// nudge has run read again, not sooner than it may.
func (g *groups) nudge() {
	select {
	case g.changed <- struct{}{}:
	default:
	}
}
