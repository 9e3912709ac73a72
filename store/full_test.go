package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"hardenbot/actions"
	"hardenbot/store"
)

// numbered is one update: a fact with its entry and a count, of some size.
func numbered(s *store.Store, size int) error {
	return s.Update(context.Background(), func(tx actions.Tx) error {
		n, err := nextNumber(tx)
		if err != nil {
			return err
		}
		if err := tx.Put("padding", fmt.Sprint(n), strings.Repeat("x", size)); err != nil {
			return err
		}
		return fact(fmt.Sprintf("F-%06d", n))(tx)
	})
}

// fillUntilFull updates until one is refused, and judges the refusal.
func fillUntilFull(s *store.Store) error {
	for range 1000 {
		before, err := s.Head(context.Background())
		if err != nil {
			return err
		}
		refusal := numbered(s, 20<<10)
		if refusal == nil {
			continue
		}
		if !strings.Contains(refusal.Error(), "is full, nothing was recorded; make room there") {
			return fmt.Errorf("refused with: %w", refusal)
		}
		return unchanged(s, before)
	}
	return errors.New("the disk did not become full")
}

// unchanged checks that a refused update left nothing, in readers' eyes too.
func unchanged(s *store.Store, before store.Head) error {
	report, err := s.Verify(context.Background(), before)
	if err != nil {
		return err
	}
	if report.Damage != nil || report.Head != before {
		return fmt.Errorf("after the refusal: %+v, want the head %v", report, before)
	}
	count, err := actions.Load[uint64](context.Background(), s, "count", "n")
	if err != nil || count != before.Seq {
		return fmt.Errorf("after the refusal: count %d, %w; want %d", count, err, before.Seq)
	}
	return nil
}

// fillUnderLimit is the child of TestFileSizeLimit. The limit on a file's size
// stands for a full disk where no small one can be mounted.
func fillUnderLimit(path string) error {
	s, err := store.Open(path, store.Options{})
	if err != nil {
		return err
	}
	limit := syscall.Rlimit{}
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	small := syscall.Rlimit{Cur: 512 << 10, Max: limit.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		return err
	}
	if err := fillUntilFull(s); err != nil {
		return err
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	if err := numbered(s, 20<<10); err != nil {
		return fmt.Errorf("after room was made: %w", err)
	}
	fmt.Println("fine")
	return s.Close()
}

// TestFullDisk does the same on a real disk that is full.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("not checked, a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 400<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "hardenbot.db")
	s := openAt(t, path)
	if err := fillUntilFull(s); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := numbered(s, 1<<10); err != nil {
		t.Fatalf("after room was made: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, path)
	wantWhole(t, s, wantIntact(t, s))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
