package workspace

import (
	"encoding/json"
	"slices"
)

// view is a modal or a home tab of one person.
type view struct {
	id, user, kind string
	hash           string
	root, previous string
	callbackID     string
	externalID     string
	metadata       string
	title          string
	notifyOnClose  bool
	clearOnClose   bool
	raw            object // as the app gave it, with IDs filled in
	blocks         []any
	errors         map[string]string // by block ID, shown after a submission
}

// View is a modal or home tab as it stood when it was read. It does not change.
type View struct {
	ID, User, Type  string
	Hash            string // another one after every update
	Title           string
	Submit, Close   string // the buttons' labels; empty if the app gave none
	CallbackID      string
	PrivateMetadata string
	Blocks          json.RawMessage
	Errors          map[string]string // by block ID: what the last submission was told

	blocks []any
	names  names
}

// Text is everything a person can read in the view.
func (v View) Text() string { return visibleText(v.Title, v.blocks, v.names) }

// ActionIDs returns the action IDs of the view's elements, in order.
func (v View) ActionIDs() []string { return actionIDs(v.blocks) }

func openView(c *call) (object, error) {
	t, err := c.exchange()
	if err != nil {
		return nil, err
	}
	v, err := c.parseView(c.json("view"), inModal)
	if err != nil {
		return nil, err
	}
	t.exchanged = true
	v.user, v.root = t.user, v.id
	c.modals[t.user] = []*view{v}
	return object{"view": c.wireView(v)}, nil
}

func pushView(c *call) (object, error) {
	t, err := c.exchange()
	if err != nil {
		return nil, err
	}
	v, err := c.parseView(c.json("view"), inModal)
	if err != nil {
		return nil, err
	}
	if err := c.push(t.user, v); err != nil {
		return nil, err
	}
	t.exchanged = true
	return object{"view": c.wireView(v)}, nil
}

// push puts a view on top of a person's open modals.
func (w *Workspace) push(user string, v *view) error {
	stack := w.modals[user]
	switch {
	case len(stack) == 0:
		return refuse("not_found")
	case len(stack) >= maxModals:
		return refuse("push_limit_reached")
	}
	v.user, v.root, v.previous = user, stack[0].id, stack[len(stack)-1].id
	w.modals[user] = append(slices.Clone(stack), v)
	return nil
}

// exchange finds a trigger that may still open a view: once, within three seconds.
func (c *call) exchange() (*trigger, error) {
	id, err := c.need("trigger_id")
	if err != nil {
		return nil, err
	}
	t := c.triggers[id]
	switch {
	case t == nil:
		return nil, refuse("invalid_trigger_id")
	case t.exchanged:
		return nil, refuse("exchanged_trigger_id")
	case c.now().Sub(t.at) > triggerLife:
		return nil, refuse("expired_trigger_id")
	}
	return t, nil
}

func updateView(c *call) (object, error) {
	old := c.findView(c.str("view_id"), c.str("external_id"))
	if old == nil {
		return nil, refuse("not_found")
	}
	if hash := c.str("hash"); hash != "" && hash != old.hash {
		return nil, refuse("hash_conflict")
	}
	v, err := c.parseView(c.json("view"), inModal)
	if err != nil {
		return nil, err
	}
	c.replaceView(old, v)
	return object{"view": c.wireView(v)}, nil
}

// replaceView puts v in the place of an open modal, under the same ID.
func (w *Workspace) replaceView(old, v *view) {
	v.id, v.user, v.root, v.previous = old.id, old.user, old.root, old.previous
	stack := slices.Clone(w.modals[old.user])
	stack[slices.Index(stack, old)] = v
	w.modals[old.user] = stack
}

func (w *Workspace) findView(id, external string) *view {
	for _, stack := range w.modals {
		for _, v := range stack {
			if id != "" && v.id == id || id == "" && external != "" && v.externalID == external {
				return v
			}
		}
	}
	return nil
}

func publishView(c *call) (object, error) {
	user, err := c.need("user_id")
	if err != nil {
		return nil, err
	}
	if _, ok := c.user(user); !ok || user == c.cfg.App.BotUserID {
		return nil, refuse("invalid_arguments", "[ERROR] user_id is not a person of this team")
	}
	old := c.homes[user]
	if hash := c.str("hash"); hash != "" && (old == nil || hash != old.hash) {
		return nil, refuse("hash_conflict")
	}
	v, err := c.parseView(c.json("view"), inHome)
	if err != nil {
		return nil, err
	}
	v.user, v.root = user, v.id
	if old != nil {
		v.id, v.root = old.id, old.id
	}
	c.homes[user] = v
	return object{"view": c.wireView(v)}, nil
}

func (w *Workspace) wireView(v *view) object {
	return object{
		"id": v.id, "team_id": w.cfg.Team.ID, "app_id": w.cfg.App.ID, "bot_id": w.cfg.App.BotID,
		"app_installed_team_id": w.cfg.Team.ID, "type": v.kind, "title": v.raw["title"], "close": v.raw["close"],
		"submit": v.raw["submit"], "blocks": v.blocks, "private_metadata": v.metadata, "callback_id": v.callbackID,
		"external_id": v.externalID, "state": object{"values": object{}}, "hash": v.hash, "root_view_id": v.root,
		"previous_view_id": v.previous, "notify_on_close": v.notifyOnClose, "clear_on_close": v.clearOnClose,
	}
}

// readView copies a view for the outside. It needs w.mu.
func (w *Workspace) readView(v *view) View {
	return View{
		ID: v.id, User: v.user, Type: v.kind, Hash: v.hash, Title: v.title,
		Submit: plain(v.raw["submit"]), Close: plain(v.raw["close"]), CallbackID: v.callbackID, PrivateMetadata: v.metadata,
		Blocks: marshal(v.blocks), Errors: v.errors, blocks: v.blocks, names: w.names,
	}
}
