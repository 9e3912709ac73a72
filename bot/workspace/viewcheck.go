package workspace

import (
	"encoding/json"
	"fmt"
)

// parseView checks a view by Slack's limits. Source: Slack's reference, "Views".
func (w *Workspace) parseView(raw json.RawMessage, on surface) (*view, error) {
	if len(raw) > maxViewJSON {
		return nil, refuse("view_too_large")
	}
	var o object
	if err := json.Unmarshal(raw, &o); err != nil || o == nil {
		return nil, refuse("invalid_arguments", "[ERROR] missing required field: view")
	}
	c := w.newChecker(on)
	blocks := c.view(o)
	if len(c.problems) > 0 {
		return nil, refuse("invalid_arguments", c.problems...)
	}
	v := &view{id: w.nextID("V"), hash: newSecret(), kind: kind(o), raw: o, blocks: blocks}
	v.title = plain(o["title"])
	v.callbackID, _ = o["callback_id"].(string)
	v.externalID, _ = o["external_id"].(string)
	v.metadata, _ = o["private_metadata"].(string)
	v.notifyOnClose, _ = o["notify_on_close"].(bool)
	v.clearOnClose, _ = o["clear_on_close"].(bool)
	if v.externalID != "" && w.findView("", v.externalID) != nil {
		return nil, refuse("duplicate_external_id")
	}
	return v, nil
}

// view checks a modal or a home tab, and returns its blocks.
func (c *checker) view(o object) []any {
	if c.surface == inModal {
		c.modal(o)
	} else {
		c.object(o, "/view", "type blocks", "private_metadata callback_id external_id")
		c.oneOf(o, "type", "/view", "home")
	}
	return c.viewParts(o)
}

func (c *checker) modal(o object) {
	c.object(o, "/view", "type title blocks",
		"close submit private_metadata callback_id external_id clear_on_close notify_on_close submit_disabled")
	c.oneOf(o, "type", "/view", "modal")
	c.text(o, "title", "/view", plainOnly, maxViewTitle)
	c.text(o, "close", "/view", plainOnly, maxViewButton)
	c.text(o, "submit", "/view", plainOnly, maxViewButton)
	c.boolean(o, "/view", "clear_on_close", "notify_on_close", "submit_disabled")
}

// viewParts checks what modals and home tabs have in common.
func (c *checker) viewParts(o object) []any {
	c.str(o, "private_metadata", "/view", 0, maxPrivateMetadata)
	c.str(o, "callback_id", "/view", 0, maxCallbackID)
	c.str(o, "external_id", "/view", 0, maxCallbackID)
	blocks, ok := o["blocks"].([]any)
	if !ok {
		c.fail("/view/blocks", "must be an array")
	}
	c.blocks(blocks, "/view/blocks")
	for i, b := range blocks {
		if kind(b) == "input" && c.surface == inModal && o["submit"] == nil {
			c.fail(fmt.Sprintf("/view/blocks/%d", i), "an input block needs a view with a submit button")
		}
	}
	return blocks
}

// plain returns the text of a text object.
func plain(v any) string {
	o, _ := v.(object)
	s, _ := o["text"].(string)
	return s
}
