package bot

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

func (s *stage) readyz() (int, string) {
	answer := httptest.NewRecorder()
	s.bot.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	return answer.Code, answer.Body.String()
}

// Tokens that are revoked while a host is being changed do not keep it from being
// finished. It is logged once, /readyz says it, and all goes on when they work again.
func TestRevokedTokens(t *testing.T) {
	for _, c := range []struct {
		name, mode string
		bot, app   bool
		want       string
	}{
		{"bot token", ModeSocket, true, false, "the bot token is refused by Slack (token_revoked)"},
		{"bot token over HTTP", ModeHTTP, true, false, "the bot token is refused by Slack (token_revoked)"},
		{"both", ModeSocket, true, true, "the app token is refused by Slack (token_revoked), the bot token is refused by Slack (token_revoked)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			log := &syncBuilder{}
			begun, release := make(chan bool), make(chan bool)
			s := set(t, c.mode, nil)
			s.cfg.Logger = log.logger()
			s.waitAt("web-1", begun, release)
			s.start()
			s.click(wst.Bob, s.requested(), actionApprove, workspace.Accept())
			<-begun
			s.ws.Revoke(c.bot, c.app)
			if c.app {
				s.ws.DropSockets()
			}
			s.eventually("not ready", func() bool {
				code, why := s.readyz()
				return code == http.StatusServiceUnavailable && strings.TrimSpace(why) == c.want
			})
			release <- true
			s.eventually("the run is finished", func() bool { return s.sound("web-4") && s.runEnded() })
			asked := len(s.ws.Calls())
			s.eventually("Slack is asked some more times", func() bool { return len(s.ws.Calls()) > asked+5 })
			s.ws.Revoke(false, false)
			s.eventually("ready again", func() bool { code, _ := s.readyz(); return code == http.StatusOK })
			s.sees("Approved by @bob", "✓ Done on 4 of 4 hosts")
			for _, token := range []string{botToken, appToken} {
				want := 0
				if token == botToken && c.bot || token == appToken && c.app {
					want = 1
				}
				if n := strings.Count(log.String(), `that it took before: nothing reaches people until it is renewed. Runs go on; install the app again, or start hardenbot with a new token" token="`+token); n != want {
					t.Errorf("that %s is refused was logged %d times", token, n)
				}
			}
		})
	}
}
