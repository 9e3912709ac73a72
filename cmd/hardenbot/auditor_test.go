package main

import (
	"encoding/binary"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"hardenbot/actions"
	"hardenbot/store"
)

func TestAuditor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := s.Update(t.Context(), func(tx actions.Tx) error { return tx.Audit(actions.Entry{Action: "scan.finished"}) }); err != nil {
			t.Fatal(err)
		}
	}
	state, err := auditor{s}.Verify(t.Context())
	if err != nil || state.Seq != 3 || len(state.Hash) != 64 || state.Damage != "" {
		t.Errorf("%+v, %v", state, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	alter(t, path, 2)
	if s, err = store.Open(path, store.Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	state, err = auditor{s}.Verify(t.Context())
	if err != nil || state.Seq != 1 || !strings.HasPrefix(state.Damage, "entry 2 is altered") {
		t.Errorf("%+v, %v", state, err)
	}
}

// alter changes one letter of an entry, as somebody with an editor would.
func alter(t *testing.T, path string, seq uint64) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bolt.Tx) error {
		bucket, key := tx.Bucket([]byte("audit")), binary.BigEndian.AppendUint64(nil, seq)
		return bucket.Put(key, []byte(strings.Replace(string(bucket.Get(key)), "scan.finished", "scan.vanished", 1)))
	})
	if err != nil {
		t.Fatal(err)
	}
}
