package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// asker is somebody who did something in a channel, and how to answer.
type asker struct {
	Channel     string
	Person      actions.Person
	ResponseURL string
	Home        bool   // it was done in the Home tab, and is answered there
	Team        string // that the delivery says the person is of; may be empty
	Trigger     string // opens a window, for 3 s; a mention has none
	SteppedUp   bool   // the person has shown the second factor for this
}

// scan looks at the hosts and shows what was found.
func (b *Bot) scan(ctx context.Context, from asker, pattern string) error {
	if err := b.cfg.Policy.MayScan(from.Person); err != nil {
		return err
	}
	hosts, err := b.cfg.Policy.Target(ctx, b.cfg.Inventory, from.Channel, pattern)
	if err != nil {
		return sayable{err}
	}
	free, done := b.only("scan " + from.Channel + " " + pattern)
	if !free {
		return sayable{errors.New("this scan goes on already in this channel")}
	}
	defer done()
	look := &look{Bot: b, from: from, pattern: pattern, name: "scan/" + actions.NewID("M"), begun: b.cfg.Now()}
	look.show(ctx, actions.ScanProgress{Total: len(hosts)})
	scan, err := b.cfg.Scanner.Scan(ctx, actions.ScanRequest{
		Pattern: pattern, Hosts: hosts, Doubts: b.doubts(pattern), Actor: from.Person, Channel: from.Channel,
		Progress: func(at actions.ScanProgress) { look.show(ctx, at) },
	})
	if ctx.Err() != nil {
		return nil // the next start says that the scan was interrupted
	}
	if err != nil {
		b.post(ctx, letter{Channel: from.Channel, Name: look.name}, failed("The scan of "+code(pattern, 200)))
		return fmt.Errorf("scan %s: %w", pattern, err)
	}
	look.finish(ctx, scan)
	return nil
}

// doubts says what a scan of the pattern may miss.
func (b *Bot) doubts(pattern string) []string {
	if inv, ok := b.cfg.Inventory.(actions.Doubtful); ok {
		return inv.Doubts(pattern)
	}
	return nil
}

// look is one scan's message.
type look struct {
	*Bot
	from    asker
	pattern string
	name    string
	begun   time.Time
	shown   time.Time
}

// show tells how far the scan is, at most once a second.
func (k *look) show(ctx context.Context, at actions.ScanProgress) {
	now := time.Now()
	if now.Sub(k.shown) < slackPace {
		return
	}
	k.shown = now
	k.post(ctx, letter{
		Channel: k.from.Channel, Name: k.name, ResponseURL: k.from.ResponseURL,
		About: About{Unfinished: "The scan of " + code(k.pattern, 200) + " was interrupted: hardenbot was restarted. Please scan again."},
	}, scanning(k.pattern, at, k.cfg.Now().Sub(k.begun)))
}

func (k *look) finish(ctx context.Context, scan actions.Scan) {
	for i, page := range findings(scan, k.cfg.Catalogue) {
		l := letter{Channel: k.from.Channel, Name: k.name, ResponseURL: k.from.ResponseURL, About: About{Scan: scan.ID}}
		if i > 0 {
			l.Thread, l.Name = k.name, fmt.Sprintf("%s/%d", k.name, i+1)
		}
		k.post(ctx, l, page)
	}
}

// failed is what people read when something broke that the log explains.
func failed(what string) message {
	return message{Text: what + " failed. The log of hardenbot says why."}
}

// post queues the message. A ledger that cannot be written is logged: there is
// nobody else to tell.
func (b *Bot) post(ctx context.Context, l letter, m message) {
	l.Text, l.Blocks = m.Text, slack.Blocks{BlockSet: m.Blocks}
	if err := b.outbox.put(context.WithoutCancel(ctx), l); err != nil {
		b.log.Error("a message could not be queued", "channel", l.Channel, "name", l.Name, "err", err)
	}
	if l.Only == "" { // whatever changes is told in some channel
		b.tabs.changed()
	}
}

// tell answers one person alone.
func (b *Bot) tell(ctx context.Context, who asker, m message) {
	if who.Home {
		b.tabs.say(who.Person, m.Text)
		return
	}
	if who.Channel == "" { // it was done in a window: the direct messages are left
		b.post(ctx, letter{Channel: who.Person.ID}, m)
		return
	}
	b.post(ctx, letter{Channel: who.Channel, Only: who.Person.ID, ResponseURL: who.ResponseURL}, m)
}
