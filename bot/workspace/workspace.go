// Package workspace is a small Slack-compatible workspace server for one
// team with one app installed. It speaks Slack's wire protocol, so that a stock
// Slack client runs against it unchanged; it knows nothing of the app it serves.
//
// Into it flow Web API calls (/api/*), Socket Mode connections (/link/),
// response_url posts (/response/*), file uploads (/upload/*), and what people
// do, through [Workspace.As]. Out of it flow answers, Socket Mode envelopes or
// signed HTTP requests to the app, and what people see: messages, ephemeral
// messages and views, one by one or as a [Screen] that tells its changes.
// Package page makes a client for the browser of it.
//
//	person ── Type, Command, Click, Submit ──► deliver ── socket or signed HTTP ──► app
//	person ◄── Screen, Messages, Views ─────── state ◄── Web API, response_url ──── app
//
// It refuses what Slack refuses and keeps Slack's limits. What it does not know,
// it refuses too: unknown methods, block types and properties. What Slack drops
// without a word is kept in [Workspace.Problems].
package workspace

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Config describes the team, its people, and the app that is installed.
// A nil list grants nothing: no scope, no command, no event.
type Config struct {
	URL        string // where this server is reached, such as http://127.0.0.1:8080
	Team       Team
	App        App
	Users      []User
	Channels   []Channel
	UserGroups []UserGroup

	BotToken      string // xoxb-…, for the Web API
	AppToken      string // xapp-…, for apps.connections.open only
	SigningSecret string // signs requests in HTTP mode

	BotScopes []string // OAuth scopes of the bot token, as in the app's manifest
	Commands  []string // slash commands of the app, with the slash
	Shortcuts []string // callback IDs of the app's message shortcuts
	Events    []string // event subscriptions, such as app_mention or message.im

	RequestURLs RequestURLs // where set, HTTP replaces Socket Mode for that kind

	AckWindow  time.Duration    // how long the app may take to acknowledge; 3 s if zero
	RetryScale float64          // multiplies the waits before an event is sent again; 1 if zero
	Logger     *slog.Logger     // slog.Default if nil
	Now        func() time.Time // time.Now if nil; governs expiry and rates, not the ack window
}

// Team is the workspace itself.
type Team struct{ ID, Name, Domain string }

// App is the installed app: its own ID, and the user and bot it acts as.
type App struct{ ID, Name, BotUserID, BotID string }

// RequestURLs are the app's own addresses in HTTP mode.
type RequestURLs struct{ Commands, Interactions, Events string }

// Workspace is the server. It is an http.Handler and safe for concurrent use.
type Workspace struct {
	cfg     Config
	log     *slog.Logger
	mux     *http.ServeMux
	methods map[string]method
	names   names // never changes after New
	client  *http.Client

	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup

	mu      sync.Mutex // guards everything below
	closed  bool
	changed chan struct{} // closed and replaced at every change
	state
	transport
	limiter
	faults
	journal
}

// New checks the configuration and returns a workspace. It starts nothing:
// serve it with any http.Server and call [Workspace.Close] at the end.
func New(cfg Config) (*Workspace, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("workspace config: %w", err)
	}
	cfg.setDefaults()
	w := &Workspace{
		cfg:     cfg,
		log:     cfg.Logger,
		names:   newNames(cfg),
		methods: methods(),
		changed: make(chan struct{}),
		client: &http.Client{
			Transport:     &http.Transport{},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		state:     newState(cfg),
		transport: newTransport(),
		limiter:   newLimiter(),
	}
	w.ctx, w.stop = context.WithCancel(context.Background())
	w.mux = http.NewServeMux()
	w.mux.HandleFunc("/api/", w.serveAPI)
	w.mux.HandleFunc("GET /link/", w.serveSocket)
	w.mux.HandleFunc("POST /response/{secret}", w.serveResponseURL)
	w.mux.HandleFunc("POST /upload/{secret}", w.serveUpload)
	return w, nil
}

func (cfg Config) check() error {
	u, err := url.Parse(cfg.URL)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return fmt.Errorf("URL %q must be http or https with a host", cfg.URL)
	case cfg.Team.ID == "" || cfg.App.ID == "" || cfg.App.BotUserID == "" || cfg.App.BotID == "":
		return errors.New("the team and the app need their IDs")
	case !strings.HasPrefix(cfg.BotToken, "xoxb-"):
		return errors.New("the bot token must begin with xoxb-")
	case !strings.HasPrefix(cfg.AppToken, "xapp-"):
		return errors.New("the app token must begin with xapp-")
	case cfg.RequestURLs != (RequestURLs{}) && cfg.SigningSecret == "":
		return errors.New("HTTP mode needs a signing secret")
	}
	return cfg.checkDirectory()
}

func (cfg *Config) setDefaults() {
	cfg.URL = strings.TrimRight(cfg.URL, "/")
	if cfg.AckWindow == 0 {
		cfg.AckWindow = ackWindow
	}
	if cfg.RetryScale == 0 {
		cfg.RetryScale = 1
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
}

// ServeHTTP answers as Slack does, or not at all while the workspace is down.
func (w *Workspace) ServeHTTP(rw http.ResponseWriter, req *http.Request) {
	if !w.begin() {
		http.Error(rw, "closed", http.StatusServiceUnavailable)
		return
	}
	defer w.work.Done()
	switch w.outage() {
	case outageUnavailable:
		http.Error(rw, "service unavailable", http.StatusServiceUnavailable)
	case outageRefused:
		panic(http.ErrAbortHandler) // cuts the connection without an answer
	default:
		w.mux.ServeHTTP(rw, req)
	}
}

// APIURL is the address to give a client as its API URL. It ends with a slash.
func (w *Workspace) APIURL() string { return w.cfg.URL + "/api/" }
