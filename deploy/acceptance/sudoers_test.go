package acceptance

import (
	"os"
	"testing"
)

// TestShippedSudoersIsEnough gives the bot a user of its own that may do what
// deploy/sudoers says and no more, and has it mend a host.
func TestShippedSudoersIsEnough(t *testing.T) {
	w := newWorld(t, "socket", nil, func(config map[string]any) {
		for _, h := range config["inventory"].(map[string]any)["hosts"].([]any) {
			if host := h.(map[string]any); host["name"] == "web-1" {
				host["user"] = "hardenbot"
			}
		}
	})
	sudoers, err := os.ReadFile("../sudoers")
	w.must(err)
	w.lab.Exec(t, "web-1", `useradd --create-home --shell /bin/bash hardenbot
install -d -m 0700 -o hardenbot -g hardenbot /home/hardenbot/.ssh
install -m 0600 -o hardenbot -g hardenbot /home/ops/.ssh/authorized_keys /home/hardenbot/.ssh/authorized_keys
umask 0337 && cat >/etc/sudoers.d/hardenbot <<'SUDOERS'
`+string(sudoers)+`SUDOERS
visudo -c`)
	w.start()
	w.shows(w.approve(w.scan("web-1").fix(passwords)), "web-1", "done")
	w.keyOnly("web-1")
}
