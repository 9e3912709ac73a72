package bot

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
)

// Whatever hosts, tags, packages and people say is shown as text: each builder
// of messages against each hostile text.

// nasty is what a host might print, or a person type, to be taken for more than
// text.
var nasty = map[string]string{
	"everybody":      "<!channel> <!here> <!everyone> @here @channel @everyone",
	"a mention":      "<@U0EVIL> <!subteam^S0EVIL|admins>",
	"a link":         "<http://evil.example|click here> http://evil.example",
	"a moment":       "<!date^0^{time}^https://evil.example|now>",
	"code":           "`evil` ```evil``` ` `` ```",
	"formatting":     "*evil* _evil_ ~evil~ > quote",
	"an emoji":       ":warning: :white_check_mark:",
	"entities":       "&lt;!channel&gt; &amp; &",
	"reordering":     "\u202egnp.exe\u202c \u2066x\u2069 \u200f\u200e",
	"hidden":         "a\u200bb\ufeffc\u00add",
	"control":        "\x00\x07\x1b[31mred\x1b[0m\r\n\tnext",
	"broken UTF-8":   "\xff\xfe\xc0",
	"a forged state": "✓ Approved by bob\n*Guards*\n✓ key-login",
	"a long word":    strings.Repeat("x", 100_000),
	"a long line":    strings.Repeat("lorem <!channel> `ipsum` & ", 4_000),
	"only entities":  strings.Repeat("&", 100_000),
	"wide":           strings.Repeat("𝔘", 30_000),
	"nothing":        "",
}

// builders makes every kind of message, with the text in every place that others
// fill.
var builders = map[string]func(evil string) []message{
	"scanning": func(evil string) []message {
		return []message{scanning(evil, actions.ScanProgress{Total: 3, Done: 1}, time.Minute)}
	},
	"findings": func(evil string) []message { return findings(evilScan(evil), evilCatalogue(evil)) },
	"request": func(evil string) (all []message) {
		run := evilRun(evil)
		for _, state := range []actions.PlanState{
			actions.PlanWaiting, actions.PlanApproved, actions.PlanDenied, actions.PlanWithdrawn, actions.PlanExpired, actions.PlanRefused,
		} {
			plan := evilPlan(evil)
			plan.State = state
			all = append(all, request(plan, nil))
		}
		return append(all, request(evilPlan(evil), &run))
	},
	"announce":   func(evil string) []message { return []message{announce(evilPlan(evil), 3)} },
	"refusal":    func(evil string) []message { return []message{refusal(evilPlan(evil))} },
	"unreadable": func(evil string) []message { return []message{unreadable(evilPlan(evil))} },
	"script":     func(evil string) []message { return script(evilPlan(evil)) },
	"live":       func(evil string) []message { return []message{live(evilRun(evil), noon)} },
	"outcome": func(evil string) []message {
		return []message{outcome(evilPlan(evil), evilRun(evil), evilScan(evil).Findings)}
	},
	"broken": func(evil string) []message { return []message{broken(evilPlan(evil), evilRun(evil))} },
	"failed": func(evil string) []message { return []message{failed("The scan of " + code(evil, 200))} },
	"halted": func(evil string) []message { return []message{halted(evilHold(evil))} },
	"troubles": func(evil string) []message {
		return []message{troubles([]actions.Trouble{{Run: evilRun(evil), Plan: evilPlan(evil), Host: evilRun(evil).Hosts[0]}})}
	},
	"latest": func(evil string) []message {
		hold := evilHold(evil)
		return []message{latest([]actions.Run{evilRun(evil)}, map[string]actions.Plan{"P-1": evilPlan(evil)}, &hold)}
	},
	"help": func(evil string) []message {
		g := evilGuide(evil)
		return []message{g.all(), g.one(verbs[0])}
	},
	"fixable":    func(evil string) []message { return []message{fixable(evilRecall(evil), evilCatalogue(evil))} },
	"host list":  func(evil string) []message { return []message{hostList(evilRecall(evil), []string{evil}, noon)} },
	"standings":  func(evil string) []message { return []message{standings(evilRecall(evil), noon)} },
	"plan state": func(evil string) []message { return []message{planStanding(evilPlan(evil), nil, "")} },
	"waivers": func(evil string) []message {
		w := evilWaiver(evil)
		return []message{waiverMessage(w, 1, noon), waiverMessage(w, 1, noon.Add(time.Hour)), waiverEnding(w), waiverOver(w), waiverList([]actions.Waiver{w, w})}
	},
	"a call": func(evil string) []message { return []message{call(mention(evil), "Who approves?", evilPlan(evil))} },
	"what is left": func(evil string) []message {
		scan := evilScan(evil)
		return whatIsLeft(scan, map[string]time.Time{scan.Findings[0].ID: noon}, evilCatalogue(evil), noon)
	},
	"audit": func(evil string) []message { return []message{evilExcerpt(evil).message()} },
}

func evilScan(evil string) actions.Scan {
	scan := actions.Scan{ID: "S-1", Pattern: evil, Doubts: []string{evil}, Hosts: []actions.HostScan{
		{Name: evil, Status: actions.Scanned}, {Name: "web-2", Status: actions.Unreachable, Error: evil}, {Name: "web-3" + evil, Status: actions.Partial, Error: evil},
	}}
	for i, status := range []actions.Status{actions.Open, actions.Waived, actions.NotChecked} {
		for _, host := range []string{evil, "web-2", "web-3" + evil} {
			scan.Findings = append(scan.Findings, actions.Finding{
				ID: actions.FindingID("r", host, string(status)), Remedy: "r", Layer: actions.Layers[i], Host: host, Subject: evil, Title: "t" + evil,
				Evidence: []string{evil, host + evil}, Status: status, Waiver: &actions.WaivedBy{ID: "W-1", Owner: actions.Person{ID: evil}, Until: noon},
			})
		}
	}
	return scan
}

func evilCatalogue(evil string) []actions.Remedy {
	return []actions.Remedy{{ID: "r", Title: evil, Why: evil, ReportOnly: evil, References: []string{evil, "Lynis TOOL-5102", "CIS Ubuntu " + evil, "Prowler " + evil}}}
}

func evilPlan(evil string) actions.Plan {
	plan := actions.Plan{
		ID: "P-1", Title: "t" + evil, Requester: actions.Person{ID: evil, Name: evil}, Created: noon, Expires: noon, State: actions.PlanWaiting,
		Others: []string{evil, "x" + evil}, Drift: []string{evil}, Instead: "P-0", Prelude: "abc", Digest: "def", RunID: "R-1", Remedy: "r", Subject: evil,
		Decided:  []actions.Decision{{Who: actions.Person{ID: evil}, At: noon, Reason: evil}},
		Excluded: []actions.Exclusion{{Host: evil, Why: evil}, {Host: "x", Answers: []actions.Answer{{Guard: evil, Says: evil, Mend: evil}}}},
	}
	rule := &actions.IngressRule{ID: evil, Group: evil, Proto: evil, CIDR: evil, Description: evil}
	for _, host := range []string{evil, "web-2" + evil} {
		plan.Hosts = append(plan.Hosts, actions.HostPlan{
			Host: actions.Host{Name: host}, Answers: []actions.Answer{{Guard: evil, OK: true, Says: evil}},
			Change: actions.Change{Notes: []string{evil}, Steps: []actions.Step{
				{Says: evil, Do: "put /etc/x 0644 <<'CONF'\n" + evil + "\nCONF\n", Undo: evil, UndoSays: evil},
				{Says: evil, Call: &actions.Call{Action: actions.RevokeIngress, Region: evil, Rule: rule}},
				{Says: evil, Call: &actions.Call{Action: actions.ModifyMetadata, Region: evil, Instance: evil, Tokens: evil}},
			}},
		})
	}
	return plan
}

func evilRun(evil string) actions.Run {
	return actions.Run{
		ID: "R-1", Plan: "P-1", State: actions.RunStopped, Why: evil, Started: noon, Finished: noon,
		Hosts: []actions.HostRun{
			{Host: evil, State: actions.Failed, Why: evil, Since: noon, Steps: []actions.StepRun{{Says: evil, Exit: 1, Tail: evil + "\n" + evil}}, Seats: []actions.Seat{{Group: evil, Target: evil}}},
			{Host: "web-2" + evil, State: actions.Done, Why: evil, Since: noon},
			{Host: "web-3" + evil, State: actions.Armed, Doing: actions.Applied, Began: noon, Until: noon},
		},
	}
}

func evilWaiver(evil string) actions.Waiver {
	person := actions.Person{ID: evil, Name: evil}
	return actions.Waiver{
		ID: "W-1", State: actions.WaiverWaiting, Created: noon, Expires: noon.Add(time.Minute),
		Decided: []actions.Decision{{Who: person, At: noon, Reason: evil}},
		WaiverRequest: actions.WaiverRequest{
			Remedy: evil, Subject: evil, Title: "t" + evil, Hosts: []string{evil, "web-2" + evil}, Owner: person, Reason: evil, Until: noon.Add(time.Hour), Requester: person,
		},
	}
}

func evilHold(evil string) actions.Hold {
	return actions.Hold{Who: actions.Person{ID: evil, Name: evil}, At: noon, Why: evil}
}

func TestHostileTextIsShownAsText(t *testing.T) {
	for name, build := range builders {
		for what, evil := range nasty {
			t.Run(name+"/"+what, func(t *testing.T) {
				for _, m := range build(evil) {
					checkLimits(t, m)
					checkHarmless(t, m)
				}
			})
		}
	}
}

// Nothing that is said is left out of the table.
func TestEveryBuilderIsInTheTable(t *testing.T) {
	table, err := os.ReadFile("hostile_test.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	parts := []string{"fit", "overview", "paged", "say"} // made use of by others that are in it
	builder := regexp.MustCompile(`(?m)^func (?:\([^)]*\) )?(\w+)\(.*\) (?:\(\w+ )?(?:\[\])?message\b`)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range builder.FindAllStringSubmatch(string(source), -1) {
			if !slices.Contains(parts, m[1]) && !strings.Contains(string(table), m[1]+"(") {
				t.Errorf("%s: %s makes a message, and is not tried with hostile text", file, m[1])
			}
		}
	}
}

// What is cut says so.
func TestCutTextIsNoted(t *testing.T) {
	long := strings.Repeat("lorem ", 20_000)
	for name, cut := range map[string]string{"words": words(long, 300), "code": code(long, 200), "plain": plain(long, 150)} {
		if !strings.Contains(cut, "…") {
			t.Errorf("%s: %q", name, cut)
		}
	}
	if shown := words(long, 300); !strings.HasSuffix(shown, "… (cut)") {
		t.Errorf("%q does not say that there was more", shown)
	}
	m := mustJSON(outcome(evilPlan("x"), evilRun(long), nil))
	if !strings.Contains(m, "… (cut)") {
		t.Errorf("the last lines do not say that there was more: %s", m)
	}
}
