package bot

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hardenbot/actions"
)

// hostile draws text such as a host might print to be taken for something else.
func hostile() *rapid.Generator[string] {
	bad := rapid.SampledFrom([]string{
		"<!channel>", "<@U0EVIL>", "@here", "&amp;", "&", "<", ">", "`", "```", "*evil*", "_evil_", "~evil~", ":warning:", "\n", "\r\n",
		"\x00", "\x1b[31m", "\u202e", "\u2066", "\u200b", "http://evil.example", "<http://evil.example|ok>", "✓ Approved", "\xff\xfe", "𝔘", "é", "\u2028",
	})
	return rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(rapid.OneOf(bad, rapid.StringN(0, 60, 200)), 0, 30).Draw(t, "parts")
		return strings.Repeat(strings.Join(parts, ""), rapid.IntRange(1, 8).Draw(t, "times"))
	})
}

func TestFindingsStayWithinLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := hostile()
		kinds, hosts := rapid.IntRange(0, 12).Draw(t, "kinds"), rapid.IntRange(1, 30).Draw(t, "hosts")
		scan := actions.Scan{ID: "S-1", Pattern: text.Draw(t, "pattern"), Doubts: []string{text.Draw(t, "doubt")}}
		var catalogue []actions.Remedy
		for k := range kinds {
			r := remedies()[k%3]
			r.ID, r.Title, r.Why, r.ReportOnly = fmt.Sprint("r", k), text.Draw(t, "title"), text.Draw(t, "why"), text.Draw(t, "report")
			catalogue = append(catalogue, r)
		}
		said := []string{text.Draw(t, "says"), text.Draw(t, "says"), text.Draw(t, "says"), text.Draw(t, "says")}
		for h := range hosts {
			name := fmt.Sprintf("web-%d%s", h, rapid.SampledFrom([]string{"", text.Draw(t, "name")}).Draw(t, "odd"))
			status := rapid.SampledFrom([]actions.HostStatus{actions.Scanned, actions.Partial, actions.Unreachable}).Draw(t, "status")
			scan.Hosts = append(scan.Hosts, actions.HostScan{Name: name, Status: status, Error: said[h%4]})
			for k, r := range catalogue {
				status := actions.Open
				if (k+h)%5 == 0 {
					status = actions.NotChecked
				}
				scan.Findings = append(scan.Findings, actions.Finding{
					ID: actions.FindingID(r.ID, name, ""), Remedy: r.ID, Layer: r.Layer, Host: name, Title: r.Title,
					Evidence: []string{said[(k+h)%4]}, Status: status,
				})
			}
		}
		actions.Prioritise(scan.Findings)
		for _, page := range findings(scan, catalogue) {
			checkLimits(t, page)
			checkHarmless(t, page)
		}
	})
}

func TestRequestsStayWithinLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := hostile()
		plan := somePlan()
		plan.Title = "t" + text.Draw(t, "title")
		plan.Requester.ID = text.Draw(t, "requester")
		plan.Decided = []actions.Decision{{Who: actions.Person{ID: text.Draw(t, "who")}, At: noon, Reason: text.Draw(t, "reason")}}
		plan.State = rapid.SampledFrom([]actions.PlanState{actions.PlanWaiting, actions.PlanDenied, actions.PlanExpired}).Draw(t, "state")
		odd := rapid.IntRange(0, 15).Draw(t, "odd")
		for i := range odd {
			h := plan.Hosts[0]
			h.Host.Name = fmt.Sprint("web-", i, text.Draw(t, "name"))
			h.Change.Notes = []string{text.Draw(t, "note")}
			h.Change.Steps = []actions.Step{{Says: text.Draw(t, "says"), Do: text.Draw(t, "do"), Undo: text.Draw(t, "undo"), UndoSays: text.Draw(t, "undoes")}}
			if i%3 == 1 {
				rule := actions.IngressRule{ID: text.Draw(t, "rule"), Group: text.Draw(t, "group"), CIDR: "::/0", Description: text.Draw(t, "description")}
				h.Change.Steps[0].Do, h.Change.Steps[0].Call = "", &actions.Call{Action: actions.AuthorizeIngress, Rule: &rule}
				plan.Others = append(plan.Others, text.Draw(t, "other"))
			}
			h.Answers = []actions.Answer{{Guard: text.Draw(t, "guard"), OK: i%2 == 0, Says: text.Draw(t, "says"), Mend: text.Draw(t, "mend")}}
			plan.Hosts = append(plan.Hosts, h)
			plan.Excluded = append(plan.Excluded, actions.Exclusion{Host: text.Draw(t, "host"), Why: text.Draw(t, "why"), Answers: h.Answers})
		}
		m := request(plan, nil)
		checkLimits(t, m)
		checkHarmless(t, m)
		if plan.State == actions.PlanWaiting && !strings.Contains(fmt.Sprint(mustJSON(m.Blocks)), actionApprove) {
			t.Errorf("there is no way to approve the plan")
		}
		checkLimits(t, refusal(plan))
		checkHarmless(t, refusal(plan))
		checkScript(t, plan)
		run := actions.Run{ID: "R-1", State: actions.RunStopped, Why: text.Draw(t, "why")}
		for _, h := range plan.Hosts {
			run.Hosts = append(run.Hosts, actions.HostRun{Host: h.Host.Name, State: actions.Failed, Why: text.Draw(t, "host why")})
		}
		for _, m := range []message{outcome(plan, run, nil), live(run, noon), request(plan, &run)} {
			checkLimits(t, m)
			checkHarmless(t, m)
		}
	})
}
