package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"hardenbot/actions"
	"hardenbot/store"
)

func seqKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

// trail is the audit bucket in the hands of somebody who can write the file.
type trail struct{ b *bolt.Tx }

func (r trail) bucket() *bolt.Bucket     { return r.b.Bucket([]byte("audit")) }
func (r trail) get(seq uint64) []byte    { return bytes.Clone(r.bucket().Get(seqKey(seq))) }
func (r trail) put(seq uint64, v []byte) { must(r.bucket().Put(seqKey(seq), v)) }
func (r trail) del(seq uint64)           { must(r.bucket().Delete(seqKey(seq))) }
func (r trail) setHead(seq uint64, h []byte) {
	must(r.b.Bucket([]byte("meta")).Put([]byte("head"), append(seqKey(seq), h...)))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// edit replaces text in an entry without care for its hash.
func (r trail) edit(seq uint64, old, text string) {
	v := r.get(seq)
	edited := bytes.Replace(v[32:], []byte(old), []byte(text), 1)
	if bytes.Equal(edited, v[32:]) {
		panic("nothing was edited")
	}
	r.put(seq, append(v[:32:32], edited...))
}

// reseal gives an entry the hash of its text.
func (r trail) reseal(seq uint64) []byte {
	v := r.get(seq)
	sum := sha256.Sum256(v[32:])
	r.put(seq, append(sum[:], v[32:]...))
	return sum[:]
}

// rechain makes everything from the entry on fit together again.
func (r trail) rechain(seq, last uint64) {
	hash := r.reseal(seq)
	for next := seq + 1; next <= last; next++ {
		v := r.get(next)
		at := len(v) - 66 // the 64 digits before `"}`
		copy(v[at:], hex.EncodeToString(hash))
		r.put(next, v)
		hash = r.reseal(next)
	}
	r.setHead(last, hash)
}

// The trail that is tampered with has 300 entries, enough for many pages.
const last = 300

var tamperings = []struct {
	name string
	do   func(trail)
	want store.Damage
}{
	{"a byte of the text", func(r trail) { r.edit(150, "alice", "alicf") }, store.Damage{Seq: 150, Harm: store.Altered, Says: "does not fit its hash"}},
	{"a byte of the first text", func(r trail) { r.edit(1, "web-1", "web-2") }, store.Damage{Seq: 1, Harm: store.Altered, Says: "does not fit its hash"}},
	{"a byte of the last text", func(r trail) { r.edit(last, "web-1", "web-2") }, store.Damage{Seq: last, Harm: store.Altered, Says: "does not fit its hash"}},
	{"a bit of the hash", func(r trail) { v := r.get(9); v[3] ^= 1; r.put(9, v) }, store.Damage{Seq: 9, Harm: store.Altered, Says: "does not fit its hash"}},
	{"text and hash", func(r trail) { r.edit(150, "alice", "carol"); r.reseal(150) }, store.Damage{Seq: 150, Harm: store.Altered, Says: "entry 151 was written after another one"}},
	{"last text and hash", func(r trail) { r.edit(last, "alice", "carol"); r.reseal(last) }, store.Damage{Seq: last, Harm: store.Altered, Says: "recorded as the last"}},
	{"first link", func(r trail) { r.edit(1, `"prev":"0`, `"prev":"1`); r.reseal(1) }, store.Damage{Seq: 1, Harm: store.Altered, Says: "does not begin a trail"}},
	{"one deleted", func(r trail) { r.del(77) }, store.Damage{Seq: 77, Harm: store.Missing, Says: "entry 77 is missing"}},
	{"some deleted", func(r trail) { r.del(77); r.del(78); r.del(79) }, store.Damage{Seq: 77, Harm: store.Missing, Says: "entries 77 to 79 are missing"}},
	{"the first deleted", func(r trail) { r.del(1) }, store.Damage{Seq: 1, Harm: store.Missing, Says: "entry 1 is missing"}},
	{"two swapped", func(r trail) { a, b := r.get(40), r.get(41); r.put(40, b); r.put(41, a) }, store.Damage{Seq: 40, Harm: store.OutOfOrder, Says: "in the place of entry 40"}},
	{"one copied over the next", func(r trail) { r.put(41, r.get(40)) }, store.Damage{Seq: 41, Harm: store.OutOfOrder, Says: "in the place of entry 41"}},
	{"one repeated at the end", func(r trail) { r.put(last+1, r.get(last)) }, store.Damage{Seq: last + 1, Harm: store.OutOfOrder, Says: "in the place of entry 301"}},
	{"one moved behind a gap", func(r trail) { r.put(last+5, r.get(last)) }, store.Damage{Seq: last + 1, Harm: store.Missing, Says: "entries 301 to 304 are missing"}},
	{"one before the first", func(r trail) { r.put(0, r.get(1)) }, store.Damage{Seq: 1, Harm: store.OutOfOrder, Says: "has the number 0"}},
	{"a key that is no number", func(r trail) { must(r.bucket().Put([]byte("zzz"), r.get(1))) }, store.Damage{Seq: last + 1, Harm: store.OutOfOrder, Says: "no number"}},
	{"a bucket among the entries", func(r trail) { _, err := r.bucket().CreateBucket(seqKey(last + 1)); must(err) }, store.Damage{Seq: last + 1, Harm: store.Altered, Says: "too short"}},
	{"cut at the end", func(r trail) { r.del(last) }, store.Damage{Seq: last, Harm: store.CutOff, Says: "ends with entry 299, but entry 300 was written"}},
	{"all deleted", func(r trail) {
		for seq := range uint64(last) {
			r.del(seq + 1)
		}
	}, store.Damage{Seq: 1, Harm: store.CutOff, Says: "ends with entry 0"}},
	{"head of another number", func(r trail) { r.setHead(299, r.get(299)[:32]) }, store.Damage{Seq: 300, Harm: store.Altered, Says: "recorded to end with entry 299"}},
	{"head of another hash", func(r trail) { r.setHead(last, make([]byte, 32)) }, store.Damage{Seq: last, Harm: store.Altered, Says: "recorded as the last"}},
	{"head cut", func(r trail) { r.setHead(last, nil) }, store.Damage{Seq: last, Harm: store.Altered, Says: "where the trail ends"}},
	{"empty value", func(r trail) { r.put(5, nil) }, store.Damage{Seq: 5, Harm: store.Altered, Says: "too short"}},
	{"no text", func(r trail) { r.put(5, r.get(5)[:32]) }, store.Damage{Seq: 5, Harm: store.Altered, Says: "does not fit its hash"}},
	{"half a text, resealed", func(r trail) { r.put(5, r.get(5)[:100]); r.reseal(5) }, store.Damage{Seq: 4, Harm: store.Altered, Says: "entry 5 was written after another one"}},
	{"no JSON, resealed", func(r trail) { r.put(5, append(make([]byte, 32), "\x00\xff{"...)); r.reseal(5) }, store.Damage{Seq: 5, Harm: store.OutOfOrder, Says: "in the place of entry 5"}},
}

func TestVerifyFindsTampering(t *testing.T) {
	clean := filepath.Join(t.TempDir(), "clean.db")
	fill(t, clean)
	for _, tt := range tamperings {
		t.Run(tt.name, func(t *testing.T) {
			path := copyOf(t, clean)
			raw(t, path, func(b *bolt.Tx) error { tt.do(trail{b}); return nil })
			report := verifyFile(t, path)
			got := report.Damage
			if got == nil {
				t.Fatal("nothing was noticed")
			}
			if got.Seq != tt.want.Seq || got.Harm != tt.want.Harm || !strings.Contains(got.Says, tt.want.Says) {
				t.Errorf("damage = %+v, want %+v", *got, tt.want)
			}
			if report.Entries > got.Seq {
				t.Errorf("%d entries are said to be good, with damage at %d", report.Entries, got.Seq)
			}
		})
	}
}

// TestHeadsKeptElsewhere is about a trail that was rewritten with care: only
// a head that its writer could not reach tells.
func TestHeadsKeptElsewhere(t *testing.T) {
	clean := filepath.Join(t.TempDir(), "clean.db")
	kept := fill(t, clean)
	rewrite := func(r trail) { r.edit(150, "alice", "carol"); r.rechain(150, last) }
	cut := func(r trail) {
		for seq := uint64(200); seq <= last; seq++ {
			r.del(seq)
		}
		r.setHead(199, r.get(199)[:32])
	}
	tests := []struct {
		name  string
		do    func(trail)
		known []store.Head
		want  *store.Damage
	}{
		{"whole, all heads", func(trail) {}, kept, nil},
		{"rewritten, no head", rewrite, nil, nil},
		{"rewritten, head before", rewrite, kept[:149], nil},
		{"rewritten, head after", rewrite, kept[179:180], &store.Damage{Seq: 180, Harm: store.Rewritten}},
		{"rewritten, all heads", rewrite, kept, &store.Damage{Seq: 150, Harm: store.Rewritten}},
		{"cut, no head", cut, nil, nil},
		{"cut, head before", cut, kept[:199], nil},
		{"cut, head after", cut, kept[249:250], &store.Damage{Seq: 200, Harm: store.CutOff}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := copyOf(t, clean)
			raw(t, path, func(b *bolt.Tx) error { tt.do(trail{b}); return nil })
			got := verifyFile(t, path, tt.known...).Damage
			switch {
			case tt.want == nil && got == nil:
			case tt.want == nil || got == nil || got.Seq != tt.want.Seq || got.Harm != tt.want.Harm:
				t.Errorf("damage = %+v, want %+v", got, tt.want)
			}
		})
	}
}

// TestEntriesStopAtDamage makes sure that nothing altered is listed as if it
// were true.
func TestEntriesStopAtDamage(t *testing.T) {
	path := closedStore(t, 20)
	raw(t, path, func(b *bolt.Tx) error { trail{b}.edit(7, "alice", "carol"); return nil })
	s, err := store.OpenReadOnly(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	seen := uint64(0)
	err = s.Entries(t.Context(), 1, func(e actions.Entry) error { seen = e.Seq; return nil })
	if !errors.Is(err, store.ErrDamaged) || seen != 6 {
		t.Errorf("listed up to %d, %v", seen, err)
	}
	wantSentence(t, err, "audit entry 7 is altered")
}

func TestVerifyOfNothing(t *testing.T) {
	s := open(t)
	if n := wantIntact(t, s, store.Head{}); n != 0 {
		t.Errorf("%d entries in an empty trail", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Verify(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("verify under a cancelled context: %v", err)
	}
}

// fill makes the store to tamper with, and returns the head after each entry.
func fill(t *testing.T, path string) []store.Head {
	t.Helper()
	s := openAt(t, path)
	heads := make([]store.Head, last)
	for i := range heads {
		audit(t, s, 1)
		head, err := s.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		heads[i] = head
	}
	return heads
}

func copyOf(t *testing.T, path string) string {
	t.Helper()
	data := readFile(t, path)
	to := filepath.Join(t.TempDir(), "tampered.db")
	content(string(data))(t, to)
	return to
}

func verifyFile(t *testing.T, path string, known ...store.Head) store.Report {
	t.Helper()
	s, err := store.OpenReadOnly(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	report, err := s.Verify(t.Context(), known...)
	if err != nil {
		t.Fatal(err)
	}
	return report
}
