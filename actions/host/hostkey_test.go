package host

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
	"pgregory.net/rapid"

	"hardenbot/actions/host/hosttest"
)

func line(addr string, key ssh.Signer) string {
	return knownhosts.Line([]string{addr}, key.PublicKey()) + "\n"
}

func TestHostKeys(t *testing.T) {
	right, wrong, ca := hosttest.NewKey(t), hosttest.NewKey(t), hosttest.NewKey(t)
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	print := ssh.FingerprintSHA256
	tests := []struct {
		name  string
		keys  []ssh.Signer        // of the server
		known func(string) string // known_hosts for its address
		alias string
		kind  error
		says  string
	}{
		{"known", []ssh.Signer{right}, func(a string) string { return line(a, right) }, "", nil, ""},
		{"hashed", []ssh.Signer{right}, func(a string) string {
			return line(knownhosts.HashHostname(knownhosts.Normalize(a)), right)
		}, "", nil, ""},
		{"one of several types", []ssh.Signer{right, rsaKey}, func(a string) string { return line(a, rsaKey) }, "", nil, ""},
		{"alias", []ssh.Signer{right}, func(string) string { return line("web", right) }, "web", nil, ""},
		{"alias hides the address", []ssh.Signer{right}, func(a string) string { return line(a, right) }, "web", ErrHostKeyUnknown, "web-1 is not in known_hosts"},
		{"other port", []ssh.Signer{right}, func(a string) string { return line("127.0.0.1", right) }, "", ErrHostKeyUnknown, "web-1 is not in known_hosts"},
		{"changed", []ssh.Signer{wrong}, func(a string) string { return line(a, right) }, "", ErrHostKeyChanged,
			"web-1 shows another host key than the one known: " + print(wrong.PublicKey()) + " instead of " + print(right.PublicKey())},
		{"changed type", []ssh.Signer{rsaKey}, func(a string) string { return line(a, right) }, "", ErrHostKeyChanged,
			"web-1 has no host key of a type that known_hosts has for it (" + print(right.PublicKey()) + ")"},
		{"revoked", []ssh.Signer{right}, func(a string) string { return line(a, right) + "@revoked * " + line("x", right)[2:] }, "", ErrHostKeyChanged,
			"web-1 shows a host key that known_hosts marks as revoked (" + print(right.PublicKey()) + ")"},
		{"malformed lines", []ssh.Signer{right}, func(a string) string { return "x\n@odd " + line("x", right) + "a ssh-rsa !\n" + line(a, right) }, "", nil, ""},
		{"malformed revocation", []ssh.Signer{right}, func(a string) string { return line(a, right) + "@revoked * ssh-rsa !\n" }, "", ErrHostKeyUnknown, ""},
		{"certificate", []ssh.Signer{certified(t, right, ca, "127.0.0.1")}, func(a string) string { return "@cert-authority " + line(a, ca) }, "", nil, ""},
		{"certificate by alias", []ssh.Signer{certified(t, right, ca, "web")}, func(a string) string { return "@cert-authority " + line("w*", ca) }, "web", nil, ""},
		{"certificate of another host", []ssh.Signer{certified(t, right, ca, "db-1")}, func(a string) string { return "@cert-authority " + line(a, ca) }, "", ErrHostKeyChanged,
			"the certificate of web-1 is not valid for it"},
		{"certificate of another authority", []ssh.Signer{certified(t, right, wrong, "127.0.0.1")}, func(a string) string { return "@cert-authority " + line(a, ca) }, "", ErrHostKeyChanged,
			"the certificate of web-1 is not valid for it"},
		{"revoked certificate", []ssh.Signer{certified(t, right, ca, "127.0.0.1")}, func(a string) string {
			return "@cert-authority " + line(a, ca) + "@revoked * " + line("x", ca)[2:]
		}, "", ErrHostKeyChanged, "the certificate of web-1 is not valid for it"},
		{"authority's key as a host key beside a known one", []ssh.Signer{ca}, func(a string) string { return "@cert-authority " + line(a, ca) + line(a, right) }, "", ErrHostKeyChanged,
			"web-1 shows another host key than the one known"},
		{"host key as an authority", []ssh.Signer{certified(t, wrong, right, "127.0.0.1")}, func(a string) string { return "@cert-authority " + line(a, ca) + line(a, right) }, "", ErrHostKeyChanged,
			"the certificate of web-1 is not valid for it"},
		{"authority's key as a host key", []ssh.Signer{ca}, func(a string) string { return "@cert-authority " + line(a, ca) }, "", ErrHostKeyChanged, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := hosttest.Start(t, hosttest.Config{HostKeys: tt.keys})
			path := filepath.Join(t.TempDir(), "known_hosts")
			if err := os.WriteFile(path, []byte(tt.known(s.Address())), 0o600); err != nil {
				t.Fatal(err)
			}
			h := hostAt(s)
			h.Route.HostKeyAlias = tt.alias
			err := client(t, func(cfg *Config) { cfg.KnownHosts = []string{"/nonexistent", path} }).Prove(t.Context(), h)
			if tt.kind == nil && err != nil {
				t.Errorf("Prove: %v", err)
			}
			if tt.kind != nil {
				wantError(t, err, tt.kind, tt.says)
			}
		})
	}
}

// certified returns a signer with a host certificate for the principal.
func certified(t *testing.T, key, ca ssh.Signer, principal string) ssh.Signer {
	t.Helper()
	cert := &ssh.Certificate{
		Key: key.PublicKey(), CertType: ssh.HostCert, ValidPrincipals: []string{principal}, ValidBefore: ssh.CertTimeInfinity,
	}
	if err := cert.SignCert(rand.Reader, ca); err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewCertSigner(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// The index decides as x/crypto's own scan of the file does, for any file.
func TestIndexAgreesWithScan(t *testing.T) {
	keys := []ssh.Signer{hosttest.NewKey(t), hosttest.NewKey(t), hosttest.NewKey(t)}
	path := filepath.Join(t.TempDir(), "known_hosts")
	// No * at the end of a longer name: ssh(1) takes it for nothing or more,
	// x/crypto for one character or more.
	host := rapid.StringMatching(`[ab.*?]{0,4}[ab.?]|\*`)
	rapid.Check(t, func(t *rapid.T) {
		key := func() ssh.Signer { return rapid.SampledFrom(keys).Draw(t, "key") }
		pattern := rapid.Custom(func(t *rapid.T) string {
			name := host.Draw(t, "host")
			if rapid.Bool().Draw(t, "port") {
				name = "[" + name + "]:2222"
			}
			return rapid.SampledFrom([]string{"", "", "", "!"}).Draw(t, "negated") + name
		})
		var file strings.Builder
		for range rapid.IntRange(0, 8).Draw(t, "lines") {
			k := key().PublicKey()
			text := " " + k.Type() + " " + strings.Fields(string(ssh.MarshalAuthorizedKey(k)))[1] + "\n"
			switch rapid.SampledFrom([]string{"plain", "plain", "plain", "hashed", "revoked"}).Draw(t, "kind") {
			case "plain":
				file.WriteString(strings.Join(rapid.SliceOfN(pattern, 1, 3).Draw(t, "patterns"), ",") + text)
			case "hashed":
				name := strings.NewReplacer("*", "a", "?", "b").Replace(host.Draw(t, "hashed"))
				file.WriteString(knownhosts.HashHostname(knownhosts.Normalize(name+":2222")) + text)
			case "revoked":
				file.WriteString("@revoked *" + text)
			}
		}
		if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		scan, err := knownhosts.New(path)
		if err != nil {
			t.Fatal(err)
		}
		index, err := parseKnownHosts([]byte(file.String()), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		name := strings.NewReplacer("*", "a", "?", "b").Replace(host.Draw(t, "asked"))
		addr := net.JoinHostPort(name, rapid.SampledFrom([]string{"22", "2222"}).Draw(t, "at"))
		shown := key().PublicKey()
		v := &verifier{hop: hop{name: "h", addr: addr}, lookup: addr, files: []string{path}, entries: index.lookup(addr), revoked: index.revoked}
		got, want := outcome(v.verify(addr, tcp, shown)), outcome(scan(addr, tcp, shown))
		if got != want {
			t.Fatalf("%s: index says %s, scan says %s\n%s", addr, got, want, file.String())
		}
	})
}

var tcp = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 22}

// outcome makes the errors of both comparable.
func outcome(err error) string {
	var key *knownhosts.KeyError
	var revoked *knownhosts.RevokedError
	switch {
	case err == nil:
		return "accepted"
	case errors.Is(err, ErrHostKeyUnknown), errors.As(err, &key) && len(key.Want) == 0:
		return "unknown"
	case errors.As(err, &revoked), errors.Is(err, ErrHostKeyChanged), errors.As(err, &key):
		return "refused"
	}
	return err.Error()
}

func FuzzParseKnownHosts(f *testing.F) {
	f.Add("web-1,!*.x,[a]:2222 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKqvQuqaZ5LPGJM9qf5FxbWjmbDg0AwYAiOAZMSzJFlW\n")
	f.Add("|1|c2FsdA==|aGFzaA== ssh-rsa x\n@revoked\n@cert-authority * ssh-rsa\n")
	f.Fuzz(func(t *testing.T, text string) {
		index, err := parseKnownHosts([]byte(text), slog.New(slog.DiscardHandler))
		if err == nil {
			index.lookup("web-1:22")
		}
	})
}

// What a login costs with 5,000 hashed lines, from the second login on.
func BenchmarkLookupHashed(b *testing.B) {
	key := hosttest.NewKey(b)
	var file strings.Builder
	for i := range 5000 {
		file.WriteString(line(knownhosts.HashHostname(fmt.Sprintf("web-%d", i)), key))
	}
	index, err := parseKnownHosts([]byte(file.String()), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		index.lookup("web-1:22")
	}
}
