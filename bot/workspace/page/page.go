// Package page is a client for a workspace in the browser, in which one visitor
// plays every person of the team.
//
// In flow requests of a browser on the same machine. Out flow the page (HTML,
// CSS and JavaScript modules, embedded as they are in static/), what a person
// sees as a stream of server-sent events, and what the person does, through
// [workspace.Workspace.As]:
//
//	browser ── GET  /                  ──► index.html and its token
//	        ── GET  /_page/static/*    ──► the page's modules and style
//	        ── GET  /_page/directory   ──► people, groups, commands
//	        ── GET  /_page/stream?as=  ──► the person's screen, and every change of it
//	        ── POST /_page/type?as= …  ──► workspace.Person
//	anything else                      ──► the workspace itself, for the app
//
// The page has no login: whoever may use it is every person of the team. So it
// answers to the loopback's names only, takes actions only with the token that it
// gave to the page, and refuses other origins (guard.go). What people, the app and
// hosts write is hostile: it goes to the browser as JSON, and the modules build
// text nodes from it and nothing else.
package page

import (
	"crypto/rand"
	"embed"
	"html/template"
	"io/fs"
	"net/http"

	"hardenbot/bot/workspace"
)

//go:embed static
var static embed.FS

var index = template.Must(template.ParseFS(static, "static/index.html"))

// Options say more about a page. The zero value is good.
type Options struct {
	Notes  map[string]string // by user ID: what the person is here, such as "approver"
	Usages []Usage           // what the completion offers besides the bare commands
}

// Usage is one way to use a slash command.
type Usage struct {
	Text string // such as "/harden scan PATTERN"; words in capitals are for the person to fill in
	Says string // what it does, in a few words
}

type server struct {
	ws     *workspace.Workspace
	opts   Options
	token  string
	people map[string]workspace.Person
}

// New returns the page. Requests that are not the page's own go to the workspace, so
// that one listener serves people and app. Listen on a loopback address: other
// Host headers are refused.
func New(ws *workspace.Workspace, opts Options) http.Handler {
	s := &server{ws: ws, opts: opts, token: rand.Text(), people: map[string]workspace.Person{}}
	for _, u := range ws.Directory().Users {
		s.people[u.ID] = ws.As(u.ID)
	}
	files, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the name is right, as the build embedded it
	}
	own := http.NewServeMux()
	own.HandleFunc("GET /{$}", s.index)
	own.HandleFunc("GET /archives/{channel}/{message}", s.index) // a permalink; app.js reads it
	own.Handle("GET /_page/static/", http.StripPrefix("/_page/static/", http.FileServerFS(files)))
	own.HandleFunc("GET /_page/directory", s.directory)
	own.HandleFunc("GET /_page/stream", s.as(s.stream))
	own.HandleFunc("GET /_page/files/{id}", s.as(s.file))
	own.Handle("POST /_page/type", s.action(typeLine))
	own.Handle("POST /_page/click", s.action(click))
	own.Handle("POST /_page/click-view", s.action(clickView))
	own.Handle("POST /_page/submit", s.action(submit))
	own.Handle("POST /_page/close", s.action(closeView))
	own.Handle("POST /_page/react", s.action(react))
	own.Handle("POST /_page/read", s.action(markRead))
	own.Handle("POST /_page/home", s.action(openHome))

	mux := http.NewServeMux()
	mux.Handle("/", ws)
	for _, ours := range []string{"/{$}", "/archives/", "/_page/"} {
		mux.Handle(ours, s.guard(own))
	}
	return mux
}

func (s *server) index(rw http.ResponseWriter, _ *http.Request) {
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.Header().Set("Cache-Control", "no-store")
	data := struct{ Team, Token string }{s.ws.Directory().Team.Name, s.token}
	_ = index.Execute(rw, data) // a browser that hung up is not our fault
}
