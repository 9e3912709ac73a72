package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"hardenbot/actions"
	"hardenbot/actions/remedies"
)

func (p *program) catalogueCommand() *cobra.Command {
	var as format
	cmd := &cobra.Command{
		Use:   "catalogue",
		Short: "Print the weaknesses that hardenbot knows, most urgent first",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			if as == asJSON {
				return writeJSON(p.stdout, catalogueEntries(remedies.All()))
			}
			return catalogueTable(p.stdout, remedies.All())
		},
	}
	addFormat(cmd, &as)
	return cmd
}

// catalogueEntry is a remedy as `catalogue --format json` prints it.
type catalogueEntry struct {
	ID         string        `json:"id"`
	Layer      actions.Layer `json:"layer"`
	Title      string        `json:"title"`
	Why        string        `json:"why"`
	References []string      `json:"references"`
	Fix        bool          `json:"fix"`
	ReportOnly string        `json:"report_only"` // why there is no fix
}

func catalogueEntries(all []actions.Remedy) []catalogueEntry {
	list := make([]catalogueEntry, len(all))
	for i, r := range all {
		list[i] = catalogueEntry{
			ID: r.ID, Layer: r.Layer, Title: r.Title, Why: r.Why,
			References: append([]string{}, r.References...), Fix: r.Plan != nil, ReportOnly: r.ReportOnly,
		}
	}
	return list
}

func catalogueTable(w io.Writer, all []actions.Remedy) error {
	var b strings.Builder
	for _, layer := range actions.Layers {
		heading := strings.ToUpper(string(layer)) + "\n"
		for _, r := range all {
			if r.Layer != layer {
				continue
			}
			b.WriteString(heading)
			heading = ""
			b.WriteString(indented(fmt.Sprintf("  %-22s ", r.ID), r.Title))
			blanks := strings.Repeat(" ", 25)
			b.WriteString(indented(blanks, r.Why))
			if r.Plan == nil {
				b.WriteString(indented(blanks, "Reported only: "+r.ReportOnly))
			}
			b.WriteString(indented(blanks, strings.Join(r.References, "; ")))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
