package store_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/store"
)

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// startChild runs a task of TestMain's in a process of its own.
func startChild(t *testing.T, task, path string) (*exec.Cmd, io.Reader) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), "STORE_TEST_CHILD="+task, "STORE_TEST_PATH="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, out
}

// commitForever is the child: it says each number after it was committed.
func commitForever(path string) error {
	s, err := store.Open(path, store.Options{})
	if err != nil {
		return err
	}
	for {
		err := s.Update(context.Background(), func(tx actions.Tx) error {
			seq, err := nextNumber(tx)
			if err != nil {
				return err
			}
			return fact(fmt.Sprintf("F-%06d", seq))(tx)
		})
		if err != nil {
			return err
		}
		head, err := s.Head(context.Background())
		if err != nil {
			return err
		}
		fmt.Println(head.Seq)
	}
}

// nextNumber counts the updates in a record of its own.
func nextNumber(tx actions.Tx) (int, error) {
	var n int
	if err := tx.Get("count", "n", &n); err != nil && !errors.Is(err, actions.ErrNotFound) {
		return 0, err
	}
	return n + 1, tx.Put("count", "n", n+1)
}

// TestKilled kills a process in the midst of its commits, several times over
// on the same store. It shows that no update is half there and that none is
// gone which was reported; that the disk keeps them when the power fails is
// bbolt's flushing, which no test of this kind shows.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hardenbot.db")
	known := store.Head{}
	for round := range 8 {
		cmd, out := startChild(t, "commit", path)
		said := killAfter(t, cmd, out, 10+7*round)
		s := openAt(t, path)
		entries := wantIntact(t, s, known)
		if entries < said {
			t.Errorf("round %d: %d entries, but entry %d was reported as kept", round, entries, said)
		}
		wantWhole(t, s, entries)
		head, err := s.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		known = head
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killAfter kills the child once it has reported so many lines, and returns
// the last number that it reported.
func killAfter(t *testing.T, cmd *exec.Cmd, out io.Reader, lines int) (said uint64) {
	t.Helper()
	scanner := bufio.NewScanner(out)
	for n := 1; scanner.Scan(); n++ {
		seq, err := strconv.ParseUint(scanner.Text(), 10, 64)
		if err != nil {
			t.Fatalf("the child says %q", scanner.Text())
		}
		said = seq
		if n == lines {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		t.Fatalf("the child ended by itself: %s", cmd.ProcessState)
	}
	return said
}

// wantWhole checks that facts, their count and their entries belong together.
func wantWhole(t *testing.T, s *store.Store, entries uint64) {
	t.Helper()
	var count uint64
	var facts []string
	err := s.View(t.Context(), func(r actions.Reader) error {
		if err := r.Get("count", "n", &count); err != nil {
			return err
		}
		return r.Each("facts", func(id string, _ json.RawMessage) error { facts = append(facts, id); return nil })
	})
	if err != nil || count != entries || uint64(len(facts)) != entries {
		t.Fatalf("%d entries, %d facts, count %d, %v", entries, len(facts), count, err)
	}
	err = s.Entries(t.Context(), 1, func(e actions.Entry) error {
		if want := facts[e.Seq-1]; e.Subject != want {
			return fmt.Errorf("entry %d is about %s, want %s", e.Seq, e.Subject, want)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestFileSizeLimit runs fillUnderLimit, which says "fine" when all was well.
func TestFileSizeLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hardenbot.db")
	cmd, out := startChild(t, "fill", path)
	said, err := io.ReadAll(out)
	if err := errors.Join(err, cmd.Wait()); err != nil || strings.TrimSpace(string(said)) != "fine" {
		t.Fatalf("the child says %q, %v", said, err)
	}
	s := openAt(t, path)
	wantWhole(t, s, wantIntact(t, s))
}
