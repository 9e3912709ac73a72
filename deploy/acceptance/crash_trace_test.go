package acceptance

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hardenbot/actions"
	"hardenbot/store"
)

// held is how long the bot stands still at each of its commits: long enough to
// read how far its trail is, and to kill it there.
const held = 40 * time.Millisecond

// commit is one call of fdatasync(2). bbolt makes two for each transaction: one
// before the page that makes the transaction count is written, and one after.
type commit struct {
	at    time.Time
	entry uint64 // the newest audit entry that a restart would find now
	says  string // what that entry tells of
	next  bool   // the one after it is in the file, and does not count yet
}

// needStrace skips the test, or fails it where the lab is required.
func needStrace(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("strace"); err == nil {
		return
	}
	if os.Getenv("HARDENBOT_REQUIRE_LAB") == "1" {
		t.Fatal("strace is not installed, and HARDENBOT_REQUIRE_LAB asks for all that the lab's tests need")
	}
	t.Skip("strace is not installed")
}

// commits tells of each commit of the bot from now on, while it is held at it.
// The channel is closed when the bot has ended.
func (w *world) commits() <-chan commit {
	w.Helper()
	out, in, err := os.Pipe()
	w.must(err)
	w.attach(in, "-o", "/dev/fd/3", "-e", "trace=fdatasync", "-e", fmt.Sprintf("inject=fdatasync:delay_enter=%d", held.Microseconds()))
	in.Close()
	seen := make(chan commit)
	go w.tell(out, filepath.Join(w.TempDir(), "copy.db"), seen)
	return seen
}

// attach has strace trace the bot until that ends, or until untrace. It gets the
// file as its descriptor 3.
func (w *world) attach(file *os.File, options ...string) {
	w.Helper()
	strace := exec.Command("strace", append(options, "-f", "-e", "signal=none", "-p", fmt.Sprint(w.bot.Process.Pid))...)
	strace.ExtraFiles = []*os.File{file}
	w.must(strace.Start())
	go func() { _ = strace.Wait() }()
	w.traced()
}

// tracers are the processes that trace the bot's threads, 0 for none.
func (w *world) tracers() (ids []int) {
	w.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", w.bot.Process.Pid))
	w.must(err)
	for _, thread := range threads {
		status, err := os.ReadFile(thread)
		if err != nil {
			continue // it has ended meanwhile
		}
		id := 0
		_, line, _ := strings.Cut(string(status), "TracerPid:")
		_, err = fmt.Sscan(line, &id)
		w.must(err)
		ids = append(ids, id)
	}
	return ids
}

// traced waits until strace is attached to the whole bot.
func (w *world) traced() {
	w.Helper()
	w.eventually("strace is attached to the bot", func() bool { return !slices.Contains(w.tracers(), 0) })
}

// untrace ends strace, and the bot goes on without it.
func (w *world) untrace() {
	w.Helper()
	w.must(unix.Kill(w.tracers()[0], unix.SIGTERM))
	w.eventually("strace lets go of the bot", func() bool {
		return !slices.ContainsFunc(w.tracers(), func(id int) bool { return id != 0 })
	})
}

// tell reads what strace prints. It prints the beginning of a call at once:
//
//	18176 fdatasync(5 <unfinished ...>
//	18176 <... fdatasync resumed>)          = 0 (DELAYED)
func (w *world) tell(trace *os.File, copied string, seen chan<- commit) {
	defer trace.Close()
	defer close(seen)
	calls, path := bufio.NewReader(trace), w.storePath()
	for {
		text, err := calls.ReadString('(')
		if err != nil {
			return
		}
		if !strings.HasSuffix(text, " fdatasync(") {
			continue
		}
		at := time.Now()
		c, err := trail(path, copied)
		if err != nil {
			w.Errorf("read how far the bot's trail is: %v", err)
		}
		c.at = at
		select {
		case seen <- c:
		case <-w.Context().Done():
			return
		}
	}
}

// trail reads how far the store's audit trail is. A bot that runs has the store
// locked, so a copy is read.
func trail(path, copied string) (c commit, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return c, err
	}
	if err := os.WriteFile(copied, raw, 0o600); err != nil {
		return c, err
	}
	s, err := store.OpenReadOnly(copied, store.Options{})
	if err != nil {
		return c, err
	}
	defer s.Close()
	head, err := s.Head(context.Background())
	if err != nil {
		return c, err
	}
	c.entry, c.next = head.Seq, bytes.Contains(raw, fmt.Appendf(nil, `{"seq":%d,`, head.Seq+1))
	return c, s.Entries(context.Background(), head.Seq, func(e actions.Entry) error {
		c.says = transition(e.Action, e.Detail)
		return nil
	})
}

// transition names what an audit entry tells of: "step.ended", "host.intends proven".
func transition(action string, detail map[string]string) string {
	return strings.TrimSpace(action + " " + detail["to"])
}
