package main

import (
	"encoding/json"
	"io"
	"time"

	"hardenbot/actions"
)

// scanResult is what `scan --format json` prints. Programs read it: keys are
// added, never renamed or removed, and all of them are always there.
type scanResult struct {
	ID       string          `json:"scan_id"`
	Started  time.Time       `json:"started"`
	Finished time.Time       `json:"finished"`
	Hosts    []hostResult    `json:"hosts"`
	Findings []findingResult `json:"findings"` // in order of priority
}

type hostResult struct {
	Name    string             `json:"name"`
	Address string             `json:"address"`
	Status  actions.HostStatus `json:"status"`
	Error   string             `json:"error"`
	OS      string             `json:"os"`
}

type findingResult struct {
	ID       string         `json:"id"`
	Remedy   string         `json:"remedy"`
	Layer    actions.Layer  `json:"layer"`
	Priority int            `json:"priority"`
	Host     string         `json:"host"`
	Title    string         `json:"title"`
	Evidence []string       `json:"evidence"`
	Status   actions.Status `json:"status"`

	Waiver *actions.WaivedBy `json:"waiver"` // null unless the status is waived
}

func scanJSON(w io.Writer, scan actions.Scan) error {
	result := scanResult{
		ID: scan.ID, Started: scan.Started, Finished: scan.Finished,
		Hosts: []hostResult{}, Findings: []findingResult{},
	}
	for _, h := range scan.Hosts {
		result.Hosts = append(result.Hosts, hostResult(h))
	}
	for _, f := range scan.Findings {
		result.Findings = append(result.Findings, findingResult{
			ID: f.ID, Remedy: f.Remedy, Layer: f.Layer, Priority: f.Priority,
			Host: f.Host, Title: f.Title, Evidence: append([]string{}, f.Evidence...), Status: f.Status, Waiver: f.Waiver,
		})
	}
	return writeJSON(w, result)
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
