package bot

import (
	"errors"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

// someRecall is what two scans and a run have left to know of six hosts.
func someRecall() recalled {
	scan := someScan()
	r := recalled{pattern: "web-*", doubts: []string{"the EC2 inventory is 17m0s old"}}
	for i, h := range scan.Hosts {
		k := actions.Known{Scan: "S-1", At: noon.Add(-2 * time.Hour), Host: h}
		if i == 1 {
			k.Scan, k.At = "S-2", noon.Add(-72*time.Hour)
		}
		for _, f := range scan.Findings {
			if f.Host == h.Name {
				k.Findings = append(k.Findings, f)
			}
		}
		r.known = append(r.known, k)
	}
	waived := &r.known[1].Findings[0]
	waived.Status, waived.Waiver = actions.Waived, &actions.WaivedBy{ID: "W-1", Owner: actions.Person{ID: "U0BOB"}, Until: noon.Add(240 * time.Hour)}
	r.known = append(r.known,
		actions.Known{Scan: "S-1", At: noon.Add(-2 * time.Hour), Host: actions.HostScan{Name: "web-5", Status: actions.Scanned}},
		actions.Known{Host: actions.HostScan{Name: "web-6", Status: actions.NotScanned, Error: "no scan has looked at it yet"}})
	for i, k := range r.known {
		r.hosts = append(r.hosts, actions.Host{Name: k.Host.Name, Address: "192.0.2.1" + string(rune('0'+i)), Port: 22, User: "ops", Groups: []string{"web"}})
	}
	return r
}

func evilRecall(evil string) recalled {
	scan := evilScan(evil)
	r := recalled{pattern: evil, doubts: []string{evil, evil}}
	for _, h := range scan.Hosts {
		h.Address = evil
		k := actions.Known{Scan: "S-1", At: noon, Host: h, Findings: scan.Findings}
		r.known = append(r.known, k, actions.Known{Host: actions.HostScan{Name: h.Name, Status: actions.NotScanned, Error: evil}})
		host := actions.Host{Name: h.Name, Address: evil, User: evil, Transport: evil, Instance: evil, Groups: []string{evil}, Route: actions.Route{Jumps: []actions.Jump{{Address: evil}}}}
		r.hosts = append(r.hosts, host, host)
	}
	return r
}

func TestAges(t *testing.T) {
	known := []actions.Known{
		{Scan: "S-2", At: noon, Host: actions.HostScan{Name: "web-1"}},
		{Scan: "S-1", At: noon.Add(-3 * time.Hour), Host: actions.HostScan{Name: "web-2"}},
		{Host: actions.HostScan{Name: "web-3", Status: actions.NotScanned}},
		{Scan: "S-2", At: noon, Host: actions.HostScan{Name: "web-4"}},
	}
	got := strings.Join(ages(known, noon.Add(time.Minute)), "\n")
	want := "this is no new look: web-2 as of 2026-03-02 09:00 UTC, 3 h 1 min ago (scan S-1)\n" +
		"this is no new look: web-1, web-4 as of 2026-03-02 12:00 UTC, 1 min ago (scan S-2)"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for i := range 9 {
		known = append(known, actions.Known{Scan: actions.NewID("S"), At: noon.Add(time.Duration(i) * time.Hour), Host: actions.HostScan{Name: "x"}})
	}
	if got := ages(known, noon.Add(24*time.Hour)); len(got) != maxAges+1 || got[maxAges] != "the rest is as of 5 scans later" {
		t.Errorf("got %q", got)
	}
}

func TestWorkedOn(t *testing.T) {
	known := []actions.Known{
		{Scan: "S-1", At: noon, Host: actions.HostScan{Name: "web-1"}}, {Scan: "S-1", At: noon, Host: actions.HostScan{Name: "web-2"}},
		{Host: actions.HostScan{Name: "web-3", Status: actions.NotScanned}},
	}
	step := []actions.StepRun{{}}
	runs := []actions.Run{
		{ID: "R-1", Hosts: []actions.HostRun{{Host: "web-1", Since: noon.Add(time.Hour), Steps: step}, {Host: "web-2", Since: noon.Add(-time.Hour), Steps: step}}},
		{ID: "R-2", Hosts: []actions.HostRun{{Host: "web-2", Since: noon.Add(time.Hour)}, {Host: "web-3", Since: noon.Add(time.Hour), Steps: step}}},
	}
	if got := workedOn(known, runsSince(known, runs)); len(got) != 1 || !strings.HasPrefix(got[0], "run R-1 has worked on web-1 since") {
		t.Errorf("got %q", got)
	}
}

// What a run has mended is left out until it is undone, and what it was not
// made for stays.
func TestMendedFindingsAreLeftOut(t *testing.T) {
	b, ledger := idle(t)
	mended, other := actions.FindingID("weak", "web-1", ""), actions.FindingID("weak", "web-1", "other")
	put := func(run string, plan actions.Plan, state actions.HostState, at time.Time) {
		must(t, ledger.Update(t.Context(), func(tx actions.Tx) error {
			plan.Remedy, plan.ID = "weak", "P-"+run
			if err := tx.Put(actions.KindPlan, plan.ID, plan); err != nil {
				return err
			}
			return tx.Put(actions.KindRun, run, actions.Run{ID: run, Plan: plan.ID, Started: at, Hosts: []actions.HostRun{
				{Host: "web-1", State: state, Since: at, Steps: []actions.StepRun{{}}},
			}})
		}))
	}
	left := func() string {
		known := []actions.Known{{Scan: "S-1", At: noon, Host: actions.HostScan{Name: "web-1"}, Findings: []actions.Finding{
			{ID: mended, Status: actions.Open}, {ID: other, Status: actions.Open},
		}}}
		must(t, b.cfg.Ledger.View(t.Context(), func(r actions.Reader) error {
			runs, err := actions.All[actions.Run](r, actions.KindRun)
			must(t, err)
			return leaveOutMended(r, known, runsSince(known, runs))
		}))
		var ids []string
		for _, f := range known[0].Findings {
			ids = append(ids, f.ID)
		}
		return strings.Join(ids, " ")
	}
	put("R-1", actions.Plan{}, actions.Done, noon.Add(-time.Hour)) // and found again at noon
	if got := left(); got != mended+" "+other {
		t.Errorf("left are %s after a run before the scan", got)
	}
	put("R-2", actions.Plan{}, actions.Undone, noon.Add(time.Hour))
	if got := left(); got != mended+" "+other {
		t.Errorf("left are %s after a run that did not mend it", got)
	}
	put("R-3", actions.Plan{}, actions.Done, noon.Add(2*time.Hour))
	if got := left(); got != other {
		t.Errorf("left are %s after it was mended", got)
	}
	put("R-4", actions.Plan{Undoes: "R-3"}, actions.Done, noon.Add(3*time.Hour))
	if got := left(); got != mended+" "+other {
		t.Errorf("left are %s after that was undone", got)
	}
}

// What an undo has brought back is open, though a scan before it found nothing.
func TestUndoneFindingsAreBack(t *testing.T) {
	weak := actions.Finding{ID: actions.FindingID("weak", "web-1", ""), Host: "web-1", Status: actions.Open}
	ledger := actionstest.NewLedger()
	must(t, ledger.Update(t.Context(), func(tx actions.Tx) error {
		return errors.Join(
			tx.Put(actions.KindScan, "S-1", actions.Scan{ID: "S-1", Findings: []actions.Finding{weak}}),
			tx.Put(actions.KindPlan, "P-1", actions.Plan{ID: "P-1", Remedy: "weak", Scan: "S-1"}),
			tx.Put(actions.KindRun, "R-1", actions.Run{ID: "R-1", Plan: "P-1"}),
			tx.Put(actions.KindPlan, "P-2", actions.Plan{ID: "P-2", Remedy: "weak", Undoes: "R-1"}),
		)
	}))
	undo := actions.Run{ID: "R-2", Plan: "P-2", Hosts: []actions.HostRun{
		{Host: "web-1", State: actions.Done, Since: noon.Add(time.Hour), Steps: []actions.StepRun{{}}},
	}}
	known := []actions.Known{
		{Scan: "S-2", At: noon, Host: actions.HostScan{Name: "web-1"}},
		{Scan: "S-2", At: noon, Host: actions.HostScan{Name: "web-2"}},
	}
	must(t, ledger.View(t.Context(), func(r actions.Reader) error { return leaveOutMended(r, known, []actions.Run{undo}) }))
	if len(known[0].Findings) != 1 || known[0].Findings[0].ID != weak.ID || len(known[1].Findings) != 0 {
		t.Errorf("after the undo it is known of %+v", known)
	}
}

// What the scans of a channel's hosts have found is shown without a look at
// any of them, with buttons that work.
func TestFindingsOfTheNewestScans(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		s := set(t, mode, nil, "web-1", "web-2", "db-1")
		s.start()
		s.command(wst.Alice, "findings web-*")
		s.told(wst.Alice, "none of these hosts was scanned yet", "/harden scan web-*")
		s.command(wst.Alice, "scan web-1")
		s.sees("Scan of `web-1`", "sshd accepts passwords")
		looked := len(s.fleet.Log())
		s.command(wst.Bob, "findings “web-*”")
		known := s.sees("What is known of `web-*`", "sshd accepts passwords", "this is no new look: web-1 as of", "no scan has looked at it yet", "not scanned")
		if got := len(s.fleet.Log()); got != looked {
			t.Errorf("hosts were asked: %q", s.fleet.Log()[looked:])
		}
		s.command(wst.Bob, "findings")
		s.sees("What is known of `*`", "sshd accepts passwords", "*db-1, web-2* not scanned")
		s.click(wst.Alice, known, actionFix)
		request := s.seesWhere(waits)
		s.click(wst.Bob, request, actionApprove, workspace.Accept())
		s.sees("✓ Done on 1 of 1 host")
		if s.sound("web-2") {
			t.Error("web-2 was changed, and was never scanned")
		}
		s.command(wst.Alice, "findings web-1")
		s.sees("What is known of `web-1`", "nothing to mend in what was seen", "this is no new look", "has worked on web-1 since")
		s.noProblems()
	})
}

// The same knowledge is one record, however often it is asked for.
func TestRecallingKeepsNoMoreThanItNeeds(t *testing.T) {
	s := set(t, ModeSocket, nil, "web-1", "web-2")
	s.start()
	s.command(wst.Alice, "scan web-*")
	s.sees("Scan of `web-*`", "sshd accepts passwords")
	for range 3 {
		s.command(wst.Alice, "findings web-1")
		s.command(wst.Alice, "posture") // keeps nothing
		s.command(wst.Alice, "hosts web-1")
	}
	s.eventually("three answers", func() bool {
		n := 0
		for _, m := range s.ws.Messages(wst.Ops) {
			n += strings.Count(m.Text(), "this is no new look: web-1 as of")
		}
		return n == 3
	})
	if n := s.records(actions.KindScan); n != 2 {
		t.Errorf("%d records of scans; want the scan and what is known of web-1", n)
	}
}

// Neither names nor findings of hosts that a channel may not target are told there.
func TestRecallKeepsToTheChannel(t *testing.T) {
	s := set(t, ModeSocket, func(s *stage) {
		s.cfg.Policy.Channels = map[string][]string{wst.Ops: {"web-*"}, wst.Private: {"*"}}
	}, "web-1", "db-1")
	s.start()
	if _, err := s.ws.As(wst.Alice).Command(s.ctx, wst.Private, "/harden", "scan *"); err != nil {
		t.Fatal(err)
	}
	s.eventually("both are scanned", func() bool { return s.records(actions.KindKnown) == 2 })
	for _, verb := range []string{"findings", "posture", "hosts"} {
		s.command(wst.Alice, verb+" db-1")
		s.told(wst.Alice, "db-1 is outside of what this channel may target")
		s.command(wst.Carol, verb+" web-1")
		s.told(wst.Carol, "you may not scan hosts")
	}
	s.command(wst.Alice, "findings")
	s.sees("What is known of `web-*`", "sshd accepts passwords")
	for _, m := range s.ws.Messages(wst.Ops) {
		if strings.Contains(m.Text(), "db-1") {
			t.Errorf("db-1 is named in %s", m.Text())
		}
	}
}
