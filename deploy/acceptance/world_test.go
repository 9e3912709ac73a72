// Package acceptance plays the story on real hosts: people in a Slack-compatible
// workspace, the built binary, and the lab's servers. In flow what people type
// and click; what has to come out is what they read, and what the hosts are
// like afterwards.
package acceptance

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"hardenbot/bot/workspace"
	"hardenbot/bot/workspace/workspacetest"
	"hardenbot/deploy/lab"
)

const (
	alice   = workspacetest.Alice // asks
	bob     = workspacetest.Bob   // approves
	carol   = workspacetest.Carol // is neither
	channel = workspacetest.Ops
)

// patience bounds each thing that is waited for: a run over four hosts.
const patience = 6 * time.Minute

// world is a team, the lab, and the bot between them.
type world struct {
	*testing.T
	lab    lab.Env
	slack  *workspace.Workspace
	binary string
	config string
	bot    *exec.Cmd
	ended  chan struct{} // closed when the bot's process is no more
	log    *lockedBuffer
}

// option changes the configuration before the bot starts.
type option func(config map[string]any)

// traits says what each host is like; the others are as new, without any.
type traits map[string]string

var four = []string{"web-1", "web-2", "web-3", "web-4"}

// newWorld takes the lab, makes its four hosts as new, and writes a
// configuration for them. Mode is "socket" or "http". The bot is not started.
func newWorld(t *testing.T, mode string, special traits, options ...option) *world {
	t.Helper()
	w := &world{T: t, lab: lab.Open(t), binary: build(t), log: &lockedBuffer{}}
	for _, host := range four {
		w.lab.Reset(t, host, cmp.Or(special[host], lab.NoTraits))
	}
	team, listen := workspacetest.Config(), freeAddress(t)
	if mode == "http" {
		url := "http://" + listen + "/slack/"
		team.RequestURLs = workspace.RequestURLs{Commands: url + "commands", Interactions: url + "interactions", Events: url + "events"}
	}
	team.BotScopes = manifestScopes(t)
	w.slack = workspacetest.Start(t, team)
	w.config = w.configure(mode, listen, options)
	t.Cleanup(func() {
		w.stop()
		if t.Failed() {
			t.Logf("what the bot logged:\n%s", w.log)
		}
	})
	return w
}

// configure writes the lab's own configuration with this team in it.
func (w *world) configure(mode, listen string, options []option) string {
	raw, err := os.ReadFile(w.lab.Config)
	w.must(err)
	config := map[string]any{}
	w.must(yaml.Unmarshal(raw, &config))
	dir := w.TempDir()
	config["store"] = filepath.Join(dir, "hardenbot.db")
	config["slack"] = map[string]any{"mode": mode, "api_url": w.slack.APIURL()}
	if mode == "http" {
		config["slack"].(map[string]any)["listen"] = listen
	}
	config["policy"] = map[string]any{
		"channels":   map[string]any{channel: []string{"web-*"}},
		"requesters": []string{alice}, "approvers": []string{alice, bob}, "approvals": 1, "approval_ttl": "1h",
	}
	for _, o := range options {
		o(config)
	}
	raw, err = yaml.Marshal(config)
	w.must(err)
	path := filepath.Join(dir, "hardenbot.yaml")
	w.must(os.WriteFile(path, raw, 0o600))
	return path
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

var (
	buildOnce sync.Once
	built     string
	buildErr  error
)

// build compiles the binary, once for all tests.
func build(t *testing.T) string {
	t.Helper()
	buildOnce.Do(func() {
		dir, err := os.MkdirTemp("", "hardenbot-acceptance-")
		if err != nil {
			buildErr = err
			return
		}
		built = filepath.Join(dir, "hardenbot")
		out, err := exec.Command("go", "build", "-o", built, "hardenbot/cmd/hardenbot").CombinedOutput()
		if err != nil {
			buildErr = fmt.Errorf("build: %w\n%s", err, out)
		}
	})
	if buildErr != nil {
		t.Fatal(buildErr)
	}
	return built
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		os.RemoveAll(filepath.Dir(built))
	}
	os.Exit(code)
}

// environment holds the secrets, which stand nowhere else.
func environment() []string {
	return append(os.Environ(),
		"HARDENBOT_SLACK_BOT_TOKEN="+workspacetest.BotToken,
		"HARDENBOT_SLACK_APP_TOKEN="+workspacetest.AppToken,
		"HARDENBOT_SLACK_SIGNING_SECRET="+workspacetest.SigningSecret,
	)
}

// start runs `hardenbot serve` and waits until it hears Slack.
func (w *world) start() {
	w.Helper()
	w.bot = exec.Command(w.binary, "serve", "--config", w.config)
	w.bot.Env, w.bot.Stdout, w.bot.Stderr = environment(), w.log, w.log
	w.must(w.bot.Start())
	w.ended = make(chan struct{})
	go func(bot *exec.Cmd, ended chan struct{}) {
		_ = bot.Wait() // the log says why
		close(ended)
	}(w.bot, w.ended)
	w.eventually("the bot is ready", func() bool {
		select {
		case <-w.ended:
			w.Fatal("the bot has ended")
		default:
		}
		return w.ready()
	})
}

func (w *world) ready() bool {
	config := map[string]any{}
	raw, err := os.ReadFile(w.config)
	w.must(err)
	w.must(yaml.Unmarshal(raw, &config))
	listen, http := config["slack"].(map[string]any)["listen"].(string)
	if !http {
		return w.slack.Sockets() > 0
	}
	conn, err := net.Dial("tcp", listen)
	if err == nil {
		conn.Close()
	}
	return err == nil
}

// stop ends the bot as systemd would.
func (w *world) stop() {
	if w.bot == nil {
		return
	}
	_ = w.bot.Process.Signal(os.Interrupt) // it may have ended already
	<-w.ended
	w.bot = nil
}

// kill ends the bot as a power cut would.
func (w *world) kill() {
	w.Helper()
	w.must(w.bot.Process.Kill())
	<-w.ended
	w.bot = nil
}

// cli runs another command of the binary and returns what it printed and its
// exit status.
func (w *world) cli(args ...string) (string, int) {
	w.Helper()
	cmd := exec.Command(w.binary, append(args, "--config", w.config)...)
	cmd.Env = environment()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, w.log
	err := cmd.Run()
	if cmd.ProcessState == nil {
		w.Fatal(err)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// findings is what a scan showed: a message, and more in its thread where one
// is too small.
type findings struct {
	*world
	pages []workspace.Message
}

var total = regexp.MustCompile(`(\d+) findings? \(`)

// scan types the command and waits until all findings are shown.
func (w *world) scan(pattern string) findings {
	w.Helper()
	before := len(w.slack.Messages(channel))
	w.command("scan " + pattern)
	head := w.message("the findings", func(m workspace.Message) bool {
		return w.after(before, m) && total.MatchString(m.Text())
	})
	f := findings{world: w}
	last := "*" + total.FindStringSubmatch(head.Text())[1] + ". "
	w.eventually("the last finding of the scan", func() bool {
		f.pages = []workspace.Message{head}
		for _, m := range w.slack.Messages(channel) {
			if m.ThreadTS == head.TS && m.TS != head.TS {
				f.pages = append(f.pages, m)
			}
		}
		return strings.Contains(f.text(), last)
	})
	return f
}

func (f findings) text() string {
	var all []string
	for _, page := range f.pages {
		all = append(all, page.Text())
	}
	return strings.Join(all, "\n")
}

// after reports whether the message is not among the first n of the channel.
func (w *world) after(n int, m workspace.Message) bool {
	all := w.slack.Messages(channel)
	return slices.ContainsFunc(all[min(n, len(all)):], func(x workspace.Message) bool { return x.TS == m.TS })
}

func (w *world) command(text string) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	_, err := w.slack.As(alice).Command(ctx, channel, "/harden", text)
	w.must(err)
}

// fix presses Fix… beside a finding and returns the message with the plan.
func (f findings) fix(title string) workspace.Message {
	f.Helper()
	seen := f.all()
	page, block := f.find(title, "fix")
	_, err := f.slack.As(alice).Click(f.Context(), page, "fix", workspace.InBlock(block))
	f.must(err)
	return f.message("the plan for "+title, func(m workspace.Message) bool {
		return !seen[m.TS] && (strings.Contains(m.Text(), " digest ") || strings.Contains(m.Text(), "There is no plan"))
	})
}

// all is the timestamps of what the channel shows.
func (w *world) all() map[string]bool {
	seen := map[string]bool{}
	for _, m := range w.slack.Messages(channel) {
		seen[m.TS] = true
	}
	return seen
}

// find returns the page and the id of the block that shows the title and holds
// the button.
func (f findings) find(title, action string) (workspace.Message, string) {
	f.Helper()
	for _, page := range f.pages {
		var blocks []json.RawMessage
		f.must(json.Unmarshal(page.Blocks, &blocks))
		for _, b := range blocks {
			var id struct {
				BlockID string `json:"block_id"`
			}
			f.must(json.Unmarshal(b, &id))
			if bytes.Contains(b, []byte(title)) && bytes.Contains(b, []byte(`"action_id":"`+action+`"`)) {
				return page, id.BlockID
			}
		}
	}
	f.Fatalf("no block shows %q with a button %q:\n%s", title, action, f.text())
	return workspace.Message{}, ""
}

// approve presses Approve as bob and waits for the outcome in the thread.
func (w *world) approve(plan workspace.Message) workspace.Message {
	w.Helper()
	seen := w.all()
	_, err := w.slack.As(bob).Click(w.Context(), plan, "approve", workspace.Accept())
	w.must(err)
	return w.outcome(seen)
}

// outcome waits for the message that closes a run, beyond those seen before.
func (w *world) outcome(seen map[string]bool) workspace.Message {
	w.Helper()
	return w.message("the outcome", func(m workspace.Message) bool {
		return !seen[m.TS] && (strings.Contains(m.Text(), "Done on") || strings.Contains(m.Text(), "Stopped at"))
	})
}

func (w *world) message(what string, match func(workspace.Message) bool) workspace.Message {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	m, err := w.slack.WaitMessage(ctx, channel, match)
	if err != nil {
		w.Fatalf("waiting for %s: %v\nthe channel shows:\n%s", what, err, w.transcript())
	}
	return m
}

// transcript is all that the channel and the people see.
func (w *world) transcript() string {
	var b strings.Builder
	for _, m := range w.slack.Messages(channel) {
		fmt.Fprintf(&b, "--- %s (thread %s)\n%s\n", m.TS, m.ThreadTS, m.Text())
	}
	for _, who := range []string{alice, bob, carol} {
		for _, m := range w.slack.Ephemerals(who) {
			fmt.Fprintf(&b, "--- only for %s\n%s\n", who, m.Text())
		}
	}
	return b.String()
}

// told waits until the person is shown a text that holds all the words.
func (w *world) told(who string, words ...string) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	_, err := w.slack.WaitEphemeral(ctx, who, func(m workspace.Message) bool { return holds(m.Text(), words...) })
	if err != nil {
		w.Fatalf("%s was not told %q: %v\n%s", who, words, err, w.transcript())
	}
}

func holds(text string, words ...string) bool {
	for _, word := range words {
		if !strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
			return false
		}
	}
	return true
}

func (w *world) shows(m workspace.Message, words ...string) {
	w.Helper()
	if !holds(m.Text(), words...) {
		w.Fatalf("the message does not say %q:\n%s", words, m.Text())
	}
}

func (w *world) eventually(what string, now func() bool) {
	w.Helper()
	for deadline := time.Now().Add(patience); !now(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.Fatalf("not seen within %s: %s\n%s", patience, what, w.transcript())
		}
	}
}

// freeAddress is a loopback address that nothing listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// manifestScopes grants the app what the shipped manifest asks for, and no more.
func manifestScopes(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile("../slack-manifest.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		OAuth struct {
			Scopes struct {
				Bot []string `yaml:"bot"`
			} `yaml:"scopes"`
		} `yaml:"oauth_config"`
	}
	if err := yaml.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	return m.OAuth.Scopes.Bot
}

// lockedBuffer collects what a process prints while it runs.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
