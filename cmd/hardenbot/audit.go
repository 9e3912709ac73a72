package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hardenbot/actions"
	"hardenbot/store"
)

func (p *program) auditCommand() *cobra.Command {
	return group("audit", "Read and verify the audit trail", p.auditListCommand(), p.auditVerifyCommand())
}

func (p *program) auditListCommand() *cobra.Command {
	var as format
	var since string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Print the audit trail, oldest entry first",
		Long: `Print the audit trail, oldest entry first. --format json prints one object a
line. The bot holds the store while it runs: stop it first, or read a backup.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			from, err := actions.ParseSince(since, time.Now())
			if err != nil {
				return usage(fmt.Errorf("--since: %w", err))
			}
			return p.readStore(func(s *store.Store) error { return p.auditList(cmd.Context(), s, from, as) })
		},
	}
	addFormat(cmd, &as)
	cmd.Flags().StringVar(&since, "since", "", "leave out what is older: a time span (24h, 30d), a date, or a time (RFC 3339)")
	return cmd
}

func (p *program) auditVerifyCommand() *cobra.Command {
	var heads []string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check that no entry of the audit trail was altered, removed or moved",
		Long: `Check that no entry of the audit trail was altered, removed or moved. The first
one that was is named, and the exit status is 1.

A trail that somebody rewrote as a whole is found out by a head that was kept
elsewhere: verify prints the head, --head compares with it.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			known := make([]store.Head, len(heads))
			for i, text := range heads {
				var err error
				if known[i], err = store.ParseHead(text); err != nil {
					return usage(err)
				}
			}
			return p.readStore(func(s *store.Store) error { return p.auditVerify(cmd.Context(), s, known) })
		},
	}
	cmd.Flags().StringArrayVar(&heads, "head", nil, "a head that was kept elsewhere, as SEQ:HASH; can be given several times")
	return cmd
}

// readStore opens the configured store for reading.
func (p *program) readStore(do func(*store.Store) error) error {
	cfg, err := p.loadConfig()
	if err != nil {
		return err
	}
	s, err := store.OpenReadOnly(cfg.Store, store.Options{LockWait: time.Second})
	if err != nil {
		return err
	}
	defer closing(s, p)
	return do(s)
}

func (p *program) auditVerify(ctx context.Context, s *store.Store, known []store.Head) error {
	report, err := s.Verify(ctx, known...)
	if err != nil {
		return err
	}
	if d := report.Damage; d != nil {
		return fmt.Errorf("the audit trail is not as it was written: %s", d.Says)
	}
	_, err = fmt.Fprintf(p.stdout, "The audit trail is whole: %s. Its head is %s\n", entries(report.Entries), report.Head)
	return err
}

func entries(n uint64) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

func (p *program) auditList(ctx context.Context, s *store.Store, from time.Time, as format) error {
	show := auditTable
	if as == asJSON {
		show = auditJSON
	}
	return s.Since(ctx, from, func(e actions.Entry) error { return show(p.stdout, e) })
}

// auditJSON writes the entry on one line, with its hash.
func auditJSON(w io.Writer, e actions.Entry) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(struct {
		actions.Entry
		Hash string `json:"hash"`
	}{e, e.Hash})
}

func auditTable(w io.Writer, e actions.Entry) error {
	var b strings.Builder
	first := fmt.Sprintf("%6d  %s  ", e.Seq, e.At.UTC().Format("2006-01-02 15:04:05Z"))
	parts := []string{e.Action, e.Subject, e.Host, "by " + e.Actor.ID}
	if e.Actor.Name != "" && e.Actor.Name != e.Actor.ID && !strings.HasSuffix(e.Actor.ID, ":"+e.Actor.Name) {
		parts = append(parts, "("+e.Actor.Name+")")
	}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	b.WriteString(indented(first, printable(strings.Join(parts, " "), 500)))
	for _, key := range sortedKeys(e.Detail) {
		if e.Detail[key] != "" {
			b.WriteString(indented(strings.Repeat(" ", 10), printable(key, 100)+": "+printable(e.Detail[key], 1000)))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
