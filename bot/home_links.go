package bot

import (
	"context"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// linker finds the addresses of messages.
type linker struct {
	*Bot
	ctx     context.Context // of one Home tab
	missing bool            // some message is not in Slack yet, or Slack did not tell
	asked   int
}

// maxLinks bounds how many addresses Slack is asked for at a time. What was
// asked for is remembered, so that the next time has the rest.
const maxLinks = 20

func link[T any](l *linker, it T, channel, name string) entry[T] {
	return entry[T]{it, l.address(channel, name)}
}

// address is where the message by that name is in Slack, or empty.
func (l *linker) address(channel, name string) string {
	var at posted
	var ok bool
	err := l.cfg.Ledger.View(l.ctx, func(r actions.Reader) (err error) {
		at, ok, err = recall(r, name)
		return err
	})
	if err != nil || !ok || at.Channel != channel {
		l.missing = true
		return ""
	}
	key := placeKey(at.Channel, at.TS)
	if known, had := l.links.Load(key); had {
		return known.(string)
	}
	if l.asked++; l.asked > maxLinks {
		l.missing = true
		return ""
	}
	address, err := l.client.api.GetPermalinkContext(l.ctx, &slack.PermalinkParameters{Channel: at.Channel, Ts: at.TS})
	if err != nil {
		l.missing = l.missing || !isRefused(err)
		return ""
	}
	l.links.Store(key, address)
	return address
}
