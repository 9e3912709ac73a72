package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"hardenbot/actions"
	"hardenbot/store"
)

// BenchmarkUpdate is one durable fact with its audit entry at a time. Its peer
// is BenchmarkAppendAndFlush, the least that any log can do on the same disk.
func BenchmarkUpdate(b *testing.B) {
	s := open(b)
	n := 0
	for b.Loop() {
		n++
		if err := s.Update(b.Context(), fact(fmt.Sprintf("F-%06d", n))); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
}

// BenchmarkAppendAndFlush appends the same bytes to a plain file and flushes.
func BenchmarkAppendAndFlush(b *testing.B) {
	line := factBytes(b)
	f, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for b.Loop() {
		if _, err := f.Write(line); err != nil {
			b.Fatal(err)
		}
		if err := unix.Fdatasync(int(f.Fd())); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
}

// factBytes is about what one fact and its entry take.
func factBytes(b *testing.B) []byte {
	b.Helper()
	s := open(b)
	audit(b, s, 1)
	var line []byte
	err := s.View(b.Context(), func(r actions.Reader) error {
		return r.Each("facts", func(_ string, raw json.RawMessage) error { line = raw; return nil })
	})
	if err != nil {
		b.Fatal(err)
	}
	err = s.Entries(b.Context(), 1, func(e actions.Entry) error {
		raw, err := json.Marshal(e)
		line = append(append(line, raw...), '\n')
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return line
}

func filled(b *testing.B, entries int) (*store.Store, string) {
	b.Helper()
	path := filepath.Join(b.TempDir(), "hardenbot.db")
	s := openAt(b, path)
	const each = 1000
	for n := 0; n < entries; n += each {
		err := s.Update(context.Background(), func(tx actions.Tx) error {
			for i := range each {
				if err := fact(fmt.Sprintf("F-%06d", n+i))(tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return s, path
}

func BenchmarkVerify(b *testing.B) {
	const entries = 200_000
	s, _ := filled(b, entries)
	for b.Loop() {
		if n := wantIntact(b, s); n != entries {
			b.Fatalf("%d entries", n)
		}
	}
	b.ReportMetric(entries*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

func BenchmarkEntries(b *testing.B) {
	const entries = 50_000
	s, _ := filled(b, entries)
	for b.Loop() {
		if err := s.Entries(b.Context(), 1, func(actions.Entry) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(entries*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

func BenchmarkOpen(b *testing.B) {
	s, path := filled(b, 200_000)
	_ = s.Close()
	for b.Loop() {
		s, err := store.Open(path, store.Options{})
		if err != nil {
			b.Fatal(err)
		}
		_ = s.Close()
	}
}
