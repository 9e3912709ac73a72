package actions

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Kind names a collection of records in the ledger.
type Kind string

// The kinds of records, and the type of each.
const (
	KindScan   Kind = "scans"   // Scan
	KindKnown  Kind = "known"   // Known, by name of a host
	KindPlan   Kind = "plans"   // Plan
	KindRun    Kind = "runs"    // Run
	KindHold   Kind = "holds"   // Hold, by run id or "all"
	KindWaiver Kind = "waivers" // Waiver
	KindFactor Kind = "factors" // people's second factors, sealed, by user ID (package factor)
	KindOnce   Kind = "once"    // time.Time, when the key was first seen
	KindOutbox Kind = "outbox"  // the bot's messages that wait to be posted
	KindThread Kind = "threads" // the bot's notes on where it posted what
)

// Ledger keeps what happened. Update's function sees and changes one
// consistent state; what it put and the audit entries are durable together
// when Update returns nil, and none of them is when it or fn returns an error.
// Updates run one after another, so deciding inside fn is safe.
// The functions must not call the Ledger again.
type Ledger interface {
	Update(ctx context.Context, fn func(Tx) error) error
	View(ctx context.Context, fn func(Reader) error) error
}

// Reader reads records.
type Reader interface {
	// Get decodes the record into the pointer, or returns ErrNotFound.
	Get(kind Kind, id string, into any) error
	// Each calls fn for every record of the kind in byte order of the ids
	// until fn returns an error, which it returns.
	Each(kind Kind, fn func(id string, raw json.RawMessage) error) error
}

// Tx changes records.
type Tx interface {
	Reader
	Put(kind Kind, id string, record any) error
	Delete(kind Kind, id string) error
	// Audit appends the entry to the trail. The ledger sets its sequence,
	// time and hashes.
	Audit(e Entry) error
}

// Entry is one line of the audit trail.
type Entry struct {
	Seq     uint64            `json:"seq"` // from 1, without gaps
	At      time.Time         `json:"at"`  // UTC
	Actor   Person            `json:"actor"`
	Action  string            `json:"action"`            // "scan.finished", "plan.approved", "step.ended", …
	Subject string            `json:"subject,omitempty"` // id of what it is about: "P-7g2kd0xw"
	Host    string            `json:"host,omitempty"`
	Digest  string            `json:"digest,omitempty"` // of the plan or of the output
	Detail  map[string]string `json:"detail,omitempty"`
	Prev    string            `json:"prev"` // hash of the entry before, 64 zeros for the first
	Hash    string            `json:"-"`    // SHA-256 over the stored bytes of this entry, which include Prev
}

// Load reads one record of type T.
func Load[T any](ctx context.Context, l Ledger, kind Kind, id string) (T, error) {
	var v T
	err := l.View(ctx, func(r Reader) error { return r.Get(kind, id, &v) })
	return v, err
}

// All reads every record of a kind, in byte order of the ids.
func All[T any](r Reader, kind Kind) ([]T, error) {
	var all []T
	err := r.Each(kind, func(id string, raw json.RawMessage) error {
		var v T
		if err := json.Unmarshal(raw, &v); err != nil {
			return fmt.Errorf("read %s %s: %w", kind, id, err)
		}
		all = append(all, v)
		return nil
	})
	return all, err
}

// Once reports whether the key is seen for the first time, and remembers it.
func Once(tx Tx, key string, now time.Time) (bool, error) {
	var seen time.Time
	err := tx.Get(KindOnce, key, &seen)
	if err == nil {
		return false, nil
	}
	if !isNotFound(err) {
		return false, err
	}
	return true, tx.Put(KindOnce, key, now)
}
