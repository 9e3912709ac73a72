package store

import (
	"bytes"
	"crypto/sha256"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"hardenbot/actions"
)

// TestStoredForm pins the bytes that hashes are taken of: Verify compares
// their beginning and end, and stores of last year must verify next year.
func TestStoredForm(t *testing.T) {
	e := actions.Entry{
		Actor: actions.Person{ID: "U024BE7LH", Name: "alice"}, Action: "plan.approved", Subject: "P-7g2kd0xw",
		Host: "web-1", Digest: "d", Detail: map[string]string{"b": "<2>", "a": "1"},
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 5, time.FixedZone("CET", 3600))
	head, value, err := seal(e, Head{6, Hash{0xab}}, at)
	want := `{"seq":7,"at":"2026-03-01T11:00:00.000000005Z","actor":{"id":"U024BE7LH","name":"alice"},` +
		`"action":"plan.approved","subject":"P-7g2kd0xw","host":"web-1","digest":"d",` +
		`"detail":{"a":"1","b":"\u003c2\u003e"},"prev":"ab` + strings.Repeat("0", 62) + `"}`
	if err != nil || string(value[sha256.Size:]) != want {
		t.Errorf("stored %s, %v\nwant   %s", value[sha256.Size:], err, want)
	}
	if sum := sha256.Sum256([]byte(want)); head != (Head{7, sum}) || !bytes.Equal(value[:sha256.Size], sum[:]) {
		t.Errorf("head = %v, want the hash %x", head, sum)
	}
}

// TestCommitOfUnknownOutcome stands in for a disk that fails at the last flush
// of a commit: the transaction can be seen, and its error says that it failed.
func TestCommitOfUnknownOutcome(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "hardenbot.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	put := func(tx actions.Tx) error { return tx.Put("notes", "a", 1) }
	for range 3 {
		if err := s.Update(t.Context(), put); err != nil {
			t.Fatal(err)
		}
	}
	const next = 1000 // a transaction that nobody sees was taken back
	if err := s.settle(next, syscall.EIO); err == nil || !strings.Contains(err.Error(), "nothing was recorded") {
		t.Errorf("a commit that was taken back: %v", err)
	}
	if err := s.Update(t.Context(), put); err != nil {
		t.Errorf("after a commit that was taken back: %v", err)
	}
	if err := s.settle(2, syscall.EIO); err == nil || !strings.Contains(err.Error(), "not known whether") {
		t.Errorf("a commit that can be seen: %v", err)
	}
	if err := s.Update(t.Context(), put); err == nil || !strings.Contains(err.Error(), "not known whether") {
		t.Errorf("an update afterwards: %v", err)
	}
	if _, err := s.Head(t.Context()); err == nil {
		t.Error("a reader saw what may not be there")
	}
}

// FuzzFollow feeds one entry that somebody else wrote to the chain. Only the
// bytes that seal would write may pass, and nothing may panic.
func FuzzFollow(f *testing.F) {
	first, value, err := seal(actions.Entry{Action: "a"}, Head{}, time.Unix(0, 0))
	if err != nil {
		f.Fatal(err)
	}
	_, second, err := seal(actions.Entry{Action: "b"}, first, time.Unix(0, 0))
	if err != nil {
		f.Fatal(err)
	}
	for _, v := range [][]byte{value, second, value[:31], value[:32], value[:40], nil, bytes.Repeat([]byte{0xff}, 100)} {
		f.Add(seqKey(1), v, false)
		f.Add(seqKey(2), v, true)
		f.Add([]byte("key"), v, true)
	}
	f.Fuzz(func(t *testing.T, key, value []byte, resealed bool) {
		if resealed && len(value) >= sha256.Size {
			sum := sha256.Sum256(value[sha256.Size:])
			value = append(sum[:], value[sha256.Size:]...)
		}
		c := chain{head: first}
		damage := c.follow(key, value)
		_, _ = decode(2, value)
		_, _ = timeIn(value)
		if damage != nil {
			if damage.Says == "" || c.head != first {
				t.Errorf("damage %+v moved the head to %v", damage, c.head)
			}
			return
		}
		raw := value[sha256.Size:]
		if !bytes.Equal(key, seqKey(2)) || sha256.Sum256(raw) != c.head.Hash || !bytes.Contains(raw, []byte(first.Hash.String())) {
			t.Errorf("passed: key %x, value %q", key, value)
		}
	})
}

func FuzzParseHead(f *testing.F) {
	f.Add("12:" + strings.Repeat("0a", 32))
	f.Add("0:")
	f.Add("18446744073709551616:00")
	f.Fuzz(func(t *testing.T, text string) {
		head, err := ParseHead(text)
		if err != nil {
			return
		}
		if again, err := ParseHead(head.String()); err != nil || again != head {
			t.Errorf("%q became %v, which became %v, %v", text, head, again, err)
		}
	})
}
