package acceptance

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"hardenbot/bot/workspace"
)

// TestCutOffWhileArmed takes the host off the network while its dead-man switch
// is armed. It has to put itself back, and the bot to tell what it knows: first
// that it lost the host, or that it was put back, and later that it is there.
func TestCutOffWhileArmed(t *testing.T) {
	needStrace(t)
	for _, tc := range []struct {
		name   string
		at     string // the bot stands still here, and the host is cut off
		inTime bool   // the host is back before the bot gives it up
		always bool   // not only with everything
	}{
		{name: "after sshd's reload", at: "host.intends proven", always: true},
		{name: "after sshd's reload, healed", at: "host.intends proven", inTime: true},
		{name: "before the change", at: "step.begun"},
		{name: "after the proof", at: "host.intends disarmed", inTime: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if !tc.always {
				onlyWithEverything(t)
			}
			cutOff(t, tc.at, tc.inTime)
		})
	}
}

func cutOff(t *testing.T, at string, inTime bool) {
	w, host := newWorldOn(t, four[:1], "socket", nil, func(config map[string]any) {
		config["rollout"] = map[string]any{"proof_time": "10s"}
	}), four[0]
	before := w.fingerprint(host)
	w.start()
	plan := w.scan(host).fix(passwords)
	seen := w.all()
	commits := w.commits()
	_, err := w.slack.As(bob).Click(t.Context(), plan, "approve", workspace.Accept())
	w.must(err)
	w.standStill(at, commits)
	w.lab.Cut(t, host)
	cut := time.Now()
	w.must(w.bot.Process.Signal(syscall.SIGCONT))

	if strings.HasPrefix(at, "host.intends") && !w.changed(host) {
		t.Fatal("the change had not taken effect when the host was cut off, so this test shows nothing")
	}
	w.eventually("the host has put itself back", func() bool {
		return strings.Contains(w.lab.Exec(t, host, "cat /var/lib/hardenbot/R-*/switch/result 2>/dev/null || true"), "0")
	})
	t.Logf("cut off at %q, the host had put itself back %s later", at, time.Since(cut).Round(100*time.Millisecond))
	if after := w.fingerprint(host); after != before {
		t.Errorf("/etc is not as it was:\n%s", difference(before, after))
	}
	if inTime {
		w.lab.Heal(t, host)
		w.shows(w.outcome(seen), host, "✗ undone, it is as it was")
	} else {
		end := w.outcome(seen)
		t.Logf("lost was told %s after the cut", time.Since(cut).Round(time.Second))
		w.shows(end, host, "could not be reached", "to put it back by")
		w.lab.Heal(t, host)
		healed := time.Now()
		w.message("that the host is there again", func(m workspace.Message) bool {
			return !seen[m.TS] && holds(m.Text(), host, "is there again", "put it back")
		})
		t.Logf("that it is there again was told %s after it was", time.Since(healed).Round(time.Second))
		w.eventually("the outcome is put right", func() bool {
			now, _ := w.slack.Message(channel, end.TS)
			return holds(now.Text(), host, "✗ undone")
		})
	}
	if err := w.byPassword(host, "ops"); err != nil {
		t.Errorf("the host does not take the password as before: %v", err)
	}
	w.verified()
}

// standStill stops the bot with the commit of the entry that says so.
func (w *world) standStill(says string, commits <-chan commit) {
	w.Helper()
	deadline := time.After(patience)
	for {
		select {
		case c := <-commits:
			if c.says != says {
				continue
			}
			w.must(w.bot.Process.Signal(syscall.SIGSTOP))
			go func() {
				for range commits { // nobody needs them any more
				}
			}()
			return
		case <-deadline:
			w.Fatalf("the bot never came to %q:\n%s", says, w.transcript())
		}
	}
}

// verified holds that the trail is whole. It stops the bot.
func (w *world) verified() {
	w.Helper()
	w.stop()
	w.trailHolds()
}

// TestCutOffDuringApt takes the host off the network while apt works there, and
// ends the sessions that the bot had. The step goes on to its end by itself; it
// is not run again, and the bot learns how it ended.
func TestCutOffDuringApt(t *testing.T) {
	w, host := newWorldOn(t, four[:1], "socket", nil), four[0]
	w.start()
	old := w.version(host, "openssl")
	plan := w.scan(host).fix(critical)
	goOn := w.holdApt(host)
	seen := w.all()
	_, err := w.slack.As(bob).Click(t.Context(), plan, "approve", workspace.Accept())
	w.must(err)
	w.aptWaits(host)
	w.lab.Cut(t, host)
	w.lab.Exec(t, host, `ps -eo pid=,args= | awk '/sshd: ops@notty/ && !/awk/ { print $1 }' | xargs -r kill -9`)
	if now := w.version(host, "openssl"); now != old {
		t.Fatal("apt had ended before the host was cut off, so this test shows nothing")
	}
	goOn()
	w.eventually("the step has ended on the host", func() bool {
		return w.lab.Exec(t, host, "cat /var/lib/hardenbot/R-*/steps/1/exit 2>/dev/null || true") == "0\n"
	})
	if now := w.version(host, "openssl"); now == old {
		t.Errorf("the step has ended, and openssl is still %s", now)
	}
	w.lab.Heal(t, host)
	healed := time.Now()
	w.shows(w.outcome(seen), host, "✓ done")
	t.Logf("the run was done %s after the host was back", time.Since(healed).Round(time.Second))
	if n := strings.TrimSpace(w.lab.Exec(t, host, `grep -c ' upgrade openssl:' /var/log/dpkg.log`)); n != "1" {
		t.Errorf("openssl was upgraded %s times", n)
	}
	if said := w.lab.Exec(t, host, "dpkg --audit"); said != "" {
		t.Errorf("dpkg finds fault:\n%s", said)
	}
	w.verified()
}

// holdApt has apt wait before it calls dpkg, until the function is called.
func (w *world) holdApt(host string) (goOn func()) {
	w.Helper()
	w.lab.Exec(w.T, host, `echo 'DPkg::Pre-Invoke { "touch /run/apt-waits; until [ -e /run/apt-goes-on ]; do sleep 0.1; done"; };' >/etc/apt/apt.conf.d/99wait`)
	return func() { w.lab.Exec(w.T, host, "touch /run/apt-goes-on") }
}

func (w *world) aptWaits(host string) {
	w.Helper()
	w.eventually("apt works on "+host, func() bool {
		return w.lab.Exec(w.T, host, "test -e /run/apt-waits && echo yes || true") == "yes\n"
	})
}
