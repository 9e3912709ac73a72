package bot

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// tabs keeps the Home tabs of those who have opened theirs lately as things are
// now. It publishes one at a time: whoever has just opened or used theirs first,
// and the others not too often, however much happens.
type tabs struct {
	pace time.Duration // between two that are published, whoever they are for
	rest time.Duration // between two for one person that nobody asked for
	wake chan struct{}

	mu sync.Mutex
	of map[string]*tab // by user ID
}

// tab is one person's Home tab.
type tab struct {
	person actions.Person
	used   time.Time // when the person opened it or pressed something in it
	built  time.Time
	due    time.Time // when to build it anew; zero if nothing has changed
	asked  bool      // by the person, so that it is shown in any case
	shown  string    // what was published last
	note   string    // what came of the last press
	noted  time.Time
}

const (
	// views.publish is in Slack's tier 4: about a hundred times a minute.
	homePace = 700 * time.Millisecond
	homeRest = 10 * time.Second
	homeLife = 30 * time.Minute // after which nobody looks at it any more
	noteLife = time.Minute
)

func newTabs() *tabs {
	return &tabs{pace: homePace, rest: homeRest, wake: make(chan struct{}, 1), of: map[string]*tab{}}
}

// open has the person's tab published as soon as possible.
func (t *tabs) open(who actions.Person) {
	t.mu.Lock()
	defer t.mu.Unlock()
	one := t.tab(who)
	one.used, one.asked, one.due = time.Now(), true, time.Unix(0, 0)
	t.poke()
}

// say shows a sentence on top of the person's tab for a while.
func (t *tabs) say(who actions.Person, note string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	one := t.tab(who)
	one.note, one.noted = note, time.Now()
}

// tab needs t.mu.
func (t *tabs) tab(who actions.Person) *tab {
	one := t.of[who.ID]
	if one == nil {
		one = &tab{}
		t.of[who.ID] = one
	}
	one.person = who
	return one
}

// changed says that something is otherwise that tabs may show.
func (t *tabs) changed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, one := range t.of {
		switch {
		case time.Since(one.used) > homeLife:
			delete(t.of, id)
		case one.due.IsZero():
			one.due = one.built.Add(t.rest)
		}
	}
	t.poke()
}

// poke needs t.mu.
func (t *tabs) poke() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// next takes the tab that is due first. Without one it returns how long there
// is nothing to do, unless something changes.
func (t *tabs) next() (one tab, wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var first *tab
	for _, candidate := range t.of {
		if !candidate.due.IsZero() && (first == nil || candidate.due.Before(first.due)) {
			first = candidate
		}
	}
	if first == nil {
		return tab{}, time.Hour
	}
	if wait = time.Until(first.due); wait > 0 {
		return tab{}, wait
	}
	one = *first
	if time.Since(one.noted) > noteLife {
		one.note = ""
	}
	first.due, first.asked, first.built, first.note = time.Time{}, false, time.Now(), one.note
	return one, 0
}

// published takes down what the person sees now.
func (t *tabs) published(who actions.Person, shown string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tab(who).shown = shown
}

// again has the tab built once more, after a while.
func (t *tabs) again(who actions.Person, wait time.Duration, asked bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	one := t.tab(who)
	if one.due.IsZero() {
		one.due = time.Now().Add(wait)
	}
	one.asked = one.asked || asked
}

// keepHomes publishes what is due until ctx ends.
func (b *Bot) keepHomes(ctx context.Context) {
	for ctx.Err() == nil {
		one, wait := b.tabs.next()
		if one.person.ID == "" {
			select {
			case <-ctx.Done():
			case <-b.tabs.wake:
			case <-time.After(wait):
			}
			continue
		}
		b.showHome(ctx, one)
		sleep(ctx, b.tabs.pace)
	}
}

// showHome builds and publishes a tab, if it is another one than is shown.
func (b *Bot) showHome(ctx context.Context, one tab) {
	page, whole, err := b.homeOf(ctx, one.person)
	if err != nil {
		b.log.Error("a Home tab could not be built", "user", one.person.ID, "err", err)
		return
	}
	page.Note = one.note
	blocks, shown := homeView(page)
	if !whole && time.Since(one.used) < homeLife {
		b.tabs.again(one.person, b.tabs.rest, false) // its messages are on their way
	}
	if shown == one.shown && !one.asked {
		return
	}
	var limited *slack.RateLimitedError
	_, err = b.client.api.PublishViewContext(ctx, slack.PublishViewContextRequest{
		UserID: one.person.ID, View: slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}},
	})
	switch {
	case err == nil:
		b.tabs.published(one.person, shown)
	case errors.As(err, &limited):
		b.tabs.again(one.person, max(limited.RetryAfter, time.Second), one.asked)
	case ctx.Err() == nil:
		b.log.Warn("a Home tab could not be published", "user", one.person.ID, "err", safe(err))
	}
}
