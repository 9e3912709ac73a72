package bot

import (
	"context"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/sync/singleflight"
)

// directory is what Slack is asked about people.
type directory interface {
	AuthTestContext(ctx context.Context) (*slack.AuthTestResponse, error)
	GetUserInfoContext(ctx context.Context, user string, options ...slack.GetUserInfoOption) (*slack.User, error)
}

// roster knows who somebody is, as Slack said not long ago.
type roster struct {
	slack directory
	now   func() time.Time
	calls singleflight.Group

	mu    sync.Mutex
	team  string // the bot's own
	known map[string]profile
}

type profile struct {
	slack.User
	read time.Time
}

// For how long an answer about a person counts, and for how long when Slack
// gives no other. Slack is asked twice, so long each time.
const (
	profileLife  = time.Minute
	profileStale = 10 * time.Minute
	askTime      = 2 * time.Second
)

// maxProfiles bounds the memory, far above the people who use one bot.
const maxProfiles = 10_000

func newRoster(api directory, now func() time.Time) *roster {
	return &roster{slack: api, now: now, known: map[string]profile{}}
}

// who returns the person with the ID.
func (r *roster) who(ctx context.Context, id string) (slack.User, error) {
	last, ok := r.recall(id)
	age := r.now().Sub(last.read)
	if ok && age < profileLife {
		return last.User, nil
	}
	asked, err, _ := r.calls.Do("user "+id, func() (any, error) {
		return twice(ctx, func(ctx context.Context) (*slack.User, error) { return r.slack.GetUserInfoContext(ctx, id) })
	})
	if err != nil && ok && age < profileStale && !isRefused(err) {
		return last.User, nil
	}
	if err != nil {
		return slack.User{}, err
	}
	user := *asked.(*slack.User)
	r.keep(id, profile{User: user, read: r.now()})
	return user, nil
}

func (r *roster) recall(id string) (profile, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, ok := r.known[id]
	return p, ok
}

func (r *roster) keep(id string, p profile) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.known) >= maxProfiles {
		clear(r.known)
	}
	r.known[id] = p
}

// home returns the ID of the team that the bot is in.
func (r *roster) home(ctx context.Context) (string, error) {
	r.mu.Lock()
	team := r.team
	r.mu.Unlock()
	if team != "" {
		return team, nil
	}
	asked, err, _ := r.calls.Do("home", func() (any, error) { return twice(ctx, r.slack.AuthTestContext) })
	if err != nil {
		return "", err
	}
	team = asked.(*slack.AuthTestResponse).TeamID
	r.settle(team)
	return team, nil
}

// settle keeps the bot's own team.
func (r *roster) settle(team string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.team = team
}

// twice asks Slack once more where the first answer is lost. It goes on for
// whoever else waits, though the first has stopped waiting.
func twice[T any](ctx context.Context, ask func(context.Context) (T, error)) (answer T, err error) {
	for range 2 {
		try, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTime)
		answer, err = ask(try)
		cancel()
		if err == nil || isRefused(err) || ctx.Err() != nil {
			break
		}
	}
	return answer, err
}
