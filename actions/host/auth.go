package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"hardenbot/actions"
)

// keyRing holds the private keys and certificates read from files.
type keyRing struct {
	keys  *files[ssh.Signer]
	certs *files[*ssh.Certificate]
}

func newKeyRing() *keyRing {
	return &keyRing{keys: newFiles(ssh.ParsePrivateKey), certs: newFiles(parseCertificate)}
}

// auth returns the one method that is ever used: public keys. Few are offered,
// because sshd counts each against MaxAuthTries (3 on a hardened host): the
// identities that are named, or else those that the agent holds.
func (r *keyRing) auth(cfg Config, login actions.Auth, held []ssh.Signer) (ssh.AuthMethod, error) {
	signers, err := r.signers(cfg, login, held)
	if err != nil {
		return nil, err
	}
	return ssh.PublicKeys(signers...), nil
}

func (r *keyRing) signers(cfg Config, login actions.Auth, held []ssh.Signer) ([]ssh.Signer, error) {
	var signers []ssh.Signer
	var first error
	for _, file := range identities(cfg, login) {
		signer, err := r.identity(file, held)
		if err != nil {
			first = errors.Join(first, err)
			continue
		}
		signers = append(r.certified(signer, append(slices.Clip(login.Certificates), file+"-cert.pub"), signers), signer)
	}
	if len(signers) == 0 && first == nil {
		signers = held
	}
	switch {
	case len(signers) > 0:
		return signers, nil
	case first != nil:
		return nil, first
	}
	return nil, fault(ErrLogin, nil, "there is no key to log in with: the SSH agent holds none")
}

func identities(cfg Config, login actions.Auth) []string {
	if cfg.IdentityFile == "" {
		return login.Identities
	}
	return append(slices.Clip(login.Identities), cfg.IdentityFile)
}

// identity reads a private key. Of an encrypted one the agent must hold the
// other half.
func (r *keyRing) identity(file string, held []ssh.Signer) (ssh.Signer, error) {
	signer, err := r.keys.get(file)
	var locked *ssh.PassphraseMissingError
	switch {
	case err == nil:
		return signer, nil
	case errors.As(err, &locked):
		for _, s := range held {
			if locked.PublicKey != nil && bytes.Equal(s.PublicKey().Marshal(), locked.PublicKey.Marshal()) {
				return s, nil
			}
		}
		return nil, fault(ErrLogin, nil, "the key in %s is encrypted: add it to the SSH agent and allow the agent, or name a key without a passphrase", file)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault(ErrLogin, err, "there is no key file %s", file)
	case errors.Is(err, fs.ErrPermission):
		return nil, fault(ErrLogin, err, "the key file %s may not be read", file)
	}
	return nil, fault(ErrLogin, nil, "%s holds no private key in a format that OpenSSH writes", file)
}

// certified appends the signer with each certificate that is made for its key.
func (r *keyRing) certified(signer ssh.Signer, certs []string, to []ssh.Signer) []ssh.Signer {
	for _, file := range certs {
		cert, err := r.certs.get(file)
		if err != nil {
			continue
		}
		if s, err := ssh.NewCertSigner(cert, signer); err == nil {
			to = append(to, s)
		}
	}
	return to
}

func parseCertificate(raw []byte) (*ssh.Certificate, error) {
	key, _, _, _, err := ssh.ParseAuthorizedKey(raw)
	if err != nil {
		return nil, err
	}
	cert, ok := key.(*ssh.Certificate)
	if !ok {
		return nil, fmt.Errorf("a %s is no certificate", key.Type())
	}
	return cert, nil
}

// agentSigners asks the agent for what it holds. An agent that is not there
// holds nothing, and one that hangs is let go when ctx ends.
func agentSigners(ctx context.Context, wanted bool) ([]ssh.Signer, func()) {
	socket := os.Getenv("SSH_AUTH_SOCK")
	if !wanted || socket == "" {
		return nil, func() {}
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, func() {}
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	done := func() { stop(); _ = conn.Close() }
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		done()
		return nil, func() {}
	}
	return signers, done
}
