package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hardenbot/actions/actionstest"
)

// awaySlack answers nothing until some time, and takes letters down then.
type awaySlack struct {
	fakeSlack
	until time.Time
}

func (a *awaySlack) mail(ctx context.Context, l letter, ts, root string) (string, error) {
	if time.Now().Before(a.until) {
		return "", errors.New("EOF")
	}
	return a.fakeSlack.mail(ctx, l, ts, root)
}

// Slack is away for an hour of work. Afterwards each message is posted once, in
// order, a second apart; of what was edited all the time only the newest state
// comes, and what people asked for too long ago does not come at all.
func TestAnHourAwayIsNoFloodAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &awaySlack{until: time.Now().Add(time.Hour)}
		o := newOutbox(actionstest.NewLedger(), &a.fakeSlack)
		o.mail = a
		o.start()
		for second := range 3600 {
			must(t, o.put(t.Context(), letter{Channel: "C1", Name: "run/1", Text: fmt.Sprintf("progress %04d", second)}))
			if second%60 == 0 {
				must(t, o.put(t.Context(), letter{Channel: "C1", Text: fmt.Sprintf("note %04d", second)}))
			}
			if second%300 == 0 {
				must(t, o.put(t.Context(), letter{Channel: "C1", Only: "U1", Text: fmt.Sprintf("answer %04d", second)}))
			}
			time.Sleep(time.Second)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		o.tasks.close()
		checkEmpty(t, o)
		var posts, answers []string
		last := -1
		for _, call := range a.calls {
			var at int
			if _, err := fmt.Sscanf(call, "%ds", &at); err != nil || at < 3600 {
				t.Fatalf("%q: %v", call, err)
			}
			text := call[strings.LastIndex(call, "post ")+len("post "):]
			if strings.HasPrefix(text, "answer") {
				answers = append(answers, text)
				continue
			}
			if at <= last {
				t.Errorf("%q came within a second of the one before", call)
			}
			last, posts = at, append(posts, text)
		}
		want := []string{"progress 3599"} // its place is that of the first edit
		for second := 0; second < 3600; second += 60 {
			want = append(want, fmt.Sprintf("note %04d", second))
		}
		if strings.Join(posts, ", ") != strings.Join(want, ", ") {
			t.Errorf("posted: %q", posts)
		}
		if len(answers) == 0 || len(answers) > 6 || answers[len(answers)-1] != "answer 3300" {
			t.Errorf("answered: %q", answers)
		}
	})
}
