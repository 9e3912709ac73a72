package actionstest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"hardenbot/actions"
)

// Ledger is an actions.Ledger in memory, for tests. It passes TestLedger.
type Ledger struct {
	Now func() time.Time // the clock of the audit trail

	writer chan struct{} // holds one token while an Update runs
	mu     sync.Mutex
	state  state
}

// state is what one Update left. It is never changed, only replaced.
type state struct {
	records map[actions.Kind]map[string]json.RawMessage
	trail   []actions.Entry
}

var _ actions.Ledger = (*Ledger)(nil)

// NewLedger returns an empty ledger.
func NewLedger() *Ledger {
	return &Ledger{Now: time.Now, writer: make(chan struct{}, 1)}
}

// Update runs fn on a copy, which replaces the state when all went well.
func (l *Ledger) Update(ctx context.Context, fn func(actions.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case l.writer <- struct{}{}:
		defer func() { <-l.writer }()
	case <-ctx.Done():
		return ctx.Err()
	}
	t := &tx{state: l.current().clone(), now: l.Now}
	if err := fn(t); err != nil {
		return err
	}
	if t.failed != nil {
		return t.failed
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state = t.state
	return nil
}

// View runs fn on the state that the last finished Update left.
func (l *Ledger) View(ctx context.Context, fn func(actions.Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return fn(l.current())
}

// Trail returns the audit entries so far.
func (l *Ledger) Trail() []actions.Entry { return slices.Clone(l.current().trail) }

// Entries calls fn for each audit entry from the number on, until fn returns
// an error, which it returns.
func (l *Ledger) Entries(ctx context.Context, from uint64, fn func(actions.Entry) error) error {
	for _, e := range l.Trail() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if e.Seq < from {
			continue
		}
		if err := fn(e); err != nil {
			return err
		}
	}
	return nil
}

func (l *Ledger) current() state {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state
}

func (s state) clone() state {
	records := map[actions.Kind]map[string]json.RawMessage{}
	for kind, byID := range s.records {
		records[kind] = maps.Clone(byID)
	}
	return state{records, slices.Clone(s.trail)}
}

func (s state) Get(kind actions.Kind, id string, into any) error {
	raw, ok := s.records[kind][id]
	if !ok {
		return fmt.Errorf("%s %q: %w", kind, id, actions.ErrNotFound)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("read %s %q: %w", kind, id, err)
	}
	return nil
}

func (s state) Each(kind actions.Kind, fn func(id string, raw json.RawMessage) error) error {
	for _, id := range slices.Sorted(maps.Keys(s.records[kind])) {
		raw, ok := s.records[kind][id]
		if !ok {
			continue // fn has deleted it
		}
		if err := fn(id, bytes.Clone(raw)); err != nil {
			return err
		}
	}
	return nil
}

// tx changes a state that nobody else sees.
type tx struct {
	state
	now    func() time.Time
	failed error // the first failure, which fails the update
}

func (t *tx) note(err error) error {
	if t.failed == nil {
		t.failed = err
	}
	return err
}

func (t *tx) Put(kind actions.Kind, id string, record any) error {
	if kind == "" || id == "" || len(id) > 1024 {
		return t.note(fmt.Errorf("a record needs a kind and an id of at most 1024 bytes, not %q, %.40q", kind, id))
	}
	raw, err := json.Marshal(record)
	if err != nil {
		return t.note(fmt.Errorf("keep %s %q: %w", kind, id, err))
	}
	if t.records[kind] == nil {
		t.records[kind] = map[string]json.RawMessage{}
	}
	t.records[kind][id] = raw
	return nil
}

func (t *tx) Delete(kind actions.Kind, id string) error {
	delete(t.records[kind], id)
	return nil
}

func (t *tx) Audit(e actions.Entry) error {
	e.Seq, e.At, e.Prev = uint64(len(t.trail))+1, t.now().UTC(), strings.Repeat("0", 64)
	if n := len(t.trail); n > 0 {
		e.Prev = t.trail[n-1].Hash
	}
	raw, err := json.Marshal(e)
	if err != nil {
		return t.note(fmt.Errorf("write audit entry %d: %w", e.Seq, err))
	}
	if len(raw) > 64<<10 {
		return t.note(errors.New("an audit entry has at most 65536 bytes"))
	}
	sum := sha256.Sum256(raw)
	var kept actions.Entry // decoded, so that it shares nothing with the caller's
	if err := json.Unmarshal(raw, &kept); err != nil {
		return t.note(fmt.Errorf("write audit entry %d: %w", e.Seq, err))
	}
	kept.Hash = hex.EncodeToString(sum[:])
	t.trail = append(t.trail, kept)
	return nil
}
