package workspace

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Values is what a person fills into a modal, by action ID. For elements with
// several choices the values are separated by commas.
type Values map[string]string

// Submit fills in the topmost modal and presses its submit button. What the app
// answers is done: errors are shown, the view is updated, pushed on or closed.
func (p Person) Submit(ctx context.Context, on View, values Values) (Ack, error) {
	payload, err := p.prepareSubmit(on, values)
	if err != nil {
		return Ack{}, fmt.Errorf("submit %s: %w", on.CallbackID, err)
	}
	ack, err := p.interact(ctx, payload)
	if err != nil {
		return ack, err // the modal stays and says so
	}
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	ack.Errors = p.w.afterSubmit(on.ID, p.user.ID, ack.Body)
	return ack, nil
}

func (p Person) prepareSubmit(on View, values Values) (object, error) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	v, err := p.top(on.ID)
	if err != nil {
		return nil, err
	}
	if v.raw["submit"] == nil {
		return nil, ErrNoElement
	}
	state, err := fill(v.blocks, values)
	if err != nil {
		return nil, err
	}
	shown := p.w.wireView(v)
	shown["state"] = object{"values": state}
	payload := p.payload("view_submission")
	maps.Copy(payload, object{"view": shown, "response_urls": []object{}})
	return payload, nil
}

// top returns the person's topmost modal, if it has this ID. It needs w.mu.
func (p Person) top(id string) (*view, error) {
	stack := p.w.modals[p.user.ID]
	if len(stack) == 0 || !slices.ContainsFunc(stack, func(v *view) bool { return v.id == id }) {
		return nil, ErrGone
	}
	if v := stack[len(stack)-1]; v.id == id {
		return v, nil
	}
	return nil, ErrNotVisible
}

// afterSubmit does what the app's answer says. It needs w.mu.
func (w *Workspace) afterSubmit(id, user string, body json.RawMessage) map[string]string {
	defer w.notify()
	old := w.findView(id, "")
	if old == nil {
		return nil // closed in the meantime
	}
	var answer struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
		View   json.RawMessage   `json:"view"`
	}
	if body != nil && json.Unmarshal(body, &answer) != nil {
		w.problem("the answer to a submission is no JSON object")
		return nil
	}
	switch answer.Action {
	case "":
		w.pop(user)
	case "clear":
		w.modals[user] = nil
	case "errors":
		w.showErrors(old, answer.Errors)
		return answer.Errors
	case "update", "push":
		w.nextView(old, answer.Action, answer.View)
	default:
		w.problem("the answer to a submission has the unknown response_action %q", answer.Action)
	}
	return nil
}

// showErrors shows errors at input blocks. Slack shows none at other blocks.
func (w *Workspace) showErrors(v *view, errors map[string]string) {
	for id := range errors {
		if !slices.ContainsFunc(v.blocks, func(b any) bool {
			o, _ := b.(object)
			return kind(b) == "input" && o["block_id"] == id
		}) {
			w.problem("an error for %q, which is no input block of the view", id)
		}
	}
	v.errors = maps.Clone(errors)
}

func (w *Workspace) nextView(old *view, action string, raw json.RawMessage) {
	v, err := w.parseView(raw, inModal)
	if err == nil && action == "push" {
		err = w.push(old.user, v)
	} else if err == nil {
		w.replaceView(old, v)
	}
	if err != nil {
		w.problem("the view in the answer to a submission is refused: %v %v", err, asAPIError(err).messages)
	}
}

func (w *Workspace) pop(user string) {
	if stack := w.modals[user]; len(stack) > 0 {
		w.modals[user] = slices.Clone(stack[:len(stack)-1])
	}
}

// CloseView closes the topmost modal by its close button, and those below it if
// the app set clear_on_close. The app hears of it if it asked for notify_on_close.
func (p Person) CloseView(ctx context.Context, on View) (Ack, error) {
	payload, err := p.prepareClose(on)
	if err != nil || payload == nil {
		return Ack{}, err
	}
	return p.interact(ctx, payload)
}

func (p Person) prepareClose(on View) (object, error) {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	v, err := p.top(on.ID)
	if err != nil {
		return nil, fmt.Errorf("close %s: %w", on.CallbackID, err)
	}
	w.pop(p.user.ID)
	if v.clearOnClose {
		w.modals[p.user.ID] = nil
	}
	w.notify()
	if !v.notifyOnClose {
		return nil, nil
	}
	payload := p.payload("view_closed")
	delete(payload, "trigger_id")
	maps.Copy(payload, object{"view": w.wireView(v), "is_cleared": v.clearOnClose})
	return payload, nil
}

func (p Person) prepareViewClick(on View, actionID string, opts []ClickOption) (object, error) {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	v := w.homes[p.user.ID]
	if on.Type != "home" || v == nil {
		var err error
		if v, err = p.top(on.ID); err != nil {
			return nil, err
		}
	}
	how := newClick(opts)
	action, err := how.action(v.blocks, actionID, w.nextTS())
	if err != nil {
		return nil, err
	}
	state, err := fillSoFar(v.blocks, how.values)
	if err != nil {
		return nil, err
	}
	shown := w.wireView(v)
	shown["state"] = object{"values": state}
	payload := p.payload("block_actions")
	maps.Copy(payload, object{
		"actions": []object{action}, "view": shown, "container": object{"type": "view", "view_id": v.id},
	})
	return payload, nil
}
