// Package store keeps the ledger in one bbolt file.
//
// In come records and audit entries, through actions.Ledger. Out go the same
// records, the audit trail in order, and the answer to whether the trail is
// still the one that was written. One process at a time may have the file
// open for writing.
//
// The buckets, with everything big-endian:
//
//	meta
//	├─ version            "1"
//	└─ head               seq (8 bytes) ‖ hash (32 bytes) of the last entry
//	records
//	└─ <kind>             a bucket for each actions.Kind
//	   └─ <id>            JSON
//	audit
//	└─ <seq, 8 bytes>     hash (32 bytes) ‖ JSON of actions.Entry
//
// An entry's hash is the SHA-256 of its JSON bytes as they are stored. The
// JSON begins with the entry's number and ends with the hash of the entry
// before, so every entry vouches for all that came earlier, and head says
// where the trail must end. Whoever rewrites the whole file consistently is
// found out only by heads that were kept elsewhere: see Verify.
//
// The trail vouches for its entries. Records are not part of it; what they
// must prove, such as a plan's digest, they carry themselves.
package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"hardenbot/actions"
)

// ErrDamaged is behind errors that tell of a file or a trail that was changed
// by something else than hardenbot.
var ErrDamaged = errors.New("the store is damaged")

// Store implements actions.Ledger.
type Store struct {
	db     *bolt.DB
	path   string
	file   os.FileInfo // of the file that is open
	isNew  bool
	now    func() time.Time
	writer chan struct{} // holds one token while an Update runs
	broken atomic.Bool   // a commit failed in a way that leaves its outcome unknown
}

var _ actions.Ledger = (*Store)(nil)

// New reports whether Open made the store, or found an empty file. Under a bot
// that has worked before, that is a store that was lost or is elsewhere.
func (s *Store) New() bool { return s.isNew }

// Close waits for the running transactions and releases the file.
func (s *Store) Close() error { return s.db.Close() }

// Update runs fn on its own and makes what it changed durable, all or nothing.
// The context bounds the wait for the updates before this one; once fn has
// begun it no longer counts. An error of Put, Delete or Audit fails the whole
// update even if fn ignores it. When fn panics, nothing is kept and the panic
// goes on.
func (s *Store) Update(ctx context.Context, fn func(actions.Tx) error) error {
	if err := s.acquire(ctx); err != nil {
		return err
	}
	defer func() { <-s.writer }()
	if s.broken.Load() {
		return s.unknown(nil)
	}
	if err := s.inPlace(); err != nil {
		return err
	}
	return s.commit(func(b *bolt.Tx) error {
		t := &tx{reader: reader{b}, now: s.now}
		if err := fn(t); err != nil {
			return err
		}
		return t.failed
	})
}

// inPlace refuses to go on when the path no longer names the open file: what
// is written to a file without a name is gone when hardenbot ends. To look
// costs about a microsecond, a commit at least a hundred times that.
func (s *Store) inPlace() error {
	now, err := os.Stat(s.path)
	switch {
	case err != nil:
		return fmt.Errorf("the store %s is no longer where it was opened, so nothing was recorded; put the file back, or stop hardenbot and restore a backup: %w", s.path, err)
	case !os.SameFile(s.file, now):
		return fmt.Errorf("the store %s was replaced by another file while it was open, so nothing was recorded; put the first file back, or start hardenbot again to use the other", s.path)
	}
	return nil
}

// commit runs fn in a transaction of its own, with two flushes of the disk.
// Group commit, should it ever be needed, belongs here and nowhere else.
func (s *Store) commit(fn func(*bolt.Tx) error) error {
	var id int
	var refused error
	err := s.db.Update(func(b *bolt.Tx) error {
		id = b.ID()
		refused = fn(b)
		return refused
	})
	if refused != nil {
		return refused
	}
	return s.settle(id, err)
}

// acquire waits until no other Update runs.
func (s *Store) acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case s.writer <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// View runs fn on the state that the last finished Update left. It waits for
// no Update.
func (s *Store) View(ctx context.Context, fn func(actions.Reader) error) error {
	return s.view(ctx, func(b *bolt.Tx) error { return fn(reader{b}) })
}

func (s *Store) view(ctx context.Context, fn func(*bolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.broken.Load() {
		return s.unknown(nil)
	}
	err := s.db.View(fn)
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return fmt.Errorf("the store %s is closed: %w", s.path, err)
	}
	return err
}

// settle words the error of a commit. bbolt takes a failed commit back, except
// when the flush after its very last write fails: then the change can be seen,
// and nobody knows whether the disk has it. Nothing may build on that.
func (s *Store) settle(id int, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, berrors.ErrDatabaseNotOpen):
		return fmt.Errorf("the store %s is closed: %w", s.path, err)
	case errors.Is(err, berrors.ErrDatabaseReadOnly):
		return fmt.Errorf("the store %s was opened for reading only: %w", s.path, err)
	case s.visible(id):
		s.broken.Store(true)
		return s.unknown(err)
	case full(err):
		return fmt.Errorf("the disk that holds %s is full, nothing was recorded; make room there and try again: %w", s.path, err)
	}
	return fmt.Errorf("write the store %s, nothing was recorded: %w", s.path, err)
}

// visible reports whether readers see the transaction.
func (s *Store) visible(id int) bool {
	seen := true
	err := s.db.View(func(b *bolt.Tx) error { seen = b.ID() >= id; return nil })
	return err != nil || seen
}

func (s *Store) unknown(cause error) error {
	says := "the disk failed while %s was written, and it is not known whether the last change was kept; check the disk, then start hardenbot again"
	if cause == nil {
		return fmt.Errorf(says, s.path)
	}
	return fmt.Errorf(says+": %w", s.path, cause)
}

// full also reads the text, because bbolt wraps some causes as text only.
func full(err error) bool {
	for _, cause := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, cause) || strings.HasSuffix(err.Error(), cause.Error()) {
			return true
		}
	}
	return false
}

// Backup writes a copy of the store as it is now. It is the only safe way to
// copy a store that is in use: a plain copy of the file mixes its states.
func (s *Store) Backup(ctx context.Context, w io.Writer) error {
	return s.view(ctx, func(b *bolt.Tx) error {
		if _, err := b.WriteTo(w); err != nil {
			return fmt.Errorf("back up the store %s: %w", s.path, err)
		}
		return nil
	})
}
