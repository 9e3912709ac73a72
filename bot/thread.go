package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"hardenbot/actions"
)

// posted is the record of a message that was posted and may be clicked on,
// edited or replied to. What a click means is read from here, by where the
// message stands, and not from the button.
//
//	threads  "name/NAME"        → posted
//	         "at/CHANNEL/TS"    → NAME
type posted struct {
	Name    string    `json:"name"`
	Channel string    `json:"channel"`
	TS      string    `json:"ts"`
	Root    string    `json:"root,omitempty"` // ts of the thread that it hangs in
	Posted  time.Time `json:"posted"`
	About
}

// About says what a message shows.
type About struct {
	Scan string `json:"scan,omitempty"`
	Plan string `json:"plan,omitempty"`
	Run  string `json:"run,omitempty"`

	Waiver string `json:"waiver,omitempty"`

	// Digest is the plan's or the waiver's as it is shown with buttons to decide
	// on it.
	Digest string `json:"digest,omitempty"`

	// Whole says that the message was posted with all of a plan's commands
	// that are its part.
	Whole bool `json:"whole,omitempty"`

	// Unfinished is what to say in place of the message when hardenbot ends
	// before the next edit.
	Unfinished string `json:"unfinished,omitempty"`
}

func nameKey(name string) string         { return "name/" + name }
func placeKey(channel, ts string) string { return "at/" + channel + "/" + ts }

// remember keeps where a message was posted.
func remember(tx actions.Tx, p posted) error {
	if err := tx.Put(actions.KindThread, nameKey(p.Name), p); err != nil {
		return err
	}
	return tx.Put(actions.KindThread, placeKey(p.Channel, p.TS), p.Name)
}

// recall returns the record of a message by its name; ok is false if it was
// never posted.
func recall(r actions.Reader, name string) (p posted, ok bool, err error) {
	if name == "" {
		return posted{}, false, nil
	}
	err = r.Get(actions.KindThread, nameKey(name), &p)
	if errors.Is(err, actions.ErrNotFound) {
		return posted{}, false, nil
	}
	return p, err == nil, err
}

// errStale is the refusal of a click on a message that hardenbot has no record
// of, or that shows something else by now.
var errStale = errors.New("this message is out of date; start again with /harden scan")

// lag is how much sooner a person can press a new button than the record of
// its message is written.
const lag = time.Second

// postedAt returns the record of the message at this place. A record that offers
// nothing to press may be about to be written, and is waited for.
func (b *Bot) postedAt(ctx context.Context, channel, ts string) (p posted, err error) {
	ctx, cancel := context.WithTimeout(ctx, lag)
	defer cancel()
	for {
		if p, err = b.readPosted(context.WithoutCancel(ctx), channel, ts); err == nil && (p.Scan != "" || p.Digest != "" || p.Run != "") {
			return p, nil
		}
		if err != nil && !errors.Is(err, errStale) || !sleep(ctx, lag/50) {
			return p, err
		}
	}
}

func (b *Bot) readPosted(ctx context.Context, channel, ts string) (p posted, err error) {
	err = b.cfg.Ledger.View(ctx, func(r actions.Reader) error {
		var name string
		if err := r.Get(actions.KindThread, placeKey(channel, ts), &name); err != nil {
			return err
		}
		return r.Get(actions.KindThread, nameKey(name), &p)
	})
	if errors.Is(err, actions.ErrNotFound) || err == nil && (p.Channel != channel || p.TS != ts) {
		return posted{}, errStale
	}
	if err != nil {
		return posted{}, fmt.Errorf("read the record of a message: %w", err)
	}
	return p, nil
}

// allPosted returns the records of all messages that match.
func (b *Bot) allPosted(ctx context.Context, match func(posted) bool) ([]posted, error) {
	var found []posted
	err := b.cfg.Ledger.View(ctx, func(r actions.Reader) error {
		return r.Each(actions.KindThread, func(id string, raw json.RawMessage) error {
			if !strings.HasPrefix(id, nameKey("")) {
				return nil
			}
			var p posted
			if err := json.Unmarshal(raw, &p); err != nil {
				return fmt.Errorf("read %s: %w", id, err)
			}
			if match(p) {
				found = append(found, p)
			}
			return nil
		})
	})
	return found, err
}
