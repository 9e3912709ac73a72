package bot

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"
	"pgregory.net/rapid"

	"hardenbot/actions"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// golden compares messages with testdata/NAME.json.
func golden(t *testing.T, name string, messages ...message) {
	t.Helper()
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(messages); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("%s differs; run the test with -update and look at the difference. Got:\n%s", file, b.String())
	}
	for _, m := range messages {
		checkLimits(t, m)
	}
}

type failer interface {
	Helper()
	Errorf(format string, args ...any)
}

// checkLimits holds a message to what Slack documents.
func checkLimits(t failer, m message) {
	t.Helper()
	if n := utf8.RuneCountInString(m.Text); n == 0 || n > 4000 {
		t.Errorf("the text has %d characters", n)
	}
	if len(m.Blocks) > 50 || size(m.Blocks...) > 12_000 {
		t.Errorf("%d blocks of %d bytes", len(m.Blocks), size(m.Blocks...))
	}
	for _, block := range m.Blocks {
		checkBlock(t, block)
	}
}

func checkBlock(t failer, block slack.Block) {
	t.Helper()
	within := func(what, s string, most int) {
		if n := utf8.RuneCountInString(s); n == 0 || n > most {
			t.Errorf("%s has %d characters of 1 to %d", what, n, most)
		}
	}
	switch b := block.(type) {
	case *slack.SectionBlock:
		if b.Text != nil {
			within("a section", b.Text.Text, 3000)
		}
		for _, f := range b.Fields {
			within("a field", f.Text, 2000)
		}
		if b.Accessory != nil {
			within("a button's label", b.Accessory.ButtonElement.AccessibilityLabel, 75)
		}
	case *slack.HeaderBlock:
		within("a header", b.Text.Text, 150)
	case *slack.ActionBlock:
		for _, e := range b.Elements.ElementSet {
			button := e.(*slack.ButtonBlockElement)
			within("a button's label", button.AccessibilityLabel, 75)
			if button.Confirm != nil {
				within("a dialog's text", button.Confirm.Text.Text, 300)
				within("a dialog's title", button.Confirm.Title.Text, 100)
				within("a dialog's button", button.Confirm.Confirm.Text, 30)
			}
		}
	}
}

func TestGoldenMessages(t *testing.T) {
	waiting := somePlan()
	two := somePlan()
	two.Approvals = 2
	two.Decided = []actions.Decision{{Who: actions.Person{ID: "U0BOB"}, At: noon, Yes: true}}
	approved := two
	approved.State, approved.Approvals, approved.RunID = actions.PlanApproved, 1, "R-8h3md1yz"
	denied := somePlan()
	denied.State, denied.Decided = actions.PlanDenied, []actions.Decision{{Who: actions.Person{ID: "U0BOB"}, At: noon, Reason: "not on a *Friday*"}}
	expired := somePlan()
	expired.State = actions.PlanExpired
	refused := somePlan()
	refused.State, refused.Hosts = actions.PlanRefused, nil
	going, stopped := someRun(actions.RunGoing), someRun(actions.RunStopped)
	stopped.Why = "web-2: undone"
	stopped.Hosts[1] = actions.HostRun{Host: "web-2", State: actions.Undone, Why: "a new login did not work: timeout"}
	stopped.Hosts[2] = actions.HostRun{Host: "web-3", State: actions.Untouched, Why: "the run stopped before it"}
	recovered := someRun(actions.RunStopped)
	recovered.Why = "hardenbot was interrupted during the run"
	recovered.Hosts = []actions.HostRun{{Host: "web-1", State: actions.Done, Why: "finished after hardenbot was interrupted"}, {Host: "web-2", State: actions.AlreadySound}}
	failedRun := stopped
	failedRun.Hosts = []actions.HostRun{{Host: "web-1", State: actions.Done}, {Host: "web-2", State: actions.Failed, Why: "the undo failed too"},
		{Host: "web-3", State: actions.Outside, Why: "it is not healthy after the change; it is out of rotation (app as i-1:8080)"}}

	golden(t, "scanning", scanning("web-*", actions.ScanProgress{Total: 4}), scanning("web-*", actions.ScanProgress{Done: 3, Failed: 1, Total: 4}))
	golden(t, "findings", findings(someScan(), remedies())...)
	golden(t, "nothing-found", findings(actions.Scan{Pattern: "db-1", Hosts: []actions.HostScan{{Name: "db-1", Status: actions.Scanned}}}, remedies())...)
	golden(t, "doubtful", findings(actions.Scan{Pattern: "*", Hosts: []actions.HostScan{{Name: "db-1", Status: actions.Scanned}}, Doubts: []string{
		"the EC2 inventory is 17m0s old and could not be read again: AWS refuses `ec2:DescribeInstances` <!channel>", "1 host that the pattern names does not run and was left out",
		"at least 2 instances of EC2 could not be made hosts and may be missing: `hardenbot config check` names them",
	}}, remedies())...)
	golden(t, "request", request(waiting, nil))
	golden(t, "request-shared", request(sharedPlan(), nil))
	golden(t, "request-half-approved", request(two, nil))
	golden(t, "request-approved", request(approved, nil))
	golden(t, "request-ended", request(approved, &stopped))
	golden(t, "request-denied", request(denied, nil))
	golden(t, "request-expired", request(expired, nil))
	golden(t, "refusal", refusal(refused))
	golden(t, "run-live", live(going))
	golden(t, "run-stopped", outcome(approved, stopped))
	golden(t, "run-recovered", outcome(approved, recovered))
	golden(t, "run-failed", outcome(approved, failedRun))
	golden(t, "help", help())
}

// hostile draws text such as a host might print to be taken for something else.
func hostile() *rapid.Generator[string] {
	bad := rapid.SampledFrom([]string{
		"<!channel>", "<@U0BOB>", "@here", "&amp;", "&", "<", ">", "`", "```", "*bold*", "_it_", "~no~", ":warning:", "\n", "\r\n",
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

// A fleet of 500 hosts with 40 findings each, all of them different or all the same.
func TestManyFindingsAreFoldedAndCounted(t *testing.T) {
	for _, same := range []bool{true, false} {
		scan := actions.Scan{ID: "S-1", Pattern: "*"}
		catalogue := []actions.Remedy{}
		for k := range 40 {
			r := remedies()[1]
			r.ID = fmt.Sprint("r", k)
			catalogue = append(catalogue, r)
		}
		for h := range 500 {
			name := fmt.Sprintf("web-%d", h)
			scan.Hosts = append(scan.Hosts, actions.HostScan{Name: name, Status: actions.Scanned})
			for _, r := range catalogue {
				f := actions.Finding{ID: actions.FindingID(r.ID, name, ""), Remedy: r.ID, Layer: r.Layer, Host: name, Title: r.Title, Evidence: []string{"yes"}, Status: actions.Open}
				if !same {
					f.Subject = name
				}
				scan.Findings = append(scan.Findings, f)
			}
		}
		actions.Prioritise(scan.Findings)
		pages := findings(scan, catalogue)
		shown := 0
		for _, page := range pages {
			checkLimits(t, page)
			shown += buttonsIn(page)
		}
		last := pages[len(pages)-1].Blocks
		foot, _ := json.Marshal(last[len(last)-1])
		if same && shown != 40 {
			t.Errorf("%d of 40 groups are shown", shown)
		}
		if missing := fmt.Sprintf("%d findings more are not shown", 20_000-shown); !same && !strings.Contains(string(foot), missing) {
			t.Errorf("%d are shown, and the end says %s; want %q", shown, foot, missing)
		}
	}
}

func buttonsIn(m message) int {
	n := 0
	for _, block := range m.Blocks {
		if s, ok := block.(*slack.SectionBlock); ok && s.Accessory != nil {
			n++
		}
	}
	return n
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
		for _, m := range []message{outcome(plan, run), live(run), request(plan, &run)} {
			checkLimits(t, m)
			checkHarmless(t, m)
		}
	})
}

func mustJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// checkScript sees to it that the pieces together are the whole script.
func checkScript(t failer, plan actions.Plan) {
	t.Helper()
	var all strings.Builder
	for _, piece := range script(plan) {
		checkLimits(t, piece)
		block := piece.Blocks[1].(*slack.RichTextBlock).Elements[0].(*slack.RichTextPreformatted)
		all.WriteString(block.Elements[0].(*slack.RichTextSectionTextElement).Text)
	}
	if all.Len() > 0 && all.String() != scriptText(plan) {
		t.Errorf("the pieces are not the script")
	}
}

// warning is where Slack takes the word for an emoji: not behind a letter or digit.
var warning = regexp.MustCompile(`(^|[^\pL\pN:]):+warning:`)

// checkHarmless looks for markup that this package did not write itself.
func checkHarmless(t failer, m message) {
	t.Helper()
	check := func(text string) {
		for _, bad := range []string{"<!channel>", "<@U0BOB>", "<http", "@here", "\u202e", "\x1b", "```"} {
			if strings.Contains(outsideCode(text), bad) {
				t.Errorf("%q stands in %q", bad, text)
			}
		}
		if warning.MatchString(outsideCode(text)) {
			t.Errorf("an emoji stands in %q", text)
		}
		for _, bad := range []string{"<!", "<http", "\u202e", "\x1b", "\x00", "```"} {
			if strings.Contains(text, bad) {
				t.Errorf("%q stands in %q", bad, text)
			}
		}
	}
	check(m.Text)
	for _, block := range m.Blocks {
		if s, ok := block.(*slack.SectionBlock); ok && s.Text != nil {
			check(s.Text.Text)
		}
	}
}

// outsideCode returns what Slack would format: not what stands in backquotes.
func outsideCode(text string) string {
	var b strings.Builder
	for i, part := range strings.Split(text, "`") {
		if i%2 == 0 {
			b.WriteString(part)
		}
	}
	return b.String()
}
