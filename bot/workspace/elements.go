package workspace

import "fmt"

// place is a place in a block where an element may stand.
type place int

const (
	asAccessory place = 1 << iota // of a section
	asAction                      // in an actions block
	asInput                       // in an input block
	asContext                     // in a context block
)

// common is what most interactive elements take besides their own properties.
const common = "type action_id confirm focus_on_load "

// elementTypes lists the elements that this workspace knows. Other types of
// Slack's are refused as unknown.
// Source: Slack's Block Kit reference, "Block elements".
var elementTypes = map[string]struct {
	places             place
	required, optional string
	check              func(c *checker, o object, at string)
}{
	"button":           {asAccessory | asAction, "text", "type action_id url value style confirm accessibility_label", (*checker).button},
	"overflow":         {asAccessory | asAction, "options", "type action_id confirm", (*checker).overflow},
	"image":            {asAccessory | asContext, "alt_text", "type image_url slack_file", (*checker).image},
	"static_select":    {anywhere, "", common + "placeholder options option_groups initial_option", (*checker).selects},
	"users_select":     {anywhere, "", common + "placeholder initial_user", (*checker).plain},
	"channels_select":  {anywhere, "", common + "placeholder initial_channel response_url_enabled", (*checker).plain},
	"datepicker":       {anywhere, "", common + "placeholder initial_date", (*checker).plain},
	"timepicker":       {anywhere, "", common + "placeholder initial_time timezone", (*checker).plain},
	"radio_buttons":    {anywhere, "options", common + "initial_option", (*checker).choices},
	"checkboxes":       {anywhere, "options", common + "initial_options", (*checker).choices},
	"plain_text_input": {asInput, "", textInput + "multiline min_length max_length", (*checker).textInput},
	"number_input":     {asInput, "is_decimal_allowed", textInput + "min_value max_value", (*checker).textInput},
	"multi_static_select": {asAccessory | asInput, "",
		common + "placeholder options option_groups initial_options max_selected_items", (*checker).selects},
	"multi_users_select": {asAccessory | asInput, "",
		common + "placeholder initial_users max_selected_items", (*checker).plain},
}

const (
	anywhere  = asAccessory | asAction | asInput
	textInput = "type action_id placeholder initial_value focus_on_load dispatch_action_config "
)

// element checks an element. ids holds the action IDs of the block so far; it is
// nil where elements have none.
func (c *checker) element(v any, at string, in place, ids map[string]bool) {
	t, known := elementTypes[kind(v)]
	if !known || t.places&in == 0 {
		c.fail(at+"/type", "unsupported type: %s", kind(v))
		return
	}
	o := c.object(v, at, t.required, t.optional)
	if ids != nil && kind(v) != "image" {
		c.id(o, "action_id", at, maxActionID, ids)
	}
	c.boolean(o, at, "focus_on_load", "multiline", "is_decimal_allowed", "response_url_enabled")
	c.text(o, "placeholder", at, plainOnly, maxPlaceholder)
	c.confirm(o, at)
	t.check(c, o, at)
}

func (c *checker) plain(object, string) {}

func (c *checker) button(o object, at string) {
	c.text(o, "text", at, plainOnly, maxButtonText)
	c.str(o, "value", at, 1, maxButtonValue)
	c.str(o, "url", at, 1, maxURL)
	c.str(o, "accessibility_label", at, 1, maxAccessibility)
	c.oneOf(o, "style", at, "primary", "danger")
}

func (c *checker) overflow(o object, at string) {
	c.options(o, "options", at, plainOnly, minOverflow, maxOverflow)
}

func (c *checker) choices(o object, at string) {
	c.options(o, "options", at, anyText, 1, maxChoices)
	c.initial(o, "initial_option", at)
	c.initial(o, "initial_options", at)
}

func (c *checker) selects(o object, at string) {
	if (o["options"] == nil) == (o["option_groups"] == nil) {
		c.fail(at, "must define either `options` or `option_groups`")
	}
	c.options(o, "options", at, plainOnly, 1, maxSelect)
	for i, g := range c.list(o, "option_groups", at, 1, maxSelect) {
		at := fmt.Sprintf("%s/option_groups/%d", at, i)
		group := c.object(g, at, "label options", "")
		c.text(group, "label", at, plainOnly, maxOptionText)
		c.options(group, "options", at, plainOnly, 1, maxSelect)
	}
	c.initial(o, "initial_option", at)
	c.initial(o, "initial_options", at)
}

func (c *checker) textInput(o object, at string) {
	c.str(o, "initial_value", at, 0, maxInputText)
	c.number(o, "min_length", at, 0)
	c.number(o, "max_length", at, 1)
}

func (c *checker) number(o object, name, at string, least float64) {
	v, ok := o[name]
	if !ok {
		return
	}
	if n, ok := v.(float64); !ok || n < least || n > maxInputText {
		c.fail(at+"/"+name, "must be from %g to %d", least, maxInputText)
	}
}

// actionIDs lists the action IDs in blocks, in the order they are shown.
func actionIDs(blocks []any) []string {
	var ids []string
	for _, e := range elements(blocks) {
		if id, ok := e.element["action_id"].(string); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// placed is an element and the block that it stands in.
type placed struct{ block, element object }

func (p placed) blockID() string  { s, _ := p.block["block_id"].(string); return s }
func (p placed) actionID() string { s, _ := p.element["action_id"].(string); return s }

// elements lists the interactive elements of blocks.
func elements(blocks []any) []placed {
	var found []placed
	for _, b := range blocks {
		block, _ := b.(object)
		inside, _ := block["elements"].([]any)
		for _, e := range append(inside[:len(inside):len(inside)], block["accessory"], block["element"]) {
			if element, ok := e.(object); ok && element["action_id"] != nil {
				found = append(found, placed{block, element})
			}
		}
	}
	return found
}
