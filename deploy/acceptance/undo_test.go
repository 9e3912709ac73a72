package acceptance

import (
	"strings"
	"testing"

	"hardenbot/bot/workspace"
)

// TestStopResumeUndo goes the ways around a run on two hosts: everything is
// stopped between them, gone on with, undone as a plan of its own, and what
// somebody changed since is not overwritten.
func TestStopResumeUndo(t *testing.T) {
	// A changed host is ill for as long as it is told to wait.
	const wait = "test ! -e /run/wait || test ! -e /etc/ssh/sshd_config.d/00-hardenbot-ssh-password-auth.conf"
	w := newWorldOn(t, four[:2], "socket", nil, func(config map[string]any) {
		check := map[string]any{"hosts": "web-*", "command": []any{"sh", "-c", wait}}
		health, _ := config["health"].([]any)
		config["health"] = append(health, check)
		config["rollout"] = map[string]any{"healthy_within": "5m"}
	})
	first, second := four[0], four[1]
	w.lab.Exec(t, first, "touch /run/wait")
	w.start()
	as := func(who, text string) {
		t.Helper()
		_, err := w.slack.As(who).Command(t.Context(), channel, "/harden", text)
		w.must(err)
	}
	press := func(who string, on workspace.Message, action string, sure ...workspace.ClickOption) {
		t.Helper()
		_, err := w.slack.As(who).Click(t.Context(), on, action, sure...)
		w.must(err)
	}
	sure := workspace.Accept()
	before := map[string]string{}
	for _, host := range four[:2] {
		before[host] = w.sshdFiles(host)
	}

	plan := w.scan(strings.Join(four[:2], ",")).fix(passwords)
	seen := w.all()
	press(bob, plan, "approve", sure)
	w.eventually("the first host is changed", func() bool { return w.changed(first) })
	as(alice, "stop one at a time, please")
	w.message("the stop", func(m workspace.Message) bool {
		return !seen[m.TS] && strings.Contains(m.Text(), "stopped all changes at")
	})
	w.lab.Exec(t, first, "rm /run/wait")
	stopped := w.outcome(seen)
	w.shows(stopped, "done on 1 of 2 hosts", "all changes were stopped by", second, "untouched")
	w.keyOnly(first)
	if got := w.sshdFiles(second); got != before[second] {
		t.Errorf("%s was touched:\n%s", second, got)
	}
	press(bob, stopped, "resume", sure)
	w.told(bob, "has to let them begin again first")
	as(bob, "start")
	seen = w.all()
	press(alice, stopped, "resume", sure)
	w.told(alice, "a second engineer has to go on with it")
	press(bob, stopped, "resume", sure)
	done := w.outcome(seen)
	w.shows(done, "Done on 2 of 2 hosts")
	w.keyOnly(second)

	w.lab.Exec(t, second, "echo '# by hand' >>/etc/ssh/sshd_config.d/00-hardenbot-ssh-password-auth.conf")
	seen = w.all()
	press(alice, done, "undo")
	undo := w.message("the plan to undo", func(m workspace.Message) bool {
		return !seen[m.TS] && strings.Contains(m.Text(), "Approve? Undo:")
	})
	w.shows(undo, "Not included", second, "is no longer as run", "left it")
	w.shows(w.approve(undo), "Done on 1 of 1 hosts")
	if got := w.sshdFiles(first); got != before[first] {
		t.Errorf("%s is not as it was before\n got %s\nwant %s", first, got, before[first])
	}
	if says := w.lab.Exec(t, first, "sshd -T"); !strings.Contains(says, "passwordauthentication yes") {
		t.Errorf("after the undo sshd has\n%s", says)
	}
	w.must(w.byKey(first, "ops"))
	if left := w.lab.Exec(t, first, "systemctl list-units --all --plain --no-legend 'hardenbot-*'"); left != "" {
		t.Errorf("%s still has the units %s", first, left)
	}
	w.stop()
	w.trailHolds()
}

// TestDriftAsksForApprovalAnew has somebody change a host between plan and run.
func TestDriftAsksForApprovalAnew(t *testing.T) {
	w := newWorldOn(t, four[:2], "socket", nil)
	w.start()
	plan := w.scan(strings.Join(four[:2], ",")).fix(passwords)
	w.lab.Exec(t, four[0], "sed -i /^Include/d /etc/ssh/sshd_config && systemctl reload ssh") // so that the drop-in would not be read
	w.eventually("sshd listens again", func() bool { return w.byKey(four[0], "ops") == nil })
	seen := w.all()
	_, err := w.slack.As(bob).Click(t.Context(), plan, "approve", workspace.Accept())
	w.must(err)
	w.shows(w.outcome(seen), four[0], "the plan would be another one now", "untouched")
	again := w.message("the new plan", func(m workspace.Message) bool {
		return !seen[m.TS] && strings.Contains(m.Text(), "In place of plan P-")
	})
	w.shows(again, four[0], four[1], "now:")
	w.shows(w.approve(again), "Done on 2 of 2 hosts")
	w.keyOnly(four[0])
	w.stop()
	w.trailHolds()
}

func (w *world) trailHolds() {
	w.Helper()
	if out, status := w.cli("audit", "verify"); status != 0 {
		w.Errorf("audit verify ends with status %d: %s", status, out)
	}
}

// sshdFiles is every file of sshd's configuration with its mode, owner and content.
func (w *world) sshdFiles(host string) string {
	w.Helper()
	return w.lab.Exec(w.T, host, `find /etc/ssh -type f -printf '%p %m %u:%g\n' | sort; find /etc/ssh -type f -print0 | sort -z | xargs -0 sha256sum`)
}
