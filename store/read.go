package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"hardenbot/actions"
)

// page is how many entries are read in one transaction. Long ones keep bbolt
// from using freed space again, and updates from growing the file.
const page = 256

// Entries calls fn for each audit entry from the number on, in order, until fn
// returns an error, which it returns. fn may take its time and may use the
// store. An entry that does not fit its own hash ends it with ErrDamaged;
// whether the trail is whole is for Verify to say.
func (s *Store) Entries(ctx context.Context, from uint64, fn func(actions.Entry) error) error {
	for {
		entries, damage := s.page(ctx, from)
		for _, e := range entries {
			if err := fn(e); err != nil {
				return err
			}
			from = e.Seq + 1
		}
		if damage != nil || len(entries) < page {
			return damage
		}
	}
}

// page reads some entries. With an error come those before it.
func (s *Store) page(ctx context.Context, from uint64) (entries []actions.Entry, err error) {
	err = s.walk(ctx, from, func(seq uint64, value []byte) error {
		e, err := decode(seq, value)
		if err != nil {
			return err
		}
		if entries = append(entries, e); len(entries) == page {
			return errEnough
		}
		return nil
	})
	return entries, err
}

// Since calls fn as Entries does, from the first entry on that is not older
// than t. A clock that was set back can leave older ones among them.
func (s *Store) Since(ctx context.Context, t time.Time, fn func(actions.Entry) error) error {
	var from uint64
	// Every entry is looked at, because clocks can be set back, but only its
	// time is read. One that cannot be read counts as late enough: Entries
	// then says what is wrong with it.
	err := s.walk(ctx, 0, func(seq uint64, value []byte) error {
		if at, ok := timeIn(value); ok && at.Before(t) {
			return nil
		}
		from = seq
		return errEnough
	})
	if err != nil || from == 0 {
		return err
	}
	return s.Entries(ctx, from, fn)
}

// errEnough ends a walk without being an error of it.
var errEnough = errors.New("enough")

// walk calls fn for the stored entries from the number on, in one transaction.
// It makes sure that the numbers rise, so that it ends on a damaged file too.
func (s *Store) walk(ctx context.Context, from uint64, fn func(seq uint64, value []byte) error) error {
	err := guard(s.path, func() error {
		return s.view(ctx, func(b *bolt.Tx) error {
			cursor := b.Bucket(bucketAudit).Cursor()
			for key, value := cursor.Seek(seqKey(from)); key != nil; key, value = cursor.Next() {
				if len(key) != 8 || binary.BigEndian.Uint64(key) < from {
					return fmt.Errorf("the audit trail holds something that is no entry, near entry %d; verify it: %w", from, ErrDamaged)
				}
				seq := binary.BigEndian.Uint64(key)
				if err := fn(seq, value); err != nil {
					return err
				}
				from = seq + 1
			}
			return nil
		})
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

func decode(seq uint64, value []byte) (actions.Entry, error) {
	var e actions.Entry
	stored, raw, ok := split(value)
	if !ok || sha256.Sum256(raw) != stored || json.Unmarshal(raw, &e) != nil || e.Seq != seq {
		return e, fmt.Errorf("audit entry %d is altered; verify the trail: %w", seq, ErrDamaged)
	}
	e.Hash = stored.String()
	return e, nil
}

// timeIn reads an entry's time without decoding the rest.
func timeIn(value []byte) (time.Time, bool) {
	_, raw, _ := split(value)
	_, rest, _ := bytes.Cut(raw, []byte(`,"at":"`))
	text, _, found := bytes.Cut(rest, []byte(`"`))
	at, err := time.Parse(time.RFC3339Nano, string(text))
	return at, found && err == nil
}
