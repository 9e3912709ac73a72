package remedies

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"strings"

	"hardenbot/actions/dpkgstate"
)

//go:embed prelude/*.sh
var preludeFiles embed.FS

// Prelude is the shell functions that come before every script on a host:
// dpkgstate's, and the files of prelude/ in the order of their names.
var Prelude = joinPrelude()

// PreludeDigest is the hex SHA-256 of Prelude. A plan carries it, so that what
// was approved is what runs.
var PreludeDigest = digest(Prelude)

func joinPrelude() string {
	entries, err := preludeFiles.ReadDir("prelude") // sorted by name
	if err != nil {
		panic("remedies: the embedded prelude cannot be listed: " + err.Error())
	}
	var b strings.Builder
	b.WriteString(dpkgstate.Functions)
	for _, e := range entries {
		raw, err := preludeFiles.ReadFile("prelude/" + e.Name())
		if err != nil {
			panic("remedies: the embedded prelude cannot be read: " + err.Error())
		}
		b.Write(raw)
	}
	return b.String()
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
