package workspace

import (
	"encoding/json"
	"fmt"
)

// blockTypes lists the blocks that this workspace knows, with their properties
// besides type and block_id. Other types of Slack's are refused as unknown.
// Source: Slack's Block Kit reference, "Blocks".
var blockTypes = map[string]struct {
	required, optional string
	messageOnly        bool
	check              func(c *checker, o object, at string)
}{
	"actions":   {required: "elements", check: (*checker).actions},
	"context":   {required: "elements", check: (*checker).context},
	"divider":   {check: func(*checker, object, string) {}},
	"header":    {required: "text", check: (*checker).header},
	"image":     {required: "alt_text", optional: "image_url slack_file title", check: (*checker).imageBlock},
	"input":     {required: "label element", optional: "hint optional dispatch_action", check: (*checker).input},
	"markdown":  {required: "text", messageOnly: true, check: (*checker).markdownBlock},
	"rich_text": {required: "elements", check: (*checker).richText},
	"section":   {optional: "text fields accessory expand", check: (*checker).section},
	"table":     {required: "rows", optional: "column_settings", messageOnly: true, check: (*checker).table},
}

// checkBlocks decodes blocks and checks them. It needs w.mu, for new IDs.
func (w *Workspace) checkBlocks(raw json.RawMessage, on surface) ([]any, error) {
	var blocks []any
	if err := json.Unmarshal(raw, &blocks); err != nil {
		return nil, refuse("invalid_blocks_format")
	}
	c := w.newChecker(on)
	c.blocks(blocks, "/blocks")
	if c.tables > 1 {
		return nil, refuse("invalid_attachments", "[ERROR] only_one_table_allowed")
	}
	if len(c.problems) > 0 {
		return nil, refuse("invalid_blocks", c.problems...)
	}
	return blocks, nil
}

func (w *Workspace) newChecker(on surface) *checker {
	return &checker{surface: on, blockIDs: map[string]bool{}, newID: func() string { return w.nextID("b") }}
}

func (c *checker) blocks(blocks []any, at string) {
	most := maxViewBlocks
	if c.surface == inMessage {
		most = maxMessageBlocks
	}
	c.count(len(blocks), at, 0, most)
	for i, b := range blocks {
		c.block(b, fmt.Sprintf("%s/%d", at, i))
	}
	if c.markdown > maxMarkdown {
		c.fail(at, "markdown text must be less than %d characters in all", maxMarkdown+1)
	}
}

func (c *checker) block(v any, at string) {
	t, known := blockTypes[kind(v)]
	if !known || t.messageOnly && c.surface != inMessage {
		c.fail(at+"/type", "unsupported type: %s", kind(v))
		return
	}
	o := c.object(v, at, "type "+t.required, "block_id "+t.optional)
	c.id(o, "block_id", at, maxBlockID, c.blockIDs)
	t.check(c, o, at)
}

func (c *checker) section(o object, at string) {
	if o["text"] == nil && o["fields"] == nil {
		c.fail(at, "must define either `fields` or `text`")
	}
	c.text(o, "text", at, anyText, maxSectionText)
	for i, field := range c.list(o, "fields", at, 1, maxSectionFields) {
		c.textObject(field, fmt.Sprintf("%s/fields/%d", at, i), anyText, maxFieldText)
	}
	c.boolean(o, at, "expand")
	if accessory, ok := o["accessory"]; ok {
		c.element(accessory, at+"/accessory", asAccessory, map[string]bool{})
	}
}

func (c *checker) header(o object, at string) { c.text(o, "text", at, plainOnly, maxHeaderText) }

func (c *checker) actions(o object, at string) {
	ids := map[string]bool{}
	for i, e := range c.list(o, "elements", at, 1, maxActions) {
		c.element(e, fmt.Sprintf("%s/elements/%d", at, i), asAction, ids)
	}
}

func (c *checker) context(o object, at string) {
	for i, e := range c.list(o, "elements", at, 1, maxContextItems) {
		at := fmt.Sprintf("%s/elements/%d", at, i)
		if kind(e) == "image" {
			c.element(e, at, asContext, nil)
			continue
		}
		c.textObject(e, at, anyText, maxContextText)
	}
}

func (c *checker) imageBlock(o object, at string) {
	c.image(o, at)
	c.text(o, "title", at, plainOnly, maxImageTitle)
}

func (c *checker) image(o object, at string) {
	if (o["image_url"] == nil) == (o["slack_file"] == nil) {
		c.fail(at, "must define either `image_url` or `slack_file`")
	}
	c.str(o, "image_url", at, 1, maxURL)
	c.str(o, "alt_text", at, 1, maxAltText)
}

func (c *checker) input(o object, at string) {
	c.text(o, "label", at, plainOnly, maxInputLabel)
	c.text(o, "hint", at, plainOnly, maxInputHint)
	c.boolean(o, at, "optional", "dispatch_action")
	c.element(o["element"], at+"/element", asInput, map[string]bool{})
}

func (c *checker) markdownBlock(o object, at string) {
	c.markdown += len([]rune(c.str(o, "text", at, 1, maxMarkdown)))
}
