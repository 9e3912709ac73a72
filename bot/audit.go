package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hardenbot/actions"
)

// Auditor reads the audit trail that the ledger's updates write.
type Auditor interface {
	// Entries calls fn for each entry from the number on, in order, until fn
	// returns an error, which it returns.
	Entries(ctx context.Context, from uint64, fn func(actions.Entry) error) error
	// Verify reads the whole trail and says how far it is as it was written.
	Verify(ctx context.Context) (TrailState, error)
}

// TrailState is what Verify found.
type TrailState struct {
	Seq    uint64 // of the last entry that is as it was written; 0 for none
	Hash   string // of that entry
	Damage string // what is wrong behind it, a sentence; empty where nothing is
}

// The bounds of an answer. Entries are read from the newest back, so that it
// costs as much as it has to go back, and never more than maxLooked of them.
const (
	maxEntries = 30
	auditPage  = 500
	maxLooked  = 20_000
)

// errNoTrail tells that this bot was given no audit trail to read.
var errNoTrail = sayable{errors.New("the audit trail cannot be read here")}

// audit tells the person the newest entries of the trail, and whether it is
// whole. One at a time reads it: to verify reads all of it.
func (b *Bot) audit(ctx context.Context, who asker, since string) error {
	if err := b.cfg.Policy.MayScan(who.Person); err != nil {
		return err
	}
	if b.cfg.Auditor == nil {
		return errNoTrail
	}
	from, err := actions.ParseSince(since, b.cfg.Now())
	if err != nil {
		return sayable{err}
	}
	free, done := b.only("audit")
	if !free {
		return sayable{errors.New("the audit trail is being read already; please ask again in a moment")}
	}
	defer done()
	state, err := b.cfg.Auditor.Verify(ctx)
	if err != nil {
		return fmt.Errorf("verify the audit trail: %w", err)
	}
	e := excerpt{state: state, since: from, all: b.cfg.Policy.MayApprove(who.Person) == nil}
	may := b.ofChannel(ctx, who.Channel)
	if e.all {
		may = func(actions.Entry) (bool, error) { return true, nil }
	}
	if err := e.read(ctx, b.cfg.Auditor, may); err != nil {
		return fmt.Errorf("read the audit trail: %w", err)
	}
	b.tell(ctx, who, e.message())
	return nil
}

// ofChannel reports whether an entry is about something of the channel: by the
// channel that it names, or else by the record of the scan, plan, run or waiver
// that it is about. What is neither is of no channel: approvers see it.
func (b *Bot) ofChannel(ctx context.Context, channel string) func(actions.Entry) (bool, error) {
	known := map[string]string{} // channel by subject
	return func(e actions.Entry) (bool, error) {
		if named, ok := e.Detail["channel"]; ok {
			return named == channel, nil
		}
		if _, ok := known[e.Subject]; !ok {
			its, err := b.channelWith(ctx, e.Subject)
			if err != nil && !errors.Is(err, actions.ErrNotFound) {
				return false, err
			}
			known[e.Subject] = its
		}
		return known[e.Subject] == channel, nil
	}
}

// channelWith returns the channel that a record belongs to; none for what has none.
func (b *Bot) channelWith(ctx context.Context, id string) (string, error) {
	prefix, _, _ := strings.Cut(id, "-")
	switch prefix {
	case "S":
		scan, err := actions.Load[actions.Scan](ctx, b.cfg.Ledger, actions.KindScan, id)
		return scan.Channel, err
	case "P":
		plan, err := actions.Load[actions.Plan](ctx, b.cfg.Ledger, actions.KindPlan, id)
		return plan.Channel, err
	case "R":
		run, err := actions.Load[actions.Run](ctx, b.cfg.Ledger, actions.KindRun, id)
		if err != nil {
			return "", err
		}
		return b.channelWith(ctx, run.Plan)
	case "W":
		waiver, err := actions.Load[actions.Waiver](ctx, b.cfg.Ledger, actions.KindWaiver, id)
		return waiver.Channel, err
	}
	return "", nil
}

// excerpt is the end of the trail, as far as somebody may see it.
type excerpt struct {
	state   TrailState
	since   time.Time // zero for no bound
	all     bool      // of all channels
	entries []actions.Entry
	looked  uint64 // how many entries were looked at
	more    bool   // there are older ones that would fit
}

var errEnough = errors.New("enough")

// read goes back through the trail, page by page, from its last good entry.
func (e *excerpt) read(ctx context.Context, trail Auditor, may func(actions.Entry) (bool, error)) error {
	for end := e.state.Seq + 1; end > 1; {
		from := max(1, end-min(end, auditPage))
		var page []actions.Entry
		err := trail.Entries(ctx, from, func(entry actions.Entry) error {
			if entry.Seq >= end {
				return errEnough
			}
			page = append(page, entry)
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
		e.looked += uint64(len(page))
		if full, err := e.take(page, may); full || err != nil {
			return err
		}
		if e.looked >= maxLooked {
			e.more = from > 1
			return nil
		}
		end = from
	}
	return nil
}

// take takes the page's entries, the newest first. full says that the rest of
// the trail is not wanted: there are enough, or the page was too old. A clock
// that was set back leaves single ones that are.
func (e *excerpt) take(page []actions.Entry, may func(actions.Entry) (bool, error)) (full bool, err error) {
	full = true
	for _, entry := range slices.Backward(page) {
		if entry.At.Before(e.since) {
			continue
		}
		full = false
		ok, err := may(entry)
		if err != nil {
			return false, err
		}
		if !ok {
			continue
		}
		if len(e.entries) == maxEntries {
			e.more = true
			return true, nil
		}
		e.entries = append(e.entries, entry)
	}
	return full, nil
}
