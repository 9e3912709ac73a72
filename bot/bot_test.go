package bot

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hardenbot/actions"
	"hardenbot/actions/actionstest"
	"hardenbot/actions/inventory"
	"hardenbot/bot/workspace"
	wst "hardenbot/bot/workspace/workspacetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait for something that has to happen.
const patience = 20 * time.Second

// stage is a whole team: people in a workspace, a fleet, and the bot between them.
type stage struct {
	t       *testing.T
	cfg     Config
	ws      *workspace.Workspace
	fleet   *actionstest.Fleet
	ledger  actions.Ledger
	roller  *actions.Roller
	bot     *Bot
	stop    func() error
	ctx     context.Context
	address string
	pulse   time.Duration // of the bot; its own if zero
}

// set prepares the stage; nothing runs yet. With hosts left out there are four.
func set(t *testing.T, mode string, change func(*stage), hosts ...string) *stage {
	t.Helper()
	if len(hosts) == 0 {
		hosts = []string{"web-1", "web-2", "web-3", "web-4"}
	}
	s := &stage{t: t, fleet: actionstest.NewFleet(hosts...), ledger: actionstest.NewLedger(), address: freeAddress(t)}
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	t.Cleanup(cancel)
	s.ctx = ctx
	team := wst.Config()
	if mode == ModeHTTP {
		team.RequestURLs = workspace.RequestURLs{
			Commands: "http://" + s.address + "/slack/commands", Interactions: "http://" + s.address + "/slack/interactions",
			Events: "http://" + s.address + "/slack/events",
		}
	}
	team.BotScopes = Scopes // so that a missing scope is noticed
	team.Events, team.Shortcuts = Events, []string{ShortcutScan}
	addOthers(&team)
	s.ws = wst.Start(t, team)
	s.ws.SetRate("chat.postMessage", workspace.Rate{})
	s.ws.SetRate("chat.update", workspace.Rate{})
	s.ws.SetRate("chat.postEphemeral", workspace.Rate{})
	s.configure(mode)
	if change != nil {
		change(s)
	}
	return s
}

func (s *stage) configure(mode string) {
	inv, err := inventory.New(s.fleet.Inventory())
	if err != nil {
		s.t.Fatal(err)
	}
	catalogue, guards := []actions.Remedy{actionstest.Weak()}, []actions.Guard{actionstest.KeyLogin()}
	policy := actions.Policy{
		Channels: map[string][]string{wst.Ops: {"*"}, wst.Random: {"*"}}, Requesters: []string{wst.Alice, wst.Bob},
		Approvers: []string{wst.Alice, wst.Bob}, Approvals: 1, ApprovalTTL: time.Hour,
	}
	s.roller = &actions.Roller{
		Fleet: s.fleet, Catalogue: catalogue, Guards: guards, Prelude: "p", Ledger: s.ledger, ProofTime: time.Minute, Now: time.Now,
	}
	s.cfg = Config{
		Mode: mode, APIURL: s.ws.APIURL(), BotToken: wst.BotToken, AppToken: wst.AppToken,
		SigningSecret: wst.SigningSecret, Listen: s.address, Policy: policy, Inventory: inv,
		Scanner: actions.Scanner{Fleet: s.fleet, Catalogue: catalogue, Ledger: s.ledger, Parallel: 2, Now: time.Now},
		Planner: actions.Planner{
			Fleet: s.fleet, Catalogue: catalogue, Guards: guards, Prelude: "p", Ledger: s.ledger, Policy: policy, Parallel: 2, Now: time.Now,
		},
		Approver: actions.Approver{Ledger: s.ledger, Policy: policy, Now: time.Now},
		Rollout:  s.roller, Ledger: s.ledger, Catalogue: catalogue,
		Logger: slog.New(slog.DiscardHandler),
	}
}

// start runs the bot until the test ends, or stop is called.
func (s *stage) start() {
	s.t.Helper()
	b, err := New(s.cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	b.outbox.pace, b.expiry, b.revisits = 2*time.Millisecond, 10*time.Millisecond, 10*time.Millisecond
	b.stagger, b.recheck = 20*time.Millisecond, 50*time.Millisecond
	b.tabs.pace, b.tabs.rest = time.Millisecond, 10*time.Millisecond
	b.pulse = cmp.Or(s.pulse, b.pulse)
	b.tabs.pace, b.tabs.rest = time.Millisecond, 10*time.Millisecond
	s.roller.Watch, s.bot = b.Watch, b
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	s.stop = func() error {
		cancel()
		select {
		case err := <-ended:
			ended <- err
			return err
		case <-time.After(patience):
			return errors.New("the bot did not end")
		}
	}
	s.t.Cleanup(func() {
		if err := s.stop(); err != nil {
			s.t.Error(err)
		}
	})
	s.eventually("the bot is ready", func() bool { return b.authorised.Load() && b.connected.Load() && s.listening() })
}

func (s *stage) listening() bool {
	conn, err := net.DialTimeout("tcp", s.address, time.Second)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

func freeAddress(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// eventually waits for what changes without the workspace noticing.
func (s *stage) eventually(what string, is func() bool) {
	s.t.Helper()
	for end := time.Now().Add(patience); !is(); {
		if time.Now().After(end) {
			s.t.Fatalf("%s: not within %s", what, patience)
		}
		time.Sleep(time.Millisecond)
	}
}

func (s *stage) command(person, text string) {
	s.t.Helper()
	if _, err := s.ws.As(person).Command(s.ctx, wst.Ops, "/harden", text); err != nil {
		s.t.Fatalf("/harden %s: %v", text, err)
	}
}

func (s *stage) sees(parts ...string) workspace.Message {
	s.t.Helper()
	return s.seesWhere(workspace.Containing(parts...))
}

func (s *stage) seesWhere(match func(workspace.Message) bool) workspace.Message {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	m, err := s.ws.WaitMessage(ctx, wst.Ops, match)
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

func (s *stage) told(person string, parts ...string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	if _, err := s.ws.WaitEphemeral(ctx, person, workspace.Containing(parts...)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) click(person string, on workspace.Message, action string, opts ...workspace.ClickOption) workspace.Ack {
	s.t.Helper()
	ack, err := s.ws.As(person).Click(s.ctx, on, action, opts...)
	if err != nil {
		s.t.Fatal(err)
	}
	return ack
}

// waitAt has the change of a host wait in the middle.
func (s *stage) waitAt(host string, begun, release chan bool) {
	s.fleet.Host(host).Sudden = func(call string) {
		if call == "run" {
			begun <- true
			<-release
		}
	}
}

// findings scans and returns the findings message.
func (s *stage) findings() workspace.Message {
	s.t.Helper()
	s.command(wst.Alice, "scan web-*")
	return s.sees("Scan of `web-*`", "sshd accepts passwords")
}

// requested scans, asks for the fix, and returns the request for approval.
func (s *stage) requested() workspace.Message {
	s.t.Helper()
	s.click(wst.Alice, s.findings(), actionFix)
	return s.seesWhere(waits)
}

// waits reports whether a plan can be approved in the message.
func waits(m workspace.Message) bool { return slices.Contains(m.Buttons(), actionApprove) }

func (s *stage) sound(host string) bool {
	s.fleet.Lock()
	defer s.fleet.Unlock()
	return s.fleet.Host(host).Facts.SSHD.Global["passwordauthentication"] == "no"
}

func (s *stage) noProblems() {
	s.t.Helper()
	for _, p := range s.ws.Problems() {
		s.t.Error("Slack would drop in silence: ", p)
	}
	for _, c := range s.ws.Calls() {
		if c.Error != "" {
			s.t.Errorf("Slack refused %s: %s", c.Method, c.Error)
		}
	}
}

func bothModes(t *testing.T, f func(t *testing.T, mode string)) {
	for _, mode := range []string{ModeSocket, ModeHTTP} {
		t.Run(mode, func(t *testing.T) { f(t, mode) })
	}
}
