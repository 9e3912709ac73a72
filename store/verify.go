package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"

	bolt "go.etcd.io/bbolt"
)

// Harm is a way in which a trail is not what was written.
type Harm string

// The harms that Verify tells apart.
const (
	Altered    Harm = "altered"      // an entry's text is not the one that was written
	Missing    Harm = "missing"      // entries between others are gone
	OutOfOrder Harm = "out of order" // an entry stands in another one's place
	CutOff     Harm = "cut off"      // entries at the end are gone
	Rewritten  Harm = "rewritten"    // whole in itself, but not the trail whose head was kept elsewhere
)

// Damage is the first thing that is wrong with a trail.
type Damage struct {
	Seq  uint64 // of the first bad entry
	Harm Harm
	Says string // a sentence
}

// Report is the result of Verify.
type Report struct {
	Entries uint64  // that were found good, from the first on
	Head    Head    // of the last good one
	Damage  *Damage // nil when the whole trail is as it was written
}

// Verify reads the whole trail and compares each entry with its hash, with its
// place and with the entry before, the last one with the recorded head, and
// the trail with heads that were kept elsewhere, if any are given. Without
// those, a trail that was rewritten consistently from some entry on passes.
//
// Times are not judged: clocks are set back. An error means that the trail
// could not be read, and says nothing about what it holds.
func (s *Store) Verify(ctx context.Context, known ...Head) (Report, error) {
	var report Report
	err := guard(s.path, func() error {
		return s.view(ctx, func(b *bolt.Tx) (err error) {
			report, err = verify(ctx, b, known)
			return err
		})
	})
	if err != nil {
		return Report{}, fmt.Errorf("verify the audit trail: %w", err)
	}
	return report, nil
}

func verify(ctx context.Context, b *bolt.Tx, known []Head) (Report, error) {
	c := chain{known: map[uint64][]Hash{}}
	for _, head := range known {
		c.known[head.Seq] = append(c.known[head.Seq], head.Hash)
	}
	damage := c.foreign()
	cursor := b.Bucket(bucketAudit).Cursor()
	for key, value := cursor.First(); key != nil && damage == nil; key, value = cursor.Next() {
		if c.head.Seq%1024 == 0 && ctx.Err() != nil {
			return Report{}, ctx.Err()
		}
		damage = c.follow(key, value)
	}
	if damage == nil {
		damage = c.end(b)
	}
	return Report{Entries: c.head.Seq, Head: c.head, Damage: damage}, nil
}

// chain is the part of a trail that was found good.
type chain struct {
	head    Head
	known   map[uint64][]Hash // heads kept elsewhere, by number
	scratch []byte
}

// follow takes one more entry on, or says why not.
func (c *chain) follow(key, value []byte) *Damage {
	seq := c.head.Seq + 1
	if d := c.place(seq, key); d != nil {
		return d
	}
	stored, raw, ok := split(value)
	if !ok {
		return altered(seq, "it is too short or too long to be an entry")
	}
	if sha256.Sum256(raw) != stored {
		return altered(seq, "its text does not fit its hash")
	}
	if d := c.text(seq, raw); d != nil {
		return d
	}
	c.head = Head{seq, stored}
	return c.foreign()
}

// place checks that the entry is stored under the next number.
func (c *chain) place(seq uint64, key []byte) *Damage {
	if len(key) != 8 {
		return &Damage{seq, OutOfOrder, fmt.Sprintf("where entry %d should be, something has a key that is no number", seq)}
	}
	switch found := binary.BigEndian.Uint64(key); {
	case found < seq:
		return &Damage{seq, OutOfOrder, fmt.Sprintf("where entry %d should be, an entry has the number %d", seq, found)}
	case found == seq+1:
		return &Damage{seq, Missing, fmt.Sprintf("entry %d is missing", seq)}
	case found > seq:
		return &Damage{seq, Missing, fmt.Sprintf("entries %d to %d are missing", seq, found-1)}
	}
	return nil
}

// text checks the number and the link in the entry's own JSON. It compares
// bytes, as seal writes them: decoding would cost fifteen times as much.
func (c *chain) text(seq uint64, raw []byte) *Damage {
	c.scratch = append(strconv.AppendUint(append(c.scratch[:0], `{"seq":`...), seq, 10), ',')
	if !bytes.HasPrefix(raw, c.scratch) {
		return &Damage{seq, OutOfOrder, fmt.Sprintf("in the place of entry %d stands another one, which begins %.24q", seq, raw)}
	}
	c.scratch = append(hex.AppendEncode(append(c.scratch[:0], `,"prev":"`...), c.head.Hash[:]), `"}`...)
	switch {
	case bytes.HasSuffix(raw, c.scratch):
		return nil
	case c.head.Seq == 0:
		return altered(seq, "it does not begin a trail")
	}
	return altered(c.head.Seq, fmt.Sprintf("entry %d was written after another one", seq))
}

// foreign compares the head with those kept elsewhere.
func (c *chain) foreign() *Damage {
	for _, hash := range c.known[c.head.Seq] {
		if hash != c.head.Hash {
			return &Damage{c.head.Seq, Rewritten, fmt.Sprintf("entry %d is not the one whose head was kept: the trail was rewritten at or before it", c.head.Seq)}
		}
	}
	return nil
}

// end checks that the trail goes as far as it should.
func (c *chain) end(b *bolt.Tx) *Damage {
	last := c.head.Seq
	recorded, err := recordedHead(b)
	switch {
	case err != nil:
		return &Damage{last, Altered, "the record of where the trail ends is missing or altered"}
	case recorded.Seq > last:
		return cutOff(last, recorded.Seq)
	case recorded.Seq < last:
		return altered(recorded.Seq+1, fmt.Sprintf("the trail is recorded to end with entry %d", recorded.Seq))
	case recorded.Hash != c.head.Hash:
		return altered(last, "it is not the one that is recorded as the last")
	}
	if kept := slices.Max(append(slices.Collect(maps.Keys(c.known)), last)); kept > last {
		return cutOff(last, kept)
	}
	return nil
}

func altered(seq uint64, why string) *Damage {
	return &Damage{seq, Altered, fmt.Sprintf("entry %d is altered: %s", seq, why)}
}

func cutOff(last, written uint64) *Damage {
	return &Damage{last + 1, CutOff, fmt.Sprintf("the trail is cut off: it ends with entry %d, but entry %d was written", last, written)}
}
