package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

// fakeSlack takes letters down. Each call is answered by the next of answers,
// and then well.
type fakeSlack struct {
	mu       sync.Mutex
	start    time.Time
	answers  []error
	calls    []string // "12s C1 post text", "13s C1 edit 1 text"
	answered []string
	during   func() // called once, in the middle of the first call
	posted   int
}

func (f *fakeSlack) mail(_ context.Context, l letter, ts, root string) (string, error) {
	f.mu.Lock()
	during := f.during
	f.during = nil
	f.mu.Unlock()
	if during != nil {
		during()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	did := "post"
	if ts != "" {
		did = "edit " + ts
	}
	if root != "" {
		did += " under " + root
	}
	f.calls = append(f.calls, fmt.Sprintf("%ds %s %s %s", int(time.Since(f.start).Seconds()), l.Channel, did, l.Text))
	if len(f.answers) > 0 {
		err := f.answers[0]
		f.answers = f.answers[1:]
		if err != nil {
			return "", err
		}
	}
	if ts == "" {
		f.posted++
		ts = fmt.Sprint(f.posted)
	}
	return ts, nil
}

func (f *fakeSlack) answer(_ context.Context, _, text string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answered = append(f.answered, text)
	return nil
}

func newOutbox(ledger actions.Ledger, f *fakeSlack) *outbox {
	f.start = time.Now()
	return &outbox{
		ledger: ledger, mail: f, log: slog.New(slog.DiscardHandler), now: time.Now, pace: slackPace,
		tasks: newTasks(), lanes: map[string]*lane{},
	}
}

func refusedBy(code string) error { return slack.SlackErrorResponse{Err: code} }

func TestOutbox(t *testing.T) {
	text := func(channel, text string) letter { return letter{Channel: channel, Text: text} }
	named := func(name, text string) letter { return letter{Channel: "C1", Name: name, Text: text} }
	for _, c := range []struct {
		name    string
		answers []error
		letters []letter
		want    []string
	}{
		{"a second between two messages of a channel", nil,
			[]letter{text("C1", "a"), text("C1", "b"), text("C1", "c")}, []string{"0s C1 post a", "1s C1 post b", "2s C1 post c"}},
		{"edits of what waits are merged", nil,
			[]letter{named("m", "a"), named("m", "b"), named("m", "c")}, []string{"0s C1 post c"}},
		{"the last letter comes after what was queued before", nil,
			[]letter{named("m", "a"), {Channel: "C1", Thread: "m", Text: "piece"}, {Channel: "C1", Name: "m", Text: "buttons", Last: true}, named("m", "decided")},
			[]string{"0s C1 post a", "1s C1 post under 1 piece", "2s C1 edit 1 decided"}},
		{"Retry-After is kept, and the order", []error{&slack.RateLimitedError{RetryAfter: 7 * time.Second}},
			[]letter{text("C1", "a"), text("C1", "b")}, []string{"0s C1 post a", "7s C1 post a", "8s C1 post b"}},
		{"Slack away: ever longer waits", []error{errors.New("EOF"), refusedBy("internal_error"), slack.StatusCodeError{Code: 503}, refusedBy("invalid_auth")},
			[]letter{text("C1", "a"), text("C1", "b")},
			[]string{"0s C1 post a", "1s C1 post a", "3s C1 post a", "7s C1 post a", "15s C1 post a", "16s C1 post b"}},
		{"what Slack will never take is dropped", []error{refusedBy("channel_not_found")},
			[]letter{text("C1", "a"), text("C1", "b")}, []string{"0s C1 post a", "1s C1 post b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fakeSlack{answers: c.answers}
				o := newOutbox(actionstest.NewLedger(), f)
				for _, l := range c.letters {
					if err := o.put(t.Context(), l); err != nil {
						t.Fatal(err)
					}
				}
				o.start()
				time.Sleep(time.Hour)
				synctest.Wait()
				o.tasks.close()
				if !slices.Equal(f.calls, c.want) {
					t.Errorf("got  %q\nwant %q", f.calls, c.want)
				}
				checkEmpty(t, o)
			})
		})
	}
}

func checkEmpty(t *testing.T, o *outbox) {
	t.Helper()
	err := o.ledger.View(t.Context(), func(r actions.Reader) error {
		left, err := actions.All[letter](r, actions.KindOutbox)
		if len(left) > 0 {
			t.Errorf("%+v is left in the ledger", left)
		}
		return err
	})
	must(t, err)
}

func TestOutboxChannelsDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSlack{answers: []error{&slack.RateLimitedError{RetryAfter: time.Minute}}}
		o := newOutbox(actionstest.NewLedger(), f)
		o.start()
		must(t, o.put(t.Context(), letter{Channel: "C1", Text: "a"}))
		synctest.Wait()
		must(t, o.put(t.Context(), letter{Channel: "C2", Text: "b"}))
		must(t, o.put(t.Context(), letter{Channel: "C1", Only: "U1", Text: "for you"}))
		time.Sleep(time.Hour)
		synctest.Wait()
		o.tasks.close()
		slices.Sort(f.calls)
		want := []string{"0s C1 post a", "0s C1 post for you", "0s C2 post b", "60s C1 post a"}
		if !slices.Equal(f.calls, want) {
			t.Errorf("got %q, want %q", f.calls, want)
		}
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// An edit that is queued while its message is being posted must not get lost.
func TestOutboxEditDuringPost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSlack{}
		o := newOutbox(actionstest.NewLedger(), f)
		f.during = func() { must(t, o.put(t.Context(), letter{Channel: "C1", Name: "m", Text: "after"})) }
		o.start()
		must(t, o.put(t.Context(), letter{Channel: "C1", Name: "m", Text: "before"}))
		time.Sleep(time.Minute)
		synctest.Wait()
		o.tasks.close()
		if want := []string{"0s C1 post before", "1s C1 edit 1 after"}; !slices.Equal(f.calls, want) {
			t.Errorf("got %q, want %q", f.calls, want)
		}
		checkEmpty(t, o)
	})
}

// What was not delivered is delivered by the next process, in order.
func TestOutboxSurvivesRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger, away := actionstest.NewLedger(), &fakeSlack{answers: slices.Repeat([]error{errors.New("EOF")}, 100)}
		first := newOutbox(ledger, away)
		first.start()
		for i := range 12 {
			must(t, first.put(t.Context(), letter{Channel: "C1", Name: fmt.Sprint(i % 6), Text: fmt.Sprint(i)}))
		}
		time.Sleep(time.Minute)
		first.tasks.close()

		back := &fakeSlack{}
		second := newOutbox(ledger, back)
		must(t, second.load(t.Context()))
		must(t, second.put(t.Context(), letter{Channel: "C1", Text: "new"}))
		second.start()
		time.Sleep(time.Minute)
		synctest.Wait()
		second.tasks.close()
		want := []string{"0s C1 post 6", "1s C1 post 7", "2s C1 post 8", "3s C1 post 9", "4s C1 post 10", "5s C1 post 11", "6s C1 post new"}
		if !slices.Equal(back.calls, want) {
			t.Errorf("got %q, want %q", back.calls, want)
		}
		checkEmpty(t, second)
	})
}

func TestOutboxMendsWhatItCan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger := actionstest.NewLedger()
		f := &fakeSlack{}
		o := newOutbox(ledger, f)
		o.start()
		must(t, o.put(t.Context(), letter{Channel: "C1", Name: "m", Text: "first"}))
		time.Sleep(time.Minute)
		synctest.Wait()
		f.answers = []error{refusedBy("message_not_found"), refusedBy("invalid_blocks")}
		must(t, o.put(t.Context(), letter{
			Channel: "C1", Name: "m", Text: "second", About: About{Plan: "P-1", Digest: "d"},
			Blocks: slack.Blocks{BlockSet: []slack.Block{section("x")}},
		}))
		time.Sleep(time.Minute)
		synctest.Wait()
		o.tasks.close()
		want := []string{"0s C1 post first", "60s C1 edit 1 second", "61s C1 post second", "62s C1 post second"}
		if !slices.Equal(f.calls, want) {
			t.Errorf("got %q, want %q", f.calls, want)
		}
		p, err := actions.Load[posted](t.Context(), ledger, actions.KindThread, nameKey("m"))
		if err != nil || p.TS != "2" || p.Digest != "" {
			t.Errorf("the record is %+v, %v; there are no buttons to decide with", p, err)
		}
	})
}

// A reply outlives its thread.
func TestOutboxPostsWithoutTheThread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSlack{answers: []error{nil, refusedBy("thread_not_found")}}
		o := newOutbox(actionstest.NewLedger(), f)
		must(t, o.put(t.Context(), letter{Channel: "C1", Name: "m", Text: "root"}))
		must(t, o.put(t.Context(), letter{Channel: "C1", Thread: "m", Text: "reply"}))
		o.start()
		time.Sleep(time.Minute)
		synctest.Wait()
		o.tasks.close()
		if want := []string{"0s C1 post root", "1s C1 post under 1 reply", "2s C1 post reply"}; !slices.Equal(f.calls, want) {
			t.Errorf("got %q, want %q", f.calls, want)
		}
	})
}

func TestOutboxDropsLoudly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger := actionstest.NewLedger()
		f := &fakeSlack{answers: []error{refusedBy("not_in_channel"), refusedBy("user_not_in_channel")}}
		o := newOutbox(ledger, f)
		o.start()
		must(t, o.put(t.Context(), letter{Channel: "C1", Name: "m", Text: "hello", ResponseURL: "https://hooks.slack.com/x"}))
		time.Sleep(time.Minute)
		must(t, o.put(t.Context(), letter{Channel: "C1", Only: "U1", Text: "just for you", ResponseURL: "https://hooks.slack.com/x"}))
		time.Sleep(time.Minute)
		synctest.Wait()
		o.tasks.close()
		want := []string{"I cannot post in this channel (`not_in_channel`). Invite me with /invite, and try again.", "just for you"}
		if !slices.Equal(f.answered, want) {
			t.Errorf("the person read %q, want %q", f.answered, want)
		}
		var dropped int
		for _, e := range ledger.Trail() {
			if e.Action == "message.dropped" {
				dropped++
			}
		}
		if dropped != 1 { // the other was read
			t.Errorf("%d drops are in the audit trail, want 1", dropped)
		}
	})
}

func TestOutboxForgetsStaleAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSlack{answers: slices.Repeat([]error{errors.New("EOF")}, 1000)}
		o := newOutbox(actionstest.NewLedger(), f)
		o.start()
		must(t, o.put(t.Context(), letter{Channel: "C1", Only: "U1", Text: "hello"}))
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		o.tasks.close()
		checkEmpty(t, o)
		if n := len(f.calls); n < 10 || n > 45 {
			t.Errorf("it was tried %d times", n)
		}
	})
}

// Response URLs come from outside; nothing else than Slack is called.
func TestAnswerCallsSlackOnly(t *testing.T) {
	c, err := newClient(Config{BotToken: "xoxb-1", APIURL: "https://slack.example/api"})
	must(t, err)
	for _, url := range []string{"http://169.254.169.254/latest", "https://hooks.slack.com.evil.example/x", "", "://", "http://hooks.slack.com/x", "https://user@evil.example/hooks.slack.com"} {
		if err := c.answer(t.Context(), url, "x"); err == nil || err.Error() != "the response URL is not one of Slack's" {
			t.Errorf("answer(%q): %v", url, err)
		}
	}
}
