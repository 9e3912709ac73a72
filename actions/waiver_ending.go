package actions

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// WaiverNotice is how long before its end a waiver says that it ends.
const WaiverNotice = 7 * 24 * time.Hour

// Ending returns the waivers of which something has to be told: those that end
// within WaiverNotice, and those that wait or hold by the record and do no
// longer. Told takes down that it was. It writes nothing.
func (s Waivers) Ending(ctx context.Context) ([]Waiver, error) {
	now := s.Now()
	var due []Waiver
	err := s.Ledger.View(ctx, func(tx Reader) error {
		all, err := All[Waiver](tx, KindWaiver)
		for _, w := range all {
			if w.Standing(now) != w.State || w.warns(now) {
				due = append(due, w)
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for waivers that end: %w", err)
	}
	return due, nil
}

// warns reports whether the waiver has to say that it ends soon. One that was
// approved for less than that time says nothing: people know.
func (w Waiver) warns(now time.Time) bool {
	if w.Warned || w.Standing(now) != WaiverApproved || len(w.Decided) == 0 {
		return false
	}
	from := w.Until.Add(-WaiverNotice)
	return w.Decided[len(w.Decided)-1].At.Before(from) && !now.Before(from)
}

// Told takes down that people were told how the waiver stands, as Ending had
// it. It is no error that it stands otherwise by now.
func (s Waivers) Told(ctx context.Context, told Waiver) (Waiver, error) {
	now := s.Now()
	w, err := s.load(ctx, told.ID)
	if err != nil || w.Standing(now) == w.State && !w.warns(now) {
		return w, err
	}
	return s.act(ctx, told.ID, Bot, func(w *Waiver) (string, error) {
		switch state := w.Standing(now); {
		case state != w.State:
			w.over(state, nil, now)
			return "waiver." + string(state), nil
		default:
			w.Warned = true
			return "waiver.ending", nil
		}
	})
}

// AllWaivers reads the waivers that match, in the order of ByUrgency.
func AllWaivers(ctx context.Context, l Ledger, now time.Time, match func(Waiver) bool) ([]Waiver, error) {
	var all []Waiver
	err := l.View(ctx, func(tx Reader) (err error) {
		all, err = All[Waiver](tx, KindWaiver)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the waivers: %w", err)
	}
	all = slices.DeleteFunc(all, func(w Waiver) bool { return !match(w) })
	slices.SortFunc(all, ByUrgency(now))
	return all, nil
}
