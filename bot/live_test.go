package bot

import (
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
)

func TestRowsTellStateTimeAndHowFar(t *testing.T) {
	now := noon.Add(10 * time.Minute)
	for _, tt := range []struct {
		name string
		host actions.HostRun
		want string
	}{
		{"waits", actions.HostRun{State: actions.Queued, Since: noon}, "• *web-1* · waits"},
		{"begins", actions.HostRun{State: actions.Queued, Doing: actions.Probed, Began: now.Add(-5 * time.Second)}, "• *web-1* ▱▱▱▱▱▱▱▱▱▱ → reading the host again…, 5 s"},
		{"at work", actions.HostRun{State: actions.Healthy, Doing: actions.Soaked, Began: noon}, "• *web-1* ▰▰▰▰▰▰▰▰▱▱ → watching it in rotation before the next one…, 10 min"},
		{"under the switch", actions.HostRun{State: actions.Armed, Doing: actions.Applied, Began: noon, Until: noon}, "• *web-1* ▰▰▰▰▱▱▱▱▱▱ → making the change… (until <!date^1772452800^{time}|12:00 UTC>), 10 min"},
		{"done", actions.HostRun{State: actions.Done, Began: noon, Since: noon.Add(time.Minute)}, "• *web-1* ✓ done, 1 min"},
		{"never begun", actions.HostRun{State: actions.Untouched, Since: noon}, "• *web-1* – untouched"},
		{"from before times were kept", actions.HostRun{State: actions.Done, Since: noon}, "• *web-1* ✓ done"},
	} {
		tt.host.Host = "web-1"
		if got := rows(actions.Run{Hosts: []actions.HostRun{tt.host}}, now); len(got) != 1 || got[0] != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Each bar has words beside it, and is full only when all is done.
func TestBars(t *testing.T) {
	for _, tt := range []struct {
		done, all int
		want      string
	}{{0, 0, "▱▱▱▱▱▱▱▱▱▱"}, {0, 3, "▱▱▱▱▱▱▱▱▱▱"}, {1, 3, "▰▰▰▱▱▱▱▱▱▱"}, {99, 100, "▰▰▰▰▰▰▰▰▰▱"}, {100, 100, "▰▰▰▰▰▰▰▰▰▰"}} {
		if got := bar(tt.done, tt.all); got != tt.want {
			t.Errorf("%d of %d: %s, want %s", tt.done, tt.all, got, tt.want)
		}
	}
	m := live(someRun(actions.RunGoing), noon)
	if strings.ContainsAny(m.Text, "▰▱") || !strings.Contains(m.Text, "• *web-2* → making the change") {
		t.Errorf("what is read out has a bar: %q", m.Text)
	}
	for line := range strings.Lines(mustJSON(m.Blocks)) {
		for part := range strings.SplitSeq(line, `\n`) {
			if strings.Contains(part, "▱") && !strings.Contains(part, "done") && !strings.Contains(part, "…") {
				t.Errorf("a bar stands alone: %s", part)
			}
		}
	}
}

// Of many hosts, those at work and those that failed are told first: what does
// not fit is at the end.
func TestManyRowsAreFolded(t *testing.T) {
	lines := rows(largeRun(500), noon.Add(time.Minute))
	if len(lines) > 10 || !strings.Contains(lines[0], "making the change") || !strings.Contains(lines[1], "✗") || !strings.Contains(lines[len(lines)-1], "waits") {
		t.Errorf("%d rows: %q", len(lines), lines)
	}
}

// A run that ended took until its end, and not until now.
func TestElapsedStopsAtTheEnd(t *testing.T) {
	if m := live(doneRun(), noon.Add(100*time.Hour)); !strings.Contains(m.Text, "10 min") {
		t.Errorf("%q", m.Text)
	}
}
