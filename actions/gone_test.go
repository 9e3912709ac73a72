package actions_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
)

var midday = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// lookedAt is a scan that ended so many minutes after midday. Of "web-1 !weak"
// the finding is open, of "web-1 ?weak" it could not be checked, "web-1" has
// none, and "web-1 -" was not reached.
func lookedAt(minutes int, hosts ...string) actions.Scan {
	scan := actions.Scan{ID: "S", Finished: midday.Add(time.Duration(minutes) * time.Minute)}
	for _, text := range hosts {
		words := strings.Fields(text)
		host := actions.HostScan{Name: words[0], Status: actions.Scanned}
		for _, w := range words[1:] {
			if w == "-" {
				host.Status = actions.Unreachable
				continue
			}
			status := actions.Open
			if w[0] == '?' {
				status, host.Status = actions.NotChecked, actions.Partial
			}
			remedy, subject, _ := strings.Cut(w[1:], "/")
			scan.Findings = append(scan.Findings, actions.Finding{
				ID: actions.FindingID(remedy, words[0], subject), Remedy: remedy, Subject: subject, Host: words[0],
				Layer: actions.Access, Status: status,
			})
		}
		scan.Hosts = append(scan.Hosts, host)
	}
	return scan
}

// told is what a scan leaves known of its hosts.
func told(scan actions.Scan) (known []actions.Known) {
	for _, h := range scan.Hosts {
		k := actions.Known{Scan: scan.ID, At: scan.Finished, Host: h}
		for _, f := range scan.Findings {
			if f.Host == h.Name {
				k.Findings = append(k.Findings, f)
			}
		}
		known = append(known, k)
	}
	return known
}

func ran(minutes int, host string, undoes string) []actions.Outcome {
	at := midday.Add(time.Duration(minutes) * time.Minute)
	return actions.Outcomes(actions.Run{Hosts: []actions.HostRun{
		{Host: host, State: actions.Done, Since: at},
		{Host: "web-1", State: actions.Failed, Since: at},
		{Host: "web-1", State: actions.Done, Since: at, In: "R-earlier"},
	}}, actions.Plan{Remedy: "weak", Undoes: undoes})
}

func TestGone(t *testing.T) {
	first := lookedAt(0, "web-1 !weak", "web-2 !weak")
	for _, c := range []struct {
		name  string
		later actions.Scan
		runs  []actions.Outcome
		want  []string // hosts on which it is gone
	}{
		{"nothing since", first, nil, nil},
		{"nothing is known", actions.Scan{}, nil, nil},
		{"a later scan has none", lookedAt(10, "web-1", "web-2 !weak"), nil, []string{"web-1"}},
		{"a later scan has another", lookedAt(10, "web-1 !other"), nil, []string{"web-1"}},
		{"a later scan did not reach it", lookedAt(10, "web-1 -"), nil, nil},
		{"a later scan could not check it", lookedAt(10, "web-1 ?weak"), nil, nil},
		{"an earlier scan does not count", lookedAt(-10, "web-1", "web-2"), nil, nil},
		{"a run mended it", first, ran(10, "web-2", ""), []string{"web-2"}},
		{"a run mended it, an undo put it back", first, append(ran(20, "web-2", "R-1"), ran(10, "web-2", "")...), nil},
		{"an earlier run mended it", first, ran(-10, "web-2", ""), nil},
		{"a run mended it, and a later scan has it", lookedAt(20, "web-2 !weak"), ran(10, "web-2", ""), nil},
		{"a run mended it, and a later scan did not reach it", lookedAt(20, "web-2 -"), ran(10, "web-2", ""), []string{"web-2"}},
		{"a scan had none, an undo put it back", lookedAt(20, "web-2"), ran(30, "web-2", "R-1"), nil},
	} {
		gone := actions.Gone(first, told(c.later), c.runs)
		var hosts []string
		for _, f := range first.Findings {
			if _, is := gone[f.ID]; is {
				hosts = append(hosts, f.Host)
			}
		}
		if !slices.Equal(hosts, c.want) {
			t.Errorf("%s: gone on %v, want %v", c.name, hosts, c.want)
		}
	}
}

// A remedy that could not be checked at all is not gone for any of its subjects.
func TestGoneBySubject(t *testing.T) {
	first := lookedAt(0, "db-1 !bind/3306 !bind/5432 ?other")
	for later, want := range map[string][]string{
		"db-1 !bind/5432": {actions.FindingID("bind", "db-1", "3306")},
		"db-1 ?bind":      nil,
	} {
		gone := actions.Gone(first, told(lookedAt(10, later)), nil)
		if got := slices.Collect(maps.Keys(gone)); !slices.Equal(got, want) {
			t.Errorf("%s: gone %v, want %v", later, got, want)
		}
	}
}

func TestTrend(t *testing.T) {
	now := lookedAt(100, "web-1", "web-2 !weak", "web-3 !weak", "web-4 -")
	past := slices.Concat(
		lookedAt(-30, "web-1 !weak !other", "web-2").Stands(),
		lookedAt(-20, "web-1 !weak ?other", "web-2 -", "web-4 !weak").Stands(),
		lookedAt(20, "web-1", "web-3").Stands(),
	)
	stood := actions.StoodAt(past, midday)
	if len(stood) != 3 || stood["web-1"].At != midday.Add(-20*time.Minute) || stood["web-2"].At != midday.Add(-30*time.Minute) {
		t.Errorf("stood %+v", stood)
	}
	trend := actions.TrendOf(actions.Posture{Hosts: now.Stands()}, stood)
	if trend.Hosts != 2 || trend.Then[actions.Access] != (actions.Tally{Open: 1, NotChecked: 1}) || trend.Now[actions.Access] != (actions.Tally{Open: 1}) {
		t.Errorf("the trend is %+v", trend)
	}
	if none := actions.TrendOf(actions.Posture{Hosts: now.Stands()}, nil); none.Hosts != 0 {
		t.Errorf("compared with nothing: %+v", none)
	}
}
