// Package acceptance plays the story on real hosts: people in a Slack-compatible
// workspace, the built binary, and the lab's servers. In flow what people type
// and click; what has to come out is what they read, and what the hosts are
// like afterwards.
package acceptance

import (
	"bytes"
	"cmp"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"hardenbot/actions/cloud/cloudtest"
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
	env    []string // more variables for the bot
	bot    *exec.Cmd
	ended  chan struct{} // closed when the bot's process is no more
	log    *lockedBuffer
}

// option changes the configuration before the bot starts.
type option func(config map[string]any)

// traits says what each host is like; the others are as new, without any.
type traits map[string]string

var four = []string{"web-1", "web-2", "web-3", "web-4"}

// newWorld takes four hosts of the lab, makes them as new, and writes a
// configuration for them. Mode is "socket" or "http". The bot is not started.
func newWorld(t *testing.T, mode string, special traits, options ...option) *world {
	t.Helper()
	return newWorldOn(t, four, mode, special, options...)
}

// newWorldOn makes no other hosts as new.
func newWorldOn(t *testing.T, hosts []string, mode string, special traits, options ...option) *world {
	t.Helper()
	t.Parallel() // as many at once as the lab has groups
	w := &world{T: t, lab: lab.Open(t), binary: build(t), log: &lockedBuffer{}}
	for _, host := range hosts {
		w.lab.Reset(t, host, cmp.Or(special[host], lab.NoTraits))
	}
	team, listen := workspacetest.Config(), freeAddress(t)
	if mode == "http" {
		url := "http://" + listen + "/slack/"
		team.RequestURLs = workspace.RequestURLs{Commands: url + "commands", Interactions: url + "interactions", Events: url + "events"}
	}
	team.BotScopes, team.Shortcuts = manifestScopes(t), []string{"scan_named"}
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
	w.ours(config)
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

// ours leaves only the test's own hosts in the configuration, by the names that
// tests give them.
func (w *world) ours(config map[string]any) {
	for key, value := range config {
		rules, _ := value.([]any) // one for each group
		for _, r := range rules {
			if rule := r.(map[string]any); rule["hosts"] == w.lab.Group+"-*" {
				rule["hosts"] = "web-*"
				config[key] = []any{rule}
			}
		}
	}
	inventory := config["inventory"].(map[string]any)
	var hosts []any
	for name, address := range w.lab.Hosts {
		for _, h := range inventory["hosts"].([]any) {
			if host := h.(map[string]any); host["address"] == address {
				host["name"] = name
				hosts = append(hosts, host)
			}
		}
	}
	inventory["hosts"] = hosts
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
	for name, value := range cloudtest.Environment() {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	if built != "" {
		os.RemoveAll(filepath.Dir(built))
	}
	os.Exit(code)
}

// environment holds the secrets, which stand nowhere else.
func (w *world) environment() []string {
	return append(append(os.Environ(), w.env...),
		"HARDENBOT_SLACK_BOT_TOKEN="+workspacetest.BotToken,
		"HARDENBOT_SLACK_APP_TOKEN="+workspacetest.AppToken,
		"HARDENBOT_SLACK_SIGNING_SECRET="+workspacetest.SigningSecret,
	)
}

// start runs `hardenbot serve` and waits until it hears Slack.
func (w *world) start() {
	w.Helper()
	w.startUnder()
}

// startUnder has another program, given with its arguments, become the bot.
func (w *world) startUnder(wrapper ...string) {
	w.Helper()
	line := append(wrapper, w.binary, "serve", "--config", w.config)
	w.bot = exec.Command(line[0], line[1:]...)
	w.bot.Env, w.bot.Stdout, w.bot.Stderr = w.environment(), w.log, w.log
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

// settings reads the configuration back.
func (w *world) settings() map[string]any {
	w.Helper()
	config := map[string]any{}
	raw, err := os.ReadFile(w.config)
	w.must(err)
	w.must(yaml.Unmarshal(raw, &config))
	return config
}

func (w *world) storePath() string { return w.settings()["store"].(string) }

func (w *world) ready() bool {
	listen, http := w.settings()["slack"].(map[string]any)["listen"].(string)
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
	cmd.Env = w.environment()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, w.log
	err := cmd.Run()
	if cmd.ProcessState == nil {
		w.Fatal(err)
	}
	return out.String(), cmd.ProcessState.ExitCode()
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
