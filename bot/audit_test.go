package bot

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
	wst "hardenbot/bot/workspace/workspacetest"
)

// trail is the trail of a ledger in memory.
type trail struct {
	*actionstest.Ledger
	damage string
	read   *int // how many entries were handed out
}

func (t trail) Verify(context.Context) (TrailState, error) {
	all := t.Trail()
	if len(all) == 0 {
		return TrailState{}, nil
	}
	return TrailState{Seq: all[len(all)-1].Seq, Hash: all[len(all)-1].Hash, Damage: t.damage}, nil
}

func (t trail) Entries(ctx context.Context, from uint64, fn func(actions.Entry) error) error {
	return t.Ledger.Entries(ctx, from, func(e actions.Entry) error {
		if t.read != nil {
			*t.read++
		}
		return fn(e)
	})
}

func evilExcerpt(evil string) excerpt {
	return excerpt{state: TrailState{Seq: 1, Hash: evil, Damage: evil}, since: noon, entries: []actions.Entry{{
		Seq: 1, At: noon, Actor: actions.Person{ID: evil, Name: evil + "x"}, Action: evil, Subject: evil, Host: evil, Detail: map[string]string{"a" + evil: evil, "why": evil},
	}}}
}

func TestAuditMessage(t *testing.T) {
	whole := excerpt{
		state: TrailState{Seq: 1204, Hash: strings.Repeat("ab", 32)}, all: true, more: true, looked: 20_000, since: noon.Add(-24 * time.Hour),
		entries: []actions.Entry{
			{Seq: 1204, At: noon, Actor: actions.Person{ID: "U0BOB", Name: "bob"}, Action: "plan.approved", Subject: "P-7g2kd0xw", Digest: "ab", Detail: map[string]string{"channel": "C1", "approvals": "1 of 1"}},
			{Seq: 1199, At: noon, Actor: actions.Bot, Action: "step.ended", Subject: "R-8h3md1yz", Host: "web-1", Detail: map[string]string{"exit": "1", "stderr": "`*evil* <!channel>`", "a": "1", "b": "2", "c": "3"}},
		},
	}
	damaged := excerpt{state: TrailState{Seq: 17, Hash: strings.Repeat("cd", 32), Damage: "entry 18 is altered: its text does not fit its hash"}}
	golden(t, "audit", whole.message(), damaged.message(), excerpt{}.message())
}

// The newest entries come without reading the trail from its beginning.
func TestExcerptReadsFromTheEnd(t *testing.T) {
	ledger, read := actionstest.NewLedger(), 0
	ledger.Now = func() time.Time { return noon.Add(time.Duration(len(ledger.Trail())) * time.Minute) }
	must(t, ledger.Update(t.Context(), func(tx actions.Tx) error { return nil }))
	for i := range 30 {
		must(t, ledger.Update(t.Context(), func(tx actions.Tx) error {
			for j := range 100 {
				if err := tx.Audit(actions.Entry{Action: "a", Subject: fmt.Sprint(i*100 + j + 1)}); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	source := trail{Ledger: ledger, read: &read}
	state, err := source.Verify(t.Context())
	must(t, err)
	get := func(since time.Time, may func(actions.Entry) bool) excerpt {
		t.Helper()
		read = 0
		e := excerpt{state: state, since: since}
		must(t, e.read(t.Context(), source, func(entry actions.Entry) (bool, error) { return may(entry), nil }))
		for i, entry := range e.entries {
			if !may(entry) || entry.At.Before(since) || i > 0 && entry.Seq >= e.entries[i-1].Seq {
				t.Errorf("entry %d stands at place %d", entry.Seq, i)
			}
		}
		return e
	}
	all := func(actions.Entry) bool { return true }
	if e := get(time.Time{}, all); len(e.entries) != maxEntries || e.entries[0].Seq != 3000 || !e.more || read > auditPage {
		t.Errorf("%d entries from %d, more: %t, %d were read", len(e.entries), e.entries[0].Seq, e.more, read)
	}
	rare := func(e actions.Entry) bool { return e.Seq%700 == 0 }
	if e := get(time.Time{}, rare); len(e.entries) != 4 || e.more {
		t.Errorf("%d entries, more: %t", len(e.entries), e.more)
	}
	if e := get(noon.Add(29*100*time.Minute), all); len(e.entries) != maxEntries || read > 2*auditPage {
		t.Errorf("%d entries, %d were read", len(e.entries), read)
	}
	if e := get(noon.Add(1000*time.Hour), all); len(e.entries) != 0 || e.more {
		t.Errorf("%d entries of the future", len(e.entries))
	}
}

func TestAuditCommand(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		s := set(t, mode, func(s *stage) {
			s.cfg.Auditor = trail{Ledger: s.ledger.(*actionstest.Ledger)}
			s.cfg.Policy.Channels = map[string][]string{wst.Ops: {"web-1"}, wst.Private: {"web-2"}}
			s.cfg.Policy.Requesters, s.cfg.Policy.Approvers = []string{wst.Alice}, []string{wst.Bob}
			s.cfg.Planner.Policy = s.cfg.Policy
		})
		s.start()
		s.command(wst.Carol, "audit")
		s.told(wst.Carol, "you may not scan hosts")
		_, err := s.ws.As(wst.Alice).Command(s.ctx, wst.Private, "/harden", "scan web-2")
		must(t, err)
		s.command(wst.Alice, "scan web-1")
		found := s.sees("Scan of `web-1`", "sshd accepts passwords")
		s.eventually("both are scanned", func() bool { return s.records(actions.KindKnown) == 2 })
		s.click(wst.Alice, found, actionFix)
		s.seesWhere(waits)
		s.command(wst.Alice, "audit since 2h")
		s.told(wst.Alice, "The audit trail is whole", "of this channel's", "*scan.finished*", "*plan.waiting*", "pattern: web-1", "since")
		for _, m := range s.ws.Ephemerals(wst.Alice) {
			if strings.Contains(m.Text(), "web-2") {
				t.Errorf("the other channel's scan is told: %s", m.Text())
			}
		}
		s.command(wst.Bob, "audit")
		s.told(wst.Bob, "of all channels", "pattern: web-1", "pattern: web-2", "request.refused")
		s.command(wst.Bob, "audit yesterday")
		s.told(wst.Bob, "is no time: write a span")
		s.command(wst.Bob, "audit 2099-01-01")
		s.told(wst.Bob, "0 entries of all channels since")
		s.noProblems()
	})
}

// Entries that name no channel are those of what they are about.
func TestEntriesBelongToTheirChannel(t *testing.T) {
	b, ledger := idle(t)
	must(t, ledger.Update(t.Context(), func(tx actions.Tx) error {
		for _, p := range []actions.Plan{{ID: "P-1", Channel: "C1"}, {ID: "P-2", Channel: "C2"}} {
			if err := tx.Put(actions.KindPlan, p.ID, p); err != nil {
				return err
			}
			if err := tx.Put(actions.KindRun, "R-"+p.ID, actions.Run{ID: "R-" + p.ID, Plan: p.ID}); err != nil {
				return err
			}
		}
		if err := tx.Put(actions.KindWaiver, "W-1", actions.Waiver{WaiverRequest: actions.WaiverRequest{Channel: "C1"}}); err != nil {
			return err
		}
		return tx.Put(actions.KindScan, "S-1", actions.Scan{Channel: "C1"})
	}))
	may := b.ofChannel(t.Context(), "C1")
	for _, c := range []struct {
		entry actions.Entry
		want  bool
	}{
		{actions.Entry{Subject: "P-1"}, true}, {actions.Entry{Subject: "P-2"}, false}, {actions.Entry{Subject: "R-P-1"}, true},
		{actions.Entry{Subject: "R-P-2"}, false}, {actions.Entry{Subject: "W-1"}, true}, {actions.Entry{Subject: "S-1"}, true},
		{actions.Entry{Subject: "S-9"}, false}, {actions.Entry{Subject: "R-9"}, false}, {actions.Entry{}, false}, {actions.Entry{Subject: "all"}, false},
		{actions.Entry{Subject: "P-2", Detail: map[string]string{"channel": "C1"}}, true},
		{actions.Entry{Subject: "P-1", Detail: map[string]string{"channel": "C2"}}, false},
		{actions.Entry{Subject: "x", Detail: map[string]string{"channel": ""}}, false},
	} {
		if got, err := may(c.entry); got != c.want || err != nil {
			t.Errorf("%+v: %t, %v", c.entry, got, err)
		}
	}
}
