package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"hardenbot/actions"
)

// MaxEntry bounds the JSON of one audit entry, in bytes.
const MaxEntry = 64 << 10

// Hash is the SHA-256 of an entry's stored JSON.
type Hash [sha256.Size]byte

// String returns the hash as 64 hex digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Head is an entry's number and hash. It vouches for the trail up to there.
// The zero Head is that of a trail with no entries.
type Head struct {
	Seq  uint64
	Hash Hash
}

// String returns the head as "SEQ:HASH", which ParseHead reads.
func (h Head) String() string { return strconv.FormatUint(h.Seq, 10) + ":" + h.Hash.String() }

// ParseHead reads a head that was written down by String.
func ParseHead(text string) (Head, error) {
	seq, hash, _ := strings.Cut(strings.TrimSpace(text), ":")
	n, err := strconv.ParseUint(seq, 10, 64)
	raw, hexErr := hex.DecodeString(hash)
	if err != nil || hexErr != nil || len(raw) != sha256.Size {
		return Head{}, fmt.Errorf("%q is not the head of an audit trail; write it as 1204:<64 hex digits>", text)
	}
	return Head{n, Hash(raw)}, nil
}

// Head returns the head of the trail as it is recorded: what to keep elsewhere.
func (s *Store) Head(ctx context.Context) (head Head, err error) {
	err = s.view(ctx, func(b *bolt.Tx) (err error) {
		head, err = recordedHead(b)
		return err
	})
	return head, err
}

// recordedHead reads where the trail must end.
func recordedHead(b *bolt.Tx) (Head, error) {
	raw := b.Bucket(bucketMeta).Get(keyHead)
	if len(raw) != 8+sha256.Size {
		return Head{}, fmt.Errorf("the record of where the audit trail ends is missing or altered: %w", ErrDamaged)
	}
	return Head{binary.BigEndian.Uint64(raw), Hash(raw[8:])}, nil
}

func recordHead(b *bolt.Tx, h Head) error {
	if err := b.Bucket(bucketMeta).Put(keyHead, append(seqKey(h.Seq), h.Hash[:]...)); err != nil {
		return fmt.Errorf("record the head of the audit trail: %w", err)
	}
	return nil
}

func seqKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

// appendEntry seals the entry and writes it at the end of the trail.
func appendEntry(b *bolt.Tx, e actions.Entry, now time.Time) error {
	last, err := recordedHead(b)
	if err != nil {
		return err
	}
	head, value, err := seal(e, last, now)
	if err != nil {
		return err
	}
	audit := b.Bucket(bucketAudit)
	audit.FillPercent = 1 // only ever appended to: half-empty pages would double the file
	if err := audit.Put(seqKey(head.Seq), value); err != nil {
		return fmt.Errorf("write audit entry %d: %w", head.Seq, err)
	}
	return recordHead(b, head)
}

// seal sets what the ledger vouches for and returns the entry's head and its
// stored form.
func seal(e actions.Entry, last Head, now time.Time) (Head, []byte, error) {
	e.Seq, e.At, e.Prev = last.Seq+1, now.UTC(), last.Hash.String()
	raw, err := json.Marshal(e)
	if err != nil {
		return Head{}, nil, fmt.Errorf("write audit entry %d: %w", e.Seq, err)
	}
	if len(raw) > MaxEntry {
		return Head{}, nil, fmt.Errorf("the audit entry %q has %d bytes; at most %d are kept, so shorten its detail", e.Action, len(raw), MaxEntry)
	}
	hash := Hash(sha256.Sum256(raw))
	return Head{e.Seq, hash}, append(hash[:], raw...), nil
}

// split takes a stored value apart. It is false for what cannot be an entry.
func split(value []byte) (Hash, []byte, bool) {
	if len(value) < sha256.Size || len(value) > sha256.Size+MaxEntry {
		return Hash{}, nil, false
	}
	return Hash(value[:sha256.Size]), value[sha256.Size:], true
}

// checkEnd refuses to go on from a trail that does not end as recorded: the
// next entry would hide that.
func checkEnd(b *bolt.Tx) error {
	head, err := recordedHead(b)
	if err != nil {
		return err
	}
	key, value := b.Bucket(bucketAudit).Cursor().Last()
	switch {
	case key == nil && head == Head{}:
		return nil
	case len(key) == 8 && binary.BigEndian.Uint64(key) == head.Seq && strings.HasPrefix(string(value), string(head.Hash[:])):
		return nil
	}
	return fmt.Errorf("the audit trail does not end with entry %d as recorded; verify it, keep the file for inspection and restore a backup: %w", head.Seq, ErrDamaged)
}
