package main

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"hardenbot/actions"
	"hardenbot/store"
)

// maxKeyFile bounds what is read of a file that should hold a private key.
const maxKeyFile = 64 << 10

// places are the lines of the keys that name files; 1 where a default holds.
type places struct {
	file                                   string
	store, identity, agent, known, vantage int
}

// inspection is what is wrong with the files that the configuration names, as
// FILE:LINE: sentence. Errors are what can never work; warnings are what may
// be there by the time that it is needed.
type inspection struct {
	document
	warnings []string
}

func (i *inspection) warn(line int, format string, args ...any) {
	i.warnings = append(i.warnings, fmt.Sprintf("%s:%d: %s", i.file, line, fmt.Sprintf(format, args...)))
}

// Inspect looks at the files that the configuration names, and whether they have
// the keys of these hosts. It asks no host, changes nothing and keeps no secret.
func (c *Config) Inspect(hosts []actions.Host) (problems, []string) {
	i := &inspection{document: document{file: c.places.file}}
	i.store(c.places.store, c.Store)
	if c.SSH.IdentityFile != "" {
		i.identity(c.places.identity, c.SSH)
	}
	if c.SSH.Agent && os.Getenv("SSH_AUTH_SOCK") == "" {
		i.warn(c.places.agent, "ssh.agent: SSH_AUTH_SOCK is not set here, so there is no agent to ask: start hardenbot with it")
	}
	i.knownHosts(c.places.known, c.SSH.KnownHosts, hosts)
	return i.problems, i.warnings
}

func (i *inspection) store(line int, path string) {
	switch err := store.Check(path); {
	case errors.Is(err, fs.ErrPermission):
		i.warn(line, "store: %s may not be looked at by you, so whether it is sound was not checked", path)
	case err != nil:
		i.problem(line, "store: %s", err)
	}
}

// identity says why nobody can log in with the key.
func (i *inspection) identity(line int, s SSH) {
	raw, err := readSome(s.IdentityFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		i.warn(line, "ssh.identity_file: there is no file %s; without it no host can be logged in to", s.IdentityFile)
		return
	case errors.Is(err, fs.ErrPermission):
		i.warn(line, "ssh.identity_file: %s may not be read by you, so whether it holds a key was not checked", s.IdentityFile)
		return
	case err != nil:
		i.problem(line, "ssh.identity_file: %s cannot be read: %s", s.IdentityFile, err)
		return
	}
	_, err = ssh.ParsePrivateKey(raw)
	var locked *ssh.PassphraseMissingError
	switch {
	case err == nil:
	case errors.As(err, &locked) && s.Agent:
		i.warn(line, "ssh.identity_file: the key in %s is encrypted; the SSH agent has to hold it", s.IdentityFile)
	case errors.As(err, &locked):
		i.problem(line, "ssh.identity_file: the key in %s is encrypted: name a key without a passphrase, or add it to the SSH agent and set ssh.agent: true", s.IdentityFile)
	case isPublicKey(raw):
		i.problem(line, "ssh.identity_file: %s is a public key: name the private key, which has the same name without .pub", s.IdentityFile)
	default:
		i.problem(line, "ssh.identity_file: %s holds no private key in a format that OpenSSH writes", s.IdentityFile)
	}
}

func isPublicKey(raw []byte) bool {
	_, _, _, _, err := ssh.ParseAuthorizedKey(raw)
	return err == nil
}

// readSome reads the beginning of a file, and never waits for a pipe.
func readSome(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	return io.ReadAll(io.LimitReader(f, maxKeyFile))
}

// knownHosts names the first few hosts whose keys are not known.
func (i *inspection) knownHosts(line int, files []string, hosts []actions.Host) {
	var readable []string
	for _, file := range files {
		_, err := readSome(file)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case errors.Is(err, fs.ErrPermission):
			i.warn(line, "ssh.known_hosts: %s may not be read by you, so whose keys it has was not checked", file)
			return
		case err != nil:
			i.problem(line, "ssh.known_hosts: %s cannot be read: %s", file, err)
			return
		}
		readable = append(readable, file)
	}
	if len(readable) == 0 {
		i.warn(line, "ssh.known_hosts: there is no file %s; host keys are never learnt, so no host can be logged in to without it", strings.Join(files, " or "))
		return
	}
	known, err := knownhosts.New(readable...)
	if err != nil {
		i.warn(line, "ssh.known_hosts: whose keys it has was not checked: %s", err)
		return
	}
	if missing := unknown(known, hosts); len(missing) > 0 {
		i.warn(line, "ssh.known_hosts: %s has no key of %s, so nobody can log in there; compare the key on the host's console, then add it", strings.Join(readable, " and "), some(missing, 5))
	}
}

// unknown lists the hosts that known has no key of, or of a jump host on the
// way to them.
func unknown(known ssh.HostKeyCallback, hosts []actions.Host) []string {
	nobodys, err := ssh.NewPublicKey(ed25519.PublicKey(make([]byte, ed25519.PublicKeySize)))
	if err != nil {
		return nil // cannot be: the key has the right size
	}
	isKnown := func(address string) bool {
		var wrong *knownhosts.KeyError
		err := known(address, &net.TCPAddr{}, nobodys)
		return errors.As(err, &wrong) && len(wrong.Want) > 0
	}
	var missing []string
	for _, h := range hosts {
		if !isKnown(lookedUp(h.Address, h.Port, h.Route.Auth)) {
			missing = append(missing, h.Name)
			continue
		}
		for _, j := range h.Route.Jumps {
			if !isKnown(lookedUp(j.Address, j.Port, j.Auth)) {
				missing = append(missing, fmt.Sprintf("%s (its jump host %s)", h.Name, j.Address))
				break
			}
		}
	}
	return missing
}

// lookedUp is the name by which known_hosts has a server; an alias has no port.
func lookedUp(address string, port int, login actions.Auth) string {
	if login.HostKeyAlias != "" {
		address, port = login.HostKeyAlias, 22
	}
	return endpoint(address, port)
}

func endpoint(address string, port int) string {
	return net.JoinHostPort(strings.Trim(address, "[]"), strconv.Itoa(port))
}
