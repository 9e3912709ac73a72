package bot

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"hardenbot/actions"
	wst "hardenbot/bot/workspace/workspacetest"
)

// Nobody is told what is none of their business.

// twoTeams lets alice and carol ask, and bob approve.
func twoTeams(s *stage) {
	s.cfg.Policy.Requesters, s.cfg.Policy.Approvers = []string{wst.Alice, wst.Carol}, []string{wst.Bob}
	s.cfg.Planner.Policy, s.cfg.Approver.Policy = s.cfg.Policy, s.cfg.Policy
}

// A Home tab has no channel: who is no approver sees what is their own.
func TestHomeShowsPeopleTheirOwn(t *testing.T) {
	s := set(t, ModeSocket, twoTeams)
	s.start()
	alice, now := actions.Person{ID: wst.Alice, Name: "alice"}, time.Now().UTC()
	plan := actions.Plan{ID: "P-00000001", Title: "a secret title", Requester: alice, Channel: wst.Private, State: actions.PlanApproved, RunID: "R-00000001"}
	going := actions.Run{ID: "R-00000001", Plan: plan.ID, State: actions.RunGoing, Started: now}
	broken := plan
	broken.ID, broken.RunID = "P-00000002", "R-00000002"
	failed := actions.Run{ID: broken.RunID, Plan: broken.ID, State: actions.RunStopped, Started: now, Hosts: []actions.HostRun{{Host: "web-1", State: actions.Failed, Since: now}}}
	waiver := actions.Waiver{ID: "W-00000001", State: actions.WaiverApproved, WaiverRequest: actions.WaiverRequest{
		Title: "a secret waiver", Hosts: []string{"web-1"}, Requester: alice, Owner: alice, Channel: wst.Private, Until: now.Add(time.Hour),
	}}
	must(t, s.ledger.Update(s.ctx, func(tx actions.Tx) error {
		return errors.Join(tx.Put(actions.KindPlan, plan.ID, plan), tx.Put(actions.KindPlan, broken.ID, broken), tx.Put(actions.KindRun, going.ID, going),
			tx.Put(actions.KindRun, failed.ID, failed), tx.Put(actions.KindWaiver, waiver.ID, waiver))
	}))
	for person, want := range map[string]bool{wst.Alice: true, wst.Bob: true, wst.Carol: false} {
		page, _, err := s.bot.homeOf(s.ctx, actions.Person{ID: person})
		must(t, err)
		if got := len(page.Runs) == 1 && len(page.Ending) == 1 && len(page.Troubles) == 1; got != want || !want && len(page.Runs)+len(page.Ending)+len(page.Troubles) > 0 {
			t.Errorf("%s sees %d runs, %d hosts in trouble, %d waivers", person, len(page.Runs), len(page.Troubles), len(page.Ending))
		}
		if blocks, _ := homeView(page); strings.Contains(asJSON(blocks), "a secret") != want {
			t.Errorf("%s reads %s", person, asJSON(blocks))
		}
	}
	for _, action := range []string{actionAbort, actionCare} {
		press := click{asker: asker{Person: actions.Person{ID: wst.Carol}, Home: true}, Action: action, Value: going.ID}
		if err := s.bot.homeHandlers()[action](s.ctx, press); !errors.Is(err, errStale) {
			t.Errorf("carol's %s: %v", action, err)
		}
	}
	if n := s.records(actions.KindHold); n != 0 {
		t.Errorf("there are %d holds", n)
	}
}

func TestHelpNamesNoHostsToStrangers(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	for person, want := range map[string]bool{wst.Alice: true, wst.Carol: false} {
		g, err := s.bot.guide(s.ctx, asker{Channel: wst.Ops, Person: actions.Person{ID: person}})
		must(t, err)
		if got := len(g.hosts) > 0 && len(g.patterns) > 0; got != want {
			t.Errorf("%s is told of %d hosts and of %q", person, len(g.hosts), g.patterns)
		}
		if got := strings.Contains(g.all().Text, "This channel may"); got != want {
			t.Errorf("%s reads %s", person, g.all().Text)
		}
	}
}

// Details name those hosts of another channel's waiver that are shown anyway.
func TestDetailsNameNoOtherHosts(t *testing.T) {
	g := groupFor(t, someScan(), "ssh-password-auth")
	waiver := actions.Waiver{ID: "W-1", WaiverRequest: actions.WaiverRequest{Remedy: g.Remedy, Hosts: []string{"payroll-1", g.Hosts()[0]}, Until: noon}}
	if view := mustJSON(detailsView(g, remedies(), []actions.Waiver{waiver})); strings.Contains(view, "payroll-1") || !strings.Contains(view, "on "+g.Hosts()[0]+";") {
		t.Errorf("they read %s", view)
	}
	waiver.Within = g.Members[0].Within + 1
	if concerns(waiver, g) {
		t.Error("what is worse than what was accepted counts as waived")
	}
}

// The key comes into force in a check, which no front door is before.
func TestOnlyApproversEnrol(t *testing.T) {
	late := newClock()
	s := set(t, ModeSocket, strict(late))
	s.start()
	carol := actions.Person{ID: wst.Carol}
	offer, err := s.bot.cfg.SecondFactor.Offer(s.ctx, carol)
	must(t, err)
	view := slack.View{State: &slack.ViewState{Values: map[string]map[string]slack.BlockAction{
		codeID: {codeID: {Value: codeAt(t, offer.Secret, late.now())}},
	}}}
	if wrong := s.bot.takeEnrolment(s.ctx, carol, view); !strings.Contains(wrong[codeID], "only the people listed in policy.approvers") {
		t.Errorf("carol is told %v", wrong)
	}
	if in, err := s.bot.cfg.SecondFactor.Enrolled(s.ctx, carol); in || err != nil {
		t.Errorf("enrolled: %v, %v", in, err)
	}
}

// With the waiver goes how urgent the finding was that people have seen.
func TestAWaiverKnowsHowUrgentItsFindingWas(t *testing.T) {
	s := set(t, ModeSocket, func(s *stage) {
		weak := &s.cfg.Catalogue[0]
		check := weak.Check
		weak.Check = func(f *actions.Facts) []actions.Evidence {
			found := check(f)
			for i := range found {
				found[i].Rank = 20
			}
			return found
		}
		s.cfg.Scanner.Catalogue = s.cfg.Catalogue
	})
	s.start()
	s.askedToWaive()
	must(t, s.ledger.View(s.ctx, func(r actions.Reader) error {
		all, err := actions.All[actions.Waiver](r, actions.KindWaiver)
		if err == nil && (len(all) != 1 || all[0].Within != 20 || len(all[0].Addresses) != 2) {
			t.Errorf("kept is %+v", all)
		}
		return err
	}))
}

// What is put together anew by each question does not fill the ledger for ever.
func TestComposedScansAreForgottenWithTheirMessages(t *testing.T) {
	late := newClock()
	s := set(t, ModeSocket, func(s *stage) { s.cfg.Now = late.now })
	s.start()
	s.findings()
	s.command(wst.Alice, "findings web-1")
	s.eventually("it is composed", func() bool { return s.records(actions.KindScan) == 2 })
	late.advance(keepPosts - time.Hour)
	must(t, s.bot.forget(s.ctx))
	if n := s.records(actions.KindScan); n != 2 {
		t.Errorf("there are %d scans while the message is there", n)
	}
	late.advance(2 * time.Hour)
	must(t, s.bot.forget(s.ctx))
	if n := s.records(actions.KindScan); n != 1 {
		t.Errorf("there are %d scans; the one look at the hosts is left", n)
	}
}
