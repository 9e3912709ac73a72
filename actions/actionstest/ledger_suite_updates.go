package actionstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hardenbot/actions"
)

// putAndAudit is a fact with its entry, after which fn decides.
func putAndAudit(id string, fn func() error) func(actions.Tx) error {
	return func(tx actions.Tx) error {
		err := errors.Join(tx.Put("notes", id, note{Text: id}), tx.Audit(actions.Entry{Action: "noted", Subject: id}))
		if err != nil {
			return err
		}
		return fn()
	}
}

func fine() error { return nil }

// wantOnly checks that exactly these facts were kept, each with its entry.
func wantOnly(t *testing.T, l Trail, want ...string) {
	t.Helper()
	var subjects []string
	for _, e := range trail(t, l) {
		subjects = append(subjects, e.Subject)
	}
	if got := ids(t, l, "notes"); !slices.Equal(got, want) || !slices.Equal(subjects, want) {
		t.Errorf("records %q and entries %q, want both to be %q", got, subjects, want)
	}
}

func errorTakesBack(t *testing.T, l Trail) {
	update(t, l, putAndAudit("a", fine))
	err := l.Update(t.Context(), putAndAudit("b", func() error { return errStop }))
	if !errors.Is(err, errStop) {
		t.Errorf("error = %v, want that of the function", err)
	}
	err = l.Update(t.Context(), func(tx actions.Tx) error { return errors.Join(tx.Delete("notes", "a"), errStop) })
	if !errors.Is(err, errStop) {
		t.Errorf("error = %v, want that of the function", err)
	}
	update(t, l, putAndAudit("c", fine))
	wantOnly(t, l, "a", "c")
}

func ignoredFailure(t *testing.T, l Trail) {
	spoil := map[string]func(actions.Tx) error{
		"put":   func(tx actions.Tx) error { return tx.Put("notes", "", note{}) },
		"audit": func(tx actions.Tx) error { return tx.Audit(actions.Entry{Action: strings.Repeat("x", 70<<10)}) },
	}
	for name, do := range spoil {
		err := l.Update(t.Context(), func(tx actions.Tx) error {
			_ = do(tx)
			return putAndAudit("a", fine)(tx)
		})
		if err == nil {
			t.Errorf("an update whose %s failed was kept", name)
		}
	}
	wantOnly(t, l)
}

func panicTakesBack(t *testing.T, l Trail) {
	func() {
		defer func() {
			if p := recover(); p != "no further" {
				t.Errorf("recovered %v, want the function's own panic", p)
			}
		}()
		_ = l.Update(t.Context(), putAndAudit("a", func() error { panic("no further") }))
	}()
	update(t, l, putAndAudit("b", fine))
	wantOnly(t, l, "b")
}

func viewSeesCommitted(t *testing.T, l Trail) {
	put(t, l, "notes", "a", note{Text: "old"})
	update(t, l, func(tx actions.Tx) error {
		err := errors.Join(tx.Put("notes", "a", note{Text: "new"}), tx.Put("notes", "b", note{Text: "new"}),
			tx.Audit(actions.Entry{Action: "changed"}))
		var wg sync.WaitGroup
		wg.Go(func() {
			wantText(t, l, "a", "old")
			wantText(t, l, "b", "")
		})
		wg.Wait()
		return err
	})
	wantText(t, l, "a", "new")
	wantText(t, l, "b", "new")
}

func updatesSerialised(t *testing.T, l Trail) {
	const workers, each = 8, 15
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range each {
				if err := l.Update(t.Context(), increment); err != nil {
					t.Errorf("update: %v", err)
				}
				if err := l.View(t.Context(), wantCounted(t)); err != nil {
					t.Errorf("view: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if got, err := actions.Load[int](t.Context(), l, "count", "n"); got != workers*each {
		t.Errorf("counted %d, %v; want %d", got, err, workers*each)
	}
	if got := len(trail(t, l)); got != workers*each {
		t.Errorf("%d entries, want %d", got, workers*each)
	}
}

// increment adds one to a counter and to a kind's records.
func increment(tx actions.Tx) error {
	var n int
	if err := tx.Get("count", "n", &n); err != nil && !errors.Is(err, actions.ErrNotFound) {
		return err
	}
	return errors.Join(tx.Put("count", "n", n+1), tx.Put("notes", fmt.Sprintf("%04d", n), note{}),
		tx.Audit(actions.Entry{Action: "counted"}))
}

// wantCounted checks that counter and records belong to one state.
func wantCounted(t *testing.T) func(actions.Reader) error {
	return func(r actions.Reader) error {
		var n int
		if err := r.Get("count", "n", &n); err != nil {
			return err
		}
		notes, err := actions.All[note](r, "notes")
		if len(notes) != n {
			t.Errorf("a view saw %d records beside the count of %d", len(notes), n)
		}
		return err
	}
}

func cancelled(t *testing.T, l Trail) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ran := false
	errs := map[string]error{
		"update": l.Update(ctx, func(actions.Tx) error { ran = true; return nil }),
		"view":   l.View(ctx, func(actions.Reader) error { ran = true; return nil }),
	}
	for name, err := range errs {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want context.Canceled", name, err)
		}
	}
	if ran {
		t.Error("a function ran under a cancelled context")
	}
}

func cancelledWaiting(t *testing.T, l Trail) {
	running, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		err := l.Update(t.Context(), putAndAudit("a", func() error {
			close(running)
			<-release
			return nil
		}))
		if err != nil {
			t.Errorf("the first update: %v", err)
		}
	})
	<-running
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := l.Update(ctx, putAndAudit("b", fine)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the waiting update: %v, want context.DeadlineExceeded", err)
	}
	close(release)
	wg.Wait()
	wantOnly(t, l, "a")
}
