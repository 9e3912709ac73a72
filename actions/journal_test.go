package actions_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hardenbot/actions"
)

// The journal tells when a host's turn began, and of a failed step the last
// lines that it printed, each as one line without control characters.
func TestJournalKeepsWhatPeopleAskFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench("web-1", "web-2", "web-3")
		b.fleet.Host("web-1").Takes = 5 * time.Second
		b.fleet.Host("web-2").Fails = true
		start := time.Now().UTC()
		run := b.execute(t, b.approved(t))
		if states(run) != "done, undone, untouched" {
			t.Fatal(states(run))
		}
		first, second, third := run.Hosts[0], run.Hosts[1], run.Hosts[2]
		if !first.Began.Equal(start) || second.Began.Before(start.Add(5*time.Second)) || !third.Began.IsZero() {
			t.Errorf("turns began at %s, %s, %s; the run at %s", first.Began, second.Began, third.Began, start)
		}
		if len(first.Steps) == 0 || first.Steps[0].Tail != "" {
			t.Errorf("a step that went well keeps its output: %+v", first.Steps)
		}
		if last := second.Steps[len(second.Steps)-1]; last.Exit == 0 {
			t.Errorf("the failed step is %+v", last)
		}
	})
}

// talker is a fleet whose failing scripts print much.
type talker struct {
	actions.Fleet
	prints string
}

func (f talker) Run(ctx context.Context, h actions.Host, s actions.Script) (actions.Output, error) {
	out, err := f.Fleet.Run(ctx, h, s)
	if out.Exit != 0 {
		out.Stderr = f.prints
	}
	return out, err
}

func TestJournalKeepsTheLastLinesOnly(t *testing.T) {
	b := newBench("web-1")
	b.fleet.Host("web-1").Fails = true
	b.roller.Fleet = talker{b.fleet, strings.Repeat("noise\n", 1000) + "\x1b[31mred\r\n" + strings.Repeat("x", 100_000) + "\nlast\n"}
	run := b.execute(t, b.approved(t))
	tail := run.Hosts[0].Steps[0].Tail
	lines := strings.Split(tail, "\n")
	if len(lines) != 10 || lines[9] != "last" || !strings.HasSuffix(lines[8], "…") || len(lines[8]) > 200 || lines[7] != " [31mred" {
		t.Errorf("%q", tail)
	}
}
