package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// A press on a message that tells of yesterday is answered, and the message is
// edited to what is so now.

// errOutdated is behind refusals that the message itself should have prevented.
var errOutdated = errors.New("this is otherwise by now")

// outdated is a sentence for the person, and the reason to edit the message.
type outdated struct{ error }

func (o outdated) Unwrap() error { return errOutdated }

// renewable lists what says that a message is behind the times.
var renewable = []error{
	errOutdated, errStale, actions.ErrDecided, actions.ErrExpired, actions.ErrChanged, actions.ErrNotFound,
}

// renew edits the message that was pressed, if the refusal is about its age. A
// message without a record is not edited: nobody knows what it is.
func (b *Bot) renew(ctx context.Context, c click, refused error) {
	if !slices.ContainsFunc(renewable, func(kind error) bool { return errors.Is(refused, kind) }) {
		return
	}
	at, err := b.readPosted(ctx, c.Channel, c.TS)
	if err == nil {
		err = b.rewrite(ctx, at)
	}
	if err != nil && !errors.Is(err, errStale) && !errors.Is(err, actions.ErrNotFound) {
		b.log.Error("a message could not be brought up to date", "channel", c.Channel, "err", err)
	}
}

// rewrite edits a message to what is so now.
func (b *Bot) rewrite(ctx context.Context, at posted) error {
	switch {
	case strings.HasPrefix(at.Name, "halt/"):
		return b.rewriteHalt(ctx, at)
	case strings.HasPrefix(at.Name, "remind/"):
		return b.rewriteReminder(ctx, at)
	case at.Run != "":
		run, err := actions.Load[actions.Run](ctx, b.cfg.Ledger, actions.KindRun, at.Run)
		if err == nil && run.State != actions.RunGoing {
			b.report(ctx, run)
		}
		return err
	case at.Plan != "":
		plan, err := actions.Load[actions.Plan](ctx, b.cfg.Ledger, actions.KindPlan, at.Plan)
		if err == nil && plan.Channel == at.Channel {
			b.refresh(ctx, plan)
		}
		return err
	}
	return nil
}

func (b *Bot) rewriteHalt(ctx context.Context, at posted) error {
	hold, err := b.cfg.Approver.Stopped(ctx)
	if err == nil && (hold == nil || haltName(*hold) != at.Name) {
		b.post(ctx, letter{Channel: at.Channel, Name: at.Name}, say("This stop was lifted since. /harden runs tells whether changes are stopped now."))
	}
	return err
}

func (b *Bot) rewriteReminder(ctx context.Context, at posted) error {
	all, err := b.cfg.Approver.Troubles(ctx)
	if err != nil {
		return err
	}
	of := slices.DeleteFunc(all, func(t actions.Trouble) bool { return t.Run.ID != at.Run })
	m := say("No host of run %s needs somebody any more.", at.Run)
	if len(of) > 0 {
		m = troubles(of)
	}
	b.post(ctx, letter{Channel: at.Channel, Name: at.Name, About: About{Run: at.Run}}, m)
	return nil
}

// current goes before what a button of a findings message does. What was seen to
// be gone since is taken out of the message, and not done.
func (b *Bot) current(do func(context.Context, click) error) func(context.Context, click) error {
	return func(ctx context.Context, c click) error {
		at, err := b.postedAt(ctx, c.Channel, c.TS)
		if err != nil || at.Scan == "" {
			return do(ctx, c) // which says what is wrong
		}
		if err := b.stillThere(ctx, c, at); err != nil {
			return err
		}
		return do(ctx, c)
	}
}

// stillThere refuses what is gone from every host, and edits the message if
// anything of it is gone.
func (b *Bot) stillThere(ctx context.Context, c click, at posted) error {
	scan, err := actions.Load[actions.Scan](ctx, b.cfg.Ledger, actions.KindScan, at.Scan)
	if errors.Is(err, actions.ErrNotFound) || err == nil && scan.Channel != c.Channel {
		return errStale
	}
	if err != nil {
		return fmt.Errorf("read scan %s: %w", at.Scan, err)
	}
	gone, err := b.goneSince(ctx, scan)
	if err != nil {
		return err
	}
	if len(gone) > 0 {
		b.showLeft(ctx, at, scan, gone)
	}
	group, ok := groupOf(scan, c.Value)
	if !ok {
		return errStale
	}
	var last time.Time
	for _, f := range group.Members {
		when, is := gone[f.ID]
		if !is {
			return nil
		}
		if when.After(last) {
			last = when
		}
	}
	return sayable{outdated{fmt.Errorf("this was seen to be gone since, the last time at %s; the message now shows what is left", last.UTC().Format("15:04 UTC, 2 Jan"))}}
}

// goneSince returns which findings of the scan are gone by now, and since when.
func (b *Bot) goneSince(ctx context.Context, scan actions.Scan) (gone map[string]time.Time, err error) {
	hosts := make([]actions.Host, len(scan.Hosts))
	for i, h := range scan.Hosts {
		hosts[i] = actions.Host{Name: h.Name, Address: h.Address}
	}
	err = b.cfg.Ledger.View(ctx, func(r actions.Reader) error {
		known, err := actions.Recall(r, hosts, b.cfg.Now())
		if err != nil {
			return err
		}
		runs, err := actions.All[actions.Run](r, actions.KindRun)
		if err != nil {
			return err
		}
		var outcomes []actions.Outcome
		for _, run := range runs {
			var plan actions.Plan
			if err := r.Get(actions.KindPlan, run.Plan, &plan); err != nil {
				return err
			}
			outcomes = append(outcomes, actions.Outcomes(run, plan)...)
		}
		gone = actions.Gone(scan, known, outcomes)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look what is gone since scan %s: %w", scan.ID, err)
	}
	return gone, nil
}

// showLeft edits the findings of a scan to those that are not known to be gone.
func (b *Bot) showLeft(ctx context.Context, at posted, scan actions.Scan, gone map[string]time.Time) {
	name := rootName(at.Name)
	pages := whatIsLeft(scan, gone, b.cfg.Catalogue, b.cfg.Now())
	for i := range maxPages {
		l := letter{Channel: at.Channel, Name: pageName(name, i)}
		if i > 0 {
			l.Thread = name
		}
		switch known, err := b.wasPosted(ctx, l.Name); {
		case err != nil:
			b.log.Error("a page of findings could not be looked for", "name", l.Name, "err", err)
			return
		case !known:
			return
		case i < len(pages):
			l.About = About{Scan: scan.ID}
			b.post(ctx, l, pages[i])
		default:
			b.post(ctx, l, say("What stood here is gone, or stands above now."))
		}
	}
}

// pageName is the name of a page, from 0, of the findings by that name.
func pageName(name string, i int) string {
	if i == 0 {
		return name
	}
	return fmt.Sprintf("%s/%d", name, i+1)
}

// wasPosted reports whether there is a message by that name in Slack.
func (b *Bot) wasPosted(ctx context.Context, name string) (ok bool, err error) {
	err = b.cfg.Ledger.View(ctx, func(r actions.Reader) error {
		_, ok, err = recall(r, name)
		return err
	})
	return ok, err
}

// whatIsLeft shows a scan without what is gone, and says so.
func whatIsLeft(scan actions.Scan, gone map[string]time.Time, catalogue []actions.Remedy, now time.Time) []message {
	left := scan
	left.Findings = slices.DeleteFunc(slices.Clone(scan.Findings), func(f actions.Finding) bool { return !gone[f.ID].IsZero() })
	pages := findings(left, catalogue)
	note := fmt.Sprintf("As of %s: %s.", onAt(now), whatIsGone(scan, gone))
	pages[0].Text = cut(note+" "+pages[0].Text, maxFallback)
	for _, block := range pages[0].Blocks {
		if s, ok := block.(*slack.SectionBlock); ok && s.Text != nil {
			s.Text.Text = note + "\n" + cut(s.Text.Text, maxSection-len(note)-1)
			break
		}
	}
	return pages
}

// whatIsGone counts as the message does: a finding once, on so many hosts.
func whatIsGone(scan actions.Scan, gone map[string]time.Time) string {
	hosts, over := map[string]bool{}, []actions.Finding(nil)
	for _, f := range scan.Findings {
		if _, is := gone[f.ID]; is {
			over, hosts[f.Host] = append(over, f), true
		}
	}
	n := len(actions.Grouped(over))
	return fmt.Sprintf("%s of this scan %s seen to be gone since on %s, and %s not shown there",
		count(n, "finding"), agreed(n, "was", "were"), count(len(hosts), "host"), agreed(n, "is", "are"))
}

// agreed is the word that goes with that many.
func agreed(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
