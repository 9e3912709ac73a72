package bot

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

const week = 7 * 24 * time.Hour

// opened returns the person's open window.
func (s *stage) opened(person, callback string) workspace.View {
	s.t.Helper()
	v, err := s.ws.WaitView(s.ctx, person, func(v workspace.View) bool { return v.CallbackID == callback })
	must(s.t, err)
	return v
}

func (s *stage) submit(person string, view workspace.View, values workspace.Values) map[string]string {
	s.t.Helper()
	ack, err := s.ws.As(person).Submit(s.ctx, view, values)
	must(s.t, err)
	return ack.Errors
}

// findingOf returns the id of a finding, as the window has it for a value.
func findingOf(host string) string { return actions.FindingID("weak", host, "") }

// askedToWaive asks for a waiver on web-1 and web-2, and returns the request.
func (s *stage) askedToWaive() workspace.Message {
	s.t.Helper()
	s.click(wst.Alice, s.findings(), actionWaive)
	wrong := s.submit(wst.Alice, s.opened(wst.Alice, viewWaive), workspace.Values{
		partHosts: findingOf("web-1") + "," + findingOf("web-2"), partOwner: wst.Carol, partReason: "a partner needs it <!channel>",
		partUntil: time.Now().Add(30 * 24 * time.Hour).UTC().Format(time.DateOnly),
	})
	if len(wrong) > 0 {
		s.t.Fatalf("the window says %v", wrong)
	}
	return s.seesWhere(func(m workspace.Message) bool { return slices.Contains(m.Buttons(), actionWaiveApprove) })
}

func TestWaiverFromFindingToItsEnd(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		clock := newClock()
		s := set(t, mode, func(s *stage) {
			s.cfg.Now, s.cfg.Scanner.Now, s.cfg.Policy.ApprovalTTL = clock.now, clock.now, time.Hour
		})
		s.start()
		request := s.askedToWaive()
		if !workspace.Containing("Waive? sshd accepts passwords", "web-1, web-2", "@carol", "a partner needs it <!channel>")(request) {
			t.Errorf("the request says %s", request.Text())
		}
		if strings.Contains(string(request.Blocks), "<!channel>") {
			t.Errorf("the reason is markup: %s", request.Blocks)
		}
		s.click(wst.Alice, request, actionWaiveApprove, workspace.Accept())
		s.told(wst.Alice, "you asked for waiver", "a second engineer has to approve it")
		s.click(wst.Carol, request, actionWaiveApprove, workspace.Accept())
		s.told(wst.Carol, "you may not decide on waivers")
		s.click(wst.Bob, request, actionWaiveApprove, workspace.Accept())
		approved := s.seesWhere(func(m workspace.Message) bool {
			return m.TS == request.TS && workspace.Containing("Waived: sshd accepts passwords", "Approved by @bob")(m)
		})
		if len(approved.Buttons()) != 0 {
			t.Errorf("the decided waiver still has the buttons %v", approved.Buttons())
		}
		s.command(wst.Alice, "scan web-1,web-3")
		s.sees("Scan of `web-1,web-3`", "1 finding (1 access), 1 waived", "web-1", "still there, and accepted for a time")
		s.command(wst.Alice, "scan web-2")
		s.sees("Scan of `web-2`", "nothing to mend but what is waived")
		s.command(wst.Bob, "waivers")
		s.told(wst.Bob, "Waivers of this channel", "web-1, web-2", "@carol answers for it")

		clock.advance(30*24*time.Hour - week + 24*time.Hour)
		notice := s.sees("@carol: waiver W-", "ends on", "sshd accepts passwords on web-1, web-2")
		s.saidOnce("ends on")
		clock.advance(week)
		s.sees("@carol: waiver W-", "no longer holds, its time is up")
		s.seesWhere(func(m workspace.Message) bool {
			return m.TS == request.TS && workspace.Containing("No longer waived: sshd accepts passwords", "its time was up")(m)
		})
		s.command(wst.Alice, "scan web-2")
		s.seesWhere(func(m workspace.Message) bool {
			return workspace.Containing("Scan of `web-2`", "1 finding (1 access)")(m) && !strings.Contains(m.Text(), "waived")
		})
		s.noProblems()
		s.saidOnce("no longer holds")
		s.seesWhere(func(m workspace.Message) bool {
			return m.TS == notice.TS && workspace.Containing("has ended")(m) && len(m.Buttons()) == 0
		})
	})
}

// saidOnce looks whether the channel has one message with each of the texts.
func (s *stage) saidOnce(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		n := 0
		for _, m := range s.ws.Messages(wst.Ops) {
			if strings.Contains(m.Text(), text) {
				n++
			}
		}
		if n != 1 {
			s.t.Errorf("%q was said %d times", text, n)
		}
	}
}

// What is filled in wrongly is said in the window, which stays open.
func TestWaiveWindowSaysWhatIsWrong(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		s := set(t, mode, nil)
		s.start()
		s.click(wst.Alice, s.findings(), actionWaive)
		view := s.opened(wst.Alice, viewWaive)
		good := workspace.Values{partReason: "a partner needs it"}
		with := func(part, value string) workspace.Values {
			return workspace.Values{partReason: "a partner needs it", part: value}
		}
		for part, values := range map[string]workspace.Values{
			partReason: {partReason: "    "},
			partUntil:  with(partUntil, time.Now().AddDate(0, 0, -1).UTC().Format(time.DateOnly)),
		} {
			if wrong := s.submit(wst.Alice, view, values); len(wrong) != 1 || wrong[part] == "" {
				t.Errorf("%s: the window says %v", part, wrong)
			}
		}
		if wrong := s.submit(wst.Alice, view, with(partUntil, time.Now().AddDate(2, 0, 0).Format(time.DateOnly))); !strings.Contains(wrong[partUntil], "at most a year") {
			t.Errorf("in two years: %v", wrong)
		}
		if wrong := s.submit(wst.Alice, view, good); len(wrong) != 0 {
			t.Errorf("what is right is refused: %v", wrong)
		}
		request := s.sees("Waive? sshd accepts passwords", "web-1, web-2, web-3, web-4", "@alice answers for it")
		if n := s.records(actions.KindWaiver); n != 1 {
			t.Errorf("%d waivers", n)
		}
		s.click(wst.Bob, request, actionWaiveWithdraw, workspace.Accept())
		s.told(wst.Bob, "only whoever asked for waiver")
		s.click(wst.Alice, request, actionWaiveWithdraw, workspace.Accept())
		after := s.sees("Withdrawn by its requester")
		if after.TS != request.TS || len(after.Buttons()) != 0 {
			t.Errorf("the withdrawn waiver has the buttons %v", after.Buttons())
		}
		s.click(wst.Bob, request, actionWaiveApprove, workspace.Accept(), workspace.Stale())
		s.told(wst.Bob, "is already withdrawn")
		s.noProblems()
	})
}

func TestWaiverIsDeniedWithAReason(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		s := set(t, mode, nil)
		s.start()
		request := s.askedToWaive()
		s.click(wst.Carol, request, actionWaiveDeny)
		s.told(wst.Carol, "you may not decide on waivers")
		s.click(wst.Bob, request, actionWaiveDeny)
		s.submit(wst.Bob, s.opened(wst.Bob, viewWaiveDeny), workspace.Values{reasonID: "mend it <!channel>"})
		after := s.sees("Not waived: sshd accepts passwords", "Denied by @bob", "mend it <!channel>")
		if after.TS != request.TS || len(after.Buttons()) != 0 || strings.Contains(string(after.Blocks), "<!channel>") {
			t.Errorf("the denied waiver is %s", after.Blocks)
		}
		s.noProblems()
	})
}

// The owner needs to be no approver to end what is accepted; its requester,
// who is neither, may not.
func TestWaiverIsEndedByItsOwner(t *testing.T) {
	s := set(t, ModeSocket, func(s *stage) {
		s.cfg.Policy.Requesters, s.cfg.Policy.Approvers = []string{wst.Alice, wst.Carol}, []string{wst.Bob}
	})
	s.start()
	s.click(wst.Bob, s.askedToWaive(), actionWaiveApprove, workspace.Accept())
	s.sees("Waived: sshd accepts passwords", "Approved by @bob")
	end := func(person string) {
		s.command(person, "waivers")
		s.told(person, "Waivers of this channel")
		s.click(person, s.ws.Ephemerals(person)[0], actionWaiveEnd, workspace.Accept())
	}
	end(wst.Alice)
	s.told(wst.Alice, "can be ended by its owner")
	s.command(wst.Alice, "scan web-2")
	s.sees("Scan of `web-2`", "nothing to mend but what is waived")
	end(wst.Carol)
	s.sees("@carol: waiver W-", "@carol has ended it")
	s.sees("No longer waived: sshd accepts passwords", "Ended early by @carol")
	s.command(wst.Alice, "scan web-1")
	s.sees("Scan of `web-1`", "1 finding (1 access)")
	s.noProblems()
}

// A button means what its message shows, and is worth nothing elsewhere.
func TestForgedWaiverClicksAreRefused(t *testing.T) {
	s := set(t, ModeSocket, func(s *stage) { s.cfg.Policy.Channels[wst.Private] = []string{"*"} })
	s.start()
	found := s.findings()
	request := s.askedToWaive()
	var id string
	must(t, s.ledger.View(s.ctx, func(r actions.Reader) error {
		all, err := actions.All[actions.Waiver](r, actions.KindWaiver)
		id = all[0].ID
		return err
	}))
	click := func(channel, ts, action, value string) error {
		c := click{asker: asker{Channel: channel, Person: actions.Person{ID: wst.Bob}}, TS: ts, Action: action, Value: value}
		return s.bot.handlers()[action](s.ctx, c)
	}
	for name, err := range map[string]error{
		"approve from the findings":        click(wst.Ops, found.TS, actionWaiveApprove, id),
		"approve another":                  click(wst.Ops, request.TS, actionWaiveApprove, "W-other"),
		"approve from another channel":     click(wst.Private, request.TS, actionWaiveApprove, id),
		"approve it as a plan":             click(wst.Ops, request.TS, actionApprove, id),
		"end it from another channel":      click(wst.Private, request.TS, actionWaiveEnd, id),
		"end what there is not":            click(wst.Ops, request.TS, actionWaiveEnd, "W-other"),
		"waive from the request":           click(wst.Ops, request.TS, actionWaive, findingOf("web-1")),
		"waive what the message shows not": click(wst.Ops, found.TS, actionWaive, findingOf("web-9")),
	} {
		if err == nil {
			t.Errorf("%s: not refused", name)
		} else if text, expected := sentence(err); !expected {
			t.Errorf("%s: %v is told as %q", name, err, text)
		}
	}
	w, err := actions.Load[actions.Waiver](s.ctx, s.ledger, actions.KindWaiver, id)
	if err != nil || w.State != actions.WaiverWaiting {
		t.Errorf("it is %s, %v", w.State, err)
	}
}

// What was decided when hardenbot ended is shown after the next start.
func TestWaiverDecidedUntoldIsShownAfterTheRestart(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	request := s.askedToWaive()
	must(t, s.stop())
	var w actions.Waiver
	must(t, s.ledger.View(s.ctx, func(r actions.Reader) error {
		all, err := actions.All[actions.Waiver](r, actions.KindWaiver)
		w = all[0]
		return err
	}))
	if _, err := s.bot.waivers().Decide(s.ctx, w.ID, actions.Decision{Who: actions.Person{ID: wst.Bob}, Yes: true, Digest: w.Digest}); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.seesWhere(func(m workspace.Message) bool {
		return m.TS == request.TS && workspace.Containing("Approved by @bob")(m) && len(m.Buttons()) == 0
	})
}

// Nobody answers for a waiver from whom no word is taken: the end of it could
// not be said by a guest, or by a bot.
func TestOwnersAreMembers(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	found := s.findings()
	tried := 0
	for _, o := range others {
		if o.user.Deleted { // Slack does not offer them
			continue
		}
		tried++
		s.click(wst.Alice, found, actionWaive)
		s.submit(wst.Alice, s.opened(wst.Alice, viewWaive), workspace.Values{partOwner: o.user.ID, partReason: "a partner needs it"})
		s.eventually("alice is told of "+o.user.Name, func() bool {
			refused := slices.DeleteFunc(s.ws.Ephemerals(wst.Alice), func(m workspace.Message) bool { return !strings.Contains(m.Text(), "full member") })
			return len(refused) == tried
		})
	}
	if n := s.records(actions.KindWaiver); n != 0 {
		t.Errorf("%d waivers were asked for", n)
	}
}
