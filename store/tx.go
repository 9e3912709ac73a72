package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"hardenbot/actions"
)

// maxID bounds the ids of records, in bytes.
const maxID = 1024

// reader is actions.Reader on one bbolt transaction.
type reader struct{ b *bolt.Tx }

func (r reader) records(kind actions.Kind) *bolt.Bucket {
	return r.b.Bucket(bucketRecords).Bucket([]byte(kind))
}

func (r reader) Get(kind actions.Kind, id string, into any) error {
	var raw []byte
	if bucket := r.records(kind); bucket != nil {
		raw = bucket.Get([]byte(id))
	}
	if raw == nil {
		return fmt.Errorf("%s %q: %w", kind, id, actions.ErrNotFound)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("read %s %q: %w", kind, id, err)
	}
	return nil
}

// Each hands out copies: bbolt's own bytes are gone after the transaction. It
// seeks its place anew each time, because fn may change the records.
func (r reader) Each(kind actions.Kind, fn func(id string, raw json.RawMessage) error) error {
	bucket := r.records(kind)
	if bucket == nil {
		return nil
	}
	cursor := bucket.Cursor()
	key, raw := cursor.First()
	for key != nil {
		id := string(key)
		if err := fn(id, bytes.Clone(raw)); err != nil {
			return err
		}
		if key, raw = cursor.Seek([]byte(id)); string(key) == id {
			key, raw = cursor.Next()
		}
	}
	return nil
}

// tx is actions.Tx. It remembers its first failure, so that a fact is never
// kept without what should have gone with it.
type tx struct {
	reader
	now    func() time.Time
	failed error
}

func (t *tx) note(err error) error {
	if t.failed == nil {
		t.failed = err
	}
	return err
}

func (t *tx) Put(kind actions.Kind, id string, record any) error {
	return t.note(t.put(kind, id, record))
}

func (t *tx) put(kind actions.Kind, id string, record any) error {
	switch {
	case kind == "":
		return errors.New("a record needs a kind")
	case id == "":
		return fmt.Errorf("a record of %s needs an id", kind)
	case len(id) > maxID:
		return fmt.Errorf("the id of a record of %s has %d bytes; at most %d are kept", kind, len(id), maxID)
	}
	raw, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("keep %s %q: %w", kind, id, err)
	}
	bucket, err := t.b.Bucket(bucketRecords).CreateBucketIfNotExists([]byte(kind))
	if err == nil {
		err = bucket.Put([]byte(id), raw)
	}
	if err != nil {
		return fmt.Errorf("keep %s %q: %w", kind, id, err)
	}
	return nil
}

// Delete does nothing when there is no such record.
func (t *tx) Delete(kind actions.Kind, id string) error {
	bucket := t.records(kind)
	if bucket == nil {
		return nil
	}
	if err := bucket.Delete([]byte(id)); err != nil {
		return t.note(fmt.Errorf("delete %s %q: %w", kind, id, err))
	}
	return nil
}

func (t *tx) Audit(e actions.Entry) error {
	return t.note(appendEntry(t.b, e, t.now()))
}
