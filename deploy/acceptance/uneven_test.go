package acceptance

import (
	"slices"
	"strings"
	"testing"
)

const rootLogin = "Root may log in over SSH"

// TestUnevenHostsAreRefused asks for fixes that would lock somebody out. Each
// host says no in a sentence, and stays as it was byte for byte.
func TestUnevenHostsAreRefused(t *testing.T) {
	w := newWorld(t, "socket", traits{
		"web-1": "password-human", "web-2": "root-only", "web-3": "match", "web-4": "no-sudo",
	})
	before := map[string]string{}
	for _, host := range four {
		before[host] = w.fingerprint(host)
	}
	w.start()
	if text := w.scan("web-*").text(); !holds(text, "web-4", "needs root", "could not") {
		t.Errorf("the scan does not say that web-4 could not be read:\n%s", text)
	}

	for _, tc := range []struct {
		host, title string
		says        []string
	}{
		{"web-1", passwords, []string{"nobody-left-behind", "alice"}},
		{"web-3", passwords, []string{"sshd-valid", "Match", "deploy"}},
		{"web-2", rootLogin, []string{"not-our-own-door", "root"}},
	} {
		plan := w.scan(tc.host).fix(tc.title)
		w.shows(plan, append(tc.says, tc.host)...)
		if slices.Contains(plan.Buttons(), "approve") {
			t.Errorf("%s: the plan can be approved:\n%s", tc.host, plan.Text())
		}
	}
	for _, host := range four {
		if after := w.fingerprint(host); after != before[host] {
			t.Errorf("/etc of %s has changed:\n%s", host, difference(before[host], after))
		}
		user := "ops"
		if host == "web-2" {
			user = "root"
		}
		if err := w.byKey(host, user); err != nil {
			t.Errorf("%s cannot be reached any more: %v", host, err)
		}
	}
}

// TestUnevenHostsAreMended fixes hosts whose sshd is set up in uncommon ways.
func TestUnevenHostsAreMended(t *testing.T) {
	w := newWorld(t, "socket", traits{"web-1": "cloud-init", "web-2": "no-include", "web-3": "socket"})
	w.start()
	plan := w.scan("web-{1..3}").fix(passwords)
	w.shows(plan, "web-1", "web-2", "web-3", "Include")
	w.shows(w.approve(plan), "web-1", "web-2", "web-3", "done")
	for _, host := range four[:3] {
		w.keyOnly(host)
	}
	if err := w.byPassword("web-4", "ops"); err != nil {
		t.Errorf("web-4, which nobody asked for, does not take the password any more: %v", err)
	}
}

// difference lists the lines that stand in one text only, at most twenty.
func difference(a, b string) string {
	before, after := strings.Split(a, "\n"), strings.Split(b, "\n")
	var out []string
	for _, line := range before {
		if !slices.Contains(after, line) {
			out = append(out, "- "+line)
		}
	}
	for _, line := range after {
		if !slices.Contains(before, line) {
			out = append(out, "+ "+line)
		}
	}
	return strings.Join(out[:min(len(out), 20)], "\n")
}
