package remedies_test

import (
	"errors"

	"testing"
	"time"

	"hardenbot/actions"
	"hardenbot/actions/guards"
)

// A real host is restarted, once, and comes back sound: with another boot id,
// the same host keys, its journal, and the network.
func TestLabReboot(t *testing.T) {
	s := openStage(t, "reboot-required")
	f := s.facts(t)
	change, _, err := actions.Derive(f, find(t, "reboot-required"), "")
	if err != nil {
		t.Fatal(err)
	}
	s.exec(t, `printf '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n' >/etc/systemd/system/by-hand.service
		systemctl daemon-reload && systemctl start by-hand.service && systemctl disable -q ssh.service`)
	s.refused(t, change, "boots-again", "nothing that lets the bot in is started at boot")
	s.exec(t, "systemctl enable -q ssh.service && logger -t before-the-restart seen")
	const sound = "nothing was found that would keep the host from coming back; it is a container (systemd-nspawn), so its kernel is another machine's" +
		" and was not checked; these run now and are not started at boot: by-hand.service"
	for _, a := range actions.AskGuards(t.Context(), guards.All(), f, change, s.client) {
		if !a.OK || a.Guard == "boots-again" && a.Says != sound {
			t.Errorf("%s, OK is %v: %s; %s", a.Guard, a.OK, a.Says, a.Mend)
		}
	}

	for range 2 { // its answer may have been lost
		out, err := s.client.Run(t.Context(), s.host, actions.Script{Body: "reboot_soon " + f.OS.BootID + "\n", Run: actions.NewID("R")})
		if err != nil || out.Exit != 0 {
			t.Fatalf("exit %d, %v: %s", out.Exit, err, out.Stderr)
		}
	}
	asked := time.Now()
	after := s.comesBack(t, f.OS.BootID)
	t.Logf("back %s after the restart was asked for", time.Since(asked).Round(100*time.Millisecond))

	if err := actions.Verify(t.Context(), s.client, s.host, find(t, "reboot-required"), ""); err != nil {
		t.Error(err)
	}
	if _, _, err := actions.Derive(after, find(t, "reboot-required"), ""); !errors.Is(err, actions.ErrSound) {
		t.Errorf("after the restart there still is something to do: %v", err)
	}
	if got := s.exec(t, "journalctl -q -b -1 -t before-the-restart -o cat; curl -fsS -o /dev/null -w '%{http_code}' http://127.0.0.1:8080/health"); got != "seen\n200" {
		t.Errorf("after the restart: %q", got)
	}
	out, err := s.client.Run(t.Context(), s.host, actions.Script{Body: "reboot_soon " + f.OS.BootID + "\nboot_id\n", Run: actions.NewID("R")})
	if want := "the host was restarted since\n" + after.OS.BootID + "\n"; err != nil || out.Stdout != want {
		t.Errorf("asked again it says %q, %v, want %q", out.Stdout, err, want)
	}
}

// comesBack waits until the host tells another boot id and its application
// answers.
func (s stage) comesBack(t *testing.T, before string) *actions.Facts {
	t.Helper()
	s.host.Declared.Health = []actions.HealthCheck{{URL: "http://127.0.0.1:8080/health", Timeout: 5 * time.Second}}
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		f, err := s.client.Collect(t.Context(), s.host)
		if err == nil && f.OS.BootID != before {
			if err = s.client.Healthy(t.Context(), s.host); err == nil {
				return f
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("the host is not back: %v", err)
		}
	}
}
