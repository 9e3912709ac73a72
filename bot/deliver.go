package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// mailer hands letters to Slack.
type mailer interface {
	// mail posts the letter in the thread of root, or at the channel's top
	// level without one; if ts is set it edits the message there. It returns
	// the message's ts.
	mail(ctx context.Context, l letter, ts, root string) (string, error)
	// answer shows text to whoever the response URL was made for.
	answer(ctx context.Context, responseURL, text string) error
}

// verdict is what becomes of a letter after Slack's answer.
type verdict int

const (
	delivered verdict = iota
	again             // Slack is away, or asks to wait
	anew              // the message to edit is gone: post another
	unhung            // the thread is gone: post at the channel's top level
	wordsOnly         // Slack does not take the blocks
	dropped           // Slack will never take it
)

// goneCodes tell that a message cannot be edited any more.
var goneCodes = []string{"message_not_found", "cant_update_message", "edit_window_closed"}

// threadCodes tell that there is no thread to reply in any more.
var threadCodes = []string{"thread_not_found", "cannot_reply_to_message"}

// blockCodes tell that the blocks are the trouble.
var blockCodes = []string{"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "block_mismatch"}

// passing lists the codes of troubles that pass, or that an operator mends
// while the messages wait.
var passing = []string{
	"internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited", "rate_limited",
	"team_added_to_org", "accesslimited", "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired",
}

var errTooLate = errors.New("it waited for longer than it is of use")

// judge decides by Slack's answer. The wait is set when Slack asks for one.
func judge(err error) (verdict, time.Duration) {
	var limited *slack.RateLimitedError
	var refused slack.SlackErrorResponse
	switch {
	case err == nil:
		return delivered, 0
	case errors.Is(err, errTooLate):
		return dropped, 0
	case errors.As(err, &limited):
		return again, max(limited.RetryAfter, time.Second)
	case !errors.As(err, &refused):
		return again, 0 // the network, or an answer that is no Slack
	case slices.Contains(passing, refused.Err):
		return again, 0
	case slices.Contains(goneCodes, refused.Err):
		return anew, 0
	case slices.Contains(threadCodes, refused.Err):
		return unhung, 0
	case slices.Contains(blockCodes, refused.Err):
		return wordsOnly, 0
	}
	return dropped, 0
}

// backoff doubles from one pace to 64 of them, at most a minute.
func backoff(pace time.Duration, tries int) time.Duration {
	return min(pace<<min(tries-1, 6), time.Minute)
}

// send tries once to hand the letter to Slack. A call that has begun is not
// cut off, because its message would be posted twice.
func (o *outbox) send(ctx context.Context, l letter) (posted, error) {
	if l.Only != "" && o.now().Sub(l.Queued) > ephemeralLife {
		return posted{}, errTooLate
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	var own, root posted
	var whole bool
	err := o.ledger.View(ctx, func(r actions.Reader) (err error) {
		if own, _, err = recall(r, l.Name); err != nil {
			return err
		}
		if root, _, err = recall(r, l.Thread); err != nil {
			return err
		}
		whole, err = piecesShown(r, l)
		return err
	})
	if err != nil {
		return posted{}, err
	}
	if !whole {
		l = l.inWords()
	}
	ts, err := o.mail.mail(ctx, l, own.TS, root.TS)
	return posted{Name: l.Name, Channel: l.Channel, TS: ts, Root: root.TS, Posted: o.now().UTC(), About: l.About}, err
}

// piecesShown reports whether all that belongs to the letter was posted whole.
func piecesShown(r actions.Reader, l letter) (bool, error) {
	for i := range l.Pieces {
		if piece, _, err := recall(r, pieceName(l.Name, i)); err != nil || !piece.Whole {
			return false, err
		}
	}
	return true, nil
}

// pieceName is the name of a part, from 0, of what the named message shows.
func pieceName(name string, i int) string { return fmt.Sprintf("%s/script/%d", name, i+1) }

// inWords is the letter without its blocks, and without what they are for.
func (l letter) inWords() letter {
	l.Text, l.Blocks = cmp.Or(l.Otherwise, l.Text), slack.Blocks{}
	l.About.Digest, l.About.Whole = "", false
	return l
}

// callTime bounds one call of Slack's API.
const callTime = 30 * time.Second

// settle takes the letter off the lane, or prepares the next try.
func (o *outbox) settle(ctx context.Context, ln *lane, l letter, at posted, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	what, wait := judge(err)
	ln.next = time.Now().Add(o.pace)
	ln.tries++
	switch {
	case what == again:
		ln.next = time.Now().Add(cmp.Or(wait, backoff(o.pace, ln.tries)))
		if ln.tries&(ln.tries-1) == 0 { // at the 1st, 2nd, 4th, 8th … try: Slack may be away for long
			o.log.Warn("a message waits for Slack", "channel", l.Channel, "letter", l.ID, "try", ln.tries, "err", safe(err))
		}
	case what == anew:
		o.write(ctx, func(tx actions.Tx) error { return tx.Delete(actions.KindThread, nameKey(l.Name)) })
	case what == unhung && l.Thread != "":
		o.change(ln, l, err, func(l *letter) { l.Thread = "" })
	case what == wordsOnly && len(l.Blocks.BlockSet) > 0:
		o.change(ln, l, err, func(l *letter) { *l = l.inWords() })
	default:
		if what != delivered {
			o.refused(ctx, l, err)
		}
		ln.tries = 0
		o.done(ctx, ln, l, at, what == delivered)
	}
}

// change makes of the letter what Slack may take, unless it was edited in the
// meantime. It needs o.mu.
func (o *outbox) change(ln *lane, l letter, err error, how func(*letter)) {
	o.log.Error("Slack does not take a message as it is; it is posted with less", "letter", l.ID, "name", l.Name, "err", safe(err))
	if ln.letters[0].Rev == l.Rev {
		how(&ln.letters[0])
	}
}

// done records where the letter went, and removes it unless it was edited
// while it was on its way. It needs o.mu.
func (o *outbox) done(ctx context.Context, ln *lane, l letter, at posted, sent bool) {
	final := ln.letters[0].Rev == l.Rev
	o.write(ctx, func(tx actions.Tx) error {
		if sent && l.Name != "" {
			if err := remember(tx, at); err != nil {
				return err
			}
		}
		if !final {
			return nil
		}
		return tx.Delete(actions.KindOutbox, l.ID)
	})
	if final {
		ln.letters = slices.Delete(ln.letters, 0, 1)
	}
}

// refused takes what Slack will never take where it was to go. An answer to one
// person goes by the response URL then; all else is dropped.
func (o *outbox) refused(ctx context.Context, l letter, err error) {
	if l.Only == "" || l.ResponseURL == "" || errors.Is(err, errTooLate) {
		o.drop(ctx, l, err)
		return
	}
	o.tasks.start(func(ctx context.Context) {
		if failed := o.mail.answer(ctx, l.ResponseURL, l.Text); failed != nil {
			o.log.Error("an answer did not reach its person", "channel", l.Channel, "err", safe(failed))
			l.ResponseURL = ""
			o.drop(ctx, l, err)
		}
	})
}

// drop tells of a message that nobody will read: the log, the audit trail, and
// whoever waits for it.
func (o *outbox) drop(ctx context.Context, l letter, err error) {
	why := reason(err)
	o.log.Error("a message was dropped", "channel", l.Channel, "letter", l.ID, "name", l.Name, "err", safe(err))
	o.write(ctx, func(tx actions.Tx) error {
		return tx.Audit(actions.Entry{
			Actor: actions.Bot, Action: "message.dropped", Subject: l.Name,
			Detail: map[string]string{"channel": l.Channel, "why": why},
		})
	})
	if l.ResponseURL == "" || errors.Is(err, errTooLate) {
		return
	}
	text := "I cannot post in this channel (" + code(why, 60) + "). Invite me with /invite, and try again."
	o.tasks.start(func(ctx context.Context) {
		if err := o.mail.answer(ctx, l.ResponseURL, text); err != nil {
			o.log.Error("an answer did not reach its person", "channel", l.Channel, "err", safe(err))
		}
	})
}

// reason is a short, safe word for why Slack refused a message.
func reason(err error) string {
	var refused slack.SlackErrorResponse
	if errors.As(err, &refused) {
		return refused.Err
	}
	return err.Error()
}

// write changes the ledger. A failure leaves a letter that may be posted
// twice after a restart; that is logged.
func (o *outbox) write(ctx context.Context, change func(actions.Tx) error) {
	if err := o.ledger.Update(context.WithoutCancel(ctx), change); err != nil {
		o.log.Error("the outbox could not be written", "err", err)
	}
}
