package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"hardenbot/actions"
	"hardenbot/actions/cloud"
	"hardenbot/actions/factor"
	"hardenbot/actions/guards"
	"hardenbot/actions/remedies"
	"hardenbot/bot"
	"hardenbot/store"
)

func (p *program) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run the Slack bot until it is told to stop",
		Long: `Run the Slack bot until it is told to stop. A run that is changing hosts then
finishes the host at hand; a second signal ends hardenbot at once, and the next
start takes up what was left.

The secrets come from HARDENBOT_SLACK_BOT_TOKEN and HARDENBOT_SLACK_APP_TOKEN
(socket mode) or HARDENBOT_SLACK_SIGNING_SECRET (http mode), or from the files
that the same names with _FILE say. HARDENBOT_SLACK_SIGNING_SECRET_NEXT is
accepted, too, while the signing secret is being rotated. policy.step_up needs
HARDENBOT_SEAL_KEY, 32 random bytes in base64.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.serve(cmd.Context()) },
	}
}

func (p *program) serve(ctx context.Context) error {
	cfg, err := p.loadConfig()
	if err != nil {
		return err
	}
	if cfg.Policy == nil {
		return usage(fmt.Errorf("%s: policy is missing: without it nobody may do anything", p.configFile))
	}
	if _, err := p.inspect(cfg, cfg.Static.All()); err != nil {
		return err
	}
	keys, err := readSecrets(cfg.Slack.Mode, p.getenv)
	if err != nil {
		return usage(err)
	}
	sealKey, err := p.sealKey(cfg.Policy)
	if err != nil {
		return usage(err)
	}
	log := p.log(true)
	ledger, err := store.Open(cfg.Store, store.Options{})
	if err != nil {
		return err
	}
	defer closing(ledger, p)
	if ledger.New() {
		log.Warn("a new store was made; if hardenbot has worked here before, its plans and its audit trail are elsewhere", "store", cfg.Store)
	}
	inv, client, err := p.openInventory(ctx, cfg, log)
	if err != nil {
		return err
	}
	flow, err := cfg.flow(ledger, inv, client, log)
	if err != nil {
		return usage(err)
	}
	flow.Auditor = auditor{ledger}
	if sealKey != nil {
		if flow.Factors, err = factor.New(ledger, sealKey, "hardenbot", time.Now); err != nil {
			return usage(err)
		}
	}
	go inv.Refresh(ctx) // the bot starts without its answer, and errors are logged
	return runBot(ctx, cfg, keys, flow, log)
}

// flow is everything that acts on hosts and on the ledger. It knows nothing of
// Slack but in which form the bot reads the audit trail.
type flow struct {
	Ledger    actions.Ledger
	Catalogue []actions.Remedy
	Inventory actions.Inventory
	Policy    actions.Policy
	Scanner   actions.Scanner
	Planner   actions.Planner
	Approver  actions.Approver
	Roller    actions.Roller
	Auditor   bot.Auditor
	Factors   *factor.Keeper // nil where no policy wants a second factor
}

// flow wires the parts together.
func (c *Config) flow(ledger actions.Ledger, inv actions.Inventory, client *cloud.Client, log *slog.Logger) (flow, error) {
	fleet, err := c.fleet(inv, client, log)
	if err != nil {
		return flow{}, err
	}
	catalogue := remedies.All()
	return flow{
		Ledger: ledger, Catalogue: catalogue, Inventory: inv, Policy: *c.Policy,
		Scanner: actions.Scanner{
			Fleet: fleet, Catalogue: catalogue, Ledger: ledger,
			Parallel: c.SSH.Parallel, Now: time.Now,
		},
		Planner: actions.Planner{
			Fleet: fleet, Catalogue: catalogue, Guards: guards.All(), Prelude: remedies.PreludeDigest,
			Ledger: ledger, Policy: *c.Policy, Rollout: c.Rollout, Parallel: c.SSH.Parallel, Now: time.Now,
		},
		Approver: actions.Approver{Ledger: ledger, Policy: *c.Policy, Calendar: c.Calendar, Now: time.Now},
		Roller: actions.Roller{
			Fleet: fleet, Catalogue: catalogue, Guards: guards.All(), Prelude: remedies.PreludeDigest,
			Ledger: ledger, ProofTime: c.ProofTime, Now: time.Now,
			Provider: provider(client), Rotation: c.rotation(client), Calendar: c.Calendar,
		},
	}, nil
}

// runBot runs the Slack face until ctx ends.
func runBot(ctx context.Context, cfg *Config, keys secrets, f flow, log *slog.Logger) error {
	var b *bot.Bot
	f.Roller.Watch = func(run actions.Run) { b.Watch(run) } // no run goes on before b is there
	botConfig := bot.Config{
		Mode: cfg.Slack.Mode, APIURL: cfg.Slack.APIURL, Listen: cfg.Slack.Listen,
		BotToken: keys.BotToken, AppToken: keys.AppToken, SigningSecret: keys.SigningSecret, NextSecret: keys.NextSecret,
		Policy: f.Policy, Inventory: f.Inventory, Scanner: f.Scanner, Planner: f.Planner,
		Approver: f.Approver, Rollout: f.Roller, Ledger: f.Ledger, Catalogue: f.Catalogue, Auditor: f.Auditor,
		Notify: cfg.Notify, Remind: cfg.Remind, Logger: log, Now: time.Now,
	}
	if f.Factors != nil {
		botConfig.SecondFactor = f.Factors
	}
	b, err := bot.New(botConfig)
	if err != nil {
		return usage(err)
	}
	log.Info("hardenbot starts", "mode", cfg.Slack.Mode, "hosts", len(cfg.Static.All()), "ec2", cfg.EC2 != nil, "store", cfg.Store)
	return b.Run(ctx)
}
