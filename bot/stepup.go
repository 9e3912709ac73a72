package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/slack-go/slack"

	"hardenbot/actions"
)

// secondFactor keeps people's second factors. Its refusals can be said to the
// person. It asks nobody but the ledger.
type secondFactor interface {
	Enrolled(ctx context.Context, who actions.Person) (bool, error)
	// Offer makes a new secret, which Enrol puts into force by its first code,
	// and by a current one where there is another in force.
	Offer(ctx context.Context, who actions.Person) (actions.FactorOffer, error)
	Enrol(ctx context.Context, who actions.Person, first, current string) error
	// Check says whether Use would take the code; Use takes each code once.
	Check(ctx context.Context, who actions.Person, code string) error
	Use(ctx context.Context, who actions.Person, code string) error
}

// word is an approver's word that waits for the second factor: what would have
// been done without asking for it. What it means is read again afterwards.
type word struct {
	Do      string   `json:"do"` // actionApprove or actionResume
	Channel string   `json:"channel"`
	TS      string   `json:"ts,omitempty"`   // of the plan's message
	Plan    string   `json:"plan,omitempty"` // as the button said
	Run     string   `json:"run,omitempty"`
	Hosts   []string `json:"hosts,omitempty"`
}

const (
	codeID    = "code" // of the modal's block and of its input
	currentID = "current"
)

// askCode opens the window in which an approver types the code that the word
// needs. what says what the code is for.
func (b *Bot) askCode(ctx context.Context, who asker, w word, what string) error {
	enrolled, err := b.cfg.SecondFactor.Enrolled(ctx, who.Person)
	if err != nil {
		return fmt.Errorf("look for a second factor: %w", err)
	}
	if !enrolled {
		return refused("this needs your second factor, and you have none yet: type /harden enrol, and then do this again")
	}
	metadata, err := json.Marshal(w)
	if err != nil || len(metadata) > maxMetadata {
		return sayable{errors.New("these are too many hosts for one window; name fewer")}
	}
	return b.openWindow(ctx, who, codeView(what, string(metadata)))
}

// maxMetadata is Slack's limit for what a view carries.
const maxMetadata = 3000

// openWindow opens a modal for whoever has just clicked or typed a command.
func (b *Bot) openWindow(ctx context.Context, who asker, view slack.ModalViewRequest) error {
	if who.Trigger == "" {
		return sayable{errors.New("a window cannot be opened after a mention; type it as a command, /harden …, or press the button")}
	}
	if _, err := b.client.api.OpenViewContext(ctx, who.Trigger, view); err != nil {
		b.log.Warn("a window could not be opened", "window", view.CallbackID, "user", who.Person.ID, "err", safe(err))
		return sayable{errors.New("the window could not be opened; please do that again")}
	}
	return nil
}

func codeView(what, metadata string) slack.ModalViewRequest {
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: viewCode, PrivateMetadata: metadata,
		Title: plainText("Your second factor"), Submit: plainText("Confirm"), Close: plainText("Cancel"),
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			section(what),
			codeInput(codeID, "Code", "The six digits that your authenticator shows now"),
		}},
	}
}

func codeInput(id, label, hint string) slack.Block {
	input := slack.NewPlainTextInputBlockElement(nil, id)
	input.MinLength, input.MaxLength = 6, 10 // some write blanks between the digits
	return slack.NewInputBlock(id, plainText(label), plainText(hint), input)
}

// typedIn is what stands in one of the window's inputs.
func typedIn(view slack.View, id string) string {
	if view.State == nil {
		return ""
	}
	return view.State.Values[id][id].Value
}

// checkCode tells in the open window that a code is not right.
func (b *Bot) checkCode(ctx context.Context, who actions.Person, view slack.View) map[string]string {
	return b.wrongCode(codeID, who, b.cfg.SecondFactor.Check(ctx, who, typedIn(view, codeID)))
}

// wrongCode is what a window says about a code, at the block with the ID.
func (b *Bot) wrongCode(id string, who actions.Person, err error) map[string]string {
	if err == nil {
		return nil
	}
	text, expected := sentence(err)
	if !expected {
		b.log.Error("a code could not be checked", "user", who.ID, "err", err)
		text = "The code could not be checked. The log of hardenbot says why."
	}
	return map[string]string{id: cut(text, maxViewError)}
}

// maxViewError is more than Slack shows of an error at an input.
const maxViewError = 300

// confirmed takes the code, and has the word done for which it was typed.
func (b *Bot) confirmed(ctx context.Context, person actions.Person, view slack.View) {
	var w word
	if err := json.Unmarshal([]byte(view.PrivateMetadata), &w); err != nil {
		b.log.Warn("a window came back with something else in it", "user", person.ID, "err", err)
		return
	}
	who := asker{Channel: w.Channel, Person: person}
	err := b.cfg.SecondFactor.Use(ctx, person, typedIn(view, codeID))
	if err == nil {
		who.SteppedUp = true
		err = b.keepWord(ctx, who, w)
	}
	b.answer(ctx, who, w.Do, err)
}

func (b *Bot) keepWord(ctx context.Context, who asker, w word) error {
	switch w.Do {
	case actionApprove:
		return b.approve(ctx, click{asker: who, TS: w.TS, Action: actionApprove, Value: w.Plan})
	case actionResume:
		return b.resume(ctx, who, w.Run, w.Hosts)
	}
	return errStale
}

// needsCode reports whether a refusal is for nothing but a second factor that the
// person was not asked for yet.
func needsCode(refusal error, who asker) bool {
	return !who.SteppedUp && errors.Is(refusal, actions.ErrStepUp)
}

// noFactor is there where no policy wants a second factor.
type noFactor struct{}

const notInUse = refused("second factors are not in use here: policy.step_up turns them on")

func (noFactor) Enrolled(context.Context, actions.Person) (bool, error) { return false, notInUse }
func (noFactor) Offer(context.Context, actions.Person) (actions.FactorOffer, error) {
	return actions.FactorOffer{}, notInUse
}
func (noFactor) Enrol(context.Context, actions.Person, string, string) error { return notInUse }
func (noFactor) Check(context.Context, actions.Person, string) error         { return notInUse }
func (noFactor) Use(context.Context, actions.Person, string) error           { return notInUse }
