package actionstest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hardenbot/actions"
)

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

// eachWhileChanging deletes and rewrites the record that it stands on, among
// records of the same update and among those of an earlier one.
func eachWhileChanging(t *testing.T, l Trail) {
	const n = 400 // enough for several pages of a B+tree
	update(t, l, func(tx actions.Tx) error {
		return errors.Join(putMany(tx, "new", n), changeEach(t, tx, "new", n))
	})
	update(t, l, func(tx actions.Tx) error { return putMany(tx, "old", n) })
	update(t, l, func(tx actions.Tx) error { return changeEach(t, tx, "old", n) })
	for _, kind := range []actions.Kind{"new", "old"} {
		if left := len(ids(t, l, kind)); left != n/3 {
			t.Errorf("%d %s records are left, want %d", left, kind, n/3)
		}
	}
}

func manyID(i int) string { return fmt.Sprintf("%04d", i) }

func putMany(tx actions.Tx, kind actions.Kind, n int) error {
	for i := range n {
		if err := tx.Put(kind, manyID(i), note{Text: strings.Repeat("x", 100)}); err != nil {
			return err
		}
	}
	return nil
}

// changeEach rewrites every third record and deletes the others.
func changeEach(t *testing.T, tx actions.Tx, kind actions.Kind, n int) error {
	seen := 0
	err := tx.Each(kind, func(id string, _ json.RawMessage) error {
		if id != manyID(seen) {
			t.Errorf("saw %s record %s, want %s", kind, id, manyID(seen))
		}
		if seen++; seen%3 == 0 {
			return tx.Put(kind, id, note{Text: strings.Repeat("y", 900)})
		}
		return tx.Delete(kind, id)
	})
	if seen != n {
		t.Errorf("saw %d of %d %s records", seen, n, kind)
	}
	return err
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
