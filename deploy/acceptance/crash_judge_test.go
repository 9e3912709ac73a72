package acceptance

import "strings"

// judge holds what was told against what is.
func (b *bout) judge(whole whole) string {
	b.Helper()
	if err := b.byKey(b.host, "ops"); err != nil {
		b.Errorf("no login with the key: %v", err)
	}
	end := b.end()
	state, did := b.look(b.ordeal.state), b.look(b.ordeal.did)
	switch end {
	case "done":
		b.same("what the run changes, on a host that is said to be done", whole.state, state)
		b.same("what was done, and how often", whole.did, did)
	default:
		b.same("what the run changes, on a host that is said to be "+end, b.state, state)
		b.same("/etc, on a host that is said to be "+end, b.before, b.fingerprint(b.host))
		if more := strings.Count(did, "\n") - strings.Count(whole.did, "\n"); end == "undone" && more > b.undid || end != "undone" && did != b.did {
			b.Errorf("what was done, on a host that is %s:\n%s\nin the whole run:\n%s", end, did, whole.did)
		}
	}
	b.nothingLeft()
	b.noStepTwice()
	if b.place != nil {
		b.inRotation()
	}
	b.trailHolds()
	return end
}

// end is how the run is told to have ended: once.
func (b *bout) end() string {
	b.Helper()
	ends := b.ends()
	if repeated := len(ends) == 2 && b.again && ends[0].Text() == ends[1].Text(); len(ends) != 1 && !repeated {
		b.Errorf("the end was told %d times:\n%s", len(ends), b.transcript())
	}
	for word, end := range map[string]string{"✓ done": "done", "✗ undone": "undone", "– untouched": "untouched"} {
		if strings.Contains(ends[0].Text(), word) {
			return end
		}
	}
	b.Errorf("the host was brought to no safe end:\n%s", ends[0].Text())
	return "?"
}

func (b *bout) same(what, want, got string) {
	b.Helper()
	if want != got {
		b.Errorf("%s:\n%s", what, difference(want, got))
	}
}

// nothingLeft fails where the host would still put itself back some day.
func (b *bout) nothingLeft() {
	b.Helper()
	left := b.look(`systemctl list-timers --all --no-legend 'hardenbot-*'; systemctl list-units --all --plain --no-legend 'hardenbot-*'
find /etc/systemd /run/systemd/transient -name 'hardenbot-*'`)
	if left != "" {
		b.Errorf("left on the host:\n%s", left)
	}
}

// noStepTwice counts the steps that were begun, in the trail and on the host.
func (b *bout) noStepTwice() {
	b.Helper()
	begun := map[string]int{}
	for _, e := range b.entries()[b.base:] {
		if e.Action == "step.begun" {
			begun[e.Detail["says"]]++
		}
	}
	for says, n := range begun {
		if n > 1 {
			b.Errorf("begun %d times: %s", n, says)
		}
	}
	if half := b.look(`find /var/lib/hardenbot -path '*/steps/*.new' -prune -print 2>/dev/null || true`); half != "" {
		b.Errorf("steps that have not ended on the host:\n%s", half)
	}
}

// inRotation fails where the host is outside and nobody was told.
func (b *bout) inRotation() {
	b.Helper()
	if ends := b.ends(); len(ends) > 0 && strings.Contains(strings.ToLower(ends[0].Text()), "out of rotation") {
		return
	}
	b.eventually("the host is in rotation again", func() bool { return strings.HasPrefix(b.place(b.host), "UP") })
}
