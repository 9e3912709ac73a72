// Package simhost is Debian servers inside the process: for the demo, and for
// tests without a network, root or containers.
//
//	SSH client ── TCP on 127.0.0.1 ──► sshd ── exec ──► shell ──► commands
//	                                     │                │           │
//	                                     └── follows ◄── files ◄── state: units,
//	                                                              packages, journal
//
// In come the very commands and scripts that are sent to real hosts; out comes
// what a host with this state would answer. A shell interpreter runs the
// scripts (shell.go, rewrite.go), over a file system that is a temporary
// directory (files.go), and each program that they call is a Go function
// (commands.go lists them, cmd_*.go are their families). No program of this
// machine is ever run, and no file outside of the directory is opened.
//
// The state is true: sshd lets in whom its files let in once it has read them
// (sshd.go), an upgrade changes what dpkg tells and leaves services with the old
// library until they are restarted (packages.go), a timer fires (units.go). What
// is not simulated fails loudly, as a command that is not found or as one that
// says so.
package simhost

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// Config is a host as it begins.
type Config struct {
	Name     string
	Address  string // its private address, which it shows in ss and SSH_CONNECTION
	From     string // the address that all connections seem to come from
	Instance string // its id on EC2; empty elsewhere
	Kernel   string // empty is a kernel of Debian 12
	Accounts []Account
	Units    []Unit // ssh.service comes by itself
	Packages []Package
	Files    map[string]string // more than what every host has, by their paths
	Logins   []Login
	Sleep    func(time.Duration) time.Duration // how long sleep(1) really takes; nil is as long as it says
}

// Login is one of the past.
type Login struct {
	User, Method string // publickey or password
	Ago          time.Duration
}

// Host is a running host.
type Host struct {
	Name string

	cfg      Config
	commands map[string]command
	dir      string
	booted   time.Time
	files    *files
	procs    processes
	units    *units
	packages *packages
	journal  journal
	fail2ban *fail2ban
	sshd     *sshd

	state   sync.Mutex // of units and packages; see alone
	locks   sync.Map   // path → chan struct{}
	ctx     context.Context
	end     context.CancelFunc
	running sync.WaitGroup
}

// Start makes a host in a temporary directory of its own and starts its
// services. Close it.
func Start(cfg Config) (*Host, error) {
	dir, err := os.MkdirTemp("", "simhost-")
	if err != nil {
		return nil, err
	}
	if cfg.Sleep == nil {
		cfg.Sleep = func(d time.Duration) time.Duration { return d }
	}
	if cfg.Kernel == "" {
		cfg.Kernel = "6.1.0-37-cloud-amd64"
	}
	ctx, end := context.WithCancel(context.Background())
	h := &Host{Name: cfg.Name, cfg: cfg, commands: commands(), dir: dir, booted: time.Now().Add(-90 * 24 * time.Hour), ctx: ctx, end: end}
	h.procs.all = map[int]*process{}
	h.units = &units{h: h, all: map[string]*unit{}}
	h.packages = newPackages(cfg.Packages)
	h.fail2ban = &fail2ban{h: h, failed: map[string]int{}}
	if h.files, err = newFiles(dir); err == nil {
		err = h.boot()
	}
	if err != nil {
		h.Close()
		return nil, fmt.Errorf("host %s cannot be made: %w", cfg.Name, err)
	}
	return h, nil
}

// Port is where sshd listens, on 127.0.0.1.
func (h *Host) Port() int {
	h.sshd.mu.Lock()
	defer h.sshd.mu.Unlock()
	return h.sshd.port
}

// HostKey is the key that it proves itself with.
func (h *Host) HostKey() ssh.PublicKey { return h.sshd.key.PublicKey() }

// Dir is the directory of this machine that is the host's root.
func (h *Host) Dir() string { return h.dir }

// Read returns the text of a file of the host.
func (h *Host) Read(name string) (string, error) {
	raw, err := h.files.read(path.Clean(name))
	return string(raw), err
}

// Write makes a file on the host, as somebody who works on it would.
func (h *Host) Write(name, text string, mode fs.FileMode) error {
	return h.files.write(path.Clean(name), text, mode)
}

// Systemctl does to units what systemctl does, as root.
func (h *Host) Systemctl(args ...string) (said string, status int) {
	var out strings.Builder
	p := &process{h: h, pid: 1, fds: nil, mask: 0o022}
	c := &call{process: p, ctx: h.ctx, args: append([]string{"systemctl"}, args...), in: strings.NewReader(""), out: &out, err: &out, dir: "/"}
	status = c.run()
	return out.String(), status
}

// Close stops everything and removes the directory. Nothing of the host runs
// after that.
func (h *Host) Close() {
	h.end()
	if h.sshd != nil {
		h.sshd.stop()
		h.sshd.hangUp()
	}
	h.running.Wait()
	if h.files != nil {
		_ = h.files.root.Close()
	}
	_ = os.RemoveAll(h.dir) // what cannot be removed is temporary anyway
}

// lock takes the lock of a file.
func (h *Host) lock(ctx context.Context, name string) (release func(), err error) {
	held, _ := h.locks.LoadOrStore(name, make(chan struct{}, 1))
	turn := held.(chan struct{})
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// must is for what cannot fail while the directory is there; when it does, the
// host is broken and says so.
func (h *Host) must(err error) {
	if err != nil && h.ctx.Err() == nil {
		h.journal.add("", "the simulated host is broken: "+err.Error())
	}
}

// Address is its private address, as it shows it itself.
func (h *Host) Address() string { return h.cfg.Address }

// Instance is its id on EC2.
func (h *Host) Instance() string { return h.cfg.Instance }
