package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	bolt "go.etcd.io/bbolt"

	"hardenbot/actions"
	"hardenbot/store"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"hardenbot": main})
}

// TestScripts runs the program as people do: testdata/script/*.txtar.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			return os.Chmod(env.WorkDir, 0o700)
		},
		Cmds: commands,
	})
}

// commands are what scripts have besides testscript's own.
var commands = map[string]func(*testscript.TestScript, bool, []string){
	"exits":    exits,
	"jsonkeys": jsonKeys,
	"entries":  writeEntries,
	"keypair":  keyPair,
	"tamper":   tamper,
	"hold":     hold,
	"columns":  columns,
	"waive":    storeWaivers,
}

// exits STATUS COMMAND… runs the command and wants that exit status.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	status := 0
	var exited interface{ ExitCode() int }
	if errors.As(err, &exited) {
		status = exited.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if fmt.Sprint(status) != args[0] {
		ts.Fatalf("the exit status is %d, not %s", status, args[0])
	}
}

// jsonkeys FILE PATH KEY… wants exactly these keys in the object at PATH
// (names and first elements, separated by dots; "." is the whole).
func jsonKeys(ts *testscript.TestScript, _ bool, args []string) {
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &v))
	for _, name := range strings.FieldsFunc(args[1], func(r rune) bool { return r == '.' }) {
		v = v.(map[string]any)[name]
		if list, ok := v.([]any); ok && len(list) > 0 {
			v = list[0]
		}
	}
	object, ok := v.(map[string]any)
	if want := slices.Sorted(slices.Values(args[2:])); !ok || !slices.Equal(sortedKeys(object), want) {
		ts.Fatalf("%s has %v, not the keys %v", args[1], v, want)
	}
}

// entries STORE N writes N audit entries.
func writeEntries(ts *testscript.TestScript, _ bool, args []string) {
	var n int
	if _, err := fmt.Sscan(args[1], &n); err != nil {
		ts.Fatalf("entries: %v", err)
	}
	s, err := store.Open(ts.MkAbs(args[0]), store.Options{})
	ts.Check(err)
	for i := range n {
		ts.Check(s.Update(context.Background(), func(tx actions.Tx) error {
			return tx.Audit(actions.Entry{
				Actor: actions.Person{ID: "U0ALICE", Name: "alice"}, Action: "plan.approved", Subject: fmt.Sprintf("P-%d", i+1),
				Host: "web-1", Detail: map[string]string{"output": "a\x1b[2Jb", "empty": ""},
			})
		}))
	}
	ts.Check(s.Close())
}

// keypair FILE writes a private key, and a known_hosts that takes its public
// half for every host's.
func keyPair(ts *testscript.TestScript, _ bool, args []string) {
	private, public, err := newKey("")
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), private, 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("known_hosts"), append([]byte("* "), public...), 0o600))
}

// tamper STORE SEQ changes one byte of an audit entry.
func tamper(ts *testscript.TestScript, _ bool, args []string) {
	var seq byte
	if _, err := fmt.Sscan(args[1], &seq); err != nil {
		ts.Fatalf("tamper: %v", err)
	}
	db, err := bolt.Open(ts.MkAbs(args[0]), 0o600, nil)
	ts.Check(err)
	ts.Check(db.Update(func(tx *bolt.Tx) error {
		key := []byte{0, 0, 0, 0, 0, 0, 0, seq}
		value := slices.Clone(tx.Bucket([]byte("audit")).Get(key))
		value[len(value)/2] ^= 1
		return tx.Bucket([]byte("audit")).Put(key, value)
	}))
	ts.Check(db.Close())
}

// hold STORE keeps the store open until the script ends, as a running bot does.
func hold(ts *testscript.TestScript, _ bool, args []string) {
	s, err := store.Open(ts.MkAbs(args[0]), store.Options{})
	ts.Check(err)
	ts.Defer(func() { _ = s.Close() })
}

// columns FILE N wants no line of the file to be wider than N.
func columns(ts *testscript.TestScript, _ bool, args []string) {
	var most int
	if _, err := fmt.Sscan(args[1], &most); err != nil {
		ts.Fatalf("columns: %v", err)
	}
	for _, l := range strings.Split(ts.ReadFile(args[0]), "\n") {
		if len([]rune(l)) > most {
			ts.Fatalf("wider than %d: %s", most, l)
		}
	}
}
