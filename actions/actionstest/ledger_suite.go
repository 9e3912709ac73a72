package actionstest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hardenbot/actions"
)

// Trail is what TestLedger needs beyond actions.Ledger: reading the audit
// entries back, in order.
type Trail interface {
	actions.Ledger
	Entries(ctx context.Context, from uint64, fn func(actions.Entry) error) error
}

// TestLedger checks that a ledger keeps its promises. open returns a new and
// empty one, which must be a Trail; it closes it by t.Cleanup.
func TestLedger(t *testing.T, open func(t *testing.T) actions.Ledger) {
	tests := []struct {
		name string
		test func(*testing.T, Trail)
	}{
		{"get what is absent", getAbsent},
		{"get into the wrong type", getWrongType},
		{"put, get, put again, delete", putGetDelete},
		{"kinds are apart", kindsApart},
		{"each goes in byte order", eachInOrder},
		{"each stops with the error", eachStops},
		{"each lets records change", eachWhileChanging},
		{"what each hands out may be kept", eachKept},
		{"odd ids", oddIDs},
		{"refused ids and records", refusedRecords},
		{"later changes of a record do not count", mutationAfterPut},
		{"an error takes all back", errorTakesBack},
		{"an ignored failure takes all back", ignoredFailure},
		{"a panic takes all back", panicTakesBack},
		{"a view sees nothing uncommitted", viewSeesCommitted},
		{"updates run one after another", updatesSerialised},
		{"a cancelled context does nothing", cancelled},
		{"waiting for an update ends with the context", cancelledWaiting},
		{"the trail is a chain", trailIsChain},
		{"the ledger sets what it vouches for", ledgerSets},
		{"entries from a number on", entriesFrom},
		{"an entry that is too large", entryTooLarge},
		{"text from hosts in an entry", hostileEntry},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ledger, ok := open(t).(Trail)
			if !ok {
				t.Fatal("the ledger has no Entries to read the audit trail with")
			}
			tt.test(t, ledger)
		})
	}
}

type note struct {
	Text string
	List []string
}

var errStop = errors.New("stop here")

func update(t *testing.T, l actions.Ledger, fn func(actions.Tx) error) {
	t.Helper()
	if err := l.Update(t.Context(), fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

func put(t *testing.T, l actions.Ledger, kind actions.Kind, id string, record any) {
	t.Helper()
	update(t, l, func(tx actions.Tx) error { return tx.Put(kind, id, record) })
}

// wantText checks one record; the empty text stands for an absent one.
func wantText(t *testing.T, l actions.Ledger, id, text string) {
	t.Helper()
	got, err := actions.Load[note](t.Context(), l, "notes", id)
	if text == "" {
		if !errors.Is(err, actions.ErrNotFound) {
			t.Errorf("record %q is there: %+v, %v", id, got, err)
		}
		return
	}
	if err != nil || got.Text != text {
		t.Errorf("record %q = %+v, %v; want the text %q", id, got, err, text)
	}
}

func ids(t *testing.T, l actions.Ledger, kind actions.Kind) []string {
	t.Helper()
	var got []string
	err := l.View(t.Context(), func(r actions.Reader) error {
		return r.Each(kind, func(id string, _ json.RawMessage) error { got = append(got, id); return nil })
	})
	if err != nil {
		t.Fatalf("each: %v", err)
	}
	return got
}

func trail(t *testing.T, l Trail) []actions.Entry {
	t.Helper()
	var all []actions.Entry
	if err := l.Entries(t.Context(), 1, func(e actions.Entry) error { all = append(all, e); return nil }); err != nil {
		t.Fatalf("entries: %v", err)
	}
	return all
}

func getAbsent(t *testing.T, l Trail) {
	wantText(t, l, "nowhere", "")
	wantText(t, l, strings.Repeat("x", 5000), "")
	put(t, l, "notes", "here", note{Text: "a"})
	for _, id := range []string{"nowhere", "", "her", "here "} {
		wantText(t, l, id, "")
	}
}

func getWrongType(t *testing.T, l Trail) {
	put(t, l, "notes", "a", note{Text: "a"})
	_, err := actions.Load[[]int](t.Context(), l, "notes", "a")
	if err == nil || errors.Is(err, actions.ErrNotFound) {
		t.Errorf("reading a note as a list: %v, want an error other than ErrNotFound", err)
	}
}

func putGetDelete(t *testing.T, l Trail) {
	update(t, l, func(tx actions.Tx) error {
		var got note
		if err := tx.Put("notes", "a", note{Text: "first", List: []string{"x"}}); err != nil {
			return err
		}
		if err := tx.Get("notes", "a", &got); err != nil || got.Text != "first" || !slices.Equal(got.List, []string{"x"}) {
			t.Errorf("within the update: %+v, %v", got, err)
		}
		return tx.Put("notes", "a", note{Text: "second"})
	})
	wantText(t, l, "a", "second")
	update(t, l, func(tx actions.Tx) error {
		var got note
		if err := tx.Delete("notes", "a"); err != nil {
			return err
		}
		if err := tx.Get("notes", "a", &got); !errors.Is(err, actions.ErrNotFound) {
			t.Errorf("deleted within the update: %v, want ErrNotFound", err)
		}
		return errors.Join(tx.Delete("notes", "a"), tx.Delete("nothing of the kind", "a"))
	})
	wantText(t, l, "a", "")
}

func kindsApart(t *testing.T, l Trail) {
	// A kind may be called as the parts of a store are.
	kinds := []actions.Kind{actions.KindPlan, actions.KindRun, "audit", "meta", "records"}
	for _, kind := range kinds {
		put(t, l, kind, "same", note{Text: string(kind)})
	}
	for _, kind := range kinds {
		got, err := actions.Load[note](t.Context(), l, kind, "same")
		if err != nil || got.Text != string(kind) {
			t.Errorf("%s = %+v, %v", kind, got, err)
		}
	}
	if entries := trail(t, l); len(entries) != 0 {
		t.Errorf("records became audit entries: %+v", entries)
	}
}

func eachInOrder(t *testing.T, l Trail) {
	if got := ids(t, l, "notes"); got != nil {
		t.Errorf("ids of an empty kind = %q", got)
	}
	for _, id := range []string{"b", "a", "B", "a\x00", "é", "\xff", "10", "9"} {
		put(t, l, "notes", id, note{Text: id})
	}
	want := []string{"10", "9", "B", "a", "a\x00", "b", "é", "\xff"}
	if got := ids(t, l, "notes"); !slices.Equal(got, want) {
		t.Errorf("ids = %q, want %q", got, want)
	}
}

func eachStops(t *testing.T, l Trail) {
	for _, id := range []string{"a", "b", "c"} {
		put(t, l, "notes", id, note{Text: id})
	}
	var seen []string
	err := l.View(t.Context(), func(r actions.Reader) error {
		return r.Each("notes", func(id string, _ json.RawMessage) error {
			if seen = append(seen, id); id == "b" {
				return errStop
			}
			return nil
		})
	})
	if !errors.Is(err, errStop) || !slices.Equal(seen, []string{"a", "b"}) {
		t.Errorf("saw %q with error %v", seen, err)
	}
}

// eachWhileChanging deletes and rewrites the record that it stands on.
func eachWhileChanging(t *testing.T, l Trail) {
	const n = 400 // enough for several pages of a B+tree
	id := func(i int) string { return fmt.Sprintf("%04d", i) }
	update(t, l, func(tx actions.Tx) error {
		for i := range n {
			if err := tx.Put("notes", id(i), note{Text: strings.Repeat("x", 100)}); err != nil {
				return err
			}
		}
		return nil
	})
	seen := 0
	update(t, l, func(tx actions.Tx) error {
		return tx.Each("notes", func(got string, _ json.RawMessage) error {
			if got != id(seen) {
				t.Errorf("saw %s, want %s", got, id(seen))
			}
			seen++
			if seen%3 == 0 {
				return tx.Put("notes", got, note{Text: strings.Repeat("y", 900)})
			}
			return tx.Delete("notes", got)
		})
	})
	if left := len(ids(t, l, "notes")); seen != n || left != n/3 {
		t.Errorf("saw %d of %d records, %d are left", seen, n, left)
	}
}

func eachKept(t *testing.T, l Trail) {
	put(t, l, "notes", "a", note{Text: "before"})
	var kept json.RawMessage
	err := l.View(t.Context(), func(r actions.Reader) error {
		return r.Each("notes", func(_ string, raw json.RawMessage) error { kept = raw; return nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	copy(kept, strings.ToUpper(string(kept))) // ours to write to
	for range 20 {
		put(t, l, "notes", "a", note{Text: "after"})
	}
	if want := `{"TEXT":"BEFORE","LIST":NULL}`; string(kept) != want {
		t.Errorf("what was kept is now %s, want %s", kept, want)
	}
	wantText(t, l, "a", "after")
}

func oddIDs(t *testing.T, l Trail) {
	odd := []string{"\x00", "\xff\xfe", "a/b", "../..", "new\nline", " ", "ünï", `"quoted"`, "a:b|c", strings.Repeat("k", 1024)}
	for i, id := range odd {
		put(t, l, "notes", id, note{Text: fmt.Sprint("text ", i)})
	}
	for i, id := range odd {
		wantText(t, l, id, fmt.Sprint("text ", i))
	}
	if got := len(ids(t, l, "notes")); got != len(odd) {
		t.Errorf("%d records, want %d", got, len(odd))
	}
}

func refusedRecords(t *testing.T, l Trail) {
	tests := []struct {
		name   string
		kind   actions.Kind
		id     string
		record any
	}{
		{"empty id", "notes", "", note{}},
		{"empty kind", "", "a", note{}},
		{"id too long", "notes", strings.Repeat("k", 1025), note{}},
		{"record without JSON form", "notes", "a", func() {}},
	}
	for _, tt := range tests {
		err := l.Update(t.Context(), func(tx actions.Tx) error { return tx.Put(tt.kind, tt.id, tt.record) })
		if err == nil {
			t.Errorf("%s was not refused", tt.name)
		}
	}
	if got := ids(t, l, "notes"); got != nil {
		t.Errorf("kept %q", got)
	}
}

func mutationAfterPut(t *testing.T, l Trail) {
	record := &note{Text: "kept", List: []string{"kept"}}
	detail := map[string]string{"why": "kept"}
	update(t, l, func(tx actions.Tx) error {
		err := errors.Join(tx.Put("notes", "a", record), tx.Audit(actions.Entry{Action: "a", Detail: detail}))
		record.Text, record.List[0], detail["why"] = "changed", "changed", "changed"
		return err
	})
	got, err := actions.Load[note](t.Context(), l, "notes", "a")
	if err != nil || got.Text != "kept" || got.List[0] != "kept" {
		t.Errorf("record = %+v, %v", got, err)
	}
	if why := trail(t, l)[0].Detail["why"]; why != "kept" {
		t.Errorf("the entry's detail = %q", why)
	}
}

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
