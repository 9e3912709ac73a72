// Package actions is the vocabulary of hardening and the flow of one fix.
//
// In come hosts (from an inventory), facts (from a collector), the catalogue
// of remedies and what people decide. Out go findings, plans with a digest,
// decisions about approvals, and the journal of each run, all of them kept
// through a Ledger together with the audit entries that tell of them.
//
// The files follow the way of a fix: host → facts → exposure → remedy →
// finding → scan → guard → plan → approve → rollout → verify → ledger. What is
// accepted for a time instead of mended is in waiver.go.
//
// The package knows neither Slack nor SSH nor bbolt. It needs the standard
// library only, and nothing else of the project.
package actions

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"errors"
)

// ErrNotFound tells that the ledger holds no record by that id.
var ErrNotFound = errors.New("not found")

// Person is somebody who acts. ID decides (a Slack user ID such as U024BE7LH,
// or "cli:NAME" for somebody at a terminal); Name is only shown.
type Person struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// Bot is the actor of what hardenbot does of its own accord.
var Bot = Person{ID: "hardenbot", Name: "hardenbot"}

// readable has one vowel, so that hardly an id is a word: ids are read out loud.
// It has no character that Slack takes for formatting.
var readable = base32.NewEncoding("0123456789bcdfghjklmnpqrstvwxyze").WithPadding(base32.NoPadding)

// NewID returns prefix followed by 40 random bits, for example "P-7g2kd0xw".
func NewID(prefix string) string {
	var b [5]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return prefix + "-" + readable.EncodeToString(b[:])
}

// Digest returns the hex SHA-256 of v's canonical JSON: struct fields in
// declaration order, map keys sorted, as encoding/json writes them.
// It panics on values that have no JSON form, which no type here is.
func Digest(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("actions: digest of a value without JSON form: " + err.Error())
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

func isNotFound(err error) bool { return errors.Is(err, ErrNotFound) }
