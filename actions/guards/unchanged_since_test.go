package guards_test

import (
	"errors"
	"testing"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
)

func TestUnchangedSince(t *testing.T) {
	of := map[string]string{"run": "R-7g2kd0xw"}
	for _, c := range []struct {
		name string
		args map[string]string
		host witness
		ok   bool
		says string
	}{
		{"as it was left", of, witness{}, true, "what run R-7g2kd0xw has changed is as it left it"},
		{"changed", of, witness{out: actions.Output{Exit: 1, Stderr: "/etc/ssh/sshd_config\x1b was changed since\n"}}, false, "/etc/ssh/sshd_config was changed since"},
		{"not reached", of, witness{noRun: errors.New("web-1 could not be reached")}, false, "this could not be checked: web-1 could not be reached"},
		{"no run", nil, witness{}, false, "the run is not known"},
	} {
		t.Run(c.name, func(t *testing.T) {
			expect(t, ask(t, actions.GuardUnchanged, actionstest.Sound(), c.args, c.host), c.ok, c.says)
		})
	}
}
