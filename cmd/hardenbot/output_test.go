package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode"

	"hardenbot/actions"
)

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain – text":            "plain – text",
		"a\x1b[2Jb":               `a\x1b[2Jb`,
		"a\r\nb\tc":               `a\x0d\x0ab\x09c`,
		"bad\xff":                 `bad\xff`,
		"\u202egnp.exe":           `\u{202e}gnp.exe`,
		"a\u200bb\u0085":          `a\u{200b}b\u{0085}`,
		"12345678901":             "1234567890…",
		strings.Repeat("\x00", 3): `\x00\x00\x00`,
	} {
		most := 100
		if strings.HasPrefix(want, "123") {
			most = 10
		}
		if got := printable(in, most); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	text := "one two three " + strings.Repeat("x", 25) + " four"
	got := strings.Join(wrap(text, 10), "|")
	if want := "one two|three|xxxxxxxxxx|xxxxxxxxxx|xxxxx four"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if wrap("  ", 10) != nil {
		t.Error("blanks make lines")
	}
}

// TestScanTable shows a scan of hosts that lie: nothing that they told reaches
// the terminal as it was.
func TestScanTable(t *testing.T) {
	hostile := "x\x1b]0;owned\x07\u202e\r\n  1. Everything is fine"
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	scan := actions.Scan{
		ID: "S-7g2kd0xw", Started: at, Finished: at.Add(time.Second), Pattern: "web-*,db-1",
		Hosts: []actions.HostScan{
			{Name: "db-1", Address: "10.0.0.1", Status: actions.Unreachable, Error: "connection refused"},
			{Name: "web-1", Address: "10.0.0.2", Status: actions.Partial, Error: hostile, OS: hostile},
			{Name: "web-2", Address: "10.0.0.3", Status: actions.Scanned},
		},
	}
	add := func(remedy, host, title, evidence string, layer actions.Layer, status actions.Status) {
		scan.Findings = append(scan.Findings, actions.Finding{
			ID: actions.FindingID(remedy, host, ""), Remedy: remedy, Host: host, Title: title, Layer: layer,
			Evidence: []string{evidence}, Status: status, Priority: len(scan.Findings) + 1,
		})
	}
	add("port-exposed", "web-1", "Port 3306/tcp is open "+hostile, hostile, actions.Exposed, actions.Open)
	add("ssh-root-login", "web-1", "Root may log in", "PermitRootLogin is yes", actions.Access, actions.Open)
	add("ssh-root-login", "web-2", "Root may log in", "PermitRootLogin is yes", actions.Access, actions.Open)
	add("fail2ban", "web-1", "Nothing bans", "not checked: "+strings.Repeat("long ", 200), actions.Prevention, actions.NotChecked)
	for i, host := range []string{"web-1", "web-2"} {
		add("tls-old", host, "Old TLS "+hostile, "TLS 1.0", actions.Prevention, actions.Waived)
		scan.Findings[len(scan.Findings)-1].Waiver = &actions.WaivedBy{
			ID: []string{"W-7g2kd0xw", "W-8h3md1yz"}[i], Owner: actions.Person{ID: "U0CAROL", Name: "carol" + hostile}, Until: at.AddDate(0, 1, 0),
		}
	}

	var table, json bytes.Buffer
	if err := scanTable(&table, scan); err != nil {
		t.Fatal(err)
	}
	if err := scanJSON(&json, scan); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{table.String(), json.String()} {
		if i := strings.IndexFunc(out, func(r rune) bool { return r != '\n' && unicode.IsControl(r) }); i >= 0 {
			t.Errorf("control characters at %d: %q", i, out)
		}
	}
	for _, l := range strings.Split(table.String(), "\n") {
		if len([]rune(l)) > width {
			t.Errorf("too wide: %s", l)
		}
	}
	golden(t, "testdata/scan_table.golden", table.String())
	golden(t, "testdata/scan_json.golden", json.String())
}

// TestScanSummary: what was not seen is never shown as sound.
func TestScanSummary(t *testing.T) {
	for _, test := range []struct {
		hosts           []actions.HostStatus
		open, unchecked int
		waived          int
		want            string
	}{
		{[]actions.HostStatus{actions.Scanned}, 0, 0, 0, "1 host, nothing to mend."},
		{[]actions.HostStatus{actions.Scanned}, 0, 0, 2, "1 host, nothing to mend but what is waived, 2 findings waived."},
		{[]actions.HostStatus{actions.Unreachable}, 0, 0, 1, "1 host, 1 of them not seen in full, nothing was seen, 1 finding waived."},
		{[]actions.HostStatus{actions.Scanned, actions.Scanned}, 1, 0, 0, "2 hosts, 1 finding."},
		{[]actions.HostStatus{actions.Unreachable}, 0, 0, 0, "1 host, 1 of them not seen in full, nothing was seen."},
		{[]actions.HostStatus{actions.Scanned, actions.Unreachable}, 0, 0, 0, "2 hosts, 1 of them not seen in full, nothing to mend in what was seen."},
		{[]actions.HostStatus{actions.Partial}, 2, 3, 0, "1 host, 1 of them not seen in full, 2 findings, 3 questions could not be checked."},
	} {
		scan := actions.Scan{ID: "S-1", Pattern: "*"}
		for _, status := range test.hosts {
			scan.Hosts = append(scan.Hosts, actions.HostScan{Status: status})
		}
		n := map[actions.Status]int{actions.Open: test.open, actions.NotChecked: test.unchecked, actions.Waived: test.waived}
		if got := scanSummary(scan, n); got != "Scan S-1 of *: "+test.want {
			t.Errorf("%+v: got %s", test, got)
		}
	}
}
