package bot

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"hardenbot/actions"
	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

func groupFor(t *testing.T, scan actions.Scan, remedy string) actions.Group {
	t.Helper()
	for _, g := range actions.Grouped(scan.Findings) {
		if g.Remedy == remedy {
			return g
		}
	}
	t.Fatalf("nothing is found of %s", remedy)
	return actions.Group{}
}

// checkView holds a view to what Slack takes, and to what it may say.
func checkView(t failer, view slack.ModalViewRequest) {
	t.Helper()
	for _, problem := range workspace.CheckView(json.RawMessage(mustJSON(view))) {
		t.Errorf("%s", problem)
	}
	checkHarmless(t, message{Text: "-", Blocks: view.Blocks.BlockSet})
}

func TestDetailsView(t *testing.T) {
	waiver := actions.Waiver{ID: "W-1", WaiverRequest: actions.WaiverRequest{
		Remedy: "ssh-password-auth", Hosts: []string{"web-2"}, Owner: actions.Person{ID: "U0BOB"}, Reason: "until the *move*", Until: noon.Add(time.Hour),
	}}
	catalogue := remedies()
	catalogue[1].References = []string{"CIS Debian 12 5.1.4", "Lynis SSH-7408", "http://evil.example"}
	mends := detailsView(groupFor(t, someScan(), "ssh-password-auth"), catalogue, []actions.Waiver{waiver})
	reports := detailsView(groupFor(t, someScan(), "db-open-bind"), catalogue, nil)
	for _, view := range []slack.ModalViewRequest{mends, reports} {
		checkView(t, view)
	}
	golden(t, "details", message{Text: "Details", Blocks: mends.Blocks.BlockSet}, message{Text: "Details", Blocks: reports.Blocks.BlockSet})
}

func TestHostileDetails(t *testing.T) {
	for what, evil := range nasty {
		t.Run(what, func(t *testing.T) {
			waiver := actions.Waiver{ID: "W-1", WaiverRequest: actions.WaiverRequest{Hosts: []string{evil}, Owner: actions.Person{ID: evil}, Reason: evil, Until: noon}}
			for _, g := range actions.Grouped(evilScan(evil).Findings) {
				checkView(t, detailsView(g, evilCatalogue(evil), []actions.Waiver{waiver, waiver}))
				checkView(t, detailsView(g, nil, nil))
			}
		})
	}
}

// A finding on 500 hosts, each with much to say, stays within a view, and says
// what it leaves out.
func TestLongDetailsAreCut(t *testing.T) {
	g := actions.Group{Remedy: "fail2ban", Title: "fail2ban is absent", Layer: actions.Prevention}
	for i := range 500 {
		name := fmt.Sprintf("web-%d", i)
		g.Members = append(g.Members, actions.Finding{
			ID: actions.FindingID("fail2ban", name, ""), Host: name, Evidence: []string{name + strings.Repeat(" & ", 100), strings.Repeat("é", 500)},
		})
	}
	view := detailsView(g, remedies(), nil)
	checkView(t, view)
	if all := mustJSON(view); !strings.Contains(all, "which do not fit in here") || !strings.Contains(all, g.Members[0].ID) || !strings.Contains(all, g.Members[499].ID) {
		t.Errorf("what is left out is not said, or the ids are missing: %.500s", all)
	}
}

func TestDetailsButton(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		s := set(t, mode, nil)
		s.start()
		found := s.findings()
		s.click(wst.Carol, found, actionDetails)
		s.told(wst.Carol, "you may not scan hosts")
		s.click(wst.Bob, found, actionDetails)
		view, err := s.ws.WaitView(s.ctx, wst.Bob, func(v workspace.View) bool { return v.CallbackID == viewDetails })
		must(t, err)
		for _, want := range []string{"sshd accepts passwords", "web-1, web-2, web-3, web-4", "PasswordAuthentication is yes", "Nothing is changed before", actions.FindingID("weak", "web-4", "")} {
			if !strings.Contains(string(view.Blocks), want) {
				t.Errorf("%q is not in %s", want, view.Blocks)
			}
		}
		if len(s.ws.Views(wst.Carol)) != 0 {
			t.Error("carol sees details")
		}
		s.noProblems()
	})
}
