package actionstest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
)

func trailIsChain(t *testing.T, l Trail) {
	begun := time.Now().Add(-time.Second)
	for i := range 5 {
		update(t, l, func(tx actions.Tx) error {
			return errors.Join(tx.Audit(actions.Entry{Action: fmt.Sprint("one ", i)}), tx.Audit(actions.Entry{Action: fmt.Sprint("two ", i)}))
		})
	}
	entries := trail(t, l)
	if len(entries) != 10 {
		t.Fatalf("%d entries, want 10", len(entries))
	}
	prev := strings.Repeat("0", 64)
	for i, e := range entries {
		want := fmt.Sprint([]string{"one ", "two "}[i%2], i/2)
		if e.Seq != uint64(i+1) || e.Prev != prev || len(e.Hash) != 64 || e.Hash == prev || e.Action != want {
			t.Errorf("entry %d does not follow %s: %+v", i+1, prev, e)
		}
		if e.At.Location() != time.UTC || e.At.Before(begun) || e.At.After(time.Now().Add(time.Second)) {
			t.Errorf("entry %d is of %s", i+1, e.At)
		}
		prev = e.Hash
	}
}

func ledgerSets(t *testing.T, l Trail) {
	mine := actions.Entry{
		Seq: 99, At: time.Unix(0, 0), Prev: "mine", Hash: "mine",
		Actor: actions.Person{ID: "U024BE7LH", Name: "alice"}, Action: "plan.waiting", Subject: "P-7g2kd0xw",
		Host: "web-1", Digest: "d1", Detail: map[string]string{"remedy": "close-port"},
	}
	update(t, l, func(tx actions.Tx) error { return tx.Audit(mine) })
	got := trail(t, l)[0]
	if got.Seq != 1 || got.At.Year() == 1970 || got.Prev == "mine" || got.Hash == "mine" {
		t.Errorf("the ledger took the caller's word: %+v", got)
	}
	if got.Actor != mine.Actor || got.Action != mine.Action || got.Subject != mine.Subject ||
		got.Host != mine.Host || got.Digest != mine.Digest || got.Detail["remedy"] != "close-port" {
		t.Errorf("the entry came back as %+v", got)
	}
}

func entriesFrom(t *testing.T, l Trail) {
	const n = 600
	update(t, l, func(tx actions.Tx) error {
		for range n {
			if err := tx.Audit(actions.Entry{Action: "a"}); err != nil {
				return err
			}
		}
		return nil
	})
	for _, tt := range []struct{ from, first, count uint64 }{
		{0, 1, n}, {1, 1, n}, {2, 2, n - 1}, {300, 300, 301}, {n, n, 1}, {n + 1, 0, 0},
	} {
		var first, count uint64
		err := l.Entries(t.Context(), tt.from, func(e actions.Entry) error {
			if count++; count == 1 {
				first = e.Seq
			}
			if e.Seq != first+count-1 {
				t.Errorf("from %d: entry %d came as number %d", tt.from, e.Seq, count)
			}
			return nil
		})
		if err != nil || first != tt.first || count != tt.count {
			t.Errorf("from %d: %d entries from %d on, %v; want %d from %d on", tt.from, count, first, err, tt.count, tt.first)
		}
	}
	seen := 0
	err := l.Entries(t.Context(), 1, func(actions.Entry) error { seen++; return errStop })
	if !errors.Is(err, errStop) || seen != 1 {
		t.Errorf("went on to %d entries after %v", seen, err)
	}
}

func entryTooLarge(t *testing.T, l Trail) {
	err := l.Update(t.Context(), func(tx actions.Tx) error {
		return errors.Join(tx.Put("notes", "a", note{Text: "a"}),
			tx.Audit(actions.Entry{Action: "step.done", Detail: map[string]string{"output": strings.Repeat("x", 64<<10)}}))
	})
	if err == nil || !strings.Contains(err.Error(), "65536") {
		t.Errorf("error = %v, want a sentence with the bound", err)
	}
	wantOnly(t, l)
	update(t, l, func(tx actions.Tx) error {
		return tx.Audit(actions.Entry{Action: "step.done", Detail: map[string]string{"output": strings.Repeat("x", 60<<10)}})
	})
}

// hostileEntry keeps text that looks like an entry's own fields.
func hostileEntry(t *testing.T, l Trail) {
	text := "\x00\x1b[31m<!channel> \u2028 \"},\"prev\":\"" + strings.Repeat("f", 64) + "\"}\n{\"seq\":7,"
	for range 2 {
		update(t, l, func(tx actions.Tx) error {
			return tx.Audit(actions.Entry{Action: text, Host: text, Detail: map[string]string{text: text}})
		})
	}
	for i, e := range trail(t, l) {
		if e.Seq != uint64(i+1) || e.Action != text || e.Host != text || e.Detail[text] != text {
			t.Errorf("entry %d came back as %+v", i+1, e)
		}
	}
}
