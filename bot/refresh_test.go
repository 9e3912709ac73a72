package bot

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

// Slack renews each socket every few hours. In a stream of commands each that was
// acknowledged is done, and none is done twice. An acknowledgement that was on its
// way by the socket that ends may be lost: Slack then tells the person of a
// failure, whether or not the command is carried out.
func TestSocketsAreRenewedInAStream(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	must(t, s.ws.WaitConnected(s.ctx, sockets))
	const people, each = 4, 25
	var stream sync.WaitGroup
	errs := make([]error, people*each)
	for p := range people {
		stream.Go(func() {
			for n := p * each; n < (p+1)*each; n++ {
				_, errs[n] = s.ws.As(wst.Alice).Command(s.ctx, wst.Ops, "/harden", fmt.Sprintf("undo R-%08d", n))
			}
		})
	}
	done := make(chan struct{})
	go func() { stream.Wait(); close(done) }()
	renewed := 0
	for over := false; !over; renewed++ {
		s.ws.DisconnectSocket("refresh_requested")
		must(t, s.ws.WaitConnected(s.ctx, sockets))
		select {
		case <-done:
			over = true
		default:
		}
	}
	acknowledged := 0
	for n, err := range errs {
		switch {
		case err == nil:
			acknowledged++
			s.told(wst.Alice, fmt.Sprintf("R-%08d", n))
		case !errors.Is(err, workspace.ErrDispatch):
			t.Error(err)
		}
	}
	s.eventually("all is posted", func() bool { return len(s.bot.outbox.waiting(func(letter) bool { return true })) == 0 })
	seen := map[string]bool{}
	for _, m := range s.answers() {
		if seen[m.Text()] {
			t.Errorf("twice: %s", m.Text())
		}
		seen[m.Text()] = true
	}
	if lost := len(errs) - acknowledged; lost > renewed*people {
		t.Errorf("%d acknowledgements were lost by %d renewals", lost, renewed)
	}
}

// answers is what the bot has answered to alice. Slack's own notes are left out.
func (s *stage) answers() []workspace.Message {
	return slices.DeleteFunc(s.ws.Ephemerals(wst.Alice), func(m workspace.Message) bool { return m.User != wst.Bot })
}

// A mention that is on its way when the sockets are cut is sent again by Slack, and
// done once.
func TestMentionsSurviveCutSockets(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	const mentions = 40
	for i := range mentions {
		_, err := s.ws.As(wst.Alice).Say(wst.Ops, fmt.Sprintf("<@%s> help %d", wst.Bot, i), "")
		must(t, err)
		if i%10 == 5 {
			must(t, s.ws.WaitConnected(s.ctx, sockets))
			s.ws.DisconnectSocket("warning")
		}
	}
	s.eventually("all is answered", func() bool { return len(s.answers()) >= mentions })
	s.eventually("all is posted", func() bool { return len(s.bot.outbox.waiting(func(letter) bool { return true })) == 0 })
	if n := len(s.answers()); n != mentions {
		t.Errorf("%d mentions had %d answers", mentions, n)
	}
}
