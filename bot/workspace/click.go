package workspace

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// ClickOption says more about a click.
type ClickOption func(*click)

type click struct {
	accept bool
	stale  bool
	choice string
	block  string
	values Values
}

// Accept accepts the element's confirm dialog. Without it, Click refuses an element
// that has one; with it, an element that has none.
func Accept() ClickOption { return func(c *click) { c.accept = true } }

// Choose picks an option by its value, in a menu or among radio buttons.
func Choose(value string) ClickOption { return func(c *click) { c.choice = value } }

// InBlock names the block, where several hold the same action ID.
func InBlock(id string) ClickOption { return func(c *click) { c.block = id } }

// Filled says what stands in the modal's inputs at the click.
func Filled(values Values) ClickOption { return func(c *click) { c.values = values } }

// Stale clicks on what the person's screen showed when the message was read, as
// happens when two people click at once: the update has not reached the screen.
func Stale() ClickOption { return func(c *click) { c.stale = true } }

// Click uses a button, menu or radio button of a message. It refuses what the
// person's client would not offer: an element that is gone, a message that was
// deleted, or that this person cannot see.
func (p Person) Click(ctx context.Context, on Message, actionID string, opts ...ClickOption) (Ack, error) {
	payload, err := p.prepareClick(on, actionID, opts)
	if err != nil {
		return Ack{}, fmt.Errorf("click %s: %w", actionID, err)
	}
	return p.interact(ctx, payload)
}

// ClickView uses a button or menu of a modal or home tab.
func (p Person) ClickView(ctx context.Context, on View, actionID string, opts ...ClickOption) (Ack, error) {
	payload, err := p.prepareViewClick(on, actionID, opts)
	if err != nil {
		return Ack{}, fmt.Errorf("click %s: %w", actionID, err)
	}
	return p.interact(ctx, payload)
}

func (p Person) interact(ctx context.Context, payload object) (Ack, error) {
	return p.w.Deliver(ctx, Delivery{Kind: KindInteraction, Payload: marshal(payload)})
}

func (p Person) prepareClick(on Message, actionID string, opts []ClickOption) (object, error) {
	w := p.w
	w.mu.Lock()
	defer w.mu.Unlock()
	ch := w.channel(on.Channel)
	if ch == nil || !ch.has(p.user.ID) {
		return nil, ErrNotVisible
	}
	m := ch.find(on.TS)
	switch {
	case m == nil:
		return nil, ErrGone
	case m.onlyFor != "" && m.onlyFor != p.user.ID:
		return nil, ErrNotVisible
	}
	how := newClick(opts)
	blocks := m.blocks
	if how.stale {
		blocks = on.blocks
	}
	action, err := how.action(blocks, actionID, w.nextTS())
	if err != nil {
		return nil, err
	}
	return p.messagePayload(m, action), nil
}

// messagePayload is the block_actions payload of a click on a message. Slack leaves
// the message out when it is ephemeral. It needs w.mu.
func (p Person) messagePayload(m *message, action object) object {
	w, ephemeral := p.w, m.onlyFor != ""
	container := object{"type": "message", "message_ts": m.ts, "channel_id": m.channel.ID, "is_ephemeral": ephemeral}
	if m.threadTS != "" {
		container["thread_ts"] = m.threadTS
	}
	payload := p.payload("block_actions")
	maps.Copy(payload, object{
		"actions": []object{action}, "container": container,
		"channel": object{"id": m.channel.ID, "name": m.channel.Name}, "state": object{"values": object{}},
		"response_url": w.newHook(&hook{channel: m.channel, user: p.user.ID, original: m}),
	})
	if !ephemeral {
		payload["message"] = w.wire(m)
	}
	return payload
}

// payload is what all interactions have in common. It needs w.mu.
func (p Person) payload(kind string) object {
	w := p.w
	return object{
		"type": kind, "token": verificationToken, "api_app_id": w.cfg.App.ID, "trigger_id": w.newTrigger(p.user.ID),
		"team":       object{"id": w.cfg.Team.ID, "domain": w.cfg.Team.Domain},
		"user":       object{"id": p.user.ID, "username": p.user.Name, "name": p.user.Name, "team_id": w.teamOf(p.user)},
		"enterprise": nil, "is_enterprise_install": false,
	}
}

func newClick(opts []ClickOption) click {
	var how click
	for _, o := range opts {
		o(&how)
	}
	return how
}

// action builds the entry of the actions list for one element.
func (how click) action(blocks []any, actionID, ts string) (object, error) {
	all := elements(blocks)
	i := slices.IndexFunc(all, func(p placed) bool {
		return p.actionID() == actionID && (how.block == "" || how.block == p.blockID())
	})
	if i < 0 {
		return nil, ErrNoElement
	}
	e := all[i].element
	if _, asks := e["confirm"]; asks != how.accept {
		return nil, fmt.Errorf("confirm dialog %t, accepted %t: %w", asks, how.accept, ErrNotConfirmed)
	}
	action := object{"action_id": actionID, "block_id": all[i].blockID(), "type": kind(e), "action_ts": ts}
	if kind(e) == "button" {
		action["text"] = e["text"]
		for _, name := range []string{"value", "style", "url"} {
			if v, ok := e[name]; ok {
				action[name] = v
			}
		}
		return action, nil
	}
	state, err := inputState(e, how.choice, true)
	maps.Copy(action, state)
	return action, err
}
