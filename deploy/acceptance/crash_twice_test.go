package acceptance

import (
	"bytes"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"hardenbot/bot/workspace"
)

// TestOnceWhateverPeopleDo has two people approve a plan at the same moment, a
// second bot started on the store, and another plan for the host approved while
// the first one is carried out: each change is made by exactly one run.
func TestOnceWhateverPeopleDo(t *testing.T) {
	w, host := newWorldOn(t, four[:1], "socket", nil, func(config map[string]any) {
		config["policy"].(map[string]any)["approvers"] = []string{bob, carol}
	}), four[0]
	w.start()
	found := w.scan(host)
	upgrade, keysOnly := found.fix(critical), found.fix(passwords)
	goOn := w.holdApt(host)
	seen := w.all()

	w.atOnce(upgrade, bob, carol)
	w.aptWaits(host)
	if late := w.toldLate("already approved", bob, carol); late != 1 {
		t.Errorf("%d of two people were told that the plan was approved already:\n%s", late, w.transcript())
	}
	w.secondBotRefused()
	_, err := w.slack.As(bob).Click(t.Context(), keysOnly, "approve", workspace.Accept())
	w.must(err)
	w.told(bob, "is changing "+host+" at the moment", "approve again when it has ended")

	goOn()
	w.shows(w.outcome(seen), host, "✓ done")
	w.shows(w.approve(keysOnly), host, "✓ done")
	w.verified()
	count := map[string]int{}
	for _, e := range w.entries() {
		count[e.Action]++
		if e.Action == "step.begun" {
			count[e.Detail["says"]]++
		}
	}
	if count["plan.approved"] != 2 || count["run.done"] != 2 || count["decision.refused"] != 2 {
		t.Errorf("the trail counts %v", count)
	}
	if n := strings.TrimSpace(w.lab.Exec(t, host, `grep -c ' upgrade openssl:' /var/log/dpkg.log`)); n != "1" {
		t.Errorf("openssl was upgraded %s times", n)
	}
	w.keyOnly(host)
}

// atOnce has people press Approve at the same moment, each on a screen that
// shows the plan as undecided.
func (w *world) atOnce(plan workspace.Message, people ...string) {
	w.Helper()
	var clicks sync.WaitGroup
	start := make(chan struct{})
	for _, who := range people {
		clicks.Go(func() {
			<-start
			if _, err := w.slack.As(who).Click(w.Context(), plan, "approve", workspace.Accept(), workspace.Stale()); err != nil {
				w.Error(err)
			}
		})
	}
	close(start)
	clicks.Wait()
}

// toldLate waits until one of the people is told so, and counts those who are.
func (w *world) toldLate(words string, people ...string) (n int) {
	w.Helper()
	w.eventually("somebody is told "+words, func() bool {
		n = 0
		for _, who := range people {
			for _, m := range w.slack.Ephemerals(who) {
				if holds(m.Text(), words) {
					n++
				}
			}
		}
		return n > 0
	})
	return n
}

// secondBotRefused starts another bot on the store of the one that runs.
func (w *world) secondBotRefused() {
	w.Helper()
	second := exec.CommandContext(w.Context(), w.binary, "serve", "--config", w.config)
	second.Env = w.environment()
	var said bytes.Buffer
	second.Stdout, second.Stderr = &said, &said
	if err := second.Run(); err == nil || second.ProcessState.ExitCode() != 1 {
		w.Errorf("a second bot on the store ended with %v", err)
	}
	if text := strings.TrimSpace(said.String()); strings.Contains(text, "\n") || !holds(text, "the store is in use by another hardenbot") {
		w.Errorf("a second bot on the store says:\n%s", text)
	}
}
