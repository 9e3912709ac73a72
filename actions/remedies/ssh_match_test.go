package remedies_test

import (
	"errors"
	"strings"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

// What a Match block by address or port does cannot be seen, and is not passed.
func TestMatchBlocksThatCannotBeSeen(t *testing.T) {
	const at = "/etc/ssh/sshd_config:120: "
	for _, c := range []struct {
		line   string
		unseen bool
	}{
		{"Match Address 10.0.0.0/8", true},
		{"match localport 2222", true},
		{"Match Host=*.corp.example", true},
		{"Match User alice Address 10.0.0.0/8", true},
		{"Match Group staff LocalAddress 192.0.2.1", true},
		{`Match User "alice smith"`, true}, // not understood
		{"Match", false},
		{"Match all", false},
		{"Match User alice,bob", false},
		{"Match user=alice Group=staff # from the office", false},
		{`Match User "alice"`, false},
	} {
		for remedy, could := range map[string]string{"ssh-password-auth": "accept passwords", "ssh-root-login": "let root in"} {
			f := actionstest.Sound()
			f.SSHD.Match = []string{"/etc/ssh/sshd_config:9: Match User carol", at + c.line}
			found := actions.Examine(f, []actions.Remedy{find(t, remedy)})
			if !c.unseen {
				if len(found) > 0 {
					t.Errorf("%s, %s: %q", remedy, c.line, found[0].Evidence)
				}
				continue
			}
			want := "not checked: /etc/ssh/sshd_config:120 (" + c.line + ") may " + could + " on some connections; read that block"
			if len(found) != 1 || found[0].Status != actions.NotChecked || found[0].Subject != "match" || strings.Join(found[0].Evidence, "\n") != want {
				t.Errorf("%s, %s: %+v\nwant %s", remedy, c.line, found, want)
			}
		}
	}
}

// It is a finding of its own beside what is open, and in nobody's way.
func TestMatchBlocksStandBesideTheFinding(t *testing.T) {
	f := actionstest.Broken()
	f.SSHD.Match = []string{"/etc/ssh/sshd_config:120: Match Address 10.0.0.0/8"}
	sound := actionstest.Sound()
	sound.SSHD.Match = f.SSHD.Match
	for _, id := range []string{"ssh-password-auth", "ssh-root-login"} {
		found := actions.Examine(f, []actions.Remedy{find(t, id)})
		if len(found) != 2 || found[0].Status != actions.Open || found[1].Status != actions.NotChecked {
			t.Errorf("%s: %+v", id, found)
		}
		if _, _, err := actions.Derive(f, find(t, id), ""); err != nil {
			t.Errorf("%s: no change: %v", id, err)
		}
		if _, _, err := actions.Derive(sound, find(t, id), ""); !errors.Is(err, actions.ErrSound) {
			t.Errorf("%s: a sound host gives %v", id, err)
		}
	}
}
