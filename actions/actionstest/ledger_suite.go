package actionstest

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

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
