package bot

import (
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// checkHome holds a Home tab to what Slack documents.
func checkHome(t failer, page home) []slack.Block {
	t.Helper()
	blocks, _ := homeView(page)
	if len(blocks) > 100 || size(blocks...) > 200_000 {
		t.Errorf("%d blocks of %d bytes", len(blocks), size(blocks...))
	}
	seen := map[string]bool{}
	for _, block := range blocks {
		checkBlock(t, block)
		if id := block.ID(); id != "" && seen[id] {
			t.Errorf("two blocks are called %s", id)
		} else {
			seen[id] = true
		}
	}
	checkHarmless(t, message{Text: "home", Blocks: blocks})
	return blocks
}

// fullHome is a page with something of everything, n times.
func fullHome(n int, title string) home {
	plan, run, waiver := somePlan(), someRun(actions.RunGoing), someWaiver()
	plan.Title, waiver.Title, plan.Approvals = title, title, 2
	failed := actions.HostRun{Host: "web-1", State: actions.Failed, Why: title, Since: noon}
	page := home{
		Now: noon, Note: "plan P-1 is already approved", Hold: &actions.Hold{Who: plan.Requester, At: noon, Why: title}, MayLift: true,
		Posture: actions.Posture{Hosts: someScan().Stands()},
	}
	page.Trend = actions.TrendOf(page.Posture, actions.StoodAt(someScan().Stands()[:2], noon.Add(time.Hour)))
	const address = "https://example.slack.com/archives/C1/p1"
	for range n {
		page.Decide = append(page.Decide, entry[actions.Plan]{plan, address})
		page.Own = append(page.Own, entry[actions.Plan]{plan, ""})
		page.Accept = append(page.Accept, entry[actions.Waiver]{waiver, address})
		page.Ending = append(page.Ending, entry[actions.Waiver]{waiver, ""})
		page.Runs = append(page.Runs, entry[actions.Trouble]{actions.Trouble{Run: run, Plan: plan}, address})
		page.Troubles = append(page.Troubles, entry[actions.Trouble]{actions.Trouble{Run: run, Plan: plan, Host: failed}, address})
	}
	return page
}

func TestGoldenHome(t *testing.T) {
	busy := checkHome(t, fullHome(1, "sshd accepts passwords"))
	quiet := checkHome(t, home{Now: noon, Posture: actions.Posture{Hosts: []actions.HostPosture{{Host: "web-1", Status: actions.NotScanned}}}})
	stranger := checkHome(t, home{Now: noon, Refused: actions.Policy{}.MayScan(actions.Person{ID: "U0CAROL"})})
	golden(t, "home", message{"busy", busy}, message{"quiet", quiet}, message{"stranger", stranger})
}

func TestHomeStaysWithinLimits(t *testing.T) {
	checkHome(t, fullHome(40, strings.Repeat("<!channel> `*evil*` ", 100)))
}

// What is not known is said, and is never part of the numbers that look good.
func TestHomeTellsWhatIsNotKnown(t *testing.T) {
	tally := func(open, unchecked int) map[actions.Layer]actions.Tally {
		return map[actions.Layer]actions.Tally{actions.Access: {Open: open, NotChecked: unchecked}}
	}
	host := func(name string, status actions.HostStatus, open, unchecked int) actions.HostPosture {
		return actions.HostPosture{Host: name, Status: status, At: noon, Layers: tally(open, unchecked)}
	}
	posture := actions.Posture{Hosts: []actions.HostPosture{
		host("web-1", actions.Scanned, 1, 0), host("web-2", actions.Partial, 0, 2), host("web-3", actions.Unreachable, 0, 0), host("web-4", actions.NotScanned, 0, 0),
	}}
	for _, c := range []struct {
		page home
		want []string
	}{
		{home{Posture: posture}, []string{"On 4 hosts", "*access*: 1 open; 2 could not be checked", "1 never scanned, 1 could not be reached, 1 seen in part only", "nothing to compare with"}},
		{home{Posture: posture, Trend: actions.Trend{Hosts: 2, Now: tally(1, 0), Then: tally(4, 0)}}, []string{"1 open, ▼ 3 fewer than a week ago", "Compared over 2 hosts"}},
		{home{Posture: posture, Trend: actions.Trend{Hosts: 4, Now: tally(1, 0), Then: tally(0, 0)}}, []string{"▲ 1 more than a week ago", "Compared with the newest scan"}},
		{home{Posture: posture, Unlisted: true}, []string{"could not be listed"}},
		{home{}, []string{"No channel may target any host"}},
	} {
		raw := mustJSON(checkHome(t, c.page))
		for _, want := range c.want {
			if !strings.Contains(raw, want) {
				t.Errorf("%q is not said in %s", want, raw)
			}
		}
	}
}
