package workspace

import "fmt"

// richParts are the parts of a rich_text block, and richLeaves what they are made
// of, each with the property that it cannot be without.
// Source: Slack's Block Kit reference, "Rich text block".
var (
	richParts  = map[string]string{"rich_text_section": "", "rich_text_list": "style", "rich_text_preformatted": "", "rich_text_quote": ""}
	richLeaves = map[string]string{
		"text": "text", "link": "url", "emoji": "name", "user": "user_id", "channel": "channel_id",
		"usergroup": "usergroup_id", "broadcast": "range", "date": "timestamp", "color": "value",
	}
)

func (c *checker) richText(o object, at string) {
	for i, part := range c.list(o, "elements", at, 0, maxTableRows) {
		c.richPart(part, fmt.Sprintf("%s/elements/%d", at, i))
	}
}

func (c *checker) richPart(v any, at string) {
	required, known := richParts[kind(v)]
	if !known {
		c.fail(at+"/type", "unsupported type: %s", kind(v))
		return
	}
	o := c.object(v, at, "type elements "+required, "border indent offset language")
	items, _ := o["elements"].([]any)
	for i, item := range items {
		at := fmt.Sprintf("%s/elements/%d", at, i)
		if kind(v) == "rich_text_list" {
			c.richPart(item, at)
			continue
		}
		c.richLeaf(item, at)
	}
}

func (c *checker) richLeaf(v any, at string) {
	required, known := richLeaves[kind(v)]
	if !known {
		c.fail(at+"/type", "unsupported type: %s", kind(v))
		return
	}
	o := c.object(v, at, "type "+required, "text style url fallback format skin_tone unicode unsafe")
	if kind(v) == "text" {
		c.str(o, "text", at, 1, maxBlocksJSON)
	}
}

func (c *checker) table(o object, at string) {
	c.tables++
	for i, row := range c.list(o, "rows", at, 1, maxTableRows) {
		at := fmt.Sprintf("%s/rows/%d", at, i)
		cells, ok := row.([]any)
		if !ok {
			c.fail(at, "must be an array")
			continue
		}
		c.count(len(cells), at, 1, maxTableColumns)
		for j, cell := range cells {
			c.cell(cell, fmt.Sprintf("%s/%d", at, j))
		}
	}
	for i, s := range c.list(o, "column_settings", at, 0, maxTableColumns) {
		at := fmt.Sprintf("%s/column_settings/%d", at, i)
		setting := c.object(s, at, "", "align is_wrapped")
		c.oneOf(setting, "align", at, "", "left", "center", "right")
		c.boolean(setting, at, "is_wrapped")
	}
}

func (c *checker) cell(v any, at string) {
	switch kind(v) {
	case "raw_text":
		o := c.object(v, at, "type text", "")
		c.str(o, "text", at, 1, maxBlocksJSON)
	case "rich_text":
		c.richText(c.object(v, at, "type elements", "block_id"), at)
	default:
		c.fail(at+"/type", "unsupported type: %s", kind(v))
	}
}
