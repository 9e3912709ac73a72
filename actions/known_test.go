package actions_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

// lookout scans a fake fleet and recalls what the scans have told.
type lookout struct {
	t      *testing.T
	fleet  *actionstest.Fleet
	ledger *actionstest.Ledger
	now    time.Time
}

func newLookout(t *testing.T, hosts ...string) *lookout {
	return &lookout{t: t, fleet: actionstest.NewFleet(hosts...), ledger: actionstest.NewLedger(), now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}
}

func (l *lookout) hosts(names ...string) []actions.Host {
	return slices.DeleteFunc(l.fleet.Inventory(), func(h actions.Host) bool { return !slices.Contains(names, h.Name) })
}

func (l *lookout) scan(names ...string) actions.Scan {
	l.t.Helper()
	scanner := actions.Scanner{Fleet: l.fleet, Catalogue: []actions.Remedy{actionstest.Weak()}, Ledger: l.ledger, Now: func() time.Time { return l.now }}
	scan, err := scanner.Scan(context.Background(), actions.ScanRequest{
		Pattern: strings.Join(names, ","), Hosts: l.hosts(names...), Doubts: []string{"not all may be known", "web-1 and web-9 are one machine"}, Channel: "C1",
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return scan
}

func (l *lookout) recall(hosts ...actions.Host) []actions.Known {
	l.t.Helper()
	var known []actions.Known
	err := l.ledger.View(context.Background(), func(r actions.Reader) (err error) {
		known, err = actions.Recall(r, hosts, l.now)
		return err
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return known
}

func TestRecallIsTheNewestScanOfEachHost(t *testing.T) {
	l := newLookout(t, "web-1", "web-2", "web-3")
	first := l.scan("web-1", "web-2")
	l.now = l.now.Add(time.Hour)
	l.fleet.Host("web-2").Down = true
	second := l.scan("web-2")
	known := l.recall(l.hosts("web-1", "web-2", "web-3")...)
	for i, want := range []struct {
		scan     string
		status   actions.HostStatus
		findings int
	}{{first.ID, actions.Scanned, 1}, {second.ID, actions.Unreachable, 0}, {"", actions.NotScanned, 0}} {
		if k := known[i]; k.Scan != want.scan || k.Host.Status != want.status || len(k.Findings) != want.findings {
			t.Errorf("of host %d is known %+v; want %+v", i, k, want)
		}
	}
	if got := known[0].Doubts; len(got) != 1 || got[0] != "not all may be known" {
		t.Errorf("the doubts are %q; those that name hosts are not for everybody", got)
	}
}

// A scan that ended before a newer one was kept takes nothing back.
func TestAnOlderScanIsNoNews(t *testing.T) {
	l := newLookout(t, "web-1")
	newer := l.scan("web-1")
	l.now = l.now.Add(-time.Hour)
	l.scan("web-1")
	if k := l.recall(l.hosts("web-1")...)[0]; k.Scan != newer.ID {
		t.Errorf("what is known is of %s; the newer scan is %s", k.Scan, newer.ID)
	}
}

// What was found on a machine says nothing of another one by its name.
func TestAnotherMachineIsNotKnown(t *testing.T) {
	l := newLookout(t, "web-1")
	l.scan("web-1")
	h := l.hosts("web-1")[0]
	h.Address = "192.0.2.99"
	if k := l.recall(h)[0]; k.Scan != "" || len(k.Findings) != 0 || k.Host.Status != actions.NotScanned || !strings.Contains(k.Host.Error, "192.0.2.99") {
		t.Errorf("of the new machine is known %+v", k)
	}
}

// A waiver counts by what it is now, not by what it was at the scan.
func TestRecallWaivesAsOfNow(t *testing.T) {
	l := newLookout(t, "web-1")
	l.scan("web-1")
	policy := actions.Policy{Requesters: []string{"U0ALICE"}, Approvers: []string{"U0BOB"}, Approvals: 1, ApprovalTTL: time.Hour, Channels: map[string][]string{"C1": {"*"}}}
	waivers := actions.Waivers{Ledger: l.ledger, Policy: policy, Inventory: every(l.fleet.Inventory()), Now: func() time.Time { return l.now }}
	w, err := waivers.Ask(t.Context(), actions.WaiverRequest{
		Remedy: "weak", Hosts: []string{"web-1"}, Owner: actions.Person{ID: "U0ALICE"}, Reason: "it moves soon", Until: l.now.Add(24 * time.Hour),
		Requester: actions.Person{ID: "U0ALICE"}, Channel: "C1",
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := waivers.Decide(t.Context(), w.ID, actions.Decision{Who: actions.Person{ID: "U0BOB"}, Yes: true, Digest: w.Digest}); err != nil {
		t.Fatal(err)
	}
	status := func() actions.Status { return l.recall(l.hosts("web-1")...)[0].Findings[0].Status }
	if got := status(); got != actions.Waived {
		t.Errorf("the finding is %s after its waiver was approved", got)
	}
	l.scan("web-1") // which keeps it as waived
	l.now = l.now.Add(48 * time.Hour)
	if got := status(); got != actions.Open {
		t.Errorf("the finding is %s after its waiver has ended", got)
	}
}

// every is an inventory in which each pattern names all hosts.
type every []actions.Host

func (e every) Select(_ context.Context, pattern string) ([]actions.Host, error) {
	if pattern == "gone" {
		return nil, errors.New("no host is called gone")
	}
	return slices.DeleteFunc(slices.Clone(e), func(h actions.Host) bool { return pattern != "*" && pattern != h.Name }), nil
}

func TestCompose(t *testing.T) {
	l := newLookout(t, "web-1", "web-2", "web-3", "web-10")
	first := l.scan("web-1", "web-10")
	l.now = l.now.Add(time.Hour)
	second := l.scan("web-2")
	known := l.recall(l.hosts("web-1", "web-2", "web-3", "web-10")...)
	who := actions.Person{ID: "U0BOB"}
	scan := actions.Compose(known, "web-*", who, "C1")
	if !slices.Equal(scan.Of, []string{first.ID, second.ID}) || !scan.Started.Equal(first.Finished) || !scan.Finished.Equal(second.Finished) {
		t.Errorf("it is of %v, from %s to %s", scan.Of, scan.Started, scan.Finished)
	}
	if len(scan.Hosts) != 4 || scan.Incomplete() != 1 || len(scan.Findings) != 3 {
		t.Errorf("it has %d hosts, %d of them incomplete, %d findings", len(scan.Hosts), scan.Incomplete(), len(scan.Findings))
	}
	if g := actions.Grouped(scan.Findings); len(g) != 1 || strings.Join(g[0].Hosts(), " ") != "web-1 web-2 web-10" {
		t.Errorf("the findings of two scans are not one question: %+v", g)
	}
	if again := actions.Compose(known, "web-*", who, "C1"); again.ID != scan.ID {
		t.Error("the same knowledge has two ids")
	}
	if other := actions.Compose(known, "web-*", who, "C2"); other.ID == scan.ID {
		t.Error("two channels have one record")
	}
	known[0].Findings = nil
	if other := actions.Compose(known, "web-*", who, "C1"); other.ID == scan.ID {
		t.Error("other knowledge has the same id")
	}
}

// The order of one scan is that of many: by layer, rank of the remedy, and rank
// within it.
func TestComposeKeepsTheOrder(t *testing.T) {
	find := func(host, remedy string, layer actions.Layer, rank, within int, subject string) actions.Finding {
		return actions.Finding{Host: host, Remedy: remedy, Layer: layer, Rank: rank, Within: within, Subject: subject, Status: actions.Open}
	}
	scan := actions.Compose([]actions.Known{
		{Scan: "S-1", Findings: []actions.Finding{find("b", "late", actions.Patch, 1, 0, ""), find("b", "ports", actions.Exposed, 2, 9, "a")}},
		{Scan: "S-2", Findings: []actions.Finding{find("a", "ports", actions.Exposed, 2, 1, "z"), find("a", "first", actions.Exposed, 1, 0, "")}},
	}, "*", actions.Bot, "C1")
	var got []string
	for _, f := range scan.Findings {
		got = append(got, f.Remedy+f.Subject)
	}
	if want := "first portsz portsa late"; strings.Join(got, " ") != want {
		t.Errorf("the order is %v; want %s", got, want)
	}
}

func TestReach(t *testing.T) {
	l := newLookout(t, "web-10", "web-2", "db-1")
	p := actions.Policy{Channels: map[string][]string{"C1": {"web-10", "gone", "web-2", "web-2"}, "C2": {"gone"}}}
	names := func(channel string) (all []string) {
		hosts, err := p.Reach(t.Context(), every(l.fleet.Inventory()), channel)
		if err != nil {
			return []string{err.Error()}
		}
		for _, h := range hosts {
			all = append(all, h.Name)
		}
		return all
	}
	if got := names("C1"); !slices.Equal(got, []string{"web-2", "web-10"}) {
		t.Errorf("C1 may target %v", got)
	}
	if got := names("C2"); len(got) != 0 {
		t.Errorf("C2 may target %v", got)
	}
	if got := names("C3"); len(got) != 1 || !strings.Contains(got[0], "may not target any hosts") {
		t.Errorf("C3 may target %v", got)
	}
}
