package acceptance

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"hardenbot/bot/workspace"
)

// TestWaiverAndSecondFactor has a finding waived by two people, and a plan that
// could lock people out approved with a second factor, over a kill in between:
// what was agreed on is in the store.
func TestWaiverAndSecondFactor(t *testing.T) {
	const nothingBans = "Nothing bans addresses"
	w := newWorldOn(t, four[:2], "http", nil, func(config map[string]any) {
		config["policy"].(map[string]any)["step_up"] = "lockout"
	})
	w.env = []string{"HARDENBOT_SEAL_KEY=" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))}
	w.start()
	w.waive(w.scan("web-1,web-2"), nothingBans, "the partner's scanner would be banned")
	secret := w.enrol(bob)
	w.kill()
	w.start()

	found := w.scan("web-1,web-2")
	w.shows(found.pages[0], "1 waived", nothingBans, "web-1, web-2")
	plan := found.fix(passwords)
	seen := w.all()
	w.pressed(bob, plan, "approve", workspace.Accept())
	code := w.opened(bob, "second_factor")
	w.submit(bob, code, workspace.Values{"code": "000000"}, "the code is not right")
	w.untouched("web-1")
	// The one before was used to enrol, and the next is taken as well.
	w.submit(bob, code, workspace.Values{"code": w.code(secret, time.Now().Add(30*time.Second))}, "")
	w.shows(w.outcome(seen), "done on 2", "before")
	w.keyOnly("web-1")

	w.command("posture")
	w.message("the posture", func(m workspace.Message) bool { return holds(m.Text(), "How `web-*` stands", "2 waived") })
	w.command("findings")
	w.message("what is known", func(m workspace.Message) bool {
		return !seen[m.TS] && total.MatchString(m.Text()) && holds(m.Text(), "this is no new look", "1 waived")
	})
	_, err := w.slack.As(bob).Command(t.Context(), channel, "/harden", "audit 1h")
	w.must(err)
	w.told(bob, "The audit trail is whole", "run.done")
	w.verified()
	count := map[string]int{}
	for _, e := range w.entries() {
		count[e.Action+" "+e.Detail["second factor"]]++
	}
	if count["waiver.approved "] != 1 || count["factor.enrolled "] != 1 || count["plan.approved shown"] != 1 {
		t.Errorf("the trail counts %v", count)
	}
}

// TestShortcutAndReminder has the hosts scanned that a message names, and nobody
// decide on a plan: its approver is called once, reminded once, and it expires.
func TestShortcutAndReminder(t *testing.T) {
	w := newWorldOn(t, four[:2], "socket", nil, func(config map[string]any) {
		policy := config["policy"].(map[string]any)
		policy["notify"], policy["approval_ttl"] = []string{bob}, "1m"
	})
	w.start()
	said, err := w.slack.As(carol).Say(channel, "is web-2 hardened? web-22 and web-9 are not ours", "")
	w.must(err)
	_, err = w.slack.As(alice).Shortcut(t.Context(), said, "scan_named")
	w.must(err)
	view := w.opened(alice, "scan_named")
	if text := view.Text(); !holds(text, "names 1 host that") {
		t.Fatalf("the window offers %s", text)
	}
	w.submit(alice, view, nil, "")
	w.message("the findings", func(m workspace.Message) bool {
		return holds(m.Text(), "Scan of `web-2`", "1 host") && total.MatchString(m.Text())
	})

	plan := w.scan("web-1").fix(passwords)
	w.message("the expired plan", func(m workspace.Message) bool { return m.TS == plan.TS && holds(m.Text(), "Expired") })
	calls := 0
	for _, m := range w.slack.Messages(channel) {
		if m.ThreadTS == plan.TS && m.TS != plan.TS && holds(m.Text(), "@bob") {
			calls++
			t.Log(m.Text())
		}
	}
	if calls != 2 {
		t.Errorf("bob was called %d times\n%s", calls, w.transcript())
	}
	w.untouched("web-1")
}

// waive has alice ask for a waiver of the finding, and bob approve it.
func (w *world) waive(f findings, title, why string) {
	w.Helper()
	page, block := f.find(title, "waive")
	w.pressed(alice, page, "waive", workspace.InBlock(block))
	w.submit(alice, w.opened(alice, "waive"), workspace.Values{"reason": why}, "")
	request := w.message("the waiver", func(m workspace.Message) bool { return holds(m.Text(), "Waive? "+title, why) })
	w.pressed(bob, request, "waive_approve", workspace.Accept())
	w.message("the approved waiver", func(m workspace.Message) bool {
		return m.TS == request.TS && holds(m.Text(), "Waived: "+title, "Approved by @bob")
	})
}

var keyShown = regexp.MustCompile(`secret=([A-Z2-7]{32})`)

// enrol sets up the person's second factor, and returns its key.
func (w *world) enrol(who string) string {
	w.Helper()
	_, err := w.slack.As(who).Command(w.Context(), channel, "/harden", "enrol")
	w.must(err)
	view := w.opened(who, "enrol")
	secret := keyShown.FindStringSubmatch(view.Text())[1]
	w.submit(who, view, workspace.Values{"code": w.code(secret, time.Now())}, "")
	w.told(who, "Your second factor is in force")
	return secret
}

func (w *world) code(secret string, at time.Time) string {
	w.Helper()
	code, err := totp.GenerateCode(secret, at)
	w.must(err)
	return code
}

func (w *world) pressed(who string, on workspace.Message, action string, options ...workspace.ClickOption) {
	w.Helper()
	_, err := w.slack.As(who).Click(w.Context(), on, action, options...)
	w.must(err)
}

func (w *world) opened(who, callback string) workspace.View {
	w.Helper()
	view, err := w.slack.WaitView(w.Context(), who, func(v workspace.View) bool { return v.CallbackID == callback })
	w.must(err)
	return view
}

// submit sends a window, and holds that it closes, or stays open for the fault.
func (w *world) submit(who string, view workspace.View, values workspace.Values, fault string) {
	w.Helper()
	ack, err := w.slack.As(who).Submit(w.Context(), view, values)
	w.must(err)
	said := ""
	for _, text := range ack.Errors {
		said += text
	}
	if (fault == "") != (said == "") || !holds(said, fault) {
		w.Fatalf("the window says %q, want %q", said, fault)
	}
}

// untouched holds that the host still takes passwords.
func (w *world) untouched(host string) {
	w.Helper()
	if err := w.byPassword(host, "ops"); err != nil {
		w.Errorf("%s was changed: %v", host, err)
	}
}
