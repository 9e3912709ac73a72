package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"hardenbot/cmd/hardenbot/demo"
)

// demoFlags are those of the demo.
type demoFlags struct {
	fleet, listen, store string
	script, quit         bool
}

func (p *program) demoCommand() *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Try the bot in the browser: a workspace, four servers and an AWS account, all on this machine",
		Long: `Try the bot in the browser: a workspace that speaks like Slack, four simulated
servers, and an AWS account, in this process and on loopback addresses only. The
bot between them is the one that "serve" starts. It needs no root, no network
and no accounts.

--fleet lab takes the hosts of the lab (deploy/lab) instead, by the
configuration that HARDENBOT_CONFIG names.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.demo(cmd.Context(), f) },
	}
	cmd.Flags().StringVar(&f.fleet, "fleet", "simulated", "the hosts: simulated or lab")
	cmd.Flags().StringVar(&f.listen, "listen", "127.0.0.1:8642", "where the browser finds the workspace, on a loopback address")
	cmd.Flags().StringVar(&f.store, "store", "", "keep the bot's store in this file; a fresh one is made and removed otherwise")
	cmd.Flags().BoolVar(&f.script, "script", false, "play the story of an audit by itself")
	cmd.Flags().BoolVar(&f.quit, "quit", false, "end when the story has been played")
	return cmd
}

func (p *program) demo(ctx context.Context, f demoFlags) error {
	o := demo.Options{Listen: f.listen, Store: f.store, Log: slog.New(slog.DiscardHandler)}
	switch f.fleet {
	case "simulated":
		if err := demoAWS(); err != nil {
			return err
		}
	case "lab":
		o.Lab = p.configFile
	default:
		return usage(fmt.Errorf("there is no fleet %q: there are simulated and lab", f.fleet))
	}
	world, err := demo.Start(o)
	if err != nil {
		return err
	}
	defer world.Close()
	world.Introduce(p.stdout)
	play := func(context.Context) error { return nil }
	if f.script {
		play = func(ctx context.Context) error { return world.Play(ctx, demo.Story, p.stdout) }
	}
	return p.demoBot(ctx, world, play, f.script && f.quit)
}

// demoBot runs the bot as serve does, and play beside it. Where that fails, or
// quit says so, its end is the bot's.
func (p *program) demoBot(ctx context.Context, world *demo.World, play func(context.Context) error, quit bool) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	bot := &program{stdout: p.stdout, stderr: io.Discard, getenv: world.Getenv, configFile: world.Config}
	if p.verbose {
		bot.stderr, bot.verbose = p.stderr, true
	}
	played := make(chan error, 1)
	go func() {
		err := play(ctx)
		if err != nil || quit {
			defer stop()
		}
		played <- err
	}()
	served := bot.serve(ctx)
	stop()
	return errors.Join(unlessStopped(served), unlessStopped(<-played))
}

// unlessStopped leaves out what only says that somebody has stopped the demo.
func unlessStopped(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// demoEnvironment keeps the bot of the demo from every account but its own.
var demoEnvironment = map[string]string{
	"AWS_ACCESS_KEY_ID": "demo", "AWS_SECRET_ACCESS_KEY": "demo", "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_CA_BUNDLE": "",
	"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true",
	"AWS_ROLE_ARN": "", "AWS_WEB_IDENTITY_TOKEN_FILE": "", "AWS_ENDPOINT_URL": "",
}

func demoAWS() error {
	var all error
	for name, value := range demoEnvironment {
		all = errors.Join(all, os.Setenv(name, value))
	}
	return all
}
