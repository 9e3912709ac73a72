package store

import (
	"fmt"
	"os"
	"strconv"

	bolt "go.etcd.io/bbolt"
)

// version is the schema's. A change that older programs would misread makes it
// one more.
const version = 1

var (
	bucketMeta    = []byte("meta")
	bucketRecords = []byte("records")
	bucketAudit   = []byte("audit")

	keyVersion = []byte("version")
	keyHead    = []byte("head")
)

// blank reports whether the file has nothing in it yet.
func blank(b *bolt.Tx) bool {
	name, _ := b.Cursor().First()
	return name == nil
}

// layOut makes the buckets of a new store.
func layOut(b *bolt.Tx) error {
	for _, name := range [][]byte{bucketMeta, bucketRecords, bucketAudit} {
		if _, err := b.CreateBucket(name); err != nil {
			return fmt.Errorf("lay out the store: %w", err)
		}
	}
	if err := b.Bucket(bucketMeta).Put(keyVersion, strconv.AppendUint(nil, version, 10)); err != nil {
		return fmt.Errorf("lay out the store: %w", err)
	}
	return recordHead(b, Head{})
}

// check refuses files that are whole but not ours, not whole, or too new.
func (s *Store) check(b *bolt.Tx) error {
	info, err := os.Stat(s.path)
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	if info.Size() < b.Size() {
		return damaged(s.path, "its end is cut off")
	}
	meta := b.Bucket(bucketMeta)
	if meta == nil || b.Bucket(bucketRecords) == nil || b.Bucket(bucketAudit) == nil {
		return fmt.Errorf("%s is not a store of hardenbot; name another file", s.path)
	}
	found, err := strconv.ParseUint(string(meta.Get(keyVersion)), 10, 32)
	switch {
	case err != nil || found == 0:
		return fmt.Errorf("%s is not a store of hardenbot; name another file", s.path)
	case found > version:
		return fmt.Errorf("the store %s was written by a newer hardenbot (schema %d, this one knows %d); upgrade hardenbot", s.path, found, version)
	}
	return nil
}
