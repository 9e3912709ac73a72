package actions_test

import (
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
)

func known(name string, status actions.HostStatus, at time.Time, found ...actions.Finding) actions.Known {
	k := actions.Known{Host: actions.HostScan{Name: name, Status: status}, Findings: found}
	if status != actions.NotScanned {
		k.Scan, k.At = "S-1", at
	}
	return k
}

func of(layer actions.Layer, statuses ...actions.Status) (all []actions.Finding) {
	for _, s := range statuses {
		all = append(all, actions.Finding{Layer: layer, Status: s})
	}
	return all
}

func TestPosture(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	p := actions.PostureOf([]actions.Known{
		known("web-1", actions.Scanned, now, of(actions.Patch, actions.Open, actions.Open, actions.Open)...),
		known("web-2", actions.Scanned, now.Add(-time.Hour), of(actions.Exposed, actions.Open, actions.Waived)...),
		known("web-3", actions.Scanned, now, of(actions.Access, actions.NotChecked)...),
		known("web-4", actions.Scanned, now, of(actions.Access, actions.Waived)...),
		known("web-5", actions.Partial, now),
		known("web-6", actions.Unreachable, now),
		known("web-7", actions.NotScanned, now),
		known("web-8", actions.Scanned, now),
	})
	for layer, want := range map[actions.Layer]actions.Tally{
		actions.Exposed: {Open: 1, Waived: 1}, actions.Access: {NotChecked: 1, Waived: 1}, actions.Patch: {Open: 3}, actions.Prevention: {},
	} {
		if got := p.Layer(layer); got != want {
			t.Errorf("%s: %+v; want %+v", layer, got, want)
		}
	}
	names := func(hosts []actions.HostPosture) string {
		var all []string
		for _, h := range hosts {
			all = append(all, h.Host)
		}
		return strings.Join(all, " ")
	}
	if got := names(p.With(actions.HostPosture.Sound)); got != "web-8" {
		t.Errorf("%q are sound; what was not seen, not checked or is waived is not", got)
	}
	for status, want := range map[actions.HostStatus]string{actions.NotScanned: "web-7", actions.Unreachable: "web-6", actions.Partial: "web-5"} {
		if got := names(p.Of(status)); got != want {
			t.Errorf("%q are %s", got, status)
		}
	}
	if worst, ok := p.Worst(); !ok || worst.Host != "web-2" {
		t.Errorf("the worst is %q: one exposure is worse than three patches", worst.Host)
	}
	if oldest, ok := p.Oldest(); !ok || oldest.Host != "web-2" {
		t.Errorf("the oldest is %q", oldest.Host)
	}
}

func TestPostureOfNothing(t *testing.T) {
	p := actions.PostureOf([]actions.Known{known("web-1", actions.NotScanned, time.Time{})})
	if _, ok := p.Worst(); ok {
		t.Error("a host that was never scanned is the worst")
	}
	if _, ok := p.Oldest(); ok {
		t.Error("a host that was never scanned has an age")
	}
	if p.Hosts[0].Sound() {
		t.Error("a host that was never scanned is sound")
	}
}
