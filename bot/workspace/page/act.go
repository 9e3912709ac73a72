package page

import (
	"context"
	"encoding/json"
	"net/http"

	"hardenbot/bot/workspace"
)

// maxAction is the most that one action may bring, in bytes.
const maxAction = 1 << 18

// as finds the person that the request is for.
func (s *server) as(next func(http.ResponseWriter, *http.Request, workspace.Person)) http.HandlerFunc {
	return func(rw http.ResponseWriter, req *http.Request) {
		p, ok := s.people[req.URL.Query().Get("as")]
		if !ok {
			answer(rw, http.StatusNotFound, refusal{Error: "There is no such person in the team."})
			return
		}
		next(rw, req, p)
	}
}

// refusal tells the person why something was not done.
type refusal struct {
	Error string `json:"error"`
}

// ask is what the page sends with an action. Each action reads what it needs.
type ask struct {
	Channel string            `json:"channel"`
	TS      string            `json:"ts"`     // of the message
	Thread  string            `json:"thread"` // ts of the thread's root
	View    string            `json:"view"`   // ID of a modal or home tab
	Home    bool              `json:"home"`   // the view is the home tab
	Line    string            `json:"line"`
	Action  string            `json:"action"` // action ID of the element
	Block   string            `json:"block"`  // block ID that it stands in
	Choice  string            `json:"choice"` // of a menu, or of several with commas between
	Accept  bool              `json:"accept"` // the confirm dialog was accepted
	Values  map[string]string `json:"values"` // of a modal's inputs, by action ID
	Emoji   string            `json:"emoji"`
	On      bool              `json:"on"`
}

// action serves one action. It is done to its end even if the browser hangs up.
func (s *server) action(do func(context.Context, workspace.Person, ask) error) http.HandlerFunc {
	return s.as(func(rw http.ResponseWriter, req *http.Request, p workspace.Person) {
		var a ask
		d := json.NewDecoder(http.MaxBytesReader(rw, req.Body, maxAction))
		d.DisallowUnknownFields()
		if err := d.Decode(&a); err != nil {
			answer(rw, http.StatusBadRequest, refusal{Error: "The page sent something that is no action: " + err.Error()})
			return
		}
		if err := do(context.WithoutCancel(req.Context()), p, a); err != nil {
			answer(rw, http.StatusUnprocessableEntity, refusal{Error: sentence(err)})
			return
		}
		answer(rw, http.StatusOK, struct{}{})
	})
}

func answer(rw http.ResponseWriter, status int, body any) {
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.Header().Set("Cache-Control", "no-store")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(body) // a browser that hung up is not our fault
}

func typeLine(ctx context.Context, p workspace.Person, a ask) error {
	err := p.Type(ctx, a.Channel, a.Thread, a.Line)
	if notAnswered(err) {
		return nil // the workspace has told the person, in the channel
	}
	return err
}

func click(ctx context.Context, p workspace.Person, a ask) error {
	_, err := p.Click(ctx, workspace.Message{Channel: a.Channel, TS: a.TS}, a.Action, a.how()...)
	return err
}

func clickView(ctx context.Context, p workspace.Person, a ask) error {
	_, err := p.ClickView(ctx, a.view(), a.Action, a.how()...)
	return err
}

func submit(ctx context.Context, p workspace.Person, a ask) error {
	_, err := p.Submit(ctx, a.view(), a.Values)
	return err
}

func closeView(ctx context.Context, p workspace.Person, a ask) error {
	_, err := p.CloseView(ctx, a.view())
	if notAnswered(err) {
		return nil // the modal is closed; Slack does not tell that the app missed it
	}
	return err
}

func react(_ context.Context, p workspace.Person, a ask) error {
	return p.React(a.Channel, a.TS, a.Emoji, a.On)
}

func markRead(_ context.Context, p workspace.Person, a ask) error { return p.MarkRead(a.Channel, a.TS) }

func openHome(_ context.Context, p workspace.Person, _ ask) error {
	p.Home()
	return nil
}

func (a ask) view() workspace.View {
	if a.Home {
		return workspace.View{ID: a.View, Type: "home"}
	}
	return workspace.View{ID: a.View, Type: "modal"}
}

func (a ask) how() []workspace.ClickOption {
	how := []workspace.ClickOption{workspace.InBlock(a.Block), workspace.Choose(a.Choice), workspace.Filled(a.Values)}
	if a.Accept {
		how = append(how, workspace.Accept())
	}
	return how
}
