package acceptance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"hardenbot/bot/workspace"
)

// findings is what a scan showed: a message, and more in its thread where one
// is too small.
type findings struct {
	*world
	pages []workspace.Message
}

var total = regexp.MustCompile(`(\d+) findings? \(`)

// scan types the command and waits until all findings are shown.
func (w *world) scan(pattern string) findings {
	w.Helper()
	before := len(w.slack.Messages(channel))
	w.command("scan " + pattern)
	head := w.message("the findings", func(m workspace.Message) bool {
		return w.after(before, m) && total.MatchString(m.Text())
	})
	f := findings{world: w}
	last := "*" + total.FindStringSubmatch(head.Text())[1] + ". "
	w.eventually("the last finding of the scan", func() bool {
		f.pages = []workspace.Message{head}
		for _, m := range w.slack.Messages(channel) {
			if m.ThreadTS == head.TS && m.TS != head.TS {
				f.pages = append(f.pages, m)
			}
		}
		return strings.Contains(f.text(), last)
	})
	return f
}

func (f findings) text() string {
	var all []string
	for _, page := range f.pages {
		all = append(all, page.Text())
	}
	return strings.Join(all, "\n")
}

// after reports whether the message is not among the first n of the channel.
func (w *world) after(n int, m workspace.Message) bool {
	all := w.slack.Messages(channel)
	return slices.ContainsFunc(all[min(n, len(all)):], func(x workspace.Message) bool { return x.TS == m.TS })
}

func (w *world) command(text string) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	_, err := w.slack.As(alice).Command(ctx, channel, "/harden", text)
	w.must(err)
}

// fix presses Fix… beside a finding and returns the message with the plan.
func (f findings) fix(title string) workspace.Message {
	f.Helper()
	seen := f.all()
	page, block := f.find(title, "fix")
	_, err := f.slack.As(alice).Click(f.Context(), page, "fix", workspace.InBlock(block))
	f.must(err)
	return f.message("the plan for "+title, func(m workspace.Message) bool {
		return !seen[m.TS] && (strings.Contains(m.Text(), " digest ") || strings.Contains(m.Text(), "There is no plan"))
	})
}

// all is the timestamps of what the channel shows.
func (w *world) all() map[string]bool {
	seen := map[string]bool{}
	for _, m := range w.slack.Messages(channel) {
		seen[m.TS] = true
	}
	return seen
}

// find returns the page and the id of the block with the button that stands
// under the finding of that title.
func (f findings) find(title, action string) (workspace.Message, string) {
	f.Helper()
	for _, page := range f.pages {
		var blocks []json.RawMessage
		f.must(json.Unmarshal(page.Blocks, &blocks))
		for i, b := range blocks[:max(0, len(blocks)-1)] {
			below := blocks[i+1]
			if !bytes.Contains(b, []byte(title)) || !bytes.Contains(below, []byte(`"action_id":"`+action+`"`)) {
				continue
			}
			var id struct {
				BlockID string `json:"block_id"`
			}
			f.must(json.Unmarshal(below, &id))
			return page, id.BlockID
		}
	}
	f.Fatalf("no block shows %q with a button %q under it:\n%s", title, action, f.text())
	return workspace.Message{}, ""
}

// approve presses Approve as bob and waits for the outcome in the thread.
func (w *world) approve(plan workspace.Message) workspace.Message {
	w.Helper()
	seen := w.all()
	_, err := w.slack.As(bob).Click(w.Context(), plan, "approve", workspace.Accept())
	w.must(err)
	return w.outcome(seen)
}

// outcome waits for the message that closes a run, beyond those seen before.
func (w *world) outcome(seen map[string]bool) workspace.Message {
	w.Helper()
	return w.message("the outcome", func(m workspace.Message) bool {
		return !seen[m.TS] && (strings.Contains(m.Text(), "Done on") || strings.Contains(m.Text(), "Stopped at"))
	})
}

func (w *world) message(what string, match func(workspace.Message) bool) workspace.Message {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	m, err := w.slack.WaitMessage(ctx, channel, match)
	if err != nil {
		w.Fatalf("waiting for %s: %v\nthe channel shows:\n%s", what, err, w.transcript())
	}
	return m
}

// transcript is all that the channel and the people see.
func (w *world) transcript() string {
	var b strings.Builder
	for _, m := range w.slack.Messages(channel) {
		fmt.Fprintf(&b, "--- %s (thread %s)\n%s\n", m.TS, m.ThreadTS, m.Text())
	}
	for _, who := range []string{alice, bob, carol} {
		for _, m := range w.slack.Ephemerals(who) {
			fmt.Fprintf(&b, "--- only for %s\n%s\n", who, m.Text())
		}
	}
	return b.String()
}

// told waits until the person is shown a text that holds all the words.
func (w *world) told(who string, words ...string) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	_, err := w.slack.WaitEphemeral(ctx, who, func(m workspace.Message) bool { return holds(m.Text(), words...) })
	if err != nil {
		w.Fatalf("%s was not told %q: %v\n%s", who, words, err, w.transcript())
	}
}

func holds(text string, words ...string) bool {
	for _, word := range words {
		if !strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
			return false
		}
	}
	return true
}

func (w *world) shows(m workspace.Message, words ...string) {
	w.Helper()
	if !holds(m.Text(), words...) {
		w.Fatalf("the message does not say %q:\n%s", words, m.Text())
	}
}
