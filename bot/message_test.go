package bot

import (
	"fmt"
	"strings"
	"testing"

	"hardenbot/actions"
)

// fleet is a scan of so many hosts with so many findings each: the same ones, or
// all of them different.
func fleet(hosts, kinds int, same bool) (actions.Scan, []actions.Remedy) {
	scan, catalogue := actions.Scan{ID: "S-1", Pattern: "*"}, []actions.Remedy{}
	for k := range kinds {
		r := remedies()[1]
		r.ID = fmt.Sprint("r", k)
		catalogue = append(catalogue, r)
	}
	for h := range hosts {
		name := fmt.Sprintf("web-%d", h)
		scan.Hosts = append(scan.Hosts, actions.HostScan{Name: name, Status: actions.Scanned})
		for k, r := range catalogue {
			f := actions.Finding{
				ID: actions.FindingID(r.ID, name, ""), Remedy: r.ID, Layer: actions.Layers[k%4], Host: name, Title: r.Title,
				Evidence: []string{fmt.Sprintf("PasswordAuthentication is yes for %d accounts", h%7)}, Status: actions.Open,
			}
			if !same {
				f.Subject = name
			}
			scan.Findings = append(scan.Findings, f)
		}
	}
	actions.Prioritise(scan.Findings)
	return scan, catalogue
}

// All of a fleet's findings are on the pages, or the last page counts the rest;
// every page is one that Slack takes.
func TestManyFindingsAreFoldedAndCounted(t *testing.T) {
	for _, same := range []bool{true, false} {
		scan, catalogue := fleet(500, 40, same)
		pages := findings(scan, catalogue)
		shown, bytes := 0, 0
		for _, page := range pages {
			checkLimits(t, page)
			shown += findingsIn(page)
			bytes = max(bytes, size(page.Blocks...))
		}
		t.Logf("500 hosts, 40 findings each, the same %v: %d pages, %d findings shown, at most %d bytes a page", same, len(pages), shown, bytes)
		if len(pages) > maxPages {
			t.Errorf("%d pages", len(pages))
		}
		foot := pages[len(pages)-1].Text
		if same && shown != 40 {
			t.Errorf("%d of 40 groups are shown", shown)
		}
		if missing := fmt.Sprintf("%d findings more are not shown", 20_000-shown); !same && !strings.Contains(foot, missing) {
			t.Errorf("%d are shown, and the end says %s; want %q", shown, foot, missing)
		}
	}
}

// Each finding's number is on one page, in the blocks and in the text.
func TestPagesTellAllInWordsToo(t *testing.T) {
	scan, catalogue := fleet(50, 40, true)
	pages := findings(scan, catalogue)
	for n := 1; n <= 40; n++ {
		inText, inBlocks := 0, 0
		for _, page := range pages {
			if strings.Contains(page.Text, fmt.Sprintf("\n%d. ", n)) {
				inText++
			}
			if strings.Contains(mustJSON(page.Blocks), fmt.Sprintf("\"*%d. ", n)) {
				inBlocks++
			}
		}
		if inText != 1 || inBlocks != 1 {
			t.Errorf("finding %d stands in %d texts and on %d pages", n, inText, inBlocks)
		}
	}
}

func BenchmarkFindings(b *testing.B) {
	for name, same := range map[string]bool{"folded": true, "all different": false} {
		scan, catalogue := fleet(500, 40, same)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				findings(scan, catalogue)
			}
		})
	}
}

// findingsIn counts the findings that a page shows.
func findingsIn(m message) int {
	n := 0
	for _, button := range objects(m.Blocks, "button") {
		if button["action_id"] == actionDetails {
			n++
		}
	}
	return n
}
