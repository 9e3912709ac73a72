package simhost_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"hardenbot/actions"
	"hardenbot/actions/host"
	"hardenbot/actions/host/hosttest"
	"hardenbot/actions/host/simhost"
	"hardenbot/actions/remedies"
)

// world is one simulated host, and the real client that reaches it.
type world struct {
	*simhost.Host
	fleet *host.Client
	as    actions.Host
	ctx   context.Context
}

func start(t *testing.T, change func(*simhost.Config)) *world {
	t.Helper()
	identity, key := hosttest.Identity(t, "")
	cfg := simhost.WebServer(1, string(ssh.MarshalAuthorizedKey(key)[:len(ssh.MarshalAuthorizedKey(key))-1])+" ops@team")
	cfg.Sleep = func(d time.Duration) time.Duration { return d / 20 }
	if change != nil {
		change(&cfg)
	}
	h, err := simhost.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return &world{h, client(t, identity, h), actions.Host{
		Name: h.Name, Address: "127.0.0.1", Port: h.Port(), User: "ops", Declared: actions.Declared{Console: "the serial console"},
	}, t.Context()}
}

func client(t *testing.T, identity string, hosts ...*simhost.Host) *host.Client {
	t.Helper()
	known := filepath.Join(t.TempDir(), "known_hosts")
	text := ""
	for _, h := range hosts {
		text += knownhosts.Line([]string{knownhosts.Normalize("127.0.0.1:" + itoa(h.Port()))}, h.HostKey()) + "\n"
	}
	if err := os.WriteFile(known, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := host.New(host.Config{IdentityFile: identity, KnownHosts: []string{known}, Prelude: remedies.Prelude, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// root runs a script as root and returns what it prints.
func (w *world) root(t *testing.T, body string) actions.Output {
	t.Helper()
	out, err := w.fleet.Run(w.ctx, w.as, actions.Script{Body: body})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (w *world) facts(t *testing.T) *actions.Facts {
	t.Helper()
	f, err := w.fleet.Collect(w.ctx, w.as)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func scriptOf(body string) actions.Script { return actions.Script{Body: body} }

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
