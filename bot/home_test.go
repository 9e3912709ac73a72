package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

// homeShows waits until a person's Home tab says all the parts.
func (s *stage) homeShows(person string, parts ...string) workspace.View {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	var shown workspace.View
	err := s.ws.Wait(ctx, func() bool {
		v, ok := s.ws.HomeView(person)
		shown = v
		return ok && !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(v.Text(), p) })
	})
	if err != nil {
		s.t.Fatalf("the Home tab of %s does not say %q: %s", person, parts, shown.Text())
	}
	return shown
}

func (s *stage) press(person string, on workspace.View, action string, opts ...workspace.ClickOption) {
	s.t.Helper()
	if _, err := s.ws.As(person).ClickView(s.ctx, on, action, opts...); err != nil {
		s.t.Fatal(err)
	}
}

// linked waits until each thing in the Home tab leads to its message.
func (s *stage) linkedTo(person string, m workspace.Message) workspace.View {
	s.t.Helper()
	address := fmt.Sprintf("/archives/%s/p%s", m.Channel, strings.Replace(m.TS, ".", "", 1))
	var shown workspace.View
	s.eventually("the Home tab leads to the message", func() bool {
		v, ok := s.ws.HomeView(person)
		shown = v
		return ok && strings.Contains(string(v.Blocks), address)
	})
	return shown
}

// What each person sees depends on what that person may do, and follows what
// happens.
func TestHomeFollowsAPlan(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		begun, release := make(chan bool), make(chan bool)
		s := set(t, mode, func(s *stage) { s.waitAt("web-1", begun, release) })
		s.start()
		for _, person := range []string{wst.Alice, wst.Bob} {
			s.ws.As(person).Home()
			s.homeShows(person, "Nothing waits for you", "None of 4 hosts was scanned yet")
		}
		request := s.requested()
		s.homeShows(wst.Bob, "What waits for you", "*sshd accepts passwords* on web-1, web-2, web-3, web-4, asked for by @alice in #ops", "Risk: could lock people out",
			"*access*: 4 open", "There is nothing to compare with")
		s.homeShows(wst.Alice, "Nothing waits for you", "What you have asked for", "*sshd accepts passwords* on web-1")
		view := s.linkedTo(wst.Bob, request)
		s.linkedTo(wst.Alice, request)
		if ids := view.ActionIDs(); slices.Contains(ids, actionApprove) || slices.Contains(ids, actionWithdraw) {
			t.Errorf("bob can press %v", ids)
		}
		s.press(wst.Bob, view, actionOpen)
		s.click(wst.Bob, request, actionApprove, workspace.Accept())
		<-begun
		s.homeShows(wst.Bob, "Nothing waits for you", "Runs that go on", "*sshd accepts passwords* in #ops: run R-")
		close(release)
		s.sees("Approved by @bob", "✓ Done on 4 of 4 hosts")
		s.eventually("the run is gone from the Home tab", func() bool {
			v, _ := s.ws.HomeView(wst.Bob)
			return !strings.Contains(v.Text(), "Runs that go on")
		})
		s.homeShows(wst.Bob, "*access*: 0 open")
		s.noProblems()
	})
}

func TestHomeOfAStranger(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	request := s.requested()
	s.ws.As(wst.Carol).Home()
	view := s.homeShows(wst.Carol, "I look at servers", "ask for your user ID "+wst.Carol+" to be added to policy.requesters")
	if text := view.Text(); strings.Contains(text, "web-") || strings.Contains(text, planID(request)) || strings.Contains(text, "sshd") || len(view.ActionIDs()) != 0 {
		t.Errorf("carol reads %q and can press %v", text, view.ActionIDs())
	}
	s.noProblems()
}

// A requester who is no approver is not asked to decide.
func TestHomeOfARequester(t *testing.T) {
	s := set(t, ModeSocket, approverOnlyBob)
	s.start()
	s.requested()
	s.ws.As(wst.Alice).Home()
	if text := s.homeShows(wst.Alice, "Nothing waits for you", "What you have asked for").Text(); strings.Contains(text, "Open in channel") && !strings.Contains(text, "Withdraw") {
		t.Errorf("alice reads %q", text)
	}
}

func TestWithdrawFromHome(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		s := set(t, mode, nil)
		s.start()
		request := s.requested()
		s.ws.As(wst.Alice).Home()
		s.homeShows(wst.Alice, "What you have asked for")
		view := s.linkedTo(wst.Alice, request)
		s.press(wst.Alice, view, actionWithdraw, workspace.Accept())
		s.waitsFor(request.TS, workspace.Containing("Withdrawn by @alice"))
		s.eventually("it is gone from the Home tab", func() bool {
			v, _ := s.ws.HomeView(wst.Alice)
			return !strings.Contains(v.Text(), "What you have asked for")
		})
		s.noProblems()
	})
}

// A refusal in Home is told there, to the one who pressed, and is audited.
func TestHomeAnswersThere(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	request := s.requested()
	s.ws.As(wst.Alice).Home()
	view := s.linkedTo(wst.Alice, request)
	ack, err := s.ws.As(wst.Alice).ClickView(s.ctx, view, actionWithdraw, workspace.Accept())
	must(t, err)
	s.waitsFor(request.TS, workspace.Containing("Withdrawn by @alice"))
	forge := func(person, action, value string) { // what a client could make up
		payload := map[string]any{}
		must(t, json.Unmarshal(ack.Sent.Payload, &payload))
		payload["user"] = map[string]any{"id": person, "name": "x"}
		payload["trigger_id"] = actions.NewID("T")
		pressed := payload["actions"].([]any)[0].(map[string]any)
		pressed["action_id"], pressed["value"] = action, value
		raw, err := json.Marshal(payload)
		must(t, err)
		_, err = s.ws.Deliver(s.ctx, workspace.Delivery{Kind: workspace.KindInteraction, Payload: raw})
		must(t, err)
	}
	forge(wst.Alice, actionWithdraw, planID(request))
	s.homeShows(wst.Alice, "is already withdrawn")
	forge(wst.Alice, actionAbort, "R-00000000")
	s.homeShows(wst.Alice, "this message is out of date")
	forge(wst.Bob, actionWithdraw, "P-00000000")
	s.homeShows(wst.Bob, "there is no plan P-00000000")
	for _, action := range []string{actionApprove, actionFix, actionUndo, actionResume, actionDeny} {
		forge(wst.Bob, action, planID(request))
	}
	forge(wst.Carol, actionHalt, "all")
	s.homeShows(wst.Carol, "I look at servers", "you may not scan hosts")
	if hold, err := s.cfg.Approver.Stopped(s.ctx); hold != nil || err != nil || s.records(actions.KindRun) != 0 {
		t.Errorf("a forged press in Home did something: %v, %v", hold, err)
	}
	if told := append(s.ws.Ephemerals(wst.Alice), s.ws.Ephemerals(wst.Bob)...); len(told) != 0 {
		t.Errorf("it was told elsewhere, too: %s", told[0].Text())
	}
}

func TestStopAndStartFromHome(t *testing.T) {
	s := set(t, ModeSocket, approverOnlyBob)
	s.start()
	s.ws.As(wst.Alice).Home()
	s.ws.As(wst.Bob).Home()
	s.press(wst.Alice, s.homeShows(wst.Alice, "Stop all changes"), actionHalt, workspace.Accept())
	if view := s.homeShows(wst.Alice, "All changes are stopped* by @alice"); slices.Contains(view.ActionIDs(), actionStart) {
		t.Error("alice can let changes begin again")
	}
	view := s.homeShows(wst.Bob, "All changes are stopped* by @alice")
	s.press(wst.Bob, view, actionStart)
	s.homeShows(wst.Bob, "Stop all changes")
	if hold, err := s.cfg.Approver.Stopped(s.ctx); hold != nil || err != nil {
		t.Errorf("changes are still stopped: %v, %v", hold, err)
	}
}

func TestAbortFromHome(t *testing.T) {
	begun, release := make(chan bool), make(chan bool)
	s := set(t, ModeSocket, func(s *stage) { s.waitAt("web-2", begun, release) })
	s.start()
	s.ws.As(wst.Alice).Home()
	s.click(wst.Bob, s.requested(), actionApprove, workspace.Accept())
	<-begun
	s.press(wst.Alice, s.homeShows(wst.Alice, "Runs that go on"), actionAbort, workspace.Accept())
	s.sees("@alice aborts run R-")
	close(release)
	s.sees("✗ Stopped", "the run was aborted by alice")
}

// A host that needs somebody stands in Home until somebody takes care of it.
func TestCareFromHome(t *testing.T) {
	s := set(t, ModeSocket, leftInTrouble("web-1"))
	s.start()
	s.ws.As(wst.Alice).Home()
	s.click(wst.Bob, s.requested(), actionApprove, workspace.Accept())
	s.sees("✗ Stopped")
	s.press(wst.Alice, s.homeShows(wst.Alice, "Hosts that need somebody"), actionCare)
	s.sees("@alice takes care of web-1")
	s.eventually("the host is gone from the Home tab", func() bool {
		v, _ := s.ws.HomeView(wst.Alice)
		return !strings.Contains(v.Text(), "Hosts that need somebody")
	})
}

// Slack's limit on publishing delays a tab, and loses none.
func TestHomeWaitsForSlack(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	s.ws.RateLimitNext(1, time.Second, "views.publish")
	s.ws.As(wst.Alice).Home()
	s.homeShows(wst.Alice, "Nothing waits for you")
}
