package host

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// verifier checks the key of one host against what known_hosts has for it.
type verifier struct {
	hop     hop
	lookup  string // host:port that is looked up
	files   []string
	entries []entry
	revoked map[string]bool
	passed  bool  // a key was seen and is the right one
	refused error // a key was seen and is not
}

// verifier collects what is known of a host before it is asked, so that it can
// be asked for a type of key that can be compared.
func (k *knownHosts) verifier(hop hop) (*verifier, error) {
	v := &verifier{hop: hop, lookup: hop.addr, files: k.paths, revoked: map[string]bool{}}
	if alias := hop.login.HostKeyAlias; alias != "" {
		v.lookup = net.JoinHostPort(alias, "22") // as ssh(1): an alias has no port
	}
	for _, path := range k.paths {
		index, err := k.index(path)
		if err != nil {
			return nil, err
		}
		v.entries = append(v.entries, index.lookup(v.lookup)...)
		for blob := range index.revoked {
			v.revoked[blob] = true
		}
	}
	return v, nil
}

// algorithms returns the host key algorithms to ask for: those of the known
// keys. A host with keys of several types would otherwise show one that is not
// known, which looks like a changed key.
func (v *verifier) algorithms() []string {
	var names []string
	for _, e := range v.entries {
		if e.authority {
			names = append(names, certAlgorithms...)
		}
	}
	for _, e := range v.entries {
		if !e.authority {
			names = append(names, algorithmsOf(e.key.Type())...)
		}
	}
	if len(names) == 0 {
		return plainAlgorithms
	}
	return unique(names)
}

var plainAlgorithms = []string{
	ssh.KeyAlgoED25519,
	ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
	ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256,
}

var certAlgorithms = []string{
	ssh.CertAlgoED25519v01,
	ssh.CertAlgoECDSA256v01, ssh.CertAlgoECDSA384v01, ssh.CertAlgoECDSA521v01,
	ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01,
}

func algorithmsOf(keyType string) []string {
	if keyType == ssh.KeyAlgoRSA {
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
	}
	return []string{keyType}
}

// verify is an ssh.HostKeyCallback.
func (v *verifier) verify(_ string, remote net.Addr, key ssh.PublicKey) error {
	checker := ssh.CertChecker{
		IsHostAuthority: func(ca ssh.PublicKey, _ string) bool { return v.has(ca, true) },
		IsRevoked: func(c *ssh.Certificate) bool {
			return v.revoked[string(c.Key.Marshal())] || v.revoked[string(c.SignatureKey.Marshal())]
		},
		HostKeyFallback: func(string, net.Addr, ssh.PublicKey) error { return v.plain(key) },
	}
	err := checker.CheckHostKey(v.lookup, remote, key)
	if _, isCert := key.(*ssh.Certificate); isCert && err != nil {
		err = fault(ErrHostKeyChanged, err, "the certificate of %s is not valid for it: have the host's certificate renewed, or look who answers at %s", v.hop.name, v.hop.addr)
	}
	v.passed, v.refused = err == nil, err
	return err
}

// plain judges a key that is no certificate.
func (v *verifier) plain(key ssh.PublicKey) error {
	shown := ssh.FingerprintSHA256(key)
	switch {
	case v.revoked[string(key.Marshal())]:
		return fault(ErrHostKeyChanged, nil, "%s shows a host key that known_hosts marks as revoked (%s): do not log in there before you know why", v.hop.name, shown)
	case v.has(key, false):
		return nil
	case len(v.entries) == 0:
		return fault(ErrHostKeyUnknown, nil, "%s is not in known_hosts: compare its key %s on the host's console, then add the line that `%s` prints to %s",
			v.hop.name, shown, v.scan(), v.files[0])
	}
	return fault(ErrHostKeyChanged, nil, "%s shows another host key than the one known: %s instead of %s. Either the host was installed anew or somebody stands between: find out which, and only then replace its line in known_hosts",
		v.hop.name, shown, strings.Join(v.expected(key.Type()), " or "))
}

func (v *verifier) has(key ssh.PublicKey, authority bool) bool {
	return slices.ContainsFunc(v.entries, func(e entry) bool {
		return e.authority == authority && bytes.Equal(e.key.Marshal(), key.Marshal())
	})
}

// expected lists the fingerprints that are known, those of the same type alone
// if there are any.
func (v *verifier) expected(keyType string) []string {
	var same, all []string
	for _, e := range v.entries {
		print := ssh.FingerprintSHA256(e.key)
		all = append(all, print)
		if e.key.Type() == keyType {
			same = append(same, print)
		}
	}
	if len(same) > 0 {
		return same
	}
	return all
}

// otherTypes says that the host has none of the keys known.
func (v *verifier) otherTypes(cause error) error {
	return fault(ErrHostKeyChanged, cause, "%s has no host key of a type that known_hosts has for it (%s): find out what became of the host, and only then replace its line",
		v.hop.name, strings.Join(v.expected(""), ", "))
}

// scan is the command that shows the host's keys.
func (v *verifier) scan() string {
	host, port, _ := net.SplitHostPort(v.hop.addr) // made by address, never malformed
	if port == "22" {
		return "ssh-keyscan " + host
	}
	return fmt.Sprintf("ssh-keyscan -p %s %s", port, host)
}

func unique(names []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool {
		dup := seen[n]
		seen[n] = true
		return dup
	})
}

// normal is an address as known_hosts writes it: "[host]:port", or the host
// alone at port 22.
func normal(addr string) string { return strings.ToLower(knownhosts.Normalize(addr)) }
