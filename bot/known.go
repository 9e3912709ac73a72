package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hardenbot/actions"
)

// What the newest scan of each host told, without looking at the host again. To
// read it costs one record for each of the hosts that are asked about, and the
// records of the runs: nothing grows with the number of scans.

// recalled is what is known of the hosts of a pattern.
type recalled struct {
	pattern string // as it is shown and can be typed: the channel's own where nobody gave one
	hosts   []actions.Host
	known   []actions.Known // of each host
	doubts  []string        // what it may miss, a sentence each
}

// recallHosts reads what is known of the hosts of a pattern; without one, of
// all that the channel may target.
func (b *Bot) recallHosts(ctx context.Context, who asker, pattern string) (recalled, error) {
	hosts, pattern, err := b.asked(ctx, who, pattern)
	if err != nil {
		return recalled{}, err
	}
	r := recalled{pattern: pattern, hosts: hosts}
	var runs []actions.Run
	err = b.cfg.Ledger.View(ctx, func(tx actions.Reader) (err error) {
		r.known, runs, err = recallMended(tx, hosts, b.cfg.Now())
		return err
	})
	if err != nil {
		return recalled{}, fmt.Errorf("recall what is known of %s: %w", pattern, err)
	}
	r.doubts = slices.Concat(ages(r.known, b.cfg.Now()), workedOn(r.known, runs), b.doubts(pattern), scanDoubts(r.known))
	return r, nil
}

// asked returns the hosts that the person asks about, and the pattern for them.
func (b *Bot) asked(ctx context.Context, who asker, pattern string) ([]actions.Host, string, error) {
	if err := b.cfg.Policy.MayScan(who.Person); err != nil {
		return nil, "", err
	}
	if pattern != "" {
		hosts, err := b.cfg.Policy.Target(ctx, b.cfg.Inventory, who.Channel, pattern)
		if err != nil {
			return nil, "", sayable{err}
		}
		return hosts, pattern, nil
	}
	hosts, err := b.cfg.Policy.Reach(ctx, b.cfg.Inventory, who.Channel)
	if err != nil {
		return nil, "", sayable{err}
	}
	pattern = strings.Join(b.cfg.Policy.Channels[who.Channel], ",")
	if len(hosts) == 0 {
		return nil, "", sayable{fmt.Errorf("the inventory has none of the hosts that this channel may target (%s)", pattern)}
	}
	return hosts, pattern, nil
}

// ever reports whether any of the hosts was scanned.
func (r recalled) ever() bool {
	return slices.ContainsFunc(r.known, func(k actions.Known) bool { return k.Scan != "" })
}

// errNeverScanned says what to do before there is something to recall.
func (r recalled) errNeverScanned() error {
	return sayable{fmt.Errorf("none of these hosts was scanned yet; look at them with `/harden scan %s`", echo(r.pattern, 300))}
}

// compose makes a Scan of what is known, and keeps it, so that the buttons
// under it have a record to read again. The same knowledge is the same record.
func (b *Bot) compose(ctx context.Context, who asker, r recalled) (actions.Scan, error) {
	scan := actions.Compose(r.known, r.pattern, who.Person, who.Channel)
	scan.Doubts = r.doubts
	err := b.cfg.Ledger.Update(ctx, func(tx actions.Tx) error {
		if err := tx.Put(actions.KindOnce, composedKey+scan.ID, b.cfg.Now().UTC()); err != nil {
			return err
		}
		return tx.Put(actions.KindScan, scan.ID, scan)
	})
	if err != nil {
		return scan, fmt.Errorf("keep what is known of %s: %w", r.pattern, err)
	}
	return scan, nil
}

// recallFindings shows what the newest scans found.
func (b *Bot) recallFindings(ctx context.Context, who asker, pattern string) error {
	r, err := b.recallHosts(ctx, who, pattern)
	if err != nil {
		return err
	}
	if !r.ever() {
		return r.errNeverScanned()
	}
	scan, err := b.compose(ctx, who, r)
	if err != nil {
		return err
	}
	look := &look{Bot: b, from: who, pattern: r.pattern, name: "known/" + actions.NewID("M")}
	look.finish(ctx, scan)
	return nil
}

// headline tells a look at hosts from what is known of them.
func headline(scan actions.Scan) string {
	if len(scan.Of) > 0 {
		return "What is known of " + code(scan.Pattern, 200)
	}
	return "Scan of " + code(scan.Pattern, 200)
}
