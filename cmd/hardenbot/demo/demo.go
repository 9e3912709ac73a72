// Package demo is a world for hardenbot on one machine: a Slack-compatible
// workspace with its page for the browser, four simulated servers behind a jump
// host, and an AWS account that they are instances of.
//
//	browser ──► page ── workspace ◄── Slack's wire protocol ──► hardenbot serve
//	                                                              │        │
//	       AWS account (awsfake) ◄── AWS API ─────────────────────┘        │
//	       bastion ◄── SSH ────────────────────────────────────────────────┘
//	          └──► web-1 … web-4 (simhost)
//
// In comes where to listen and where to keep things. Out comes a configuration
// file with its secrets, as people write them; the bot that is started with them
// is the one that serves real teams, and knows of no demo. script.go plays the
// story by itself.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"hardenbot/bot/workspace"
	"hardenbot/bot/workspace/page"
)

// Options say what the world is like.
type Options struct {
	Listen string // address of the page; a loopback one
	Store  string // the bot's store; empty: a fresh one that is gone in the end
	Lab    string // configuration file of the lab, whose hosts take the place of the simulated ones; empty without
	Log    *slog.Logger
}

// World is a running world.
type World struct {
	URL       string // of the page
	Config    string // path of the configuration file
	Workspace *workspace.Workspace

	dir    string
	closes []func()
}

// Start makes a world. Close it, after the bot has ended.
func Start(o Options) (*World, error) {
	dir, err := os.MkdirTemp("", "hardenbot-demo-")
	if err != nil {
		return nil, err
	}
	w := &World{dir: dir}
	w.closes = append(w.closes, func() { _ = os.RemoveAll(dir) })
	if err := w.start(o); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

func (w *World) start(o Options) error {
	if err := w.slack(o); err != nil {
		return err
	}
	c := config{API: w.Workspace.APIURL(), Store: o.Store}
	if c.Store == "" {
		c.Store = filepath.Join(w.dir, "hardenbot.db")
	}
	if o.Lab != "" {
		return w.lab(o.Lab, c)
	}
	return w.simulated(c)
}

// Close ends the world.
func (w *World) Close() {
	for i := len(w.closes) - 1; i >= 0; i-- {
		w.closes[i]()
	}
	w.closes = nil
}

// slack serves the workspace and its page.
func (w *World) slack(o Options) error {
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return fmt.Errorf("the page cannot be served at %s: %w; name another address with --listen", o.Listen, err)
	}
	if ip := listener.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() {
		_ = listener.Close()
		return fmt.Errorf("the page has no login, so it is served on a loopback address only, and %s is none", o.Listen)
	}
	w.URL = "http://" + listener.Addr().String()
	w.Workspace, err = workspace.New(team(w.URL, o.Log))
	if err != nil {
		_ = listener.Close()
		return err
	}
	w.serve(listener, page.New(w.Workspace, page.Options{Notes: notes, Usages: usages}))
	w.closes = append(w.closes, w.Workspace.Close)
	return nil
}

// serve serves until the world ends.
func (w *World) serve(listener net.Listener, handler http.Handler) {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	w.closes = append(w.closes, func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if errors.Is(server.Shutdown(ctx), context.DeadlineExceeded) {
			_ = server.Close() // streams to browsers do not end by themselves
		}
		<-ended
	})
}

func (w *World) write(name, text string) error {
	return os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600)
}

// Getenv is the bot's environment: Slack's secrets, and nothing that would lead
// it to an account of whoever runs the demo.
func (w *World) Getenv(name string) string {
	return map[string]string{
		"HARDENBOT_SLACK_BOT_TOKEN": botToken, "HARDENBOT_SLACK_APP_TOKEN": appToken,
	}[name]
}

// Introduce tells people where to look and what to type.
func (w *World) Introduce(out io.Writer) {
	fmt.Fprintf(out, `The demo workspace is at %s

  1. Open it in a browser. You are alice, who may ask for fixes.
  2. Type   /harden scan web-*
     and look at what is wrong with the four servers, the most urgent first.
  3. Press Fix… on a finding, and read the plan.
  4. Become bob (top left), who may approve, and approve it. You may not approve your own.
  5. Watch the thread. Then type   /harden posture   and   /harden audit

Nothing leaves this machine, and all of it is gone when you press Ctrl-C.
`, w.URL)
}
