package bot

import (
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

func TestPlanMessage(t *testing.T) {
	two, run := somePlan(), someRun(actions.RunGoing)
	two.Approvals = 2
	two.Decided = []actions.Decision{{Who: actions.Person{ID: "U0BOB"}, At: noon, Yes: true}}
	golden(t, "plan-standing",
		planStanding(two, nil, "https://example.slack.com/archives/C1/p1"), planStanding(two, &run, ""))
}

func TestPlanCommand(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		s := set(t, mode, nil)
		s.start()
		request := s.requested()
		id := planID(request)
		s.command(wst.Carol, "plan "+id)
		s.told(wst.Carol, "you may not scan hosts")
		s.command(wst.Bob, "plan "+strings.ToLower(id)+".")
		s.told(wst.Bob, "Plan "+id, "it waits for approval, 0 of 1 given", "Go to the message of plan "+id)
		s.command(wst.Bob, "plan P-00000000")
		s.told(wst.Bob, "there is no plan P-00000000 in this channel")
		_, err := s.ws.As(wst.Alice).Command(s.ctx, wst.Private, "/harden", "plan "+id)
		must(t, err)
		s.told(wst.Alice, "there is no plan", "in this channel")
		for _, m := range s.ws.Ephemerals(wst.Bob) {
			if len(m.Buttons()) != 0 {
				t.Errorf("a second message has the buttons %v", m.Buttons())
			}
		}
		s.click(wst.Bob, request, actionApprove, workspace.Accept())
		s.sees("✓ Done on 4 of 4 hosts")
		s.command(wst.Bob, "plan "+id)
		s.told(wst.Bob, "Approved by @bob", "run R-")
	})
}

// A plan whose message is gone is posted anew, and can be approved there.
func TestPlanWhoseMessageIsGone(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	request := s.requested()
	_, _, err := s.bot.client.api.DeleteMessageContext(s.ctx, wst.Ops, request.TS)
	must(t, err)
	s.command(wst.Bob, "plan "+planID(request))
	s.told(wst.Bob, "Its message is not there any more; it is posted anew")
	again := s.seesWhere(func(m workspace.Message) bool { return waits(m) && m.TS != request.TS })
	s.click(wst.Bob, again, actionApprove, workspace.Accept())
	s.sees("✓ Done on 4 of 4 hosts")
}
