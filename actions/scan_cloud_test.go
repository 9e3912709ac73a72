package actions_test

import (
	"context"
	"strings"
	"testing"

	"hardenbot/actions"
)

// asking is a fleet that asks a cloud, too.
type asking struct{ actions.Collector }

func (a asking) Prepare(context.Context, []actions.Host) actions.Collector { return a.Collector }

// A wrong region or account must not look like a cloud without findings.
func TestScanDoubtsACloudThatKnowsNobody(t *testing.T) {
	for name, tc := range map[string]struct {
		before func(b *bench)
		asks   bool
		doubts bool
	}{
		"no cloud configured":   {asks: false},
		"it knows none of them": {asks: true, doubts: true},
		"it knows one": {asks: true, before: func(b *bench) {
			b.fleet.Host("web-1").Facts.Cloud = &actions.Cloud{Instance: "i-1"}
		}},
		"it did not answer": {asks: true, before: func(b *bench) {
			b.fleet.Host("web-1").Facts.Absent = map[actions.Section]string{actions.SectionCloud: "AWS does not answer"}
		}},
		"no host was seen": {asks: true, before: func(b *bench) { b.fleet.Host("web-1").Down, b.fleet.Host("web-2").Down = true, true }},
	} {
		b := newBench("web-1", "web-2")
		if tc.before != nil {
			tc.before(b)
		}
		scanner := actions.Scanner{Fleet: b.fleet, Ledger: b.ledger, Parallel: 2, Now: b.roller.Now}
		if tc.asks {
			scanner.Fleet = asking{b.fleet}
		}
		scan, err := scanner.Scan(t.Context(), actions.ScanRequest{Hosts: b.fleet.Inventory(), Actor: alice})
		if err != nil || (len(scan.Doubts) > 0) != tc.doubts || tc.doubts && !strings.Contains(scan.Doubts[0], "accounts and regions") {
			t.Errorf("%s: %v, %q", name, err, scan.Doubts)
		}
	}
}
