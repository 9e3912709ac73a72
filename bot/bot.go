// Package bot is the Slack face of hardenbot: commands and clicks in, messages
// out. It decides nothing itself.
//
// In flow slash commands, clicks, modals, shortcuts and mentions, by Socket Mode
// or by signed HTTP requests, each acknowledged first and then handled once
// (receive.go, once.go), for full members of the workspace (admit.go, roster.go,
// groups.go). The words are parsed in command.go. What they ask for is asked of
// package actions: scans (scan.go), plans (plan.go), decisions (approve.go,
// stepup.go), runs (progress.go, control.go) and waivers (waive.go, waiver.go,
// waivers.go). Out flow messages, made by pure functions: of findings
// (message.go, summary.go, finding.go, details.go), of plans (request.go,
// changes.go, order.go, diff.go, script.go) and of runs (live.go, outcome.go,
// beforeafter.go), through a durable outbox (outbox.go, deliver.go) to Slack.
//
//	socket.go ┐                     ┌ scan.go ───── message.go ┐
//	http.go ──┴ receive.go ─ command│ plan.go ───── request.go ├ outbox.go ─ deliver.go ─ client.go
//	                                └ approve.go ─ progress.go ┘
//
// What the newest scans have told is answered without a new look (known.go):
// findings, posture.go, hosts.go, fix_command.go.
//
// What a button means is never taken from the button: the record of the
// message that it stands in says what was shown there (thread.go). What comes
// from hosts and people is escaped in one place (escape.go). A press on a message
// that is behind the times brings it up to date (stale.go). Home tabs follow what
// happens (home.go, tabs.go). What an earlier process left unfinished is told at
// the start (restart.go).
package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"hardenbot/actions"
)

// Scopes lists the OAuth scopes that the bot's token needs: hear mentions,
// post, take the slash command, and know who somebody is and who is in a user
// group of the policy.
var Scopes = []string{"app_mentions:read", "chat:write", "commands", "usergroups:read", "users:read"}

// Events lists the event subscriptions that the bot needs.
var Events = []string{"app_home_opened", "app_mention", "subteam_members_changed", "subteam_updated"}

// The ways in which Slack reaches the bot.
const (
	ModeSocket = "socket" // the bot connects out; nothing listens
	ModeHTTP   = "http"   // Slack sends signed requests
)

// Config is what a bot is made of. Everything is required, except where it
// says otherwise.
type Config struct {
	Mode          string // ModeSocket or ModeHTTP
	APIURL        string // of Slack's Web API; optional, for a server that stands in for Slack
	BotToken      string // xoxb-…
	AppToken      string // xapp-…; with ModeSocket
	SigningSecret string // with ModeHTTP
	NextSecret    string // another signing secret, accepted too; optional, while Slack's is being rotated
	Listen        string // address for HTTP; with ModeSocket it is optional, and serves health checks only

	Policy    actions.Policy
	Inventory actions.Inventory
	Scanner   actions.Scanner
	Planner   actions.Planner
	Approver  actions.Approver
	Rollout   Executor // its transitions go to Bot.Watch
	Ledger    actions.Ledger
	Catalogue []actions.Remedy
	Auditor   Auditor // of the ledger's trail; optional, /harden audit needs it

	// SecondFactor is needed where a policy wants step-up. The policies' Members
	// are set by New.
	SecondFactor secondFactor

	// Notify lists users and user groups by their IDs, who are told of each plan
	// that waits, and reminded of it once; nobody if empty.
	Notify []string

	Remind time.Duration // between two reports of a host that needs somebody; 4 h if zero

	Logger *slog.Logger     // slog.Default if nil
	Now    func() time.Time // time.Now if nil
}

// Bot is the Slack face. Its methods are safe for concurrent use.
type Bot struct {
	cfg    Config
	log    *slog.Logger
	client *client
	outbox *outbox
	gate   *gate
	roster *roster
	groups *groups

	work      *tasks // handlers, scans, plans and runs
	mail      *tasks // deliveries; they outlast the work
	recovered chan struct{}
	busy      sync.Map // keys of what is done by one at a time
	links     sync.Map // addresses of messages by where they are
	tabs      *tabs
	past      *past
	channels  sync.Map // channel by the id of a plan whose run goes on

	authorised atomic.Bool // Slack takes the token
	connected  lines       // a socket is open, or none is needed
	linked     atomic.Bool // there was a socket once
	refusals   refusals

	expiry   time.Duration // between two looks for expired plans
	revisits time.Duration // between two looks at hosts that were lost or need somebody
	stagger  time.Duration // between the openings of two sockets
	recheck  time.Duration // between two looks at a token
	pulse    time.Duration // between two looks at a run that goes on
}

// New checks the configuration. It starts nothing and asks Slack nothing.
func New(cfg Config) (*Bot, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg.Logger, cfg.Remind = cmp.Or(cfg.Logger, slog.Default()), cmp.Or(cfg.Remind, 4*time.Hour)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	client, err := newClient(cfg)
	if err != nil {
		return nil, err
	}
	b := &Bot{
		cfg: cfg, log: cfg.Logger, client: client, gate: newGate(cfg.SigningSecret, cfg.NextSecret),
		work: newTasks(), mail: newTasks(), recovered: make(chan struct{}), expiry: 15 * time.Second, revisits: 30 * time.Second,
		pulse: 10 * time.Second,
	}
	b.outbox = &outbox{
		ledger: cfg.Ledger, mail: client, log: b.log, now: cfg.Now, pace: slackPace, tasks: b.mail, lanes: map[string]*lane{},
	}
	b.tabs, b.past = newTabs(), &past{ledger: cfg.Ledger}
	b.roster = newRoster(client.api, cfg.Now)
	b.knowGroups()
	b.cfg.SecondFactor = cmp.Or[secondFactor](cfg.SecondFactor, noFactor{})
	if cfg.Mode == ModeHTTP {
		b.connected.add(true)
	}
	b.stagger, b.recheck = stagger, recheckToken
	return b, nil
}

func (cfg Config) check() error {
	switch {
	case cfg.Mode != ModeSocket && cfg.Mode != ModeHTTP:
		return fmt.Errorf("the Slack mode is %q; it must be %q or %q", cfg.Mode, ModeSocket, ModeHTTP)
	case !strings.HasPrefix(cfg.BotToken, "xoxb-"):
		return errors.New("the Slack bot token must begin with xoxb-")
	case cfg.Mode == ModeSocket && !strings.HasPrefix(cfg.AppToken, "xapp-"):
		return errors.New("the Slack app token must begin with xapp-; Socket Mode needs it")
	case cfg.Mode == ModeHTTP && (cfg.SigningSecret == "" || cfg.Listen == ""):
		return errors.New("HTTP mode needs the signing secret and an address to listen on")
	case cfg.Ledger == nil || cfg.Inventory == nil || cfg.Rollout == nil:
		return errors.New("the bot needs a ledger, an inventory and an executor")
	case cfg.Approver.Policy.StepUp != actions.StepUpNever && cfg.SecondFactor == nil:
		return errors.New("policy.step_up wants a second factor, and there is nothing to check one with")
	}
	return nil
}

// Run serves until ctx ends, which is no error, or Slack refuses the tokens
// at the start. It returns when nothing of the bot runs any more: a host that is
// being changed is finished first. Call it once.
func (b *Bot) Run(ctx context.Context) error {
	if err := b.outbox.load(ctx); err != nil {
		return err
	}
	if err := b.explainInterruptions(ctx); err != nil {
		return fmt.Errorf("look for what was interrupted: %w", err)
	}
	b.outbox.start()
	b.work.open()
	b.work.start(b.recoverRuns)
	b.work.start(b.revisit)
	b.work.start(b.remind)
	b.work.start(b.tick)
	b.work.start(b.keepHomes)
	b.work.start(b.groups.run)
	err := b.listen(ctx)
	b.work.close()
	b.outbox.drain(drainTime)
	b.mail.close()
	b.client.http.CloseIdleConnections()
	return err
}

// drainTime is how long the end waits for messages. The rest is posted after
// the next start.
const drainTime = 5 * time.Second

// listen takes what Slack sends, until ctx ends or one of the ways in fails.
func (b *Bot) listen(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return b.keepAuthorised(ctx) })
	if b.cfg.Listen != "" {
		group.Go(func() error { return b.serve(ctx) })
	}
	if b.cfg.Mode == ModeSocket {
		for n := range sockets {
			group.Go(func() error { return b.connect(ctx, n) })
		}
	}
	return group.Wait()
}

// tick marks plans whose time is up, and tidies up once an hour.
func (b *Bot) tick(ctx context.Context) {
	var tidied time.Time
	for sleep(ctx, b.expiry) {
		expired, err := b.cfg.Approver.Expire(ctx)
		if err != nil {
			b.log.Error("plans could not be expired", "err", err)
		}
		for _, plan := range expired {
			b.refresh(ctx, plan)
		}
		b.notify(ctx)
		b.announceWaivers(ctx)
		if time.Since(tidied) < time.Hour {
			continue
		}
		tidied = time.Now()
		if err := b.forget(ctx); err != nil {
			b.log.Error("old records could not be removed", "err", err)
		}
	}
}
