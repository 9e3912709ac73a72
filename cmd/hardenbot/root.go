package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"hardenbot/actions"
	"hardenbot/actions/cloud"
	"hardenbot/actions/inventory"
)

// program is what the subcommands have in common.
type program struct {
	stdout, stderr io.Writer
	getenv         func(string) string

	configFile string
	verbose    bool
	started    bool // the command line was understood
}

const defaultConfig = "/etc/hardenbot/hardenbot.yaml"

func (p *program) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "hardenbot",
		Short: "Hardens Linux servers from Slack",
		Long: `hardenbot scans Linux servers over SSH, and as a Slack bot executes the fixes
that a second engineer approves.`,
		Args:               noArguments,
		SilenceErrors:      true,
		SilenceUsage:       true,
		DisableSuggestions: true, // they would take a second line
		RunE:               func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRun:   func(*cobra.Command, []string) { p.started = true },
	}
	root.PersistentFlags().StringVar(&p.configFile, "config", cmp.Or(p.getenv("HARDENBOT_CONFIG"), defaultConfig),
		"configuration file; HARDENBOT_CONFIG names another default")
	root.PersistentFlags().BoolVarP(&p.verbose, "verbose", "v", false, "log what happens to standard error")
	root.AddCommand(
		p.serveCommand(),
		p.stepUpCommand(),
		p.scanCommand(),
		p.waiversCommand(),
		p.auditCommand(),
		p.catalogueCommand(),
		p.configCommand(),
		p.versionCommand(),
		p.demoCommand(),
	)
	return root
}

// noArguments refuses arguments in one sentence.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("%s knows no %q: see %[1]s --help", cmd.CommandPath(), args[0])
}

// group is a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(commands...)
	return cmd
}

// loadConfig reads the configuration and says its warnings.
func (p *program) loadConfig() (*Config, error) {
	cfg, err := LoadConfig(p.configFile)
	if err != nil {
		return nil, usage(err)
	}
	for _, w := range cfg.Warnings {
		p.say("%s", w)
	}
	return cfg, nil
}

// openInventory opens the way to AWS, if there is one, and the inventory. It
// asks neither AWS nor a host yet.
func (p *program) openInventory(ctx context.Context, cfg *Config, log *slog.Logger) (*inventory.Live, *cloud.Client, error) {
	client, err := cfg.cloud(ctx)
	if err != nil {
		return nil, nil, usage(err)
	}
	inv, err := cfg.inventory(client, log)
	return inv, client, err
}

// inspect says what is wrong with the files that the configuration names. It
// returns how many warnings there were, those of loadConfig among them.
func (p *program) inspect(cfg *Config, hosts []actions.Host) (warnings int, err error) {
	problems, says := cfg.Inspect(hosts)
	for _, w := range says {
		p.say("%s", w)
	}
	if len(problems) > 0 {
		return 0, usage(problems)
	}
	return len(cfg.Warnings) + len(says), nil
}

// log returns where hardenbot logs to: standard error, or nowhere for
// commands that people wait for, unless they asked for it.
func (p *program) log(always bool) *slog.Logger {
	switch {
	case p.verbose:
		return slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	case always:
		return slog.New(slog.NewTextHandler(p.stderr, nil))
	}
	return slog.New(slog.DiscardHandler)
}

// format is the value of --format.
type format string

const (
	asTable format = "table"
	asJSON  format = "json"
)

func (f *format) String() string { return string(*f) }
func (f *format) Type() string   { return "table|json" }

func (f *format) Set(s string) error {
	switch format(s) {
	case asTable, asJSON:
		*f = format(s)
		return nil
	}
	return fmt.Errorf("there are table and json")
}

func addFormat(cmd *cobra.Command, to *format) {
	*to = asTable
	cmd.Flags().Var(to, "format", "table for people, json for programs")
	// The names of formats are fixed; completing them cannot fail.
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{string(asTable), string(asJSON)}, cobra.ShellCompDirectiveNoFileComp))
}
