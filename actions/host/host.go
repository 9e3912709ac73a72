// Package host reaches the hosts, over SSH or by another Transport.
//
// In come an actions.Host and what to do on it. Out come facts, the output of
// scripts, and whether people can still log in. A Client implements
// actions.Fleet: Collector (collect.go), Shell (run.go), Prover (prove.go),
// Switch (switch.go) and Health (health.go).
//
// The files in order: the way to a host (dial.go, auth.go, hostkey.go,
// knownhosts.go, errors.go), one command on it (exec.go), other ways there
// (transport.go), and what is done with that. Beside run.go and switch.go lies
// what they bring to a host: fence.sh and step.sh, before the scripts of a run;
// switch.sh, timer.sh, watch.sh and fire.sh for the dead-man switch. The probe
// is one script, built in probe.go from probe/*.sh and read by parse.go and
// parse_*.go.
//
// Each call makes one connection of its own and costs at most its time limit,
// wherever a host may hang. Host keys are always verified. What a host prints
// is hostile: it is bounded, and cleaned before it goes anywhere.
package host

import (
	"errors"
	"log/slog"
	"time"

	"hardenbot/actions"
)

var _ actions.Fleet = (*Client)(nil)

// Config is how to get to the hosts. Host.Route goes before it where it says
// something else.
type Config struct {
	IdentityFile   string        // private key; with IDENTITY-cert.pub beside it as its certificate, if there
	Agent          bool          // ask the agent at SSH_AUTH_SOCK, too
	KnownHosts     []string      // files as in sshd(8), SSH_KNOWN_HOSTS FILE FORMAT; one that does not exist is empty
	ConnectTimeout time.Duration // for connection and login, jumps included; 0 means 10 s
	CollectTimeout time.Duration // for Collect as a whole; 0 means 60 s
	Prelude        string        // POSIX sh put before every script; Arm calls its kept_whole, and a numbered step its note_end
	Log            *slog.Logger  // nil discards

	Transports map[string]Transport // by Host.Transport; SSH needs none
}

// Client does everything that has to be done on hosts. It holds no connection
// between calls and may be used by many goroutines.
type Client struct {
	cfg   Config
	known *knownHosts
	keys  *keyRing
	log   *slog.Logger
	state string // stateRoot, but for tests
}

// New returns a client. The files that cfg names are read when they are
// needed, and again when they have changed.
func New(cfg Config) (*Client, error) {
	if cfg.IdentityFile == "" && !cfg.Agent && len(cfg.Transports) == 0 {
		return nil, errors.New("SSH needs a key: name an identity file or allow the agent")
	}
	if len(cfg.KnownHosts) == 0 {
		return nil, errors.New("SSH needs at least one known_hosts file to verify the hosts with")
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 10 * time.Second
	}
	if cfg.CollectTimeout == 0 {
		cfg.CollectTimeout = 60 * time.Second
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Client{cfg: cfg, known: newKnownHosts(cfg.KnownHosts, cfg.Log), keys: newKeyRing(), log: cfg.Log, state: stateRoot}, nil
}
