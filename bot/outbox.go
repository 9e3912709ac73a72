package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// letter is one message on its way to Slack: a new one, or the newest edit of
// one that was posted before by the same name.
type letter struct {
	ID      string       `json:"id"`  // letters of a lane go out in the order of their ids
	Rev     int          `json:"rev"` // rises with each edit while it waits
	Channel string       `json:"channel"`
	Only    string       `json:"only,omitempty"`   // ID of the one person who sees it
	Name    string       `json:"name,omitempty"`   // of a message that is edited or replied to later
	Thread  string       `json:"thread,omitempty"` // name of the message that it hangs under
	Text    string       `json:"text"`
	Blocks  slack.Blocks `json:"blocks"`
	Queued  time.Time    `json:"queued"`
	About   About        `json:"about,omitzero"`

	// Last keeps the letter from being merged into one that waits already:
	// all that was queued before is posted before.
	Last bool `json:"last,omitempty"`

	// Pieces is how many other messages belong to this one (pieceName). Unless
	// each is on record as posted whole, it goes without its blocks.
	Pieces int `json:"pieces,omitempty"`

	// Otherwise is said instead of Text where the blocks are not shown.
	Otherwise string `json:"otherwise,omitempty"`

	// ResponseURL reaches the person in channels that the bot is not in. Slack
	// takes it for 30 minutes.
	ResponseURL string `json:"response_url,omitempty"`
}

// lane is the letters of one channel, or of one person in it.
type lane struct {
	letters []letter
	running bool
	next    time.Time // not before this
	tries   int       // of the first letter
}

// outbox delivers letters in order, a lane at a time, as fast as Slack takes
// them. They are in the ledger until Slack has them, so that none is lost.
type outbox struct {
	ledger actions.Ledger
	mail   mailer
	log    *slog.Logger
	now    func() time.Time
	pace   time.Duration // between two letters of a lane
	tasks  *tasks

	mu    sync.Mutex
	lanes map[string]*lane
	last  int64 // the newest id, in ns since 1970
}

// Slack takes about one message a second a channel.
const slackPace = time.Second

// An ephemeral message that comes later than this explains nothing any more.
const ephemeralLife = 30 * time.Minute

func (l letter) lane() string { return l.Channel + " " + l.Only }

// put queues the letter, or replaces one by the same name that still waits.
func (o *outbox) put(ctx context.Context, l letter) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	ln := o.lane(l)
	at := ln.mergeable(l)
	if at < 0 {
		l.ID = o.nextID()
	} else {
		old := ln.letters[at]
		l.ID, l.Rev, l.Last = old.ID, old.Rev+1, old.Last
	}
	l.Queued = o.now().UTC()
	// What cannot be kept is sent all the same: it is lost only if hardenbot ends
	// before, and a full disk is just what people have to be told of.
	err := o.ledger.Update(ctx, func(tx actions.Tx) error { return tx.Put(actions.KindOutbox, l.ID, l) })
	if err != nil {
		err = fmt.Errorf("keep a message until it is sent: %w", err)
	}
	if at < 0 {
		ln.letters = append(ln.letters, l)
	} else {
		ln.letters[at] = l
	}
	o.run(ln)
	return err
}

// mergeable returns the place of the newest waiting letter by the same name, or -1.
func (ln *lane) mergeable(l letter) int {
	if l.Name == "" || l.Last {
		return -1
	}
	for i := len(ln.letters) - 1; i >= 0; i-- {
		if ln.letters[i].Name == l.Name {
			return i
		}
	}
	return -1
}

func (o *outbox) lane(l letter) *lane {
	ln := o.lanes[l.lane()]
	if ln == nil {
		ln = &lane{}
		o.lanes[l.lane()] = ln
	}
	return ln
}

// nextID rises from letter to letter, even if the clock does not.
func (o *outbox) nextID() string {
	o.last = max(o.last+1, o.now().UnixNano())
	return fmt.Sprintf("%020d", o.last)
}

// load takes up the letters that an earlier process left.
func (o *outbox) load(ctx context.Context) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	err := o.ledger.View(ctx, func(r actions.Reader) error {
		return r.Each(actions.KindOutbox, func(id string, raw json.RawMessage) error {
			var l letter
			if err := json.Unmarshal(raw, &l); err != nil {
				return fmt.Errorf("read %s: %w", id, err)
			}
			ln := o.lane(l)
			ln.letters = append(ln.letters, l)
			_, err := fmt.Sscanf(id, "%d", &o.last)
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("read the outbox: %w", err)
	}
	return nil
}

// start begins to deliver.
func (o *outbox) start() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tasks.open()
	for _, ln := range o.lanes {
		o.run(ln)
	}
}

// waiting returns the letters that match, for those who have to mend them
// after a restart.
func (o *outbox) waiting(match func(letter) bool) []letter {
	o.mu.Lock()
	defer o.mu.Unlock()
	var found []letter
	for _, ln := range o.lanes {
		for _, l := range ln.letters {
			if match(l) {
				found = append(found, l)
			}
		}
	}
	return found
}

// run starts the lane's delivery, unless it goes on already. It needs o.mu.
func (o *outbox) run(ln *lane) {
	if ln.running || len(ln.letters) == 0 {
		return
	}
	ln.running = o.tasks.start(func(ctx context.Context) { o.deliver(ctx, ln) })
}

// deliver sends the lane's letters until none is left or ctx ends.
func (o *outbox) deliver(ctx context.Context, ln *lane) {
	for {
		wait, more := o.rest(ctx, ln)
		if !more {
			return
		}
		if !sleep(ctx, wait) {
			continue
		}
		l := o.first(ln)
		at, err := o.send(ctx, l)
		o.settle(ctx, ln, l, at, err)
	}
}

// rest tells how long to wait for the lane's next letter; more is false when
// the delivery ends.
func (o *outbox) rest(ctx context.Context, ln *lane) (wait time.Duration, more bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(ln.letters) == 0 || ctx.Err() != nil {
		ln.running = false
		return 0, false
	}
	return time.Until(ln.next), true
}

// first copies the letter that is next. It may have been edited while the lane waited.
func (o *outbox) first(ln *lane) letter {
	o.mu.Lock()
	defer o.mu.Unlock()
	return ln.letters[0]
}

// sleep waits; it is false when ctx has ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// drain waits until every letter is delivered, but not longer than most.
func (o *outbox) drain(most time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), most)
	defer cancel()
	for len(o.waiting(func(letter) bool { return true })) > 0 && sleep(ctx, 20*time.Millisecond) {
	}
}
