package hosttest

import (
	"crypto"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"crypto/ed25519"
	"crypto/rand"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// Identity writes a new private key to a file, encrypted if there is a
// passphrase, and returns the path and the public key.
func Identity(t testing.TB, passphrase string) (string, ssh.PublicKey) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := marshal(private, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "identity")
	write(t, path, string(pem.EncodeToMemory(block)))
	return path, key
}

func marshal(private crypto.PrivateKey, passphrase string) (*pem.Block, error) {
	if passphrase == "" {
		return ssh.MarshalPrivateKey(private, "")
	}
	return ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte(passphrase))
}

// KnownHosts writes a known_hosts file that has all keys of the servers.
func KnownHosts(t testing.TB, servers ...*Server) string {
	t.Helper()
	var b strings.Builder
	for _, s := range servers {
		for _, key := range s.Keys {
			b.WriteString(knownhosts.Line([]string{s.Address()}, key.PublicKey()) + "\n")
		}
	}
	path := filepath.Join(t.TempDir(), "known_hosts")
	write(t, path, b.String())
	return path
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
