package bot

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// The tokens that Slack can take or refuse, in words.
const (
	botToken = "the bot token"
	appToken = "the app token"
)

// lines counts what connects Slack to the bot.
type lines struct{ open atomic.Int32 }

// Load reports whether there is one.
func (l *lines) Load() bool { return l.open.Load() > 0 }

func (l *lines) add(one bool) {
	if one {
		l.open.Add(1)
	} else {
		l.open.Add(-1)
	}
}

// refusals are the tokens that Slack refuses now, though it took them before.
type refusals struct {
	mu  sync.Mutex
	now map[string]string // Slack's word for why, by token
}

// note takes down what Slack said of a token, or that it takes it. Only what is
// new is logged.
func (r *refusals) note(log *slog.Logger, token string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, known := r.now[token]
	switch {
	case err == nil && known:
		delete(r.now, token)
		log.Info("Slack takes a token again", "token", token)
	case err != nil && !known:
		if r.now == nil {
			r.now = map[string]string{}
		}
		r.now[token] = shortly(err)
		log.Error("Slack refuses a token that it took before: nothing reaches people until it is renewed. Runs go on; install the app again, or start hardenbot with a new token",
			"token", token, "err", shortly(err))
	}
}

// String names them, or is empty.
func (r *refusals) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for token, why := range r.now {
		all = append(all, fmt.Sprintf("%s is refused by Slack (%s)", token, why))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// unready says in words why Slack and the bot do not reach each other, or
// nothing.
func (b *Bot) unready() string {
	if why := b.refusals.String(); why != "" {
		return why
	}
	switch {
	case !b.authorised.Load():
		return "not connected to Slack: it does not say that it takes the bot token"
	case !b.connected.Load():
		return "not connected to Slack: no socket is open"
	}
	return ""
}
