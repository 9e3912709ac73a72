package bot

import (
	"testing"
	"time"

	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

// While a host takes long, the time beside it moves on; and when the run has
// ended, nothing says any more that it goes on.
func TestLiveMessageMovesOn(t *testing.T) {
	late := newClock()
	s := set(t, ModeSocket, func(s *stage) { s.cfg.Now, s.pulse = late.now, time.Millisecond })
	begun, release := make(chan bool, 10), make(chan bool)
	s.waitAt("web-1", begun, release)
	s.start()
	s.click(wst.Bob, s.requested(), actionApprove, workspace.Accept())
	<-begun
	live := s.seesWhere(func(m workspace.Message) bool {
		return workspace.Containing("Run R-", "*web-1*", "making the change")(m)
	})
	late.advance(10 * time.Minute)
	s.seesWhere(func(m workspace.Message) bool {
		return m.TS == live.TS && workspace.Containing("making the change", "), 10 min")(m)
	})
	close(release)
	s.sees("✓ Done on 4 of 4 hosts")
	s.seesWhere(func(m workspace.Message) bool {
		return m.TS == live.TS && workspace.Containing("4 of 4 done", "100% done")(m) && len(m.Buttons()) == 0
	})
}
