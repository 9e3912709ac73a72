package bot

import (
	"testing"

	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

func TestRequesterWithdraws(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		s := set(t, mode, nil)
		s.start()
		request := s.requested()
		s.click(wst.Bob, request, actionWithdraw, workspace.Accept())
		s.told(wst.Bob, "only whoever asked for plan", "may withdraw it")
		s.click(wst.Alice, request, actionWithdraw, workspace.Accept())
		after := s.seesWhere(func(m workspace.Message) bool {
			return m.TS == request.TS && workspace.Containing("Withdrawn by @alice")(m)
		})
		if len(after.Buttons()) != 0 {
			t.Errorf("the withdrawn plan still has the buttons %v", after.Buttons())
		}
		s.click(wst.Bob, request, actionApprove, workspace.Accept(), workspace.Stale())
		s.told(wst.Bob, "is already withdrawn")
		if s.sound("web-1") {
			t.Error("web-1 was changed")
		}
		s.noProblems()
	})
}
