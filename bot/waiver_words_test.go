package bot

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"pgregory.net/rapid"

	"hardenbot/actions"
)

func someWaiver() actions.Waiver {
	return actions.Waiver{
		ID: "W-7g2kd0xw", Created: noon, Expires: noon.Add(time.Hour), Approvals: 1, State: actions.WaiverWaiting, Digest: strings.Repeat("ab12", 16),
		WaiverRequest: actions.WaiverRequest{
			Remedy: "ssh-password-auth", Title: "sshd accepts passwords", Hosts: []string{"web-1", "web-2", "web-4", "web-10"},
			Owner: actions.Person{ID: "U0CAROL"}, Reason: "A partner logs in by `password` until spring; *no* <!channel> please.", Until: noon.AddDate(0, 1, 0),
			Requester: actions.Person{ID: "U0ALICE", Name: "alice"}, Channel: "C1",
		},
	}
}

func TestGoldenWaivers(t *testing.T) {
	bob := actions.Person{ID: "U0BOB"}
	in := func(state actions.WaiverState, change func(*actions.Waiver)) actions.Waiver {
		w := someWaiver()
		w.State = state
		change(&w)
		return w
	}
	yes := func(w *actions.Waiver) {
		w.Decided = []actions.Decision{{Who: bob, At: noon, Yes: true}}
	}
	half := in(actions.WaiverWaiting, func(w *actions.Waiver) { yes(w); w.Approvals = 2 })
	held := in(actions.WaiverApproved, yes)
	denied := in(actions.WaiverDenied, func(w *actions.Waiver) {
		w.Decided = []actions.Decision{{Who: bob, At: noon, Reason: "mend it <@U0BOB>"}}
	})
	withdrawn := in(actions.WaiverWithdrawn, func(w *actions.Waiver) { w.EndedBy, w.EndedAt = &w.Requester, noon.Add(time.Minute) })
	early := in(actions.WaiverEnded, func(w *actions.Waiver) { yes(w); w.EndedBy, w.EndedAt = &w.Owner, noon.AddDate(0, 0, 3) })
	whole := in(actions.WaiverWaiting, func(w *actions.Waiver) { w.Whole, w.Subject = true, "" })

	golden(t, "waiver-request", waiverMessage(someWaiver(), 1, noon))
	golden(t, "waiver-whole", waiverMessage(whole, 1, noon))
	golden(t, "waiver-half-approved", waiverMessage(half, 1, noon))
	golden(t, "waiver-approved", waiverMessage(held, 0, noon))
	golden(t, "waiver-denied", waiverMessage(denied, 1, noon))
	golden(t, "waiver-withdrawn", waiverMessage(withdrawn, 1, noon))
	golden(t, "waiver-lapsed", waiverMessage(someWaiver(), 1, noon.Add(time.Hour)))
	golden(t, "waiver-ended", waiverMessage(held, 0, held.Until))
	golden(t, "waiver-ended-early", waiverMessage(early, 0, noon.AddDate(0, 0, 4)))
	golden(t, "waiver-notices", waiverEnding(held), waiverOver(held), waiverOver(early))
	golden(t, "waivers", waiverList([]actions.Waiver{someWaiver(), held}), waiverList(nil))
}

func TestWaiversStayWithinLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := hostile()
		w := someWaiver()
		w.Title, w.Reason, w.Remedy, w.Subject = text.Draw(t, "title"), text.Draw(t, "reason"), text.Draw(t, "remedy"), text.Draw(t, "subject")
		w.Requester.ID, w.Owner.ID = text.Draw(t, "requester"), text.Draw(t, "owner")
		w.Decided = []actions.Decision{{Who: actions.Person{ID: text.Draw(t, "who")}, Reason: text.Draw(t, "denial")}}
		w.State = rapid.SampledFrom([]actions.WaiverState{actions.WaiverWaiting, actions.WaiverApproved, actions.WaiverDenied, actions.WaiverEnded}).Draw(t, "state")
		host := text.Draw(t, "host")
		for i := range rapid.IntRange(0, 80).Draw(t, "hosts") {
			w.Hosts = append(w.Hosts, fmt.Sprint("web-", i, host))
		}
		all := make([]actions.Waiver, rapid.IntRange(0, 6).Draw(t, "waivers"))
		for i := range all {
			all[i] = w
			all[i].ID = fmt.Sprint("W-", i)
		}
		for _, m := range []message{waiverMessage(w, 1, noon), waiverEnding(w), waiverOver(w), waiverList(all)} {
			checkLimits(t, m)
			checkHarmless(t, m)
		}
		g := someGroup(3, text.Draw(t, "subject"))
		g.Title, g.Members[0].Host = w.Title, host
		checkView(t, waiveView(g, text.Draw(t, "remedy title"), w.Owner, noon))
		checkView(t, denyWaiverView(w, "C1", "1.0"))
		if m := waiverMessage(w, 1, noon); w.State == actions.WaiverWaiting && !strings.Contains(mustJSON(m.Blocks), actionWaiveApprove) {
			t.Errorf("there is no way to approve the waiver")
		}
	})
}

// Every waiver is listed or counted.
func TestLongListOfWaiversIsCounted(t *testing.T) {
	all := make([]actions.Waiver, 200)
	for i := range all {
		all[i] = someWaiver()
		all[i].ID, all[i].State = fmt.Sprintf("W-%d", i), actions.WaiverApproved
	}
	m := waiverList(all)
	checkLimits(t, m)
	shown := strings.Count(mustJSON(m.Blocks), `"`+actionWaiveEnd+`"`)
	if foot := mustJSON(m.Blocks[len(m.Blocks)-1]); shown < 5 || !strings.Contains(foot, fmt.Sprintf("%d waivers more", 200-shown)) {
		t.Errorf("%d are shown, and the end says %s", shown, foot)
	}
}

func someGroup(hosts int, subject string) actions.Group {
	g := actions.Group{Remedy: "port-exposed", Subject: subject, Title: "3306/tcp (mysqld) can be reached from the internet", Status: actions.Open}
	for i := range hosts {
		host := fmt.Sprintf("web-%d", i+1)
		g.Members = append(g.Members, actions.Finding{ID: actions.FindingID(g.Remedy, host, subject), Host: host, Remedy: g.Remedy, Subject: subject})
	}
	return g
}

func TestGoldenWaiveViews(t *testing.T) {
	for name, view := range map[string]slack.ModalViewRequest{
		"waive-view":        waiveView(someGroup(2, "3306/tcp"), "Ports are open to the internet", actions.Person{ID: "U0ALICE"}, noon),
		"waive-view-many":   waiveView(someGroup(12, ""), "x", actions.Person{ID: "cli:alice"}, noon),
		"waive-view-denied": denyWaiverView(someWaiver(), "C1", "1.0"),
	} {
		golden(t, name, message{Text: view.Title.Text, Blocks: view.Blocks.BlockSet})
		checkView(t, view)
	}
}

func TestWaiveViewOfManyHosts(t *testing.T) {
	view := waiveView(someGroup(730, ""), "x", actions.Person{ID: "U0ALICE"}, noon)
	checkView(t, view)
	raw := mustJSON(view)
	if !strings.Contains(raw, "230 hosts more have it") || !strings.Contains(raw, `"web-500"`) || strings.Contains(raw, `"web-501"`) {
		t.Error("hosts are left out in silence, or not at all")
	}
	for _, block := range view.Blocks.BlockSet {
		if in, ok := block.(*slack.InputBlock); ok && in.BlockID == partHosts {
			groups := in.Element.(*slack.MultiSelectBlockElement).OptionGroups
			if len(groups) != 5 || len(groups[4].Options) != 100 {
				t.Errorf("%d groups of hosts", len(groups))
			}
		}
	}
}

// Whatever comes back from a window is a request or has its faults named.
func FuzzFilledIn(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"state":{"values":{}}}`, `{"state":null}`,
		`{"state":{"values":{"hosts":{"hosts":{"selected_options":[{"value":"F-1"}]}},"owner":{"owner":{"selected_user":"U0ALICE"}},"reason":{"reason":{"value":" why not "}},"until":{"until":{"selected_date":"2026-03-20"}},"scope":{"scope":{"selected_option":{"value":"remedy"}}}}}}`,
		`{"state":{"values":{"until":{"until":{"selected_date":"9999-99-99"}}}}}`,
	} {
		f.Add(seed)
	}
	parts := map[string]bool{partHosts: true, partOwner: true, partReason: true, partUntil: true}
	f.Fuzz(func(t *testing.T, payload string) {
		var view slack.View
		if json.Unmarshal([]byte(payload), &view) != nil {
			return
		}
		req := filledIn(actions.Person{ID: "U0ALICE", Name: "alice"}, view)
		faults := req.Faults(noon)
		for part := range faults {
			if !parts[part] {
				t.Errorf("a fault of %q, which is no part of the window", part)
			}
		}
		if len(faults) == 0 && (len(req.Hosts) == 0 || req.Reason == "" || !req.Until.After(noon) || req.Until.Hour() != 12) {
			t.Errorf("%+v has no fault", req)
		}
	})
}
