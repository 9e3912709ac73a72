package host

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/crypto/ssh/knownhosts"

	"hardenbot/actions"
	"hardenbot/actions/host/hosttest"
)

// client is for servers whose keys are known.
func client(t *testing.T, change func(*Config), servers ...*hosttest.Server) *Client {
	t.Helper()
	identity, _ := hosttest.Identity(t, "")
	cfg := Config{IdentityFile: identity, KnownHosts: []string{hosttest.KnownHosts(t, servers...)}}
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func hostAt(s *hosttest.Server) actions.Host {
	return actions.Host{Name: "web-1", Address: s.Host, Port: s.Port, User: "ops"}
}

// A host that falls silent costs its time limit, wherever it does, and leaves
// nothing behind. Directly and behind a jump host.
func TestHangCostsTheTimeLimit(t *testing.T) {
	for _, stage := range hosttest.Stages {
		for _, jump := range []bool{false, true} {
			name := string(stage)
			if jump {
				name += " behind a jump host"
			}
			t.Run(name, func(t *testing.T) {
				far := hosttest.Start(t, hosttest.Config{Hang: stage})
				near := hosttest.Start(t, hosttest.Config{})
				h := hostAt(far)
				if jump {
					h.Route.Jumps = []actions.Jump{{Address: near.Host, Port: near.Port, User: "jump"}}
				}
				c := client(t, func(cfg *Config) {
					cfg.ConnectTimeout, cfg.CollectTimeout = 300*time.Millisecond, 600*time.Millisecond
				}, far, near)
				before := goleak.IgnoreCurrent()
				began := time.Now()
				_, err := c.Collect(t.Context(), h)
				if !errors.Is(err, ErrTimeout) {
					t.Errorf("Collect: %v, want ErrTimeout", err)
				}
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("it took %s", took)
				}
				goleak.VerifyNone(t, before)
			})
		}
	}
}

// Calling it off ends a visit at once, wherever it is.
func TestCancelEndsAtOnce(t *testing.T) {
	for _, stage := range hosttest.Stages {
		t.Run(string(stage), func(t *testing.T) {
			s := hosttest.Start(t, hosttest.Config{Hang: stage})
			c := client(t, func(cfg *Config) { cfg.ConnectTimeout, cfg.CollectTimeout = time.Hour, time.Hour }, s)
			before := goleak.IgnoreCurrent()
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(100*time.Millisecond, cancel)
			if _, err := c.Collect(ctx, hostAt(s)); !errors.Is(err, context.Canceled) {
				t.Errorf("Collect: %v, want context.Canceled", err)
			}
			_, err := c.Run(ctx, hostAt(s), actions.Script{Body: "true"})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("Run: %v, want context.Canceled", err)
			}
			goleak.VerifyNone(t, before)
		})
	}
}

func TestUnreachable(t *testing.T) {
	s := hosttest.Start(t, hosttest.Config{})
	c := client(t, nil, s)
	h := hostAt(s)
	s.Close()
	_, err := c.Collect(t.Context(), h)
	wantError(t, err, ErrUnreachable, "web-1 cannot be reached at "+s.Address()+": connection refused")
}

func TestNotSSH(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\n\r\n")
			_ = conn.Close()
		}
	}()
	c := client(t, nil)
	h := actions.Host{Name: "web-1", Address: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, User: "ops"}
	_, err = c.Collect(t.Context(), h)
	wantError(t, err, ErrUnreachable, "web-1 answered at "+l.Addr().String()+", but not as an SSH server should")
}

func TestLoginRefused(t *testing.T) {
	s := hosttest.Start(t, hosttest.Config{Accept: func(string, ssh.PublicKey) bool { return false }})
	wantError(t, client(t, nil, s).Prove(t.Context(), hostAt(s)), ErrLogin,
		"web-1 refused the login of ops: no key that was offered is accepted there")
}

func TestIdentities(t *testing.T) {
	route, routeKey := hosttest.Identity(t, "")
	own, ownKey := hosttest.Identity(t, "")
	locked, _ := hosttest.Identity(t, "secret")
	broken := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name       string
		identity   string
		identities []string
		want       ssh.PublicKey
		says       string
	}{
		{"configured", own, nil, ownKey, ""},
		{"of the route", broken, []string{route}, routeKey, ""},
		{"second of the route", own, []string{"/nonexistent", own}, ownKey, ""},
		{"encrypted", locked, nil, nil, "the key in " + locked + " is encrypted: add it to the SSH agent and allow the agent, or name a key without a passphrase"},
		{"absent", "/nonexistent", nil, nil, "there is no key file /nonexistent"},
		{"no key", broken, nil, nil, broken + " holds no private key in a format that OpenSSH writes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := hosttest.Start(t, hosttest.Config{Accept: func(_ string, key ssh.PublicKey) bool {
				return tt.want != nil && string(key.Marshal()) == string(tt.want.Marshal())
			}})
			c := client(t, func(cfg *Config) { cfg.IdentityFile = tt.identity }, s)
			h := hostAt(s)
			h.Route.Identities = tt.identities
			err := c.Prove(t.Context(), h)
			if tt.says == "" && err != nil {
				t.Errorf("Prove: %v", err)
			}
			if tt.says != "" {
				wantError(t, err, ErrLogin, tt.says)
			}
		})
	}
}

func TestAgentUnlocksAnEncryptedKey(t *testing.T) {
	locked, public := hosttest.Identity(t, "secret")
	raw, err := os.ReadFile(locked)
	if err != nil {
		t.Fatal(err)
	}
	private, err := ssh.ParseRawPrivateKeyWithPassphrase(raw, []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	serveAgent(t, private)
	s := hosttest.Start(t, hosttest.Config{Accept: func(_ string, key ssh.PublicKey) bool {
		return string(key.Marshal()) == string(public.Marshal())
	}})
	for _, identity := range []string{locked, ""} {
		c := client(t, func(cfg *Config) { cfg.IdentityFile, cfg.Agent = identity, true }, s)
		before := goleak.IgnoreCurrent()
		if err := c.Prove(t.Context(), hostAt(s)); err != nil {
			t.Errorf("with identity %q: %v", identity, err)
		}
		goleak.VerifyNone(t, before)
	}
}

func serveAgent(t *testing.T, private any) {
	t.Helper()
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: private}); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(t.TempDir(), "agent")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	t.Setenv("SSH_AUTH_SOCK", socket)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer conn.Close(); _ = agent.ServeAgent(ring, conn) }()
		}
	}()
}

func TestUserCertificate(t *testing.T) {
	identity, key := hosttest.Identity(t, "")
	ca := hosttest.NewKey(t)
	cert := &ssh.Certificate{Key: key, CertType: ssh.UserCert, ValidPrincipals: []string{"ops"}, ValidBefore: ssh.CertTimeInfinity}
	if err := cert.SignCert(rand.Reader, ca); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(identity+"-cert.pub", ssh.MarshalAuthorizedKey(cert), 0o600); err != nil {
		t.Fatal(err)
	}
	s := hosttest.Start(t, hosttest.Config{Accept: func(_ string, key ssh.PublicKey) bool {
		c, ok := key.(*ssh.Certificate)
		return ok && string(c.SignatureKey.Marshal()) == string(ca.PublicKey().Marshal())
	}})
	if err := client(t, func(cfg *Config) { cfg.IdentityFile = identity }, s).Prove(t.Context(), hostAt(s)); err != nil {
		t.Error(err)
	}
}

// Each hop logs in as its own user, and each hop's key is verified.
func TestJumps(t *testing.T) {
	users := make(chan string, 4)
	record := func(c hosttest.Command) int { users <- c.User; return 0 }
	far := hosttest.Start(t, hosttest.Config{Exec: record})
	second := hosttest.Start(t, hosttest.Config{Accept: func(user string, _ ssh.PublicKey) bool { return user == "two" }})
	first := hosttest.Start(t, hosttest.Config{Accept: func(user string, _ ssh.PublicKey) bool { return user == "one" }})
	h := hostAt(far)
	h.Route.Jumps = []actions.Jump{{Address: first.Host, Port: first.Port, User: "one"}, {Address: second.Host, Port: second.Port, User: "two"}}
	before := goleak.IgnoreCurrent()
	if err := client(t, nil, far, second, first).Prove(t.Context(), h); err != nil {
		t.Fatal(err)
	}
	goleak.VerifyNone(t, before)
	if user := <-users; user != "ops" {
		t.Errorf("the host saw %s, want ops", user)
	}
	err := client(t, nil, far, first).Prove(t.Context(), h)
	wantError(t, err, ErrHostKeyUnknown, "jump host 127.0.0.1 is not in known_hosts")
	far.Close()
	err = client(t, nil, far, second, first).Prove(t.Context(), h)
	wantError(t, err, ErrUnreachable, "web-1 cannot be reached at "+far.Address()+" through jump host 127.0.0.1")
}

// A jump host is shown its own key, and the host behind it is shown another.
func TestJumpHasItsOwnLogin(t *testing.T) {
	gate, gateKey := hosttest.Identity(t, "")
	web, webKey := hosttest.Identity(t, "")
	only := func(want ssh.PublicKey) func(string, ssh.PublicKey) bool {
		return func(_ string, key ssh.PublicKey) bool {
			if !bytes.Equal(key.Marshal(), want.Marshal()) {
				t.Errorf("a server was shown a key that is not for it")
				return false
			}
			return true
		}
	}
	near := hosttest.Start(t, hosttest.Config{Accept: only(gateKey)})
	far := hosttest.Start(t, hosttest.Config{Accept: only(webKey)})
	t.Setenv("SSH_AUTH_SOCK", "")
	c := client(t, func(cfg *Config) { cfg.IdentityFile, cfg.Agent = "", true }, far)
	line := knownhosts.Line([]string{"gate"}, near.Keys[0].PublicKey()) + "\n"
	appendTo(t, c.cfg.KnownHosts[0], line)
	h := hostAt(far)
	h.Route.Identities = []string{web}
	h.Route.Jumps = []actions.Jump{{Address: near.Host, Port: near.Port, User: "jump",
		Auth: actions.Auth{Identities: []string{gate}, HostKeyAlias: "gate"}}}
	if err := c.Prove(t.Context(), h); err != nil {
		t.Error(err)
	}
}

func appendTo(t *testing.T, path, line string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, append(raw, line...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A key that is added to known_hosts counts from the next login on.
func TestKnownHostsAreReadAgain(t *testing.T) {
	s := hosttest.Start(t, hosttest.Config{})
	c := client(t, nil)
	wantError(t, c.Prove(t.Context(), hostAt(s)), ErrHostKeyUnknown, "web-1 is not in known_hosts: compare its key "+ssh.FingerprintSHA256(s.Keys[0].PublicKey()))
	line := knownhosts.Line([]string{s.Address()}, s.Keys[0].PublicKey()) + "\n"
	if err := os.WriteFile(c.cfg.KnownHosts[0], []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Prove(t.Context(), hostAt(s)); err != nil {
		t.Error(err)
	}
}

func wantError(t *testing.T, err, kind error, says string) {
	t.Helper()
	if !errors.Is(err, kind) || !strings.HasPrefix(err.Error(), says) {
		t.Errorf("got error %q\nwant %q (%v)", err, says, kind)
	}
}
