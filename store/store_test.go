package store_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
	"hardenbot/store"
)

// TestMain also serves the tests that need another process.
func TestMain(m *testing.M) {
	if task := os.Getenv("STORE_TEST_CHILD"); task != "" {
		os.Exit(child(task, os.Getenv("STORE_TEST_PATH")))
	}
	goleak.VerifyTestMain(m)
}

// child does one task in a process of its own.
func child(task, path string) int {
	tasks := map[string]func(string) error{"commit": commitForever, "fill": fillUnderLimit}
	if err := tasks[task](path); err != nil {
		fmt.Println("child:", err)
		return 1
	}
	return 0
}

func openAt(t testing.TB, path string) *store.Store {
	t.Helper()
	s, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func open(t testing.TB) *store.Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "hardenbot.db"))
}

// wantIntact verifies the trail and returns how many entries it has.
func wantIntact(t testing.TB, s *store.Store, known ...store.Head) uint64 {
	t.Helper()
	report, err := s.Verify(context.Background(), known...)
	if err != nil || report.Damage != nil {
		t.Fatalf("verify: %+v, damage %+v, %v", report, report.Damage, err)
	}
	return report.Entries
}

// audit writes n entries, each in an update with a record of the same number.
func audit(t testing.TB, s *store.Store, n int) {
	t.Helper()
	for i := range n {
		if err := s.Update(t.Context(), fact(fmt.Sprintf("F-%06d", i))); err != nil {
			t.Fatal(err)
		}
	}
}

func fact(id string) func(actions.Tx) error {
	return func(tx actions.Tx) error {
		if err := tx.Put("facts", id, map[string]string{"text": strings.Repeat("x", 200)}); err != nil {
			return err
		}
		return tx.Audit(actions.Entry{
			Actor: actions.Person{ID: "U024BE7LH", Name: "alice"}, Action: "step.done", Subject: id, Host: "web-1",
			Digest: strings.Repeat("d", 64), Detail: map[string]string{"exit": "0", "says": strings.Repeat("s", 150)},
		})
	}
}

func TestConformance(t *testing.T) {
	actionstest.TestLedger(t, func(t *testing.T) actions.Ledger {
		s := open(t)
		t.Cleanup(func() { wantIntact(t, s) })
		return s
	})
}

func TestStateIsThereAfterOpeningAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hardenbot.db")
	s := openAt(t, path)
	audit(t, s, 3)
	head, err := s.Head(t.Context())
	if err != nil || head.Seq != 3 {
		t.Fatalf("head = %v, %v", head, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, path)
	audit(t, s, 2)
	if n := wantIntact(t, s, head); n != 5 {
		t.Errorf("%d entries, want 5", n)
	}
}

func TestSince(t *testing.T) {
	day := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	now := day
	s, err := store.Open(filepath.Join(t.TempDir(), "hardenbot.db"), store.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	// The clock is set back by an hour before the third entry.
	for _, at := range []time.Duration{0, 2 * time.Hour, time.Hour, 3 * time.Hour} {
		now = day.Add(at)
		audit(t, s, 1)
	}
	for _, tt := range []struct {
		since time.Duration
		want  string
	}{
		{-time.Hour, "[1 2 3 4]"}, {0, "[1 2 3 4]"}, {time.Minute, "[2 3 4]"},
		{90 * time.Minute, "[2 3 4]"}, {150 * time.Minute, "[4]"}, {4 * time.Hour, "[]"},
	} {
		seqs := []uint64{}
		err := s.Since(t.Context(), day.Add(tt.since), func(e actions.Entry) error { seqs = append(seqs, e.Seq); return nil })
		if err != nil || fmt.Sprint(seqs) != tt.want {
			t.Errorf("since %s: %v, %v; want %s", tt.since, seqs, err, tt.want)
		}
	}
	wantIntact(t, s) // a clock that was set back is no damage
}

func TestBackup(t *testing.T) {
	s := open(t)
	audit(t, s, 20)
	var copied bytes.Buffer
	if err := s.Backup(t.Context(), &copied); err != nil {
		t.Fatal(err)
	}
	audit(t, s, 5)
	path := filepath.Join(t.TempDir(), "backup.db")
	if err := os.WriteFile(path, copied.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if n := wantIntact(t, openAt(t, path)); n != 20 {
		t.Errorf("the backup has %d entries, want 20", n)
	}
}

func TestParseHead(t *testing.T) {
	hash := strings.Repeat("0a", 32)
	head, err := store.ParseHead(" 12:" + hash + "\n")
	if err != nil || head.String() != "12:"+hash {
		t.Errorf("head = %v, %v", head, err)
	}
	for _, text := range []string{"", "12", "12:", ":" + hash, "-1:" + hash, "12:" + hash + "00", "12:" + hash[2:], "12:" + strings.Repeat("zz", 32)} {
		if head, err := store.ParseHead(text); err == nil {
			t.Errorf("%q was read as %v", text, head)
		}
	}
}
