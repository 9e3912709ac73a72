package bot

import (
	"errors"
	"testing"

	wst "hardenbot/bot/workspace/workspacetest"
)

func TestPostureMessage(t *testing.T) { golden(t, "posture", standings(someRecall(), noon)) }

func TestPostureCommand(t *testing.T) {
	bothModes(t, func(t *testing.T, mode string) {
		s := set(t, mode, nil)
		s.start()
		s.command(wst.Alice, "posture")
		s.told(wst.Alice, "none of these hosts was scanned yet")
		s.fleet.Lock()
		s.fleet.Host("web-2").Down = true
		s.fleet.Host("web-3").NoLogin = errors.New("no")
		s.fleet.Host("web-1").Facts.SSHD.Global["passwordauthentication"] = "no"
		s.fleet.Unlock()
		s.command(wst.Alice, "scan web-{1..3}")
		s.sees("Scan of `web-{1..3}`", "sshd accepts passwords")
		s.command(wst.Alice, "posture")
		s.sees("How `*` stands", "4 hosts, 1 with open findings, 1 with nothing left to do, 2 not seen in full",
			"access: 1 open", "never scanned: web-4", "could not be reached: web-2", "worst: *web-3*")
		s.noProblems()
	})
}
