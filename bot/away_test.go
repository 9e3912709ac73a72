package bot

import (
	"slices"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

func TestSlackAwayDelaysAndLosesNothing(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		s := set(t, mode, nil)
		clicked := make(chan struct{})
		s.fleet.Host("web-2").Sudden = func(call string) {
			if call == "arm" {
				<-clicked // Slack has had the acknowledgement by then
				s.ws.Down(true)
			}
		}
		s.start()
		s.click(wst.Bob, s.requested(), actionApprove, workspace.Accept())
		close(clicked)
		s.eventually("the run ends without Slack", func() bool { return s.sound("web-4") && s.runEnded() })
		if s.has("✓ Done on 4 of 4 hosts") {
			t.Fatal("Slack was not away")
		}
		s.ws.Down(false)
		s.sees("✓ Done on 4 of 4 hosts", "sshd accepts passwords")
		s.sees("Approved by @bob", "✓ Done on 4 of 4 hosts")
	})
}

func (s *stage) has(parts ...string) bool {
	return slices.ContainsFunc(s.ws.Messages(wst.Ops), workspace.Containing(parts...))
}

func (s *stage) runEnded() bool {
	ended := false
	must(s.t, s.ledger.View(s.ctx, func(r actions.Reader) error {
		runs, err := actions.All[actions.Run](r, actions.KindRun)
		ended = len(runs) == 1 && runs[0].State != actions.RunGoing
		return err
	}))
	return ended
}

func TestSlackLimitsAreWaitedFor(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	s.ws.RateLimitNext(1, time.Second, "chat.postMessage")
	request := s.requested()
	s.ws.RateLimitNext(1, time.Second, "chat.update")
	s.ws.BreakNext(2, "chat.update")
	s.click(wst.Bob, request, actionApprove, workspace.Accept())
	s.sees("Approved by @bob", "✓ Done on 4 of 4 hosts")
	var limited int
	for _, c := range s.ws.Calls() {
		if c.Error == "ratelimited" {
			limited++
		}
	}
	if limited != 2 {
		t.Errorf("%d of 2 limits were met", limited)
	}
}

// An answer that gets lost after the message was posted may double it. The
// double is out of date, and nothing can be approved by it.
func TestDoubledRequestCannotBeApproved(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	found := s.findings()
	s.eventually("all is posted", func() bool { return len(s.bot.outbox.waiting(func(letter) bool { return true })) == 0 })
	s.ws.LoseAnswers(2, "chat.postMessage") // the note in the thread, and then the request
	s.click(wst.Alice, found, actionFix)
	requests := func() (all []workspace.Message) {
		for _, m := range s.ws.Messages(wst.Ops) {
			if waits(m) {
				all = append(all, m)
			}
		}
		return all
	}
	s.eventually("the request is there", func() bool {
		return len(requests()) > 0 && len(s.bot.outbox.waiting(func(letter) bool { return true })) == 0
	})
	all := requests()
	for _, m := range all[:len(all)-1] {
		s.click(wst.Bob, m, actionApprove, workspace.Accept())
		s.told(wst.Bob, "out of date")
	}
	s.click(wst.Bob, all[len(all)-1], actionApprove, workspace.Accept())
	s.sees("✓ Done on 4 of 4 hosts")
}

func TestSocketIsOpenedAgain(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	for range 3 {
		s.ws.DropSockets()
		must(t, s.ws.WaitConnected(s.ctx, 1))
		s.eventually("the bot is ready", s.bot.connected.Load)
		s.command(wst.Alice, "help")
	}
	s.eventually("three answers", func() bool { return len(s.ws.Ephemerals(wst.Alice)) == 3 })
}
