package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hardenbot/actions"
	"hardenbot/store"
)

func (p *program) waiversCommand() *cobra.Command {
	var as format
	var all bool
	cmd := &cobra.Command{
		Use:   "waivers",
		Short: "List the findings that are accepted for a time, and those that people ask to accept",
		Long: `List the waivers that hold and those that wait for approval, by which ends first.
--format json prints one object a line. The bot holds the store while it runs:
stop it first, or read a backup.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.readStore(func(s *store.Store) error { return p.waivers(cmd.Context(), s, all, as, time.Now()) })
		},
	}
	addFormat(cmd, &as)
	cmd.Flags().BoolVar(&all, "all", false, "list those too that have ended, were denied, withdrawn, or not decided in time")
	return cmd
}

func (p *program) waivers(ctx context.Context, l actions.Ledger, all bool, as format, now time.Time) error {
	list, err := actions.AllWaivers(ctx, l, now, func(w actions.Waiver) bool {
		state := w.Standing(now)
		return all || state == actions.WaiverWaiting || state == actions.WaiverApproved
	})
	if err != nil {
		return err
	}
	show := waiverTable
	if as == asJSON {
		show = waiverJSON
	} else if len(list) == 0 {
		p.say("there are no waivers")
	}
	for _, w := range list {
		w.State = w.Standing(now)
		if err := show(p.stdout, w); err != nil {
			return fmt.Errorf("print the waivers: %w", err)
		}
	}
	return nil
}

// waiverJSON writes the waiver on one line, as it is kept.
func waiverJSON(w io.Writer, waiver actions.Waiver) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(waiver)
}

func waiverTable(w io.Writer, waiver actions.Waiver) error {
	what := waiver.Remedy
	switch {
	case waiver.Whole:
		what += ", all that it finds"
	case waiver.Subject != "":
		what += ", " + waiver.Subject
	}
	var b strings.Builder
	add := func(text string) { b.WriteString(indented(strings.Repeat(" ", 12), text)) }
	b.WriteString(indented(waiver.ID+"  ", fmt.Sprintf("%s  %s  [%s]", waiver.State, printable(waiver.Title, 200), printable(what, 200))))
	add("hosts: " + printable(some(waiver.Hosts, 20), 2000))
	add(fmt.Sprintf("until %s, owned by %s, asked for by %s", minute(waiver.Until), person(waiver.Owner), person(waiver.Requester)))
	add("reason: " + printable(waiver.Reason, actions.MaxReason))
	for _, d := range waiver.Decided {
		add(fmt.Sprintf("%s by %s, %s%s", decided(d.Yes), person(d.Who), minute(d.At), because(d.Reason)))
	}
	if waiver.EndedBy != nil {
		add(fmt.Sprintf("%s by %s, %s", waiver.State, person(*waiver.EndedBy), minute(waiver.EndedAt)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func decided(yes bool) string {
	if yes {
		return "approved"
	}
	return "denied"
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + printable(reason, actions.MaxReason)
}

// person is somebody's ID, and the name if there is one.
func person(who actions.Person) string {
	if who.Name == "" || who.Name == who.ID {
		return printable(who.ID, 80)
	}
	return printable(fmt.Sprintf("%s (%s)", who.ID, who.Name), 160)
}

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04Z") }
