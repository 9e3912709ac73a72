package bot

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// crowd is names as long as they can be, each told by its beginning and its end.
func crowd(n int) []string {
	names := make([]string, n)
	for i := range names {
		id := fmt.Sprintf("eni-%03d", i)
		names[i] = id + " (" + strings.Repeat("n", 255-len("-000")) + id[3:] + ")"
	}
	return names
}

// closing is a shared plan whose calls could do the worst.
func closing(others []string) actions.Plan {
	plan := sharedPlan()
	plan.Others = others
	step := &plan.Hosts[0].Change.Steps[0]
	step.Lockout, step.Disruptive, step.Irreversible = true, true, true
	return plan
}

// Whoever approves has read of everybody whom it affects: in the plan's message
// if there is room, and else in the thread.
func TestOthersStandWithTheCommands(t *testing.T) {
	for n, inThread := range map[int]bool{0: false, 3: false, 200: true} {
		plan := sharedPlan()
		plan.Others = crowd(n)
		text := scriptText(plan)
		for _, other := range plan.Others {
			if !strings.Contains(text, "# Also affected: "+other+"\n") {
				t.Fatalf("%d others: %s is not told in full:\n%s", n, other, text)
			}
		}
		if got := len(script(plan)) > 0; got != inThread {
			t.Errorf("%d others: in the thread %v, want %v", n, got, inThread)
		}
		checkScript(t, plan)
		shown := request(plan, nil)
		checkLimits(t, shown)
		raw := mustJSON(shown.Blocks)
		if says := strings.Contains(raw, "each in full above the exact commands"); says != (n > 0) {
			t.Errorf("%d others: says where the rest is %v: %s", n, says, raw)
		}
		if !strings.Contains(raw, "The exact commands") {
			t.Errorf("%d others: nothing leads to the commands: %s", n, raw)
		}
	}
}

// A name is one line of comment, and no part of the commands.
func TestOthersCannotBeCommands(t *testing.T) {
	plan := sharedPlan()
	plan.Others = []string{"evil\nrm -rf /\r\u2028\u202e# 1. Revoke", strings.Repeat("x", 10_000)}
	lines := strings.Split(scriptText(plan), "\n")
	first := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "## web-1") })
	if first != 2 || lines[0] != "# Also affected: evil rm -rf /  # 1. Revoke" {
		t.Errorf("the commands begin in line %d, behind %q", first, lines[:2])
	}
	if n := utf8.RuneCountInString(lines[1]); n > len("# Also affected: ")+maxOther {
		t.Errorf("a name takes %d characters", n)
	}
}

func confirmation(t *testing.T, plan actions.Plan) string {
	t.Helper()
	block := buttons(plan)
	checkBlock(t, block)
	return block.(*slack.ActionBlock).Elements.ElementSet[0].(*slack.ButtonBlockElement).Confirm.Text.Text
}

// The dialog tells the whole risk, and of the others as many as there is room
// for; it counts the rest.
func TestConsentIsNotCutAway(t *testing.T) {
	longest := "Risk: could lock people out (hardenbot puts it back unless a new login works; the host itself cannot); " +
		"interrupts a service; cannot be undone. This changes 1 host, one at a time."
	low := "Risk: low: nothing is interrupted, and all of it can be undone. This changes 1 host, one at a time."
	name := func(i int) string { return cut(crowd(3)[i], 45) }
	calm := sharedPlan()
	calm.Others = crowd(3)
	many := sharedPlan()
	many.Others = crowd(200)
	for _, c := range []struct {
		name string
		plan actions.Plan
		want string
	}{
		{"nobody else", closing(nil), longest},
		{"one", closing(crowd(1)), longest + " You consent for others, too: " + name(0) + "."},
		{"all the room is taken", closing(crowd(200)), longest + " You consent for others, too: " + name(0) + " and 199 more."},
		{"three", calm, low + " You consent for others, too: " + name(0) + ", " + name(1) + ", " + name(2) + "."},
		{"many", many, low + " You consent for others, too: " + name(0) + ", " + name(1) + ", " + name(2) + " and 197 more."},
	} {
		if got := confirmation(t, c.plan); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// The host puts back what a script did, even while hardenbot is down. A call it
// cannot take back.
func TestRiskSaysWhoPutsItBack(t *testing.T) {
	safe := sharedPlan()
	safe.Hosts[0].Change.Steps = append(safe.Hosts[0].Change.Steps, somePlan().Hosts[0].Change.Steps[0])
	for _, c := range []struct {
		name string
		plan actions.Plan
		want string
	}{
		{"a script", somePlan(), "could lock people out (put back unless a new login works); interrupts a service"},
		{"a call", closing(nil), "could lock people out (hardenbot puts it back unless a new login works; the host itself cannot); interrupts a service; cannot be undone"},
		{"a safe call and a script", safe, "could lock people out (put back unless a new login works)"},
		{"a safe call", sharedPlan(), "low: nothing is interrupted, and all of it can be undone"},
	} {
		if got := risk(c.plan); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// A run that broke off names who may get no traffic now.
func TestBrokenRunNamesWhoIsOutside(t *testing.T) {
	seats := []actions.Seat{{Driver: "haproxy", Group: "app", Target: "a"}}
	host := func(name string, back bool, seats []actions.Seat) actions.HostRun {
		return actions.HostRun{Host: name, Seats: seats, Back: back}
	}
	var many []actions.HostRun
	for i := range 20 {
		many = append(many, host(fmt.Sprint("app-", i, strings.Repeat("y", 200)), false, seats))
	}
	for _, c := range []struct {
		name  string
		hosts []actions.HostRun
		want  string // of the message, behind the log
	}{
		{"never out", []actions.HostRun{host("web-1", false, nil)}, " Look at"},
		{"back again", []actions.HostRun{host("web-1", true, seats)}, " Look at"},
		{"out", []actions.HostRun{host("web-1", true, seats), host("web-2", false, seats), host("web-3", false, nil)},
			" Perhaps out of rotation, so that nothing sends traffic there: *web-2*. Look at"},
		{"no markup", []actions.HostRun{host("<!channel>", false, seats)}, ": *&lt;!channel&gt;*. Look at"},
		{"many", many, "and 12 more*. Look at"},
	} {
		m := broken(somePlan(), actions.Run{ID: "R-1", Hosts: c.hosts})
		checkLimits(t, m)
		checkHarmless(t, m)
		if !strings.Contains(m.Text, "The log of hardenbot says why.") || !strings.Contains(m.Text, c.want) || !strings.Contains(m.Text, "brings the run to a safe end") {
			t.Errorf("%s: got %s, want %q", c.name, m.Text, c.want)
		}
	}
}
