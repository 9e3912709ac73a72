package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/user"
	"time"

	"github.com/spf13/cobra"

	"hardenbot/actions"
	"hardenbot/actions/inventory"
	"hardenbot/actions/remedies"
	"hardenbot/store"
)

func (p *program) scanCommand() *cobra.Command {
	var as format
	var noStore bool
	cmd := &cobra.Command{
		Use:   "scan PATTERN",
		Short: "Scan hosts and print what was found; this only reads",
		Long: `Scan the hosts that PATTERN names and print what was found, most urgent first.
Nothing is changed on the hosts.

Patterns: web-*   web-[1-3]   web-{1..4}.prod   @group   web-*,!web-3

The scan is kept in the store and in the audit trail. While the bot runs it
holds the store; then the scan is printed only, and standard error says so.
What is waived is shown as waived; without the store it is shown as open.

The exit status is 3 when hosts could not be scanned, or only in part, or when
hosts may be missing, because the inventory is not up to date or has instances
that cannot be hosts.`,
		Args: onePattern,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.scan(cmd.Context(), args[0], as, noStore)
		},
	}
	addFormat(cmd, &as)
	cmd.Flags().BoolVar(&noStore, "no-store", false, "do not open the store: do not keep the scan or audit it, and know no waivers")
	return cmd
}

func onePattern(_ *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return errors.New("scan needs a pattern of hosts, for example: hardenbot scan 'web-*'")
	case 1:
		return nil
	}
	return errors.New("scan takes one pattern: put it in quotes, and commas between its parts, for example 'web-1,web-2'")
}

func (p *program) scan(ctx context.Context, pattern string, as format, noStore bool) error {
	cfg, err := p.loadConfig()
	if err != nil {
		return err
	}
	log := p.log(false)
	inv, client, err := p.openInventory(ctx, cfg, log)
	if err != nil {
		return err
	}
	hosts, err := inv.Select(ctx, pattern)
	if err != nil {
		return usage(err)
	}
	whole := p.sayMissing(inv.Status(), pattern)
	fleet, err := cfg.fleet(inv, client, log)
	if err != nil {
		return usage(err)
	}
	who, err := terminalUser()
	if err != nil {
		return err
	}
	ledger, done, err := p.scanLedger(cfg.Store, noStore)
	if err != nil {
		return err
	}
	defer done()
	scanner := actions.Scanner{
		Fleet: fleet, Catalogue: remedies.All(), Ledger: ledger,
		Parallel: cfg.SSH.Parallel, Now: time.Now,
	}
	scan, err := scanner.Scan(ctx, actions.ScanRequest{Pattern: pattern, Hosts: hosts, Actor: who})
	if err != nil {
		return err
	}
	for _, doubt := range scan.Doubts { // those of the inventory are said in full already
		p.say("%s", doubt)
		whole = false
	}
	return p.printScan(scan, as, whole)
}

// sayMissing says which hosts may be missing in a scan of the pattern. It
// reports whether all hosts are known that there are.
func (p *program) sayMissing(s inventory.Status, pattern string) (whole bool) {
	doubt := s.Doubt()
	if doubt != "" {
		p.say("%s", doubt)
	}
	if away := s.LeftOut(pattern); len(away) > 0 {
		p.say("left out because they do not run: %s", someAway(away))
	}
	unfit := s.Unfit(pattern)
	for _, why := range unfit {
		p.say("%s", why)
	}
	return doubt == "" && len(unfit) == 0
}

func someAway(away []inventory.Away) string {
	says := make([]string, len(away))
	for i, a := range away {
		says[i] = a.String()
	}
	return count(len(away), "host") + ": " + some(says, 10)
}

func (p *program) printScan(scan actions.Scan, as format, whole bool) error {
	show := scanTable
	if as == asJSON {
		show = scanJSON
	}
	if err := show(p.stdout, scan); err != nil {
		return fmt.Errorf("print the scan: %w", err)
	}
	if scan.Incomplete() > 0 || !whole {
		return exit{status: exitIncomplete}
	}
	return nil
}

// scanLedger opens the store. A scan only reads, so it does not fail because
// the bot holds the store; it says that it is not kept instead.
func (p *program) scanLedger(path string, noStore bool) (actions.Ledger, func(), error) {
	if noStore {
		return discard{}, func() {}, nil
	}
	s, err := store.Open(path, store.Options{LockWait: 300 * time.Millisecond})
	switch {
	case errors.Is(err, store.ErrInUse):
		p.say("a running hardenbot holds the store: this scan is printed, but neither kept nor audited, and shows what is waived as open")
		return discard{}, func() {}, nil
	case err != nil:
		return nil, nil, fmt.Errorf("%w (--no-store scans without it)", err)
	}
	if s.New() {
		p.say("a new store was made: %s", path)
	}
	return s, func() { closing(s, p) }, nil
}

func closing(c io.Closer, p *program) {
	if err := c.Close(); err != nil {
		p.say("the store could not be closed: %s", err)
	}
}

// terminalUser is who the operating system says is at the terminal.
func terminalUser() (actions.Person, error) {
	me, err := user.Current()
	if err != nil {
		return actions.Person{}, fmt.Errorf("find out who runs hardenbot, for the audit trail: %w", err)
	}
	return actions.Person{ID: "cli:" + me.Username, Name: me.Username}, nil
}
