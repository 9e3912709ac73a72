package host

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the format's own hash
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
)

// knownHosts holds known_hosts files as an index: x/crypto's own scans every
// line for every host, which at 5,000 lines costs more than the login.
type knownHosts struct {
	paths []string
	files *files[*index]
}

func newKnownHosts(paths []string, log *slog.Logger) *knownHosts {
	return &knownHosts{paths: paths, files: newFiles(func(raw []byte) (*index, error) { return parseKnownHosts(raw, log) })}
}

func (k *knownHosts) index(path string) (*index, error) {
	x, err := k.files.get(path)
	switch {
	case err == nil:
		return x, nil
	case errors.Is(err, fs.ErrNotExist):
		return &index{}, nil
	}
	return nil, fault(ErrHostKeyUnknown, err, "%s cannot be used to verify hosts: %s", path, err)
}

// entry is one key of one line.
type entry struct {
	line      int
	key       ssh.PublicKey
	authority bool // @cert-authority
}

// index is one known_hosts file.
type index struct {
	exact    map[string][]entry // by normal address
	patterns []patterned
	hashed   []hashed
	revoked  map[string]bool // by key blob, whatever the host: stricter than ssh(1)

	mu   sync.Mutex
	memo map[string][]entry // found among the hashed: each costs an HMAC per line
}

type patterned struct {
	entry
	patterns []pattern
}

type pattern struct {
	host, port string
	negated    bool
}

type hashed struct {
	entry
	salt, sum []byte
}

// lookup returns the entries for addr (host:port) in no particular order.
func (x *index) lookup(addr string) []entry {
	found := append([]entry(nil), x.exact[normal(addr)]...)
	for _, p := range x.patterns {
		if p.match(addr) {
			found = append(found, p.entry)
		}
	}
	return append(found, x.lookupHashed(normal(addr))...)
}

func (x *index) lookupHashed(name string) []entry {
	x.mu.Lock()
	defer x.mu.Unlock()
	if found, ok := x.memo[name]; ok || len(x.hashed) == 0 {
		return found
	}
	var found []entry
	for _, h := range x.hashed {
		mac := hmac.New(sha1.New, h.salt)
		mac.Write([]byte(name))
		if bytes.Equal(mac.Sum(nil), h.sum) {
			found = append(found, h.entry)
		}
	}
	x.memo[name] = found
	return found
}

func (p patterned) match(addr string) bool {
	host, port, err := net.SplitHostPort(strings.ToLower(addr))
	if err != nil {
		return false
	}
	matched := false
	for _, one := range p.patterns {
		if one.port != port || !glob(one.host, host) {
			continue
		}
		if one.negated {
			return false
		}
		matched = true
	}
	return matched
}

// glob matches * and ? as ssh_config(5), PATTERNS. It goes back to the last *
// only, so that no pattern takes more than quadratic time.
func glob(pat, s string) bool {
	star, from := -1, 0
	p := 0
	for i := 0; i < len(s); {
		switch {
		case p < len(pat) && pat[p] == '*':
			star, from = p, i
			p++
		case p < len(pat) && (pat[p] == '?' || pat[p] == s[i]):
			p, i = p+1, i+1
		case star >= 0:
			from++
			p, i = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pat[p:], "*") == ""
}

// parseKnownHosts reads a file. A line that makes no sense is skipped and
// logged, since it can only make a host unknown; but a revocation that makes
// no sense is an error.
func parseKnownHosts(raw []byte, log *slog.Logger) (*index, error) {
	x := &index{exact: map[string][]entry{}, revoked: map[string]bool{}, memo: map[string][]entry{}}
	n := 0
	for line := range strings.Lines(string(raw)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		err := x.add(line, n)
		switch {
		case err != nil && strings.HasPrefix(line, "@revoked"):
			return nil, fmt.Errorf("line %d revokes something, but %w", n, err)
		case err != nil:
			log.Warn("known_hosts line skipped", "line", n, "reason", err)
		}
	}
	return x, nil
}

func (x *index) add(line string, n int) error {
	words := strings.Fields(line)
	marker := ""
	if words[0][0] == '@' {
		marker, words = words[0], words[1:]
	}
	if len(words) < 3 {
		return errors.New("it has too few words")
	}
	key, err := parseKey(words[1], words[2])
	if err != nil {
		return err
	}
	e := entry{line: n, key: key, authority: marker == "@cert-authority"}
	switch marker {
	case "@revoked":
		x.revoked[string(key.Marshal())] = true
		return nil
	case "", "@cert-authority":
		return x.addHosts(words[0], e)
	}
	return fmt.Errorf("the marker %q is unknown", marker)
}

func parseKey(keyType, blob string) (ssh.PublicKey, error) {
	raw, err := base64.StdEncoding.DecodeString(blob)
	if err != nil {
		return nil, errors.New("its key is not base64")
	}
	key, err := ssh.ParsePublicKey(raw)
	if err != nil {
		return nil, errors.New("its key is of no known form")
	}
	if key.Type() != keyType {
		return nil, errors.New("its key is of another type than it says")
	}
	return key, nil
}

func (x *index) addHosts(hosts string, e entry) error {
	if hosts[0] == '|' {
		return x.addHashed(hosts, e)
	}
	var patterns []pattern
	plain := true
	for name := range strings.SplitSeq(strings.ToLower(hosts), ",") {
		if name == "" {
			continue
		}
		name, negated := strings.CutPrefix(name, "!")
		host, port, err := net.SplitHostPort(name)
		if err != nil {
			host, port = name, "22"
		}
		if host == "" || strings.HasPrefix(host, "[") {
			return errors.New("a host name in it is malformed")
		}
		plain = plain && !negated && !strings.ContainsAny(host, "*?")
		patterns = append(patterns, pattern{host: host, port: port, negated: negated})
	}
	if !plain {
		x.patterns = append(x.patterns, patterned{entry: e, patterns: patterns})
		return nil
	}
	for _, p := range patterns {
		name := normal(net.JoinHostPort(p.host, p.port))
		x.exact[name] = append(x.exact[name], e)
	}
	return nil
}

func (x *index) addHashed(word string, e entry) error {
	parts := strings.Split(word, "|")
	if len(parts) != 4 || parts[1] != "1" {
		return errors.New("its hashed name is of no known form")
	}
	salt, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil {
		return errors.New("its salt is not base64")
	}
	sum, err := base64.StdEncoding.DecodeString(parts[3])
	if err != nil {
		return errors.New("its hash is not base64")
	}
	x.hashed = append(x.hashed, hashed{entry: e, salt: salt, sum: sum})
	return nil
}
