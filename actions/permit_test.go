package actions_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hardenbot/actions"
)

// busyUntil is a guard that refuses until some time, because of what ends by
// itself or does not.
func busyUntil(t time.Time, passing bool) actions.Guard {
	return actions.Guard{Name: "key-login", Ask: func(context.Context, actions.Question) actions.Answer {
		if !time.Now().Before(t) {
			return actions.Allow("free")
		}
		a := actions.Refuse("apt-get is at work", "wait")
		a.Passing = passing
		return a
	}}
}

// A run waits for what ends by itself, reads the host again then, and does not
// wait for ever, nor when it is aborted.
func TestRunsWaitForWhatPasses(t *testing.T) {
	for name, tc := range map[string]struct {
		busy    time.Duration
		passing bool
		during  func(t *testing.T, b *bench, run string)
		want    string
		why     string
	}{
		"it passes":          {busy: 3 * time.Minute, passing: true, want: "done"},
		"it does not pass":   {busy: time.Hour, passing: true, want: "refused", why: "apt-get is at work; wait"},
		"it is none of that": {busy: time.Minute, want: "refused", why: "apt-get is at work; wait"},
		"the host differs afterwards": {busy: time.Minute, passing: true, want: "refused", why: "the plan would be another one now",
			during: func(_ *testing.T, b *bench, _ string) {
				b.fleet.Lock()
				defer b.fleet.Unlock()
				b.fleet.Host("web-1").Facts.SSHD.Global["passwordauthentication"] = "maybe"
			}},
		"it is mended meanwhile": {busy: time.Minute, passing: true, want: "already sound",
			during: func(_ *testing.T, b *bench, _ string) {
				b.fleet.Lock()
				defer b.fleet.Unlock()
				b.fleet.Host("web-1").Facts.SSHD.Global["passwordauthentication"] = "no"
			}},
		"the run is aborted": {busy: 9 * time.Minute, passing: true, want: "refused", why: "apt-get is at work",
			during: func(t *testing.T, b *bench, run string) {
				if err := b.approver.Abort(t.Context(), alice, run, ""); err != nil {
					t.Error(err)
				}
			}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench("web-1")
				id := b.approved(t)
				began := time.Now()
				b.roller.Guards = []actions.Guard{busyUntil(began.Add(tc.busy), tc.passing)}
				if tc.during != nil {
					time.AfterFunc(30*time.Second, func() { tc.during(t, b, id) })
				}
				run := b.execute(t, id)
				took := time.Since(began)
				if states(run) != tc.want || !strings.Contains(run.Hosts[0].Why, tc.why) || took > 12*time.Minute {
					t.Errorf("%s (%s) after %s", states(run), run.Hosts[0].Why, took)
				}
				if name == "the run is aborted" && took > 2*time.Minute {
					t.Errorf("it went on for %s", took)
				}
			})
		})
	}
}
