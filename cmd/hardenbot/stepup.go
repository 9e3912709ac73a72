package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"hardenbot/actions"
	"hardenbot/actions/factor"
	"hardenbot/store"
)

func (p *program) stepUpCommand() *cobra.Command {
	return group("step-up", "Manage the approvers' second factors", &cobra.Command{
		Use:   "reset USER",
		Short: "Take the second factor of a person away, so that another can be set up",
		Long: `Take the second factor of a person away, by Slack user ID. The person then types
/harden enrol in Slack; be sure that it is that person who asks. It is audited.
The bot holds the store while it runs: stop it first.`,
		Args: cobra.MatchAll(cobra.ExactArgs(1), func(_ *cobra.Command, args []string) error { return checkUserID(args[0]) }),
		RunE: func(cmd *cobra.Command, args []string) error { return p.resetFactor(cmd.Context(), args[0]) },
	})
}

func (p *program) resetFactor(ctx context.Context, user string) error {
	cfg, err := p.loadConfig()
	if err != nil {
		return err
	}
	by, err := terminalUser()
	if err != nil {
		return err
	}
	ledger, err := store.Open(cfg.Store, store.Options{LockWait: time.Second})
	if err != nil {
		return err
	}
	defer closing(ledger, p)
	err = factor.Reset(ctx, ledger, by, user)
	if errors.Is(err, actions.ErrNotFound) {
		return fmt.Errorf("%s has no second factor in %s", user, cfg.Store)
	}
	if err != nil {
		return fmt.Errorf("take the second factor of %s away: %w", user, err)
	}
	_, err = fmt.Fprintf(p.stdout, "The second factor of %s is taken away. /harden enrol sets up another.\n", user)
	return err
}

// sealKey reads the key for second factors, if the policy wants any.
func (p *program) sealKey(policy *actions.Policy) ([]byte, error) {
	if policy.StepUp == actions.StepUpNever {
		return nil, nil
	}
	return readSealKey(p.getenv)
}
