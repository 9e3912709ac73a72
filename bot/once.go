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

// onceKey begins the keys of what Slack handed over, and composedKey those that
// say when a scan was put together from others, for as long as it is kept.
const (
	onceKey     = "slack/"
	composedKey = "composed/"
)

// once reports whether this is the first time that Slack hands it over. What
// cannot be remembered is not done: it could be done twice.
func (b *Bot) once(ctx context.Context, key string) (first bool) {
	err := b.cfg.Ledger.Update(context.WithoutCancel(ctx), func(tx actions.Tx) (err error) {
		first, err = actions.Once(tx, onceKey+key, b.cfg.Now().UTC())
		return err
	})
	if err != nil {
		b.log.Error("what Slack sent could not be remembered, and is not done", "key", key, "err", err)
		return false
	}
	return first
}

// Slack repeats within hours; old messages stay clickable for half a year.
const (
	keepOnce  = 3 * 24 * time.Hour
	keepPosts = 183 * 24 * time.Hour
)

// forget removes records that nothing will ask for any more.
func (b *Bot) forget(ctx context.Context) error {
	now := b.cfg.Now()
	old, err := b.allPosted(ctx, func(p posted) bool { return now.Sub(p.Posted) > keepPosts })
	if err != nil {
		return err
	}
	return b.cfg.Ledger.Update(ctx, func(tx actions.Tx) error {
		for _, p := range old {
			if err := tx.Delete(actions.KindThread, nameKey(p.Name)); err != nil {
				return err
			}
			if err := tx.Delete(actions.KindThread, placeKey(p.Channel, p.TS)); err != nil {
				return err
			}
		}
		if err := forgetComposed(tx, now.Add(-keepPosts)); err != nil {
			return err
		}
		return forgetOnce(tx, now.Add(-keepOnce))
	})
}

// forgetComposed removes scans that were put together from others, which are kept
// themselves, when the messages that showed them are forgotten, too.
func forgetComposed(tx actions.Tx, before time.Time) error {
	keys, err := olderThan(tx, composedKey, before)
	for _, key := range keys {
		if err == nil {
			err = errors.Join(tx.Delete(actions.KindScan, strings.TrimPrefix(key, composedKey)), tx.Delete(actions.KindOnce, key))
		}
	}
	return err
}

func forgetOnce(tx actions.Tx, before time.Time) error {
	keys, err := olderThan(tx, onceKey, before)
	for _, key := range keys {
		if err == nil {
			err = tx.Delete(actions.KindOnce, key)
		}
	}
	return err
}

func olderThan(tx actions.Reader, prefix string, before time.Time) (keys []string, err error) {
	err = tx.Each(actions.KindOnce, func(id string, raw json.RawMessage) error {
		var seen time.Time
		if err := json.Unmarshal(raw, &seen); err != nil {
			return fmt.Errorf("read %s: %w", id, err)
		}
		if strings.HasPrefix(id, prefix) && seen.Before(before) {
			keys = append(keys, id)
		}
		return nil
	})
	return keys, err
}
