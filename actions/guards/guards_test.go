package guards_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
	"hardenbot/actions/guards"
)

// witness answers as it is told and keeps the script that it was given.
type witness struct {
	noLogin error
	out     actions.Output
	noRun   error
	script  *actions.Script
}

func (w witness) Prove(context.Context, actions.Host) error { return w.noLogin }

func (w witness) Run(_ context.Context, _ actions.Host, s actions.Script) (actions.Output, error) {
	if w.script != nil {
		*w.script = s
	}
	return w.out, w.noRun
}

// ask asks the guard by that name.
func ask(t *testing.T, name string, f *actions.Facts, args map[string]string, w actions.Witness) actions.Answer {
	t.Helper()
	c := actions.Change{Guards: []actions.Need{{Guard: name, Args: args}}}
	return actions.AskGuards(t.Context(), guards.All(), f, c, w)[0]
}

// expect compares the answer with a part of what it should say; a refusal
// names how to mend it.
func expect(t *testing.T, a actions.Answer, ok bool, says string) {
	t.Helper()
	if a.OK != ok || !strings.Contains(a.Says, says) {
		t.Errorf("OK is %v, and it says\n%q\nwant %v and\n%q", a.OK, a.Says, ok, says)
	}
	if !a.OK && a.Mend == "" {
		t.Error("it does not say how to mend that")
	}
	if strings.ContainsAny(a.Says+a.Mend, "\n\x1b") || strings.HasSuffix(a.Says, ".") {
		t.Errorf("this is no sentence to be joined with others: %q, %q", a.Says, a.Mend)
	}
}

func TestGuardsAreDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, g := range guards.All() {
		if g.Name == "" || g.Says == "" || g.Ask == nil || seen[g.Name] {
			t.Errorf("guard %q is not whole or listed twice", g.Name)
		}
		seen[g.Name] = true
	}
}

// What cannot be checked is refused.
func TestGuardsRefuseWhatTheyCannotCheck(t *testing.T) {
	closes := map[string]string{"closes": "password-login"}
	for _, c := range []struct {
		guard   string
		args    map[string]string
		section actions.Section
	}{
		{"nobody-left-behind", nil, actions.SectionAccounts},
		{"nobody-left-behind", nil, actions.SectionLogins},
		{"nobody-left-behind", map[string]string{"closes": "root-login"}, actions.SectionLogin},
		{"not-our-own-door", closes, actions.SectionLogin},
		{"not-our-own-door", closes, actions.SectionAccounts},
		{"not-our-own-door", closes, actions.SectionSSHD},
		{"not-our-own-door", map[string]string{"closes": "ssh-port"}, actions.SectionLogin},
		{"not-our-own-door", map[string]string{"closes": "ssh-port"}, actions.SectionSSHD},
		{"not-our-own-door", map[string]string{"closes": "ssh-port"}, actions.SectionCloud},
		{"second-way-in", nil, actions.SectionCloud},
		{"peers-admitted", nil, actions.SectionPeers},
		{"peers-admitted", nil, actions.SectionCloud},
		{"sshd-valid", nil, actions.SectionSSHD},
		{"sshd-as-running", nil, actions.SectionSSHD},
		{"sshd-as-running", nil, actions.SectionLogin},
		{"sshd-as-running", nil, actions.SectionAccounts},
	} {
		f := actionstest.Sound()
		f.Absent = map[actions.Section]string{c.section: "it took too long"}
		expect(t, ask(t, c.guard, f, c.args, witness{}), false,
			"this could not be checked, because "+string(c.section)+" could not be read: it took too long")
	}
	for _, guard := range []string{"sshd-valid", "dpkg-free", "boots-again"} {
		args := map[string]string{"want": "a=b"}
		expect(t, ask(t, guard, actionstest.Sound(), args, witness{noRun: errors.New("web-1 hung up")}), false, "could not be checked: web-1 hung up")
		expect(t, ask(t, guard, actionstest.Sound(), args, witness{out: actions.Output{Exit: 1, Stderr: "no\nroom\x1b\n"}}), false, "could not be checked: no room")
		expect(t, ask(t, guard, actionstest.Sound(), args, witness{}), false, "was cut off")
	}
}

func TestKeyLogin(t *testing.T) {
	expect(t, ask(t, "key-login", actionstest.Sound(), nil, witness{}), true, "a new login with the key worked")
	expect(t, ask(t, "key-login", actionstest.Sound(), nil, witness{noLogin: errors.New("sudo wants a password")}),
		false, "no new login with the key: sudo wants a password")
}
