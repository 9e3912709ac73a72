package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// What becomes of waivers that were asked for. Who may decide and end them is
// decided in package actions.

// waiverAt reads again which waiver a button stands for: that of its message.
func (b *Bot) waiverAt(ctx context.Context, channel, ts string) (posted, error) {
	at, err := b.postedAt(ctx, channel, ts)
	if err == nil && at.Waiver == "" {
		err = errStale
	}
	return at, err
}

func (b *Bot) approveWaiver(ctx context.Context, c click) error {
	at, err := b.waiverAt(ctx, c.Channel, c.TS)
	if err == nil && c.Value != at.Waiver {
		err = errStale
	}
	if err != nil {
		return err
	}
	return b.decideWaiver(ctx, at, actions.Decision{Who: c.Person, Yes: true})
}

// decideWaiver records the decision, bound to the digest that the message
// showed.
func (b *Bot) decideWaiver(ctx context.Context, at posted, d actions.Decision) error {
	d.Digest = at.Digest
	w, err := b.waivers().Decide(ctx, at.Waiver, d)
	return b.becomes(ctx, w, err)
}

// becomes shows how the waiver stands after what somebody did. Refusals are in
// the audit trail already.
func (b *Bot) becomes(ctx context.Context, w actions.Waiver, err error) error {
	if err == nil || errors.Is(err, actions.ErrExpired) || errors.Is(err, actions.ErrDecided) {
		b.showWaiver(ctx, w)
	}
	if errors.Is(err, actions.ErrNotFound) {
		return sayable{err}
	}
	if err != nil {
		return audited{err}
	}
	return nil
}

// askWaiverReason opens the window in which a denial is explained.
func (b *Bot) askWaiverReason(ctx context.Context, c click) error {
	at, err := b.waiverAt(ctx, c.Channel, c.TS)
	if err != nil {
		return err
	}
	if err := b.waivers().MayApprove(c.Person); err != nil {
		return err
	}
	w, err := actions.Load[actions.Waiver](ctx, b.cfg.Ledger, actions.KindWaiver, at.Waiver)
	if err != nil {
		return fmt.Errorf("read waiver %s: %w", at.Waiver, err)
	}
	if state := w.Standing(b.cfg.Now()); state != actions.WaiverWaiting {
		b.showWaiver(ctx, w)
		return sayable{fmt.Errorf("waiver %s is already %s", w.ID, state)}
	}
	return b.openWindow(ctx, c.asker, denyWaiverView(w, c.Channel, c.TS))
}

// denyWaiver takes the window's reason.
func (b *Bot) denyWaiver(ctx context.Context, who actions.Person, view slack.View) {
	channel, ts, _ := strings.Cut(view.PrivateMetadata, "/")
	at, err := b.waiverAt(ctx, channel, ts)
	if err == nil {
		err = b.decideWaiver(ctx, at, actions.Decision{Who: who, Reason: reasonIn(view)})
	}
	b.answer(ctx, asker{Channel: channel, Person: who}, "deny a waiver", err)
}

func (b *Bot) withdrawWaiver(ctx context.Context, c click) error {
	at, err := b.waiverAt(ctx, c.Channel, c.TS)
	if err != nil {
		return err
	}
	w, err := b.waivers().Withdraw(ctx, at.Waiver, c.Person)
	return b.becomes(ctx, w, err)
}

// endWaiver ends the waiver whose button was pressed in a list or in a notice.
// Lists are seen by one person and have no record, so that the button names it;
// it has to be one of this channel.
func (b *Bot) endWaiver(ctx context.Context, c click) error {
	w, err := actions.Load[actions.Waiver](ctx, b.cfg.Ledger, actions.KindWaiver, c.Value)
	if errors.Is(err, actions.ErrNotFound) || err == nil && w.Channel != c.Channel {
		return errStale
	}
	if err != nil {
		return fmt.Errorf("read waiver %s: %w", c.Value, err)
	}
	w, err = b.waivers().End(ctx, w.ID, c.Person)
	if err == nil {
		b.tellOver(ctx, w)
	}
	return b.becomes(ctx, w, err)
}

// showWaiver posts the request, or edits its message to how it stands now. The
// message of a waiver that has ended may be too old to be edited.
func (b *Bot) showWaiver(ctx context.Context, w actions.Waiver) {
	l := letter{Channel: w.Channel, Name: "waiver/" + w.ID, About: About{Waiver: w.ID}}
	switch w.Standing(b.cfg.Now()) {
	case actions.WaiverWaiting:
		l.About.Digest = w.Digest
	case actions.WaiverEnded:
		known, err := b.wasPosted(ctx, l.Name)
		if err != nil {
			b.log.Error("the message of a waiver could not be looked for", "waiver", w.ID, "err", err)
		}
		if !known {
			return
		}
	}
	b.post(ctx, l, waiverMessage(w, b.waivers().Missing(w), b.cfg.Now()))
}

// mendWaiver shows how a waiver stands that was decided when hardenbot ended.
func (b *Bot) mendWaiver(ctx context.Context, id string) error {
	w, err := actions.Load[actions.Waiver](ctx, b.cfg.Ledger, actions.KindWaiver, id)
	if errors.Is(err, actions.ErrNotFound) || err == nil && w.Standing(b.cfg.Now()) == actions.WaiverWaiting {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read waiver %s: %w", id, err)
	}
	b.showWaiver(ctx, w)
	return nil
}
