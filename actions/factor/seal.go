package factor

import (
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// KeySize is the length of the sealing key in bytes.
const KeySize = chacha20poly1305.KeySize

// sealer seals secrets with XChaCha20-Poly1305, each for one person: sealed for
// somebody else, it does not open. A sealed secret begins with its nonce.
type sealer struct{ cipher.AEAD }

func newSealer(key []byte) (sealer, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return sealer{}, fmt.Errorf("the sealing key must have %d bytes, and has %d", KeySize, len(key))
	}
	return sealer{aead}, nil
}

func (s sealer) close(user, secret string) ([]byte, error) {
	nonce := make([]byte, s.NonceSize(), s.NonceSize()+len(secret)+s.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("seal a secret: %w", err)
	}
	return s.Seal(nonce, nonce, []byte(secret), []byte(user)), nil
}

var errSealed = errors.New("the secret cannot be opened: the sealing key is another one than it was sealed with, or the store was altered")

func (s sealer) open(user string, sealed []byte) (string, error) {
	if len(sealed) < s.NonceSize() {
		return "", errSealed
	}
	secret, err := s.Open(nil, sealed[:s.NonceSize()], sealed[s.NonceSize():], []byte(user))
	if err != nil {
		return "", errSealed
	}
	return string(secret), nil
}
