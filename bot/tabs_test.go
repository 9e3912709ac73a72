package bot

import (
	"testing"
	"testing/synctest"
	"time"

	"hardenbot/actions"
)

// take returns whose tab is due now.
func (t *tabs) take() string {
	one, _ := t.next()
	return one.person.ID
}

// Whoever opens the tab gets it at once; what changes is shown once in a while,
// however much changes, and to nobody who does not look.
func TestTabsAreNotPublishedTooOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tabs := newTabs()
		alice, bob := actions.Person{ID: "U0ALICE"}, actions.Person{ID: "U0BOB"}
		due := func(want string) {
			t.Helper()
			if got := tabs.take(); got != want {
				t.Fatalf("the tab of %q is due, want %q", got, want)
			}
		}
		tabs.changed()
		due("")
		tabs.open(alice)
		due("U0ALICE")
		due("")
		time.Sleep(time.Second)
		for range 1000 {
			tabs.changed()
		}
		due("")
		tabs.open(bob) // before whoever did not ask
		time.Sleep(homeRest)
		due("U0BOB")
		due("U0ALICE")
		due("")
		time.Sleep(homeLife)
		tabs.open(bob)
		due("U0BOB")
		time.Sleep(homeRest)
		tabs.changed()
		due("U0BOB")
		due("")
		if len(tabs.of) != 1 {
			t.Errorf("%d tabs are remembered", len(tabs.of))
		}
	})
}

func TestNotesFade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tabs, alice := newTabs(), actions.Person{ID: "U0ALICE"}
		note := func() string {
			tabs.open(alice)
			one, _ := tabs.next()
			return one.note
		}
		tabs.say(alice, "done")
		if got := note(); got != "done" {
			t.Errorf("the note is %q", got)
		}
		time.Sleep(2 * noteLife)
		if got := note(); got != "" {
			t.Errorf("the note is still %q", got)
		}
	})
}
