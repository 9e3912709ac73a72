package workspace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// What a person cannot do.
var (
	ErrUnknownPerson  = errors.New("no such person in the team")
	ErrUnknownCommand = errors.New("no app has this command")
	ErrNotVisible     = errors.New("this person cannot see it")
	ErrGone           = errors.New("it is not there any more")
	ErrNoElement      = errors.New("there is nothing with this action ID to use")
	ErrNotConfirmed   = errors.New("the confirm dialog was not accepted")
	ErrBadInput       = errors.New("the form does not take this input")
)

// Person acts as one of the team's people, in their own client.
type Person struct {
	w    *Workspace
	user User
}

// As returns the person with a user ID. It panics if there is none, because the
// test that asks is wrong.
func (w *Workspace) As(userID string) Person {
	u, ok := w.user(userID)
	if !ok || userID == w.cfg.App.BotUserID {
		panic(fmt.Sprintf("%v: %q", ErrUnknownPerson, userID))
	}
	return Person{w: w, user: u}
}

// Command types a slash command in a channel. The answer in the acknowledgement, if
// any, is shown. If the app fails to acknowledge, the person is told so in an
// ephemeral message, and the error is ErrTimeout or ErrDispatch.
func (p Person) Command(ctx context.Context, channelID, command, text string) (Ack, error) {
	h, payload, err := p.prepareCommand(channelID, command, text)
	if err != nil {
		return Ack{}, err
	}
	ack, err := p.w.Deliver(ctx, Delivery{Kind: KindCommand, Payload: payload})
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	if err != nil {
		p.w.tell(h.channel, p.user.ID, fmt.Sprintf("%s failed with the error %q", command, err.Error()))
		return ack, err
	}
	p.w.showAnswer(h, ack.Body)
	return ack, nil
}

func (p Person) prepareCommand(channelID, command, text string) (*hook, json.RawMessage, error) {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	ch := w.channel(channelID)
	switch {
	case ch == nil || !ch.has(p.user.ID):
		return nil, nil, fmt.Errorf("channel %s: %w", channelID, ErrNotVisible)
	case !slices.Contains(w.cfg.Commands, command) || !w.hasScope("commands"):
		return nil, nil, fmt.Errorf("%s: %w", command, ErrUnknownCommand)
	}
	h := &hook{channel: ch, user: p.user.ID}
	return h, marshal(map[string]string{
		"token": verificationToken, "team_id": w.teamOf(p.user), "team_domain": w.cfg.Team.Domain,
		"channel_id": ch.ID, "channel_name": ch.Name, "user_id": p.user.ID, "user_name": p.user.Name,
		"command": command, "text": text, "api_app_id": w.cfg.App.ID, "is_enterprise_install": "false",
		"response_url": w.newHook(h), "trigger_id": w.newTrigger(p.user.ID),
	}), nil
}

// showAnswer shows the message in a command's acknowledgement. It needs w.mu.
func (w *Workspace) showAnswer(h *hook, body json.RawMessage) {
	if body == nil || string(body) == "{}" {
		return
	}
	var r response
	if err := json.Unmarshal(body, &r); err != nil {
		w.problem("the answer to a command is no message")
		return
	}
	r.ReplaceOriginal, r.DeleteOriginal = false, false
	if err := w.respond(h, r); err != nil {
		w.problem("the answer to a command cannot be shown: %v %v", err, asAPIError(err).messages)
	}
}

// tell shows one person a note from the workspace itself. It needs w.mu.
func (w *Workspace) tell(ch *channel, user, text string) {
	w.add(&message{channel: ch, user: "USLACKBOT", text: text, onlyFor: user})
}

// Say posts a message as the person. The text is Slack's wire form: a mention is
// <@U…>, and &, < and > that mean themselves are escaped. threadTS may be empty.
func (p Person) Say(channelID, text, threadTS string) (Message, error) {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	ch := w.channel(channelID)
	if ch == nil || !ch.has(p.user.ID) {
		return Message{}, fmt.Errorf("channel %s: %w", channelID, ErrNotVisible)
	}
	thread, err := ch.thread(threadTS)
	if err != nil {
		return Message{}, fmt.Errorf("thread %s: %w", threadTS, ErrGone)
	}
	m := w.add(&message{channel: ch, user: p.user.ID, text: text, threadTS: thread})
	w.emitMessage(m)
	return w.read(m), nil
}

// DM returns the ID of the person's direct message channel with the app.
func (p Person) DM() string {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	return p.w.direct(p.user.ID).ID
}

// Home opens the app's home tab. What the app publishes then is in HomeView.
func (p Person) Home() {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	event := object{"type": "app_home_opened", "user": p.user.ID, "channel": w.direct(p.user.ID).ID, "tab": "home", "event_ts": w.nextTS()}
	if v := w.homes[p.user.ID]; v != nil {
		event["view"] = w.wireView(v)
	}
	w.emit("app_home_opened", "", event)
}
