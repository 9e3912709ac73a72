package acceptance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/bot/workspace"
	"hardenbot/deploy/lab"
	"hardenbot/store"
)

// stage is where an ordeal is played, again and again: the team, the store with
// the plan that waits for its approval, and what is before the host.
type stage struct {
	*world
	ordeal
	host  string
	place balancer
	plan  workspace.Message
	base  uint64 // number of the last audit entry before the approval
	saved []byte // the store
}

// set has the plan made, once for all bouts.
func (o ordeal) set(t *testing.T) *stage {
	w, place := o.begin(t)
	s := &stage{world: w, ordeal: o, host: four[0], place: place}
	w.start()
	s.plan = w.scan(s.host).fix(o.title)
	w.stop()
	all := w.entries()
	s.base = uint64(len(all))
	var err error
	s.saved, err = os.ReadFile(w.storePath())
	w.must(err)
	return s
}

// bout is one time that the run is made: on a host that is as new.
type bout struct {
	*world
	*stage
	seen map[string]bool // messages of earlier bouts

	// again says that the bot was killed after Slack took the message with the
	// end, and before that was written down. Then it is posted a second time:
	// nothing that Slack offers tells the bot that it was there.
	again bool

	before, state, did string // of the host
}

func (s *stage) bout(t *testing.T) *bout {
	w := *s.world
	w.T, w.log = t, &lockedBuffer{}
	b := &bout{world: &w, stage: s, seen: w.all()}
	t.Cleanup(func() {
		w.stop()
		if t.Failed() {
			t.Logf("what the bot logged:\n%s", w.log)
		}
	})
	w.lab.Reset(t, s.host, lab.NoTraits)
	if s.place != nil {
		w.eventually("the host is in rotation", func() bool { return strings.HasPrefix(s.place(s.host), "UP") })
	}
	w.must(os.WriteFile(w.storePath(), s.saved, 0o600))
	b.before, b.state, b.did = w.fingerprint(s.host), b.look(s.ordeal.state), b.look(s.ordeal.did)
	w.start()
	return b
}

func (b *bout) look(command string) string { return b.lab.Exec(b.T, b.host, command) }

// click approves as bob, and returns at once: the answer may never come. His
// screen shows the plan as it was when it was made.
func (b *bout) click() {
	ctx := b.Context()
	go func() { _, _ = b.slack.As(bob).Click(ctx, b.plan, "approve", workspace.Accept(), workspace.Stale()) }()
}

// ends are the messages that tell how the run ended.
func (b *bout) ends() []workspace.Message {
	return slices.DeleteFunc(b.slack.Messages(channel), func(m workspace.Message) bool {
		return b.seen[m.TS] || !strings.Contains(m.Text(), "Done on") && !strings.Contains(m.Text(), "Stopped at")
	})
}

func (b *bout) told() bool { return len(b.ends()) > 0 }

// whole is a run that nobody killed: what the others are measured by.
type whole struct {
	entries []entry // of the audit trail, from the approval on
	state   string  // of the host afterwards
	did     string
}

// measure makes the run without killing the bot.
func (s *stage) measure(t *testing.T) whole {
	b := s.bout(t)
	commits := b.commits()
	b.click()
	var all []commit
	for quiet := false; !quiet; {
		select {
		case c := <-commits:
			all = append(all, c)
		case <-time.After(3 * time.Second):
			quiet = b.told()
		}
	}
	b.stop()
	if end := b.ends(); !holds(end[0].Text(), b.host, "✓ done") {
		t.Fatalf("the run did not succeed:\n%s", end[0].Text())
	}
	t.Logf("%d transactions in %s", len(all)/2, all[len(all)-1].at.Sub(all[0].at).Round(time.Second))
	return whole{entries: b.entries()[s.base:], state: b.look(s.ordeal.state), did: b.look(s.ordeal.did)}
}

// killedAt makes the run, kills the bot at the point, starts it again, and
// judges what has become of everything. It returns a row of the matrix.
func (s *stage) killedAt(t *testing.T, p point, whole whole) string {
	b := s.bout(t)
	commits := b.commits()
	b.click()
	b.reach(p, s.base, commits, b.told)
	b.kill()
	last, at := "nothing", b.entries()[s.base:]
	if n := len(at); n > 0 {
		last = fmt.Sprintf("%d %s", n, at[n-1].Action)
	}
	b.again = b.told() && b.waits("outcome/")
	b.start()
	restarted := time.Now()
	if len(at) == 0 {
		b.click() // the first click got lost with the bot
	}
	b.eventually("the run's end is told", b.told)
	took := time.Since(restarted)
	b.stop()
	row := fmt.Sprintf("%-36s killed after %-22s %-10s told %4.1f s after the restart", p, last, b.judge(whole), took.Seconds())
	t.Log(row)
	return row
}

// waits reports whether a letter of that kind is in the outbox. The bot is dead.
func (b *bout) waits(kind string) (found bool) {
	b.Helper()
	s, err := store.OpenReadOnly(b.storePath(), store.Options{})
	b.must(err)
	defer s.Close()
	b.must(s.View(b.Context(), func(r actions.Reader) error {
		return r.Each(actions.KindOutbox, func(_ string, letter json.RawMessage) error {
			found = found || bytes.Contains(letter, []byte(`"name":"`+kind))
			return nil
		})
	}))
	return found
}
