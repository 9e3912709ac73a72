package page

import (
	"encoding/json"
	"net/http"

	"hardenbot/bot/workspace"
)

// screen is what the page is told of a person's screen.
type screen struct {
	Full     bool      `json:"full"` // forget what was there before
	Messages []message `json:"messages"`
	rest
}

// rest is told in full each time.
type rest struct {
	DM       string            `json:"dm"` // channel ID of the direct message with the app
	Channels []channel         `json:"channels"`
	Read     map[string]string `json:"read"`
	Unread   map[string]int    `json:"unread"`
	Modals   []view            `json:"modals"`
	Home     *view             `json:"home"`
}

type channel struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Private bool     `json:"private"`
	IM      bool     `json:"im"`
	Members []string `json:"members"`
}

type message struct {
	Channel   string          `json:"channel"`
	TS        string          `json:"ts"`
	Thread    string          `json:"thread,omitempty"`
	User      string          `json:"user"`
	Ephemeral bool            `json:"ephemeral,omitempty"`
	Text      string          `json:"text"`
	Blocks    json.RawMessage `json:"blocks"`
	Edited    bool            `json:"edited,omitempty"`
	Deleted   bool            `json:"deleted,omitempty"`
	Reactions []reaction      `json:"reactions,omitempty"`
	Files     []file          `json:"files,omitempty"`
}

type reaction struct {
	Name  string   `json:"name"`
	Users []string `json:"users"`
}

type file struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Title string `json:"title"`
	Size  int    `json:"size"`
	Image bool   `json:"image"`
}

type view struct {
	ID     string            `json:"id"`
	Type   string            `json:"type"`
	Hash   string            `json:"hash"`
	Title  string            `json:"title"`
	Submit string            `json:"submit"`
	Close  string            `json:"close"`
	Blocks json.RawMessage   `json:"blocks"`
	Errors map[string]string `json:"errors"`
}

func newScreen(s workspace.Screen, dm string, full bool) screen {
	out := screen{Full: full, Messages: []message{}, rest: rest{
		DM: dm, Channels: []channel{}, Read: s.Read, Unread: s.Unread, Modals: []view{},
	}}
	for _, c := range s.Channels {
		out.Channels = append(out.Channels, newChannel(c))
	}
	for _, m := range s.Messages {
		out.Messages = append(out.Messages, newMessage(m))
	}
	for _, v := range s.Modals {
		out.Modals = append(out.Modals, newView(v))
	}
	if s.Home != nil {
		home := newView(*s.Home)
		out.Home = &home
	}
	return out
}

func newChannel(c workspace.Channel) channel {
	return channel{ID: c.ID, Name: c.Name, Private: c.Private, IM: c.IM, Members: c.Members}
}

func newMessage(m workspace.Message) message {
	out := message{
		Channel: m.Channel, TS: m.TS, Thread: m.ThreadTS, User: m.User, Ephemeral: m.OnlyFor != "", Text: m.RawText,
		Blocks: m.Blocks, Edited: len(m.Edits) > 0, Deleted: m.Deleted,
	}
	for _, r := range m.Reactions {
		out.Reactions = append(out.Reactions, reaction{Name: r.Name, Users: r.Users})
	}
	for _, f := range m.Files {
		_, image := imageType(f.Content)
		out.Files = append(out.Files, file{ID: f.ID, Name: f.Name, Title: f.Title, Size: len(f.Content), Image: image})
	}
	return out
}

func newView(v workspace.View) view {
	return view{
		ID: v.ID, Type: v.Type, Hash: v.Hash, Title: v.Title, Submit: v.Submit, Close: v.Close, Blocks: v.Blocks, Errors: v.Errors,
	}
}

type person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Note string `json:"note,omitempty"`
}

type usage struct {
	Text string `json:"text"`
	Says string `json:"says"`
}

// directory sends what does not change: who is there and what can be typed.
func (s *server) directory(rw http.ResponseWriter, _ *http.Request) {
	d := s.ws.Directory()
	body := struct {
		Team     string    `json:"team"`
		App      person    `json:"app"`
		People   []person  `json:"people"`
		Groups   []person  `json:"groups"`
		Channels []channel `json:"channels"`
		Usages   []usage   `json:"usages"`
	}{Team: d.Team.Name, App: person{ID: d.App.BotUserID, Name: d.App.Name}}
	for _, u := range d.Users {
		body.People = append(body.People, person{ID: u.ID, Name: firstOf(u.DisplayName, u.Name), Note: s.opts.Notes[u.ID]})
	}
	for _, g := range d.UserGroups {
		body.Groups = append(body.Groups, person{ID: g.ID, Name: g.Handle})
	}
	for _, c := range d.Channels {
		body.Channels = append(body.Channels, newChannel(c))
	}
	for _, u := range s.opts.Usages {
		body.Usages = append(body.Usages, usage(u))
	}
	for _, c := range d.Commands {
		body.Usages = append(body.Usages, usage{Text: c})
	}
	answer(rw, http.StatusOK, body)
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
