package bot

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/bot/workspace"
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

func TestGoldenMessages(t *testing.T) {
	for name, messages := range states() {
		t.Run(name, func(t *testing.T) { golden(t, name, messages...) })
	}
}

// states is every message that package bot makes about scans, plans and runs, in
// every state.
func states() map[string][]message {
	stopped, failedRun := stoppedRun(), brokenDown()
	hold := actions.Hold{Who: actions.Person{ID: "U0BOB"}, At: noon, Why: "intruder on *web-2*"}
	trouble := actions.Trouble{Run: failedRun, Plan: planAs(actions.PlanApproved), Host: failedRun.Hosts[1]}
	undo := planAs(actions.PlanApproved)
	undo.Undoes = "R-1"
	return map[string][]message{
		"scanning": {
			scanning("web-*", actions.ScanProgress{Total: 4}, 0),
			scanning("web-*", actions.ScanProgress{Done: 3, Failed: 1, Total: 4}, 75*time.Second),
		},
		"scan-failed":           {failed("The scan of `web-*`")},
		"findings":              findings(someScan(), remedies()),
		"findings-waived":       findings(waivedScan(), remedies()),
		"nothing-found":         findings(actions.Scan{Pattern: "db-1", Hosts: []actions.HostScan{{Name: "db-1", Status: actions.Scanned}}}, remedies()),
		"doubtful":              findings(doubtfulScan(), remedies()),
		"request":               {request(planAs(actions.PlanWaiting), nil)},
		"request-batches":       {request(largePlan(12), nil)},
		"request-shared":        {request(sharedPlan(), nil)},
		"request-half-approved": {request(halfApproved(), nil)},
		"request-lapsed":        {request(lapsed(), nil)},
		"request-approved":      {request(planAs(actions.PlanApproved), nil)},
		"request-ended":         {request(planAs(actions.PlanApproved), &stopped)},
		"request-denied":        {request(planAs(actions.PlanDenied), nil)},
		"request-withdrawn":     {request(planAs(actions.PlanWithdrawn), nil)},
		"request-expired":       {request(planAs(actions.PlanExpired), nil)},
		"request-unreadable":    {announce(somePlan(), 2), unreadable(somePlan())},
		"refusal":               {refusal(planAs(actions.PlanRefused))},
		"run-live":              {live(someRun(actions.RunGoing), noon.Add(3*time.Minute))},
		"run-live-many":         {live(largeRun(500), noon.Add(3*time.Minute))},
		"run-live-ended":        {live(stopped, noon.Add(time.Hour))},
		"run-done":              {outcome(planAs(actions.PlanApproved), doneRun(), mended(someScan(), somePlan()))},
		"run-undone":            {outcome(undo, doneRun(), mended(someScan(), somePlan()))},
		"run-stopped":           {outcome(planAs(actions.PlanApproved), stopped, mended(someScan(), somePlan()))},
		"run-recovered":         {outcome(planAs(actions.PlanApproved), recoveredRun(), nil)},
		"run-failed":            {outcome(planAs(actions.PlanApproved), failedRun, nil)},
		"run-broken":            {broken(planAs(actions.PlanApproved), failedRun)},
		"runs":                  {latest([]actions.Run{someRun(actions.RunGoing), stopped}, map[string]actions.Plan{"P-7g2kd0xw": somePlan()}, nil), latest(nil, nil, &hold)},
		"halted":                {halted(hold)},
		"troubles":              {troubles([]actions.Trouble{trouble})},
	}
}

// Every golden file is one that Slack takes, whoever wrote it.
func TestGoldenFilesKeepSlacksLimits(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d golden files, %v", len(files), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, problem := range problemsOf(raw) {
			t.Errorf("%s: %s", file, problem)
		}
	}
}

// problemsOf checks the messages, or the views, of a golden file.
func problemsOf(raw []byte) (problems []string) {
	var view struct{ Type string }
	if json.Unmarshal(raw, &view) == nil && view.Type != "" {
		return workspace.CheckView(raw)
	}
	var all []json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return []string{err.Error()}
	}
	for _, one := range all {
		var m struct {
			Type, Text string
			Blocks     json.RawMessage
		}
		if err := json.Unmarshal(one, &m); err != nil {
			return []string{err.Error()}
		}
		if m.Type != "" {
			problems = append(problems, workspace.CheckView(one)...)
			continue
		}
		problems = append(problems, workspace.CheckMessage(m.Text, compact(m.Blocks))...)
	}
	return problems
}

// compact is JSON without the blanks of a golden file, which Slack never sees.
func compact(raw json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		panic(err)
	}
	return b.Bytes()
}
