package host

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"hardenbot/actions"
)

// Collect implements actions.Collector. When the time is up, or the connection
// is lost half way, the sections that came are kept and the others absent.
func (c *Client) Collect(ctx context.Context, h actions.Host) (*actions.Facts, error) {
	limited, cancel := context.WithTimeout(ctx, c.cfg.CollectTimeout)
	defer cancel()
	conn, err := c.open(limited, h)
	if err != nil {
		return nil, err
	}
	defer conn.Close()

	mark := "@@" + rand.Text()
	out, err := conn.Exec(limited, probeCommand, probeScript(mark), keepProbe)
	if ctx.Err() != nil {
		return nil, ended(ctx, "reading the facts of %s", h.Name)
	}
	facts := parse(mark, string(out.Stdout), c.cutReason(err))
	if len(facts.Absent) == len(probedSections) {
		return nil, told(h, out, err)
	}
	facts.Host, facts.Collected = h, time.Now().UTC()
	return facts, nil
}

// cutReason is why sections at the end may be missing.
func (c *Client) cutReason(err error) string {
	switch {
	case err == nil:
		return "the probe ended before it"
	case errors.Is(err, ErrTimeout):
		return fmt.Sprintf("the host took longer than %s", c.cfg.CollectTimeout)
	}
	return "the connection was lost before it"
}

// told is the error for a host that let the bot in and told nothing.
func told(h actions.Host, out Output, err error) error {
	if err != nil {
		return err
	}
	said := cmp.Or(clean(string(out.Stderr), 200), clean(string(out.Stdout), 200), "nothing")
	return fault(ErrLogin, nil, "%s lets %s log in but runs no script for it; it said: %s", h.Name, h.User, said)
}
