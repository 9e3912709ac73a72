package acceptance

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"hardenbot/bot/workspace"
)

// The findings' titles begin like this in the messages.
const (
	passwords = "sshd accepts passwords"
)

func TestStoryOverSocketMode(t *testing.T) { story(t, "socket") }
func TestStoryOverHTTP(t *testing.T)       { story(t, "http") }

// story is the main job from the command to a server that takes keys only.
func story(t *testing.T, mode string) {
	w := newWorld(t, mode, nil)
	w.start()

	findings := w.scan("web-*")
	w.inOrder(findings.text(), "3306", passwords, "Security updates", "Nothing bans")
	plan := findings.fix(passwords)
	w.shows(plan, "web-1", "web-4", "PasswordAuthentication no", "key-login")

	w.ownApprovalRefused(plan)
	w.strangerRefused(plan)
	outcome := w.approve(plan)
	w.shows(outcome, "web-1", "web-2", "web-3", "web-4", "done")
	w.decidedOnce(plan)

	for _, host := range four {
		w.keyOnly(host)
	}
	if again := w.scan("web-*"); strings.Contains(again.text(), passwords) {
		t.Errorf("the new scan still shows it:\n%s", again.text())
	}
	w.oneAfterTheOther()
	w.stop()
	w.audited()
	w.Logf("%s", w.transcript())
}

// inOrder fails unless the words stand in the text one after the other.
func (w *world) inOrder(text string, words ...string) {
	w.Helper()
	at := 0
	for _, word := range words {
		i := strings.Index(strings.ToLower(text[at:]), strings.ToLower(word))
		if i < 0 {
			w.Fatalf("%q does not follow in order %q:\n%s", word, words, text)
		}
		at += i
	}
}

// ownApprovalRefused has alice, who is an approver too, approve what she asked for.
func (w *world) ownApprovalRefused(plan workspace.Message) {
	w.Helper()
	_, err := w.slack.As(alice).Click(w.Context(), plan, "approve", workspace.Accept())
	w.must(err)
	w.told(alice, "second engineer")
}

func (w *world) strangerRefused(plan workspace.Message) {
	w.Helper()
	_, err := w.slack.As(carol).Click(w.Context(), plan, "approve", workspace.Accept())
	w.must(err)
	w.told(carol, "you may not decide")
}

// decidedOnce presses the button that was on the screen before the decision.
func (w *world) decidedOnce(plan workspace.Message) {
	w.Helper()
	_, err := w.slack.As(bob).Click(w.Context(), plan, "approve", workspace.Accept(), workspace.Stale())
	w.must(err)
	w.told(bob, "already approved")
	now, _ := w.slack.Message(channel, plan.TS)
	if slices.Contains(now.Buttons(), "approve") {
		w.Errorf("the decided plan still has its buttons")
	}
}

type entry struct {
	At     time.Time           `json:"at"`
	Actor  struct{ ID string } `json:"actor"`
	Action string              `json:"action"`
	Host   string              `json:"host"`
	Detail map[string]string   `json:"detail"`
}

func (w *world) entries() []entry {
	w.Helper()
	out, status := w.cli("audit", "list", "--format", "json")
	if status != 0 {
		w.Fatalf("audit list ends with status %d", status)
	}
	var all []entry
	for dec := json.NewDecoder(strings.NewReader(out)); dec.More(); {
		var e entry
		w.must(dec.Decode(&e))
		all = append(all, e)
	}
	return all
}

// oneAfterTheOther is checked in the audit trail once the bot has ended.
func (w *world) oneAfterTheOther() {
	w.Helper()
	w.stop()
	var order []string
	for _, e := range w.entries() {
		if e.Action == "step.begun" || e.Action == "host.done" {
			order = append(order, e.Action+" "+e.Host)
		}
	}
	var want []string
	for _, host := range four {
		want = append(want, "step.begun "+host, "host.done "+host)
	}
	if !slices.Equal(order, want) {
		w.Errorf("the order of effects\n got %v\nwant %v", order, want)
	}
}

// audited holds the trail against what happened: who asked, who decided, what
// was refused, and that the chain is whole.
func (w *world) audited() {
	w.Helper()
	by := map[string]string{}
	for _, e := range w.entries() {
		by[e.Action] = e.Actor.ID
	}
	for action, actor := range map[string]string{
		"scan.finished": alice, "plan.approved": bob, "decision.refused": bob, "run.done": "hardenbot",
	} {
		if by[action] != actor {
			w.Errorf("the trail has %s by %q, want %q", action, by[action], actor)
		}
	}
	if out, status := w.cli("audit", "verify"); status != 0 {
		w.Errorf("audit verify ends with status %d: %s", status, out)
	}
}
