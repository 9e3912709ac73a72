package bot

import (
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

func TestFixByWords(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		s := set(t, mode, nil)
		s.start()
		s.command(wst.Alice, "fix")
		s.told(wst.Alice, "none of these hosts was scanned yet")
		s.findings()
		s.command(wst.Alice, "fix")
		s.told(wst.Alice, "What can be fixed", "/harden fix weak web-1,web-2,web-3,web-4", "sshd accepts passwords")
		s.command(wst.Alice, "fix weak web-1, web-2")
		request := s.seesWhere(waits)
		s.click(wst.Alice, request, actionApprove, workspace.Accept())
		s.told(wst.Alice, "a second engineer has to approve it")
		s.click(wst.Bob, request, actionApprove, workspace.Accept())
		s.sees("✓ Done on 2 of 2 hosts")
		if !s.sound("web-1") || !s.sound("web-2") || s.sound("web-3") {
			t.Error("not just web-1 and web-2 were changed")
		}
		s.noProblems()
	})
}

// A finding's id is enough: it knows its host, and no other is changed.
func TestFixOneFinding(t *testing.T) {
	s := set(t, ModeSocket, nil)
	s.start()
	s.findings()
	s.command(wst.Alice, "fix "+actions.FindingID("weak", "web-3", ""))
	request := s.seesWhere(waits)
	s.click(wst.Bob, request, actionApprove, workspace.Accept())
	s.sees("✓ Done on 1 of 1 host")
	if s.sound("web-1") || !s.sound("web-3") {
		t.Error("not just web-3 was changed")
	}
}

// Words are held to the same policy as the button.
func TestFixByWordsIsRefused(t *testing.T) {
	s := set(t, ModeSocket, func(s *stage) {
		s.cfg.Policy.Channels = map[string][]string{wst.Ops: {"web-*"}, wst.Private: {"*"}}
		s.cfg.Policy.Requesters = []string{wst.Alice}
		s.cfg.Planner.Policy = s.cfg.Policy
	}, "web-1", "db-1")
	s.start()
	_, err := s.ws.As(wst.Alice).Command(s.ctx, wst.Private, "/harden", "scan *")
	must(t, err)
	s.eventually("both are scanned", func() bool { return s.records(actions.KindKnown) == 2 })
	for _, c := range []struct{ who, text, told string }{
		{wst.Bob, "fix weak web-1", "you may not request fixes"},
		{wst.Carol, "fix", "you may not request fixes"},
		{wst.Alice, "fix weak db-1", "outside of what this channel may target"},
		{wst.Alice, "fix " + actions.FindingID("weak", "db-1", ""), "nothing that is known here is called"},
		{wst.Alice, "fix F-00000000", "nothing that is known here is called"},
		{wst.Alice, "fix none web-1", "nothing that is known here is called none"},
		{wst.Alice, "fix weak web-9", "no host is called"},
	} {
		s.command(c.who, c.text)
		s.told(c.who, c.told)
	}
	if n := s.records(actions.KindPlan); n != 0 {
		t.Errorf("%d plans were made", n)
	}
}

func TestChosen(t *testing.T) {
	r := someRecall()
	r.known[0].Findings = append(r.known[0].Findings, actions.Finding{
		ID: "F-22222222", Remedy: "fail2ban", Host: "web-1", Subject: "other", Title: "fail2ban is `odd`", Status: actions.Open, Layer: actions.Prevention,
	})
	for what, want := range map[string]string{
		"ssh-password-auth": "", // waived on web-2, open elsewhere
		"F-22222222":        "",
		"db-open-bind":      "has no automatic fix: who uses it is not known here",
		"fail2ban":          "has 2 different findings there; name one of them: `/harden fix F-",
		"unknown":           "nothing that is known here is called unknown",
		"never":             "the newest scans have found no never there",
		actions.FindingID("fail2ban", "web-4", ""):          "could not be checked there",
		actions.FindingID("ssh-password-auth", "web-2", ""): "is waived there",
	} {
		catalogue := append(remedies(), actions.Remedy{ID: "never"})
		g, err := chosen(r, what, catalogue)
		if want == "" && (err != nil || g.Status != actions.Open) {
			t.Errorf("%s: %+v, %v", what, g, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v; want %q", what, err, want)
		}
		if err != nil {
			checkAnswer(t, what, err)
		}
	}
	if g, _ := chosen(r, "ssh-password-auth", remedies()); strings.Join(g.Hosts(), " ") != "web-1 web-4" {
		t.Errorf("the waived host is among %v", g.Hosts())
	}
}

func TestFixableMessage(t *testing.T) {
	golden(t, "fixable", fixable(someRecall(), remedies()), fixable(recalled{pattern: "db-*"}, remedies()))
}
