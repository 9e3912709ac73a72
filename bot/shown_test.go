package bot

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack/slackevents"

	"hardenbot/actions"
)

// picky is a Slack that does not take the blocks of some messages, or nothing
// of them at all.
type picky struct {
	mu       sync.Mutex
	noBlocks func(letter) bool
	nothing  func(letter) bool
	newest   map[string]letter // what stands in the channel, by name
	posted   int
}

func (p *picky) mail(_ context.Context, l letter, ts, _ string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.nothing(l):
		return "", refusedBy("restricted_action")
	case len(l.Blocks.BlockSet) > 0 && p.noBlocks(l):
		return "", refusedBy("invalid_blocks")
	}
	p.newest[l.Name] = l
	if ts == "" {
		p.posted++
		ts = fmt.Sprint(p.posted)
	}
	return ts, nil
}

func (p *picky) answer(context.Context, string, string) error { return nil }

// Nobody approves what cannot be read: a plan gets its buttons only when every
// part of its commands was posted.
func TestNoButtonsWithoutTheCommands(t *testing.T) {
	never := func(letter) bool { return false }
	named := func(part string) func(letter) bool {
		return func(l letter) bool { return strings.HasSuffix(l.Name, part) }
	}
	for _, c := range []struct {
		name              string
		lines, others     int
		noBlocks, nothing func(letter) bool
		buttons           bool
	}{
		{"all is shown", 2500, 0, never, never, true},
		{"a piece without its commands", 2500, 0, named("/script/2"), never, false},
		{"a piece that is not there", 2500, 0, never, named("/script/1"), false},
		{"the plan's own message", 2500, 0, named("plan/P-1"), never, false},
		{"short commands", 1, 0, never, never, true},
		{"short commands without blocks", 1, 0, named("plan/P-1"), never, false},
		{"many others", 1, 100, never, never, true},
		{"many others, some of them unread", 1, 100, named("/script/1"), never, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, ledger := idle(t)
			slack := &picky{noBlocks: c.noBlocks, nothing: c.nothing, newest: map[string]letter{}}
			b.outbox.mail, b.outbox.pace = slack, time.Millisecond
			b.outbox.start()
			t.Cleanup(b.outbox.tasks.close)
			plan := actions.Plan{
				ID: "P-1", Title: "sshd accepts passwords", Channel: "C1", State: actions.PlanWaiting, Digest: "d", Approvals: 2, Others: crowd(c.others),
				Hosts: []actions.HostPlan{{
					Host:   actions.Host{Name: "web-1"},
					Change: actions.Change{Steps: []actions.Step{{Says: "Do it", Do: strings.Repeat("true # and again\n", c.lines)}}},
				}},
			}
			must(t, ledger.Update(t.Context(), func(tx actions.Tx) error { return tx.Put(actions.KindPlan, plan.ID, plan) }))
			check := func(when string) {
				t.Helper()
				b.outbox.drain(patience)
				slack.mu.Lock()
				defer slack.mu.Unlock()
				shown := slack.newest[planName(plan.ID)]
				if got := len(shown.Blocks.BlockSet) > 0; got != c.buttons {
					t.Errorf("%s: buttons %v: %s", when, got, shown.Text)
				}
				if !c.buttons && !strings.Contains(shown.Text, "Plan P-1 cannot be approved, because Slack did not take all of its exact commands") {
					t.Errorf("%s: it says %q", when, shown.Text)
				}
				at, err := actions.Load[posted](t.Context(), ledger, actions.KindThread, nameKey(planName(plan.ID)))
				if err != nil || (at.Digest == "d") != c.buttons {
					t.Errorf("%s: on record is %+v, %v", when, at, err)
				}
			}
			b.present(t.Context(), letter{Channel: "C1", Name: "note"}, plan)
			check("at first")
			b.refresh(t.Context(), plan) // as after the first of two approvals
			check("edited")
		})
	}
}

// A click counts in the channel that the plan or the scan is for, and in no
// copy of its message elsewhere.
func TestClicksInAnotherChannel(t *testing.T) {
	b, ledger := idle(t)
	alice := actions.Person{ID: "U1"}
	b.cfg.Policy = actions.Policy{
		Channels: map[string][]string{"C1": {"*"}, "C2": {"*"}}, Requesters: []string{"U1"}, Approvers: []string{"U1"},
	}
	finding := actions.Finding{ID: "F-1", Remedy: "r", Host: "web-1", Title: "weak", Status: actions.Open}
	must(t, ledger.Update(t.Context(), func(tx actions.Tx) error {
		if err := tx.Put(actions.KindPlan, "P-1", actions.Plan{ID: "P-1", Channel: "C1", State: actions.PlanWaiting}); err != nil {
			return err
		}
		if err := tx.Put(actions.KindScan, "S-1", actions.Scan{ID: "S-1", Channel: "C1", Findings: []actions.Finding{finding}}); err != nil {
			return err
		}
		for _, channel := range []string{"C1", "C2"} {
			for _, p := range []posted{
				{Name: "plan/" + channel, Channel: channel, TS: "1", About: About{Plan: "P-1", Digest: "d"}},
				{Name: "scan/" + channel, Channel: channel, TS: "2", About: About{Scan: "S-1"}},
			} {
				if err := remember(tx, p); err != nil {
					return err
				}
			}
		}
		return nil
	}))
	for channel, want := range map[string]error{"C1": nil, "C2": errStale} {
		if _, _, err := b.planOf(t.Context(), channel, "1"); err != want {
			t.Errorf("the plan in %s: %v, want %v", channel, err, want)
		}
		at, err := b.postedAt(t.Context(), channel, "2")
		must(t, err)
		c := click{asker: asker{Channel: channel, Person: alice}, Value: finding.ID}
		if _, _, err := b.planRequest(t.Context(), c, at); err != want {
			t.Errorf("the scan in %s: %v, want %v", channel, err, want)
		}
	}
}

// What another bot says is not done, even if it names a person.
func TestBotsAreNotObeyed(t *testing.T) {
	for _, c := range []struct {
		event   string
		answers int
	}{
		{`{"type":"app_mention","user":"U1","channel":"C1","text":"<@U0> help"}`, 1},
		{`{"type":"app_mention","user":"U1","bot_id":"B1","channel":"C1","text":"<@U0> help"}`, 0},
	} {
		b, _ := idle(t)
		ev, err := slackevents.ParseEvent([]byte(`{"type":"event_callback","event_id":"E1","event":`+c.event+`}`), slackevents.OptionNoVerifyToken())
		must(t, err)
		b.onEvent(t.Context(), ev)
		if got := b.outbox.waiting(func(letter) bool { return true }); len(got) != c.answers {
			t.Errorf("%s is answered %d times, want %d", c.event, len(got), c.answers)
		}
	}
}
